import { describe, expect, it } from 'vitest';
import { BIGINT, BOOLEAN, DATE, decimal, INTEGER, type SqlType, VARCHAR } from '../../../common/types.ts';
import { Arena } from '../../../wasm/arena.ts';
import { buildVector } from '../../../wasm/build-vector.ts';
import { get, i32, i64, ret } from '../../../wasm/emit/code.ts';
import { ModuleBuilder } from '../../../wasm/emit/module-builder.ts';
import { LinearMemory } from '../../../wasm/linear-memory.ts';
import type { Bounds } from '../../../wasm/vector.ts';
import { type CallExpr, type Column, type ColumnId, caseBranch, type Expr } from '../expr.ts';
import { resolveFunction } from '../functions.ts';
import type { ColumnShape } from './column-shape.ts';
import { ExprGenerator } from './expr-generator.ts';
import { InputTable } from './input-table.ts';
import { instantiate } from './instantiate.ts';

const MONEY = decimal(15, 2);
const ONE_DIGIT = decimal(10, 0);

const column = (id: number, type: SqlType): Expr & Column =>
  ({ kind: 'column', id: id as ColumnId, name: `c${id}`, type, nullable: true }) as Expr & Column;
const literal = (value: number | bigint | string, type: SqlType): Expr => ({ kind: 'literal', value, type });
const shape = ({ id, type }: Column, bounds: Bounds | null = null, hasNulls = false): ColumnShape => ({
  id,
  type,
  kind: type.kind === 'varchar' ? 'views' : 'fixed',
  hasNulls,
  hasNullEntries: false,
  bounds,
});

function call(name: string, ...args: readonly Expr[]): CallExpr {
  const resolved = resolveFunction(
    name,
    args.map(({ type }) => type),
  );
  if (!resolved) throw new Error(`no ${name}`);
  return { kind: 'call', function: name, args, type: resolved.type };
}

/** What is emitted for expressions, as text. */
function emitted(exprs: readonly Expr[], shapes: readonly ColumnShape[], narrow = false) {
  const module = new ModuleBuilder();
  const fn = module.function(
    'f',
    [
      { type: 'i32', name: 'table' },
      { type: 'i32', name: 'row' },
    ],
    'i32',
  );
  const [table, row] = [fn.param('i32', 0), fn.param('i32', 1)];
  const generator = new ExprGenerator({ module, fn, shapes, table, row, raise: () => [ret(i32.const(-1))] });
  const made = exprs.map((expr) => generator.emit(expr, { narrow }));
  fn.setBody([...generator.prologue(), ...made.flatMap(({ code }) => code), ret(i32.const(0))]);
  let text = '';
  instantiate(
    module,
    {
      memory: new LinearMemory(),
      onModule: (told) => {
        text = told.text();
      },
    },
    'test',
  );
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(module.encode())).map(
    ({ module: from, name }) => `${from}.${name}`,
  );
  return { text, imports, values: made.map(({ value }) => value), nulls: made.map(({ isNull }) => isNull) };
}

const [price, discount, tax] = [column(1, MONEY), column(2, MONEY), column(3, MONEY)];
const one: Expr = { kind: 'cast', input: literal(1, INTEGER), type: ONE_DIGIT, try: false };
const charge = call('*', call('*', price, call('-', one, discount)), call('+', one, tax));
const MEASURED = [
  shape(price, { min: 0n, max: 0xffffffn }),
  shape(discount, { min: 0n, max: 15n }),
  shape(tax, { min: 0n, max: 15n }),
];

describe('decimals', () => {
  it('multiplies in 64 bits without a check where measured bounds prove that it fits', () => {
    const { text, imports, values } = emitted([charge], MEASURED, true);
    expect(charge.type).toEqual(decimal(38, 6));
    expect(values[0]).toMatchObject({ kind: 'i64', bounds: { min: 0n, max: 0xffffffn * 100n * 115n } });
    expect(imports).toEqual(['env.memory']);
    expect(text).not.toContain('(if');
    expect(text.match(/i64\.mul/g)).toHaveLength(2);
  });

  it('takes 128 bits where nothing was measured', () => {
    const { imports, values } = emitted([charge], [shape(price), shape(discount), shape(tax)], true);
    expect(values[0]).toMatchObject({ kind: 'i128' });
    expect(imports).toEqual(['env.memory', 'decimals.multiply']);
  });

  it('widens to the type unless asked for less', () => {
    expect(emitted([charge], MEASURED).values[0]).toMatchObject({ kind: 'i128' });
  });
});

