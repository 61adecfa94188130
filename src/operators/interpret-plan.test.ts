import { describe, expect, it } from 'vitest';
import { aggregate, call, column, literal, ref } from '../../test/oracle/expr-builder.ts';
import { RowSource, runRows } from '../../test/oracle/run-rows.ts';
import { stageId } from '../common/ids.ts';
import type { SqlType, Value } from '../common/types.ts';
import { BIGINT, BOOLEAN, DOUBLE, decimal, INTEGER, INTERVAL, VARCHAR } from '../common/types.ts';
import type { Column, Expr } from './expr/expr.ts';
import { formatPlan } from './format-plan.ts';
import type { AggregatePlan, PhysicalPlan, ScanPlan, SortKey } from './plan.ts';

const n = column(1, 'n', INTEGER);
const s = column(2, 's', VARCHAR);
const scan: ScanPlan = { kind: 'scan', scan: 0, table: 't', columns: [n, s] };
const int = (value: number) => literal(value, INTEGER);

const filter = (input: PhysicalPlan, predicate: Expr): PhysicalPlan => ({
  kind: 'filter',
  input,
  predicate,
  columns: input.columns,
});
const limit = (input: PhysicalPlan, count: number | null, offset = 0): PhysicalPlan => ({
  kind: 'limit',
  input,
  limit: count,
  offset,
  columns: input.columns,
});
const sort = (input: PhysicalPlan, keys: readonly SortKey[]): PhysicalPlan => ({
  kind: 'sort',
  input,
  keys,
  columns: input.columns,
});
const by = (of: Column, descending = false, nullsFirst = descending): SortKey => ({
  expr: ref(of),
  descending,
  nullsFirst,
});

describe('filter and project', () => {
  it('keeps the rows whose predicate is true, and computes only those', async () => {
    const batches = [
      [
        [0, 'zero'],
        [1, 'one'],
        [null, 'none'],
      ],
      [[0, 'nil']],
      [[2, null]],
    ];
    const source = new RowSource(batches);
    const quotient = call('/', int(10), ref(n));
    const columns = [s, column(9, 'q', INTEGER)];
    const input = filter(scan, call('<>', ref(n), int(0)));
    const plan: PhysicalPlan = { kind: 'project', input, exprs: [ref(s), quotient], columns };
    expect(await runRows(plan, source)).toEqual([
      ['one', 10],
      [null, 5],
    ]);
    expect(source.ended).toBe(1);
  });

  it('delivers rows of no columns', async () => {
    const plan: PhysicalPlan = {
      kind: 'project',
      input: { kind: 'values', rows: [[]], columns: [] },
      exprs: [int(1)],
      columns: [column(1, 'one', INTEGER)],
    };
    expect(await runRows(plan, new RowSource([]))).toEqual([[1]]);
  });

  it('passes data errors on and ends its source', async () => {
    const source = new RowSource([[[0, 'a']], [[1, 'b']]]);
    const predicate = call('=', call('/', int(1), ref(n)), int(1));
    await expect(runRows(filter(scan, predicate), source)).rejects.toThrow('division by zero');
    expect([source.pulled, source.ended]).toEqual([1, 1]);
  });
});

describe('limit', () => {
  const batches = [
    [
      [1, 'a'],
      [2, 'b'],
    ],
    [
      [3, 'c'],
      [4, 'd'],
    ],
    [[5, 'e']],
  ];

  it.each<[number | null, number, number[], number]>([
    [3, 0, [1, 2, 3], 2],
    [2, 0, [1, 2], 1],
    [2, 1, [2, 3], 2],
    [null, 3, [4, 5], 3],
    [0, 0, [], 0],
    [10, 9, [], 3],
    [null, 0, [1, 2, 3, 4, 5], 3],
  ])('LIMIT %s OFFSET %s pulls no more than it needs', async (count, offset, expected, pulled) => {
    const source = new RowSource(batches);
    const rows = await runRows(limit(scan, count, offset), source);
    expect(rows.map(([value]) => value)).toEqual(expected);
    expect(source.pulled).toBe(pulled);
    expect(source.ended).toBe(pulled === 0 ? 0 : 1);
  });

  it('cuts what a filter has left', async () => {
    const plan = limit(filter(scan, call('>', ref(n), int(1))), 2, 1);
    expect(await runRows(plan, new RowSource(batches))).toEqual([
      [3, 'c'],
      [4, 'd'],
    ]);
  });
});

