import { expect, it } from 'vitest';
import { BIGINT, BOOLEAN, decimal, INTEGER, type SqlType, VARCHAR, type Value } from '../../../common/types.ts';
import { Arena } from '../../../wasm/arena.ts';
import { columnReader } from '../../../wasm/read-vector.ts';
import type { Vector } from '../../../wasm/vector.ts';
import type { GeneratedModule } from '../../execution.ts';
import { selectionOf } from '../../fixtures/morsels.ts';
import { type CallExpr, type Column, type ColumnId, caseBranch, type Expr } from '../expr.ts';
import { resolveFunction } from '../functions.ts';
import { ExprEvaluator } from './expr-evaluator.ts';
import { morselOf, testContext } from './fixtures/differential.ts';
import { PredicateEvaluator } from './predicate-evaluator.ts';

const column = (id: number, name: string, type: SqlType): Column => ({
  id: id as ColumnId,
  name,
  type,
  nullable: true,
});
const ref = ({ id, name, type }: Column): Expr => ({ kind: 'column', id, name, type });
const literal = (value: Value, type: SqlType): Expr => ({ kind: 'literal', value, type });

function call(name: string, ...args: readonly Expr[]): CallExpr {
  const resolved = resolveFunction(
    name,
    args.map(({ type }) => type),
  );
  if (!resolved) throw new Error(`no ${name}`);
  return { kind: 'call', function: name, args, type: resolved.type };
}

const text = column(1, 'text', VARCHAR);
const number = column(2, 'number', INTEGER);
const COLUMNS = [text, number];
const DICTIONARY = { dictionaries: true, measured: false };
const PLAIN = { dictionaries: false, measured: false };
const asInteger: Expr = { kind: 'cast', input: ref(text), type: INTEGER, try: false };

const read = (arena: Arena, vector: Vector | undefined, rows: readonly number[]) => {
  const reader = columnReader(arena, vector as Vector);
  return rows.map((row) => reader(row));
};

it('passes columns on as they are', () => {
  const context = testContext();
  const arena = new Arena({ memory: context.memory });
  const morsel = morselOf(arena, COLUMNS, [['a', 1]], DICTIONARY);
  const evaluator = new ExprEvaluator([ref(number), ref(text)], COLUMNS, context, 'test');
  const [first, second] = evaluator.evaluate(morsel, arena);
  expect(first).toBe(morsel.column(1));
  expect(second).toBe(morsel.column(0));
});

it('computes a function of a dictionary once per entry, and only of entries in use', () => {
  const modules: GeneratedModule[] = [];
  const context = testContext((module) => modules.push(module));
  const arena = new Arena({ memory: context.memory });
  const work = new Arena({ memory: context.memory });
  const rows = [
    ['1', 1],
    ['x', 2],
    ['2', 3],
    [null, 4],
    ['1', 5],
  ] as const;
  const morsel = morselOf(arena, COLUMNS, rows, DICTIONARY);
  const evaluator = new ExprEvaluator([asInteger], COLUMNS, context, 'test');
  const good = { ...morsel, selection: selectionOf(arena, rows.length, (row) => row !== 1) };
  expect(read(work, evaluator.evaluate(good, work)[0], [0, 2, 3, 4])).toEqual([1, 2, null, 1]);
  expect(() => evaluator.evaluate(morsel, work)).toThrow("cannot cast 'x' to integer");
  evaluator.close();
});

it('keeps what it computed of a dictionary as long as that comes', () => {
  const context = testContext();
  const arena = new Arena({ memory: context.memory });
  const work = new Arena({ memory: context.memory });
  const morsel = morselOf(
    arena,
    COLUMNS,
    [
      ['abc', 1],
      ['abd', 2],
      [null, 3],
    ],
    DICTIONARY,
  );
  const prefix = call('substring', ref(text), literal(1n, BIGINT), literal(2n, BIGINT));
  const evaluator = new ExprEvaluator([prefix], COLUMNS, context, 'test');
  const dictionaryOf = () => {
    const [vector] = evaluator.evaluate(morsel, work);
    expect(read(work, vector, [0, 1, 2])).toEqual(['ab', 'ab', null]);
    return vector?.kind === 'dictionary' ? vector.dictionary : null;
  };
  const first = dictionaryOf();
  expect(first).not.toBeNull();
  expect(dictionaryOf()).toBe(first);
  const other = morselOf(arena, COLUMNS, [['z', 1]], DICTIONARY);
  expect(read(work, evaluator.evaluate(other, work)[0], [0])).toEqual(['z']);
  evaluator.close();
});

