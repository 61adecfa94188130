import { describe, expect, it } from 'vitest';
import { column, ref } from '../../../test/oracle/expr-builder.ts';
import { seededRandom } from '../../common/clock.ts';
import type { SqlType, Value } from '../../common/types.ts';
import { BIGINT, INTEGER, VARCHAR } from '../../common/types.ts';
import type { Morsel } from '../../wasm/morsel.ts';
import type { MorselStream } from '../execution.ts';
import type { Column } from '../expr/expr.ts';
import type { UnnestPlan } from '../plan.ts';
import { randomValue } from '../sort/fixtures/random-rows.ts';
import { interpretedRows, OperatorRun, type Row, type RunOptions } from '../sort/fixtures/run-operator.ts';
import { executeUnnest } from './execute-unnest.ts';

const NUMBERS: SqlType = { kind: 'list', element: INTEGER };
const TEXTS: SqlType = { kind: 'list', element: VARCHAR };
const NESTED: SqlType = { kind: 'list', element: NUMBERS };
const MAP: SqlType = { kind: 'map', key: INTEGER, value: VARCHAR };
const STRUCTS: SqlType = {
  kind: 'list',
  element: { kind: 'struct', fields: [{ name: 'a', type: INTEGER, nullable: true }] },
};

const columns = [NUMBERS, TEXTS, MAP, NESTED, STRUCTS, INTEGER, VARCHAR].map((type, i) => column(i + 1, `c${i}`, type));

function planOf(lists: readonly number[], options: { outer?: boolean; ordinality?: boolean } = {}): UnnestPlan {
  const { outer = false, ordinality = false } = options;
  const made = lists.flatMap((list) => {
    const { type } = columns[list] as Column;
    if (type.kind === 'map') return [type.key, type.value];
    return type.kind === 'list' ? [type.element] : [];
  });
  return {
    kind: 'unnest',
    input: { kind: 'scan', scan: 0, table: 't', columns },
    lists: lists.map((list) => ref(columns[list] as Column)),
    outer,
    ordinality,
    columns: [
      ...columns,
      ...[...made, ...(ordinality ? [BIGINT] : [])].map((type, i) => column(100 + i, `u${i}`, type)),
    ],
  };
}

async function run(plan: UnnestPlan, rows: readonly Row[], options: RunOptions = {}) {
  const operator = new OperatorRun(options);
  const stream = executeUnnest(plan, operator.input(plan.input, 0, rows), operator.context);
  const result = await operator.rows(stream, plan.columns.length);
  expect(operator.memory.used).toBe(0);
  return result;
}

/** Without the columns before `first`. */
async function* onlyColumns(stream: MorselStream, first: number): AsyncGenerator<Morsel> {
  for await (const { rows, selection, column: of } of stream) {
    yield { rows, selection, column: (index) => of(first + index) };
  }
}

describe('unnest', () => {
  it.each(Array.from({ length: 30 }, (_, i) => i))('is the interpreter’s, seed %i', async (seed) => {
    const random = seededRandom(seed);
    const below = (count: number) => Math.floor(random.next() * count);
    const rows = Array.from({ length: 60 }, () => columns.map(({ type }) => randomValue(random, type)));
    const lists = [0, 1, 2, 3, 4].filter(() => below(2));
    const plan = planOf(lists.length > 0 ? lists : [below(5)], { outer: below(2) === 0, ordinality: below(2) === 0 });
    const inputs = [{ morselRows: 13, dictionary: [6], ...(below(2) && { selected: (row: number) => row % 3 > 0 }) }];
    expect(await run(plan, rows, { inputs })).toEqual(await interpretedRows(plan, [rows], { inputs }));
  });

  it('fills the shorter list with NULL, and numbers', async () => {
    const rows: Value[][] = [
      [[1, 2, 3], ['a'], [], null, [], 5, 'x'],
      [null, [], [[1, 'one']], null, [], 6, 'y'],
    ];
    const picked = async (outer: boolean) =>
      (await run(planOf([0, 1], { outer, ordinality: true }), rows)).map((row) => row.slice(5));
    const expected = [
      [5, 'x', 1, 'a', 1n],
      [5, 'x', 2, null, 2n],
      [5, 'x', 3, null, 3n],
    ];
    expect(await picked(false)).toEqual(expected);
    expect(await picked(true)).toEqual([...expected, [6, 'y', null, null, null]]);
    expect((await run(planOf([2]), rows)).map((row) => row.slice(5))).toEqual([[6, 'y', 1, 'one']]);
  });

  it('of a list longer than a morsel', async () => {
    const long = Array.from({ length: 70_000 }, (_, i) => i);
    const rows: Value[][] = [
      [[7], null, null, null, null, 1, 'a'],
      [long, null, null, null, null, 2, 'b'],
      [[8], null, null, null, null, 3, 'c'],
    ];
    const operator = new OperatorRun();
    const plan = planOf([0], { ordinality: true });
    const stream = executeUnnest(plan, operator.input(plan.input, 0, rows), operator.context);
    const result = await operator.rows(onlyColumns(stream, 5), 4);
    expect(result.map((row) => row[2])).toEqual([7, ...long, 8]);
    expect(result.at(-2)).toEqual([2, 'b', 69_999, 70_000n]);
  });

  it('gives its memory back when its reader stops', async () => {
    const operator = new OperatorRun();
    const plan = planOf([0]);
    const rows: Value[][] = [[[1, 2], null, null, null, null, 1, 'a']];
    for await (const _ of executeUnnest(plan, operator.input(plan.input, 0, rows), operator.context)) break;
    expect(operator.memory.used).toBe(0);
  });
});