describe('sort', () => {
  const rows: Value[][] = [
    [2, 'a'],
    [null, 'b'],
    [1, 'c'],
    [2, 'd'],
    [1, null],
  ];
  const order = async (...keys: SortKey[]) =>
    (await runRows(sort(scan, keys), new RowSource([rows.slice(0, 2), rows.slice(2)]))).map(([, text]) => text);

  it('keeps the order of equal rows and puts NULLs where it is told', async () => {
    expect(await order(by(n))).toEqual(['c', null, 'a', 'd', 'b']);
    expect(await order(by(n, false, true))).toEqual(['b', 'c', null, 'a', 'd']);
    expect(await order(by(n, true))).toEqual(['b', 'a', 'd', 'c', null]);
    expect(await order(by(n, true, false))).toEqual(['a', 'd', 'c', null, 'b']);
    expect(await order(by(n), by(s, true))).toEqual([null, 'c', 'd', 'a', 'b']);
  });

  it('orders more rows than it delivers at once', async () => {
    const values = Array.from({ length: 40_000 }, (_, i) => (i * 7919) % 40_000);
    const source = new RowSource([values.map((value) => [value, null])]);
    const sorted = await runRows(sort(scan, [by(n)]), source);
    expect(sorted.map(([value]) => value)).toEqual(values.map((_, i) => i));
  });
});

describe('aggregate', () => {
  const argument = (type: SqlType) => column(1, 'x', type);

  /** One aggregate over a column, as one phase and as partials of each batch merged. */
  async function aggregated(name: string, type: SqlType, batches: Value[][]): Promise<Value> {
    const x = argument(type);
    const { call: aggregateCall, result } = aggregate(10, name, ref(x));
    const input: ScanPlan = { kind: 'scan', scan: 0, table: 't', columns: [x] };
    const base = { kind: 'aggregate', groupingSets: null, groups: [], aggregates: [aggregateCall] } as const;
    const single: AggregatePlan = { ...base, phase: 'single', input, columns: [result] };
    const partial: AggregatePlan = { ...base, phase: 'partial', input, columns: aggregateCall.states };
    const states: Value[][][] = [];
    for (const values of batches) states.push(await runRows(partial, new RowSource([values.map((value) => [value])])));
    const final: AggregatePlan = {
      ...base,
      phase: 'final',
      aggregates: [{ ...aggregateCall, args: [], filter: null }],
      input: { kind: 'exchangeSource', stage: stageId(0), columns: aggregateCall.states },
      columns: [result],
    };
    const merged = await runRows(final, new RowSource(states));
    const whole = await runRows(single, new RowSource(batches.map((values) => values.map((value) => [value]))));
    expect(merged).toEqual(whole);
    return whole[0]?.[0] as Value;
  }

  it.each<[string, SqlType, Value[][], Value]>([
    ['count', INTEGER, [[1, null], [2]], 2n],
    ['count', INTEGER, [[]], 0n],
    ['sum', INTEGER, [[2147483647, null], [2147483647]], 4294967294n],
    ['sum', INTEGER, [[null], []], null],
    ['sum', BIGINT, [[2n ** 63n - 1n], [2n ** 63n - 1n]], 2n ** 64n - 2n],
    ['sum', decimal(15, 2), [[10n ** 15n - 1n, 1n], [5n]], 10n ** 15n + 5n],
    ['sum', DOUBLE, [[0.5, 0.25], [null]], 0.75],
    [
      'avg',
      INTEGER,
      [
        [1, 2],
        [2, null],
      ],
      5 / 3,
    ],
    ['avg', BIGINT, [[2n ** 62n + 1n], [2n ** 62n]], 2 ** 62],
    ['avg', decimal(15, 2), [[1n], [1n, 2n]], 0.04 / 3],
    ['avg', DOUBLE, [[1], [2]], 1.5],
    ['avg', DOUBLE, [[], [null]], null],
    ['min', VARCHAR, [['b', null], ['a']], 'a'],
    ['max', DOUBLE, [[1], [Number.NaN]], Number.NaN],
    [
      'max',
      INTERVAL,
      [[{ months: 1, days: 0, micros: 0n }], [{ months: 0, days: 31, micros: 0n }]],
      { months: 0, days: 31, micros: 0n },
    ],
    ['min', INTEGER, [[]], null],
  ])('%s of %j', async (name, type, batches, expected) => {
    expect(await aggregated(name, type, batches)).toEqual(expected);
  });

  it('lets a sum leave its range on the way, but not in the end', async () => {
    const max = 10n ** 38n - 1n;
    expect(await aggregated('sum', decimal(38, 0), [[max, 1n, -1n]])).toBe(max);
    await expect(aggregated('sum', decimal(38, 2), [[max, 1n]])).rejects.toThrow(
      `sum ${10n ** 36n}.00 is out of range for decimal(38,2)`,
    );
    await expect(aggregated('sum', DOUBLE, [[1e308, 1e308]])).rejects.toThrow('sum is out of range for double');
    expect(await aggregated('sum', DOUBLE, [[Number.POSITIVE_INFINITY]])).toBe(Number.POSITIVE_INFINITY);
  });

  it('groups by several keys, NULLs together, in the order of their first rows', async () => {
    const sum = aggregate(10, 'sum', ref(n));
    const counted = aggregate(20, 'count', null, call('>', ref(n), int(1)));
    const plan: PhysicalPlan = {
      kind: 'aggregate',
      groupingSets: null,
      phase: 'single',
      input: scan,
      groups: [ref(s), call('%', ref(n), int(2))],
      aggregates: [sum.call, counted.call],
      columns: [s, column(9, 'odd', INTEGER), sum.result, counted.result],
    };
    const source = new RowSource([
      [
        [1, 'x|'],
        [2, null],
        [3, 'x|'],
      ],
      [
        [4, null],
        [null, null],
        [null, null],
        [5, '|x'],
      ],
    ]);
    expect(await runRows(plan, source)).toEqual([
      ['x|', 1, 4n, 1n],
      [null, 0, 6n, 2n],
      [null, null, null, 0n],
      ['|x', 1, 5n, 1n],
    ]);
  });

  it.each<[SqlType, Value[], number]>([
    [DOUBLE, [0, -0, Number.NaN, Number.NaN, null, null], 3],
    [
      INTERVAL,
      [
        { months: 1, days: 0, micros: 0n },
        { months: 0, days: 30, micros: 0n },
      ],
      1,
    ],
    [decimal(38, 0), [10n ** 30n, 10n ** 30n, 1n], 2],
    [BOOLEAN, [true, false, null, true], 3],
  ])('groups %j by equality', async (type, values, groups) => {
    const x = argument(type);
    const input: ScanPlan = { kind: 'scan', scan: 0, table: 't', columns: [x] };
    for (const keys of [[ref(x)], [ref(x), ref(x)]]) {
      const plan: PhysicalPlan = {
        kind: 'aggregate',
        groupingSets: null,
        phase: 'single',
        input,
        groups: keys,
        aggregates: [],
        columns: keys.map(() => x),
      };
      expect(await runRows(plan, new RowSource([values.map((value) => [value])]))).toHaveLength(groups);
    }
  });

  it('has no groups over no rows', async () => {
    const plan: PhysicalPlan = {
      kind: 'aggregate',
      groupingSets: null,
      phase: 'single',
      input: scan,
      groups: [ref(s)],
      aggregates: [],
      columns: [s],
    };
    expect(await runRows(plan, new RowSource([]))).toEqual([]);
  });

  it('delivers more groups than it does at once', async () => {
    const plan: PhysicalPlan = {
      kind: 'aggregate',
      groupingSets: null,
      phase: 'single',
      input: scan,
      groups: [ref(n)],
      aggregates: [],
      columns: [n],
    };
    const rows = Array.from({ length: 40_000 }, (_, i) => [i, null]);
    expect(await runRows(plan, new RowSource([rows]))).toHaveLength(40_000);
  });
});