it('does not raise for an entry whose arm is not taken', () => {
  const context = testContext();
  const arena = new Arena({ memory: context.memory });
  const morsel = morselOf(
    arena,
    COLUMNS,
    [
      ['7', 1],
      ['x', 0],
    ],
    DICTIONARY,
  );
  const guarded: Expr = {
    kind: 'case',
    branches: [caseBranch(call('=', ref(number), literal(1, INTEGER)), asInteger)],
    otherwise: null,
    type: INTEGER,
  };
  const evaluator = new ExprEvaluator([guarded], COLUMNS, context, 'test');
  expect(read(arena, evaluator.evaluate(morsel, arena)[0], [0, 1])).toEqual([7, null]);
  evaluator.close();
});

it('asks for more heap until all new text fits', () => {
  const context = testContext();
  const arena = new Arena({ memory: context.memory });
  const long = 'ä'.repeat(50_000);
  const morsel = morselOf(
    arena,
    COLUMNS,
    [
      [long, 1],
      ['b', 2],
      [long, 3],
      [null, 4],
    ],
    PLAIN,
  );
  const twice = call('||', ref(text), ref(text));
  const [vector] = new ExprEvaluator([twice], COLUMNS, context, 'test').evaluate(morsel, arena);
  expect(read(arena, vector, [0, 1, 2, 3])).toEqual([long + long, 'bb', long + long, null]);
});

it('names the error of the row, with its span', () => {
  const context = testContext();
  const arena = new Arena({ memory: context.memory });
  const morsel = morselOf(
    arena,
    COLUMNS,
    [
      ['a', 3],
      ['b', 0],
    ],
    PLAIN,
  );
  const division = { ...call('/', literal(6, INTEGER), ref(number)), span: { start: 7, end: 15 } };
  const evaluate = () => new ExprEvaluator([division], COLUMNS, context, 'test').evaluate(morsel, arena);
  expect(evaluate).toThrow(
    expect.objectContaining({ code: 'SQ3003', message: 'division by zero', span: { start: 7, end: 15 } }),
  );
});

it('compiles few variants for bounds that drift', () => {
  const modules: GeneratedModule[] = [];
  const context = testContext((module) => modules.push(module));
  const arena = new Arena({ memory: context.memory });
  const amount = column(1, 'amount', decimal(18, 2));
  const doubled = call('*', ref(amount), ref(amount));
  const evaluator = new ExprEvaluator([doubled], [amount], context, 'test');
  for (let i = 0; i < 60; i++) {
    const value = 2n ** BigInt(i % 55) * (i % 2 === 0 ? 1n : -1n);
    const morsel = morselOf(arena, [amount], [[value], [3n]], { dictionaries: false, measured: true });
    expect(read(arena, evaluator.evaluate(morsel, arena)[0], [0, 1])).toEqual([value * value, 9n]);
  }
  expect(modules.length).toBeLessThan(32);
  expect(modules[0]?.title).toBe('test');
  expect(modules[0]?.text()).toContain('(module');
});

it('imports nothing but memory and kernels, in all that it generates', () => {
  const texts: string[] = [];
  const context = testContext((module) => texts.push(module.text()));
  const arena = new Arena({ memory: context.memory });
  const morsel = morselOf(
    arena,
    COLUMNS,
    [
      ['abc', 3],
      [null, null],
    ],
    DICTIONARY,
  );
  const like = call('like', ref(text), literal('%b%', VARCHAR));
  const both: Expr = { kind: 'and', args: [like, call('<', ref(number), literal(5, INTEGER))], type: BOOLEAN };
  new PredicateEvaluator(both, COLUMNS, context, 'test').select(morsel, arena);
  const imports = texts.flatMap((part) =>
    [...part.matchAll(/\(import "(\w+)" "(\w+)"/g)].map(([, from, name]) => `${from}.${name}`),
  );
  expect([...new Set(imports)].sort()).toEqual(['env.memory', 'strings.likeSegments']);
});

it('does not ask for the columns of a conjunct when no row is left', () => {
  const context = testContext();
  const arena = new Arena({ memory: context.memory });
  const morsel = morselOf(
    arena,
    COLUMNS,
    [
      ['abc', 3],
      ['b', 4],
    ],
    PLAIN,
  );
  const asked: number[] = [];
  const watched = {
    ...morsel,
    column: (index: number) => {
      asked.push(index);
      return morsel.column(index);
    },
  };
  const none = call('>', ref(number), literal(9, INTEGER));
  const both: Expr = { kind: 'and', args: [none, call('=', ref(text), literal('b', VARCHAR))], type: BOOLEAN };
  expect(new PredicateEvaluator(both, COLUMNS, context, 'test').select(watched, arena)?.count).toBe(0);
  expect([...new Set(asked)]).toEqual([1]);
});