it('computes what several expressions share once', () => {
  const { text } = emitted(
    [call('-', one, discount), charge, call('*', price, call('-', one, discount))],
    MEASURED,
    true,
  );
  expect(text.match(/i64\.sub/g)).toHaveLength(1);
  expect(text.match(/i64\.mul/g)).toHaveLength(2);
  expect(text.match(/i64\.load /g)).toHaveLength(3);
});

it('is linear in a chain of COALESCE', () => {
  const columns = Array.from({ length: 20 }, (_, i) => column(i, INTEGER));
  const coalesce = columns.reduce<Expr>((value, next) => {
    const present: Expr = { kind: 'isNull', input: value, negated: true, type: BOOLEAN };
    return { kind: 'case', branches: [caseBranch(present, value)], otherwise: next, type: INTEGER };
  }, columns[0] as Expr);
  const { text } = emitted(
    [coalesce],
    columns.map((c) => shape(c, null, true)),
  );
  expect(text.length).toBeLessThan(40_000);
});

it('shares nothing out of a scope', () => {
  const module = new ModuleBuilder();
  const fn = module.function(
    'f',
    [
      { type: 'i32', name: 'table' },
      { type: 'i32', name: 'row' },
    ],
    'void',
  );
  const [table, row] = [fn.param('i32', 0), fn.param('i32', 1)];
  const generator = new ExprGenerator({ module, fn, shapes: MEASURED, table, row, raise: () => [] });
  const inner = generator.scoped(() => generator.emit(charge, { narrow: true }));
  const outer = generator.emit(charge, { narrow: true });
  expect(outer.code).toHaveLength(inner.code.length);
  expect(generator.emit(charge, { narrow: true }).code).toEqual([]);
});

it('has no null flag for what is never NULL', () => {
  const day = column(1, DATE);
  const { nulls } = emitted([call('<', day, literal(9131, DATE))], [shape(day)]);
  expect(nulls).toEqual([null]);
});

it('says what has no generated form', () => {
  const text = column(1, VARCHAR);
  const shapes = [shape(text)];
  const upper = call('upper', text);
  expect(ExprGenerator.canGenerate(upper, shapes)).toBe(false);
  expect(ExprGenerator.canGenerate(upper, shapes, { heap: true })).toBe(false);
  expect(ExprGenerator.canGenerate(upper, shapes, { heap: true, leave: true })).toBe(true);
  expect(ExprGenerator.canGenerate(call('like', text, text), shapes)).toBe(false);
  expect(() => emitted([upper], shapes)).toThrow('upper(c1) has no generated form');
});

it('leaves by `raise` in the row that raises', () => {
  const memory = new LinearMemory({ poison: true });
  const arena = new Arena({ memory });
  const [a, b] = [column(1, BIGINT), column(2, BIGINT)];
  const module = new ModuleBuilder();
  const fn = module.function(
    'f',
    [
      { type: 'i32', name: 'table' },
      { type: 'i32', name: 'row' },
    ],
    'i64',
  );
  const [table, row] = [fn.param('i32', 0), fn.param('i32', 1)];
  const raise = () => [ret(i64.const(-404n))];
  const generator = new ExprGenerator({ module, fn, shapes: [shape(a), shape(b)], table, row, raise });
  const { code, value } = generator.emit(call('/', a, b));
  if (value.kind !== 'i64') throw new Error('a bigint is an i64');
  fn.setBody([...generator.prologue(), ...code, ret(get(value.local))]);
  const { f } = instantiate<{ f(table: number, row: number): bigint }>(module, { memory }, 'test');
  const inputs = new InputTable(arena, 2, generator.constants);
  inputs.write([buildVector(arena, BIGINT, [7n, 7n, -(2n ** 63n)]), buildVector(arena, BIGINT, [2n, 0n, -1n])]);
  expect([0, 1, 2].map((at) => f(inputs.pointer, at))).toEqual([3n, -404n, -404n]);
});