describe('cancellation', () => {
  it('stops between batches with the reason of the signal', async () => {
    const controller = new AbortController();
    const batches = (function* () {
      yield [[1, 'a']];
      controller.abort();
      yield [[2, 'b']];
      yield [[3, 'c']];
    })();
    const source = new RowSource(batches as unknown as Value[][][], controller.signal);
    await expect(runRows(sort(scan, [by(n)]), source)).rejects.toThrow('the query was cancelled');
    expect([source.pulled, source.ended]).toEqual([2, 1]);
  });
});

it('prints plans', () => {
  const sum = aggregate(10, 'sum', call('*', ref(n), int(2)), call('>', ref(n), int(0)));
  const counted = aggregate(20, 'count', null);
  const aggregates = [sum.call, counted.call];
  const partial: PhysicalPlan = {
    kind: 'aggregate',
    groupingSets: null,
    phase: 'partial',
    input: filter(scan, call('<', ref(n), int(9))),
    groups: [ref(s)],
    aggregates,
    columns: [s],
  };
  const final: PhysicalPlan = {
    kind: 'aggregate',
    groupingSets: null,
    phase: 'final',
    input: { kind: 'exchangeSource', stage: stageId(0), columns: [s] },
    groups: [ref(s)],
    aggregates,
    columns: [s],
  };
  const project: PhysicalPlan = {
    kind: 'project',
    input: final,
    exprs: [ref(s), call('+', ref(n), int(1))],
    columns: [s, column(30, 'm', INTEGER)],
  };
  expect(formatPlan(partial)).toBe(
    'Aggregate (partial) by s [sum(n * 2) FILTER (WHERE n > 0), count(*)]\n  Filter n < 9\n    Scan t [n, s]',
  );
  expect(formatPlan(limit(sort(project, [by(n), by(s, true, false)]), 10, 5))).toBe(
    [
      'Limit 10 offset 5',
      '  Sort n, s DESC NULLS LAST',
      '    Project [s, n + 1 AS m]',
      '      Aggregate (final) by s [sum(sum_0), count(count_0)]',
      '        Exchange from stage 0 [s]',
    ].join('\n'),
  );
});
