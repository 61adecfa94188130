import { describe, expect, it } from 'vitest';
import { call, column, literal, ref } from '../../../test/oracle/expr-builder.ts';
import { seededRandom } from '../../common/clock.ts';
import type { SqlType, Value } from '../../common/types.ts';
import { BIGINT, INTEGER, VARCHAR } from '../../common/types.ts';
import type { MorselStream } from '../execution.ts';
import type { Column } from '../expr/expr.ts';
import type { SortKey, TopNPlan } from '../plan.ts';
import { randomValue, SORTABLE_TYPES } from '../sort/fixtures/random-rows.ts';
import { interpretedRows, OperatorRun, type RunOptions } from '../sort/fixtures/run-operator.ts';
import { executeTopN } from './execute-top-n.ts';

const topN = (columns: readonly Column[], keys: readonly SortKey[], limit: number, offset = 0): TopNPlan => ({
  kind: 'topN',
  input: { kind: 'scan', scan: 0, table: 't', columns },
  keys,
  limit,
  offset,
  columns,
});

async function run(plan: TopNPlan, rows: readonly (readonly Value[])[], options: RunOptions = {}) {
  const operator = new OperatorRun(options);
  const stream = executeTopN(plan, operator.input(plan.input, 0, rows), operator.context);
  const result = await operator.rows(stream, plan.columns.length);
  expect([operator.memory.used, operator.spill?.held ?? 0]).toEqual([0, 0]);
  return { result, peak: operator.memory.peak };
}

describe('top-N', () => {
  it.each(Array.from({ length: 40 }, (_, i) => i))('is the interpreter’s, seed %i', async (seed) => {
    const random = seededRandom(seed);
    const below = (count: number) => Math.floor(random.next() * count);
    const types = Array.from({ length: 1 + below(3) }, () => SORTABLE_TYPES[below(SORTABLE_TYPES.length)] as SqlType);
    const columns = [...types.map((type, i) => column(i + 1, `c${i}`, type)), column(90, 'id', INTEGER)];
    const rows = Array.from({ length: 500 }, (_, id) => [...types.map((type) => randomValue(random, type)), id]);
    const keys = types.map(
      (_, i): SortKey => ({
        expr: ref(columns[i] as Column),
        descending: below(2) === 0,
        nullsFirst: below(2) === 0,
      }),
    );
    const plan = topN(columns, keys.slice(0, 1 + below(2)), below(40), below(2) * below(20));
    const inputs = [
      {
        morselRows: 50,
        dictionary: types.flatMap((type, i) => (type.kind === 'varchar' ? [i] : [])),
        ...(below(2) && { selected: (row: number) => row % 3 > 0 }),
      },
    ];
    const expected = await interpretedRows(plan, [rows], { inputs });
    expect((await run(plan, rows, { inputs })).result).toEqual(expected);
    expect((await run(plan, rows, { inputs, operatorBytes: 3000 })).result).toEqual(expected);
    expect((await run(plan, rows, { inputs, operatorBytes: 0 })).result).toEqual(expected);
  });

  it.each([false, true])('cuts a large morsel before all of it is copied, with a selection: %s', async (selects) => {
    const columns = [column(1, 'a', BIGINT), column(2, 'b', VARCHAR), column(3, 'id', INTEGER)];
    const rows = Array.from({ length: 6000 }, (_, i): Value[] => [
      i % 13 === 0 ? null : BigInt((i * 7919) % 701),
      `text ${i % 17}`,
      i,
    ]);
    const inputs = [{ morselRows: 4500, ...(selects && { selected: (row: number) => row % 5 !== 2 }) }];
    const keys = columns.map((key, i): SortKey => ({ expr: ref(key), descending: i === 0, nullsFirst: i === 0 }));
    for (const [count, limit, offset] of [
      [1, 20, 3],
      [2, 700, 0],
      [2, 2000, 10],
    ] as const) {
      const plan = topN(columns, keys.slice(0, count), limit, offset);
      expect((await run(plan, rows, { inputs })).result).toEqual(await interpretedRows(plan, [rows], { inputs }));
    }
  });

  it('keeps few rows of many', async () => {
    const columns = [column(1, 'a', BIGINT), column(2, 'b', VARCHAR)];
    const rows = Array.from({ length: 200_000 }, (_, i): Value[] => [BigInt((i * 7919) % 200_003), `text ${i % 1000}`]);
    const expected = [...rows].sort(([a], [b]) => Number((b as bigint) - (a as bigint)));
    const keys = [{ expr: ref(columns[0] as Column), descending: true, nullsFirst: false }];
    const { result, peak } = await run(topN(columns, keys, 10, 90), rows, { inputs: [{ morselRows: 5000 }] });
    expect(result).toEqual(expected.slice(90, 100));
    expect(peak).toBeLessThan(4 * 2 ** 20);
    const many = await run(topN(columns, keys, 30_000), rows, {
      inputs: [{ morselRows: 5000 }],
      operatorBytes: 2 ** 20,
    });
    expect(many.result).toEqual(expected.slice(0, 30_000));
  });

  it('evaluates the keys of rows that it drops', async () => {
    const columns = [column(1, 'a', INTEGER)];
    const [a] = columns as [Column];
    const keys: SortKey[] = [
      { expr: ref(a), descending: true, nullsFirst: false },
      { expr: call('/', literal(1, INTEGER), ref(a)), descending: false, nullsFirst: false },
    ];
    const rows = Array.from({ length: 20_000 }, (_, i) => [20_000 - i - 1]);
    const plan = topN(columns, keys, 3);
    expect((await run(plan, rows.slice(0, -1), { inputs: [{ morselRows: 9000 }] })).result).toEqual(rows.slice(0, 3));
    await expect(run(plan, rows, { inputs: [{ morselRows: 9000 }] })).rejects.toThrow('division by zero');
  });

  it('of no row does not start its input', async () => {
    const columns = [column(1, 'a', INTEGER)];
    const operator = new OperatorRun();
    const input: MorselStream = {
      [Symbol.asyncIterator]: () => {
        throw new Error('it was started');
      },
    };
    expect(await operator.rows(executeTopN(topN(columns, [], 0, 5), input, operator.context), 1)).toEqual([]);
  });

  it('gives its memory back when its reader stops', async () => {
    const columns = [column(1, 'a', INTEGER)];
    const keys = [{ expr: ref(columns[0] as Column), descending: true, nullsFirst: false }];
    const operator = new OperatorRun();
    const plan = topN(columns, keys, 5);
    const rows = Array.from({ length: 100 }, (_, i) => [i]);
    for await (const _ of executeTopN(plan, operator.input(plan.input, 0, rows), operator.context)) break;
    expect(operator.memory.used).toBe(0);
  });
});
