import { describe, expect, it } from 'vitest';
import { call, column, ref } from '../../../test/oracle/expr-builder.ts';
import type { Value } from '../../common/types.ts';
import { BOOLEAN, INTEGER, VARCHAR } from '../../common/types.ts';
import type { JoinPlan, JoinType, ScanPlan } from '../plan.ts';
import { columnValues, type Rows, rowsOfArrays } from '../rows.ts';
import { interpretJoin } from './interpret-join.ts';

const a = column(1, 'a', INTEGER);
const b = column(2, 'b', VARCHAR);
const c = column(3, 'c', INTEGER);
const d = column(4, 'd', VARCHAR);
const mark = column(5, 'mark', BOOLEAN);
const left: ScanPlan = { kind: 'scan', scan: 0, table: 'l', columns: [a, b] };
const right: ScanPlan = { kind: 'scan', scan: 1, table: 'r', columns: [c, d] };

function plan(type: JoinType, more: Partial<JoinPlan> = {}): JoinPlan {
  const other = type === 'rightSemi' || type === 'rightAnti';
  const one = type === 'semi' || type === 'anti' || type === 'nullAwareAnti' || type === 'mark';
  return {
    kind: 'join',
    type,
    left,
    right,
    keys: [{ left: ref(a), right: ref(c), nullsMatch: false }],
    residual: null,
    mark: type === 'mark' ? mark : null,
    columns: type === 'mark' ? [a, b, mark] : one ? [a, b] : other ? [c, d] : [a, b, c, d],
    ...more,
  };
}

async function* input(rows: readonly (readonly Value[])[]): AsyncGenerator<Rows> {
  for (const row of rows) {
    yield rowsOfArrays(
      row.map((value) => [value]),
      1,
    );
  }
}

const L: Value[][] = [
  [1, 'one'],
  [2, 'two'],
  [null, 'null'],
  [3, 'three'],
];
const R: Value[][] = [
  [2, 'x'],
  [4, 'y'],
  [null, 'z'],
  [2, 'w'],
  [1, 'v'],
];

async function join(of: JoinPlan, leftRows = L, rightRows = R): Promise<Value[][]> {
  const delivered: Value[][] = [];
  for await (const rows of interpretJoin(of, input(leftRows), input(rightRows))) {
    const columns = rows.columns.map(({ read }) => columnValues(rows, read));
    for (let i = 0; i < rows.length; i++) delivered.push(columns.map((values) => values[i] as Value));
  }
  return delivered;
}

const matches = [
  [1, 'one', 1, 'v'],
  [2, 'two', 2, 'x'],
  [2, 'two', 2, 'w'],
];

describe('interpretJoin', () => {
  it('pairs rows in the order of the left, then of the right side', async () => {
    expect(await join(plan('inner'))).toEqual(matches);
  });

  it('keeps rows without a match on the sides of outer joins', async () => {
    const leftOver = [
      [null, 'null', null, null],
      [3, 'three', null, null],
    ];
    const rightOver = [
      [null, null, 4, 'y'],
      [null, null, null, 'z'],
    ];
    expect(await join(plan('left'))).toEqual([...matches, ...leftOver]);
    expect(await join(plan('right'))).toEqual([...matches, ...rightOver]);
    expect(await join(plan('full'))).toEqual([...matches, ...leftOver, ...rightOver]);
  });

  it('filters by a match', async () => {
    expect(await join(plan('semi'))).toEqual(L.slice(0, 2));
    expect(await join(plan('anti'))).toEqual(L.slice(2));
    const matched = R.filter((row) => matches.some((pair) => pair[3] === row[1]));
    expect(await join(plan('rightSemi'))).toEqual(matched);
    expect(await join(plan('rightAnti'))).toEqual(R.filter((row) => !matched.includes(row)));
  });

  it('reads NOT IN with three values', async () => {
    const known = R.filter(([key]) => key !== null);
    expect(await join(plan('nullAwareAnti'))).toEqual([]);
    expect(await join(plan('nullAwareAnti'), L, known)).toEqual([[3, 'three']]);
    expect(await join(plan('nullAwareAnti'), L, [])).toEqual(L);
  });

  it('marks with three values', async () => {
    const marks = async (rightRows: Value[][]) => (await join(plan('mark'), L, rightRows)).map((row) => row[2]);
    expect(await marks(R)).toEqual([true, true, null, null]);
    expect(await marks(R.filter(([key]) => key !== null))).toEqual([true, true, null, false]);
    expect(await marks([])).toEqual([false, false, false, false]);
  });

  it('compares several keys as SQL compares rows', async () => {
    const keys = [
      { left: ref(a), right: ref(c), nullsMatch: false },
      { left: ref(b), right: ref(d), nullsMatch: false },
    ];
    const rows = await join(
      plan('mark', { keys }),
      [
        [1, 'p'],
        [2, null],
        [9, null],
      ],
      [
        [2, 'p'],
        [null, 'q'],
      ],
    );
    expect(rows.map((row) => row[2])).toEqual([false, null, null]);
  });

  it('lets NULL match NULL where asked', async () => {
    const keys = [{ left: ref(a), right: ref(c), nullsMatch: true }];
    expect(await join(plan('semi', { keys }))).toEqual([L[0], L[1], L[2]]);
    expect((await join(plan('mark', { keys }))).map((row) => row[2])).toEqual([true, true, true, false]);
  });

  it('decides about outer rows after the residual', async () => {
    const residual = call('<', ref(d), ref(b));
    expect(await join(plan('left', { residual }))).toEqual([
      [1, 'one', null, null],
      [2, 'two', null, null],
      [null, 'null', null, null],
      [3, 'three', null, null],
    ]);
    expect(await join(plan('mark', { residual: call('=', ref(d), ref(d)) }), L, [[null, null]])).toEqual(
      L.map((row) => [...row, false]),
    );
  });

  it('tries every pair without keys', async () => {
    const cross = await join(plan('inner', { keys: [], columns: [a, d] }), L.slice(0, 2), R.slice(0, 2));
    expect(cross).toEqual([
      [1, 'x'],
      [1, 'y'],
      [2, 'x'],
      [2, 'y'],
    ]);
    const loop = await join(plan('inner', { keys: [], residual: call('>', ref(c), ref(a)), columns: [a, c] }));
    expect(loop).toEqual([
      [1, 2],
      [1, 4],
      [1, 2],
      [2, 4],
      [3, 4],
    ]);
    expect(await join(plan('anti', { keys: [] }), L, [])).toEqual(L);
  });
});
