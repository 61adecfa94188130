import { describe, expect, it } from 'vitest';
import { call, column, int, ref } from '../../../test/oracle/expr-builder.ts';
import type { SqlType, Value } from '../../common/types.ts';
import { BIGINT, BOOLEAN, INTEGER, VARCHAR } from '../../common/types.ts';
import { liveRows, MORSEL_ROWS, type Morsel } from '../../wasm/morsel.ts';
import { morselStream } from '../fixtures/morsels.ts';
import type { JoinPlan, JoinType, ScanPlan } from '../plan.ts';
import { executeJoin } from './execute-join.ts';
import { bagOf, joinContext, referenceJoin, runJoin } from './fixtures/join-case.ts';

const a = column(1, 'a', INTEGER);
const b = column(2, 'b', INTEGER);
const c = column(3, 'c', INTEGER);
const d = column(4, 'd', VARCHAR);
const mark = column(5, 'mark', BOOLEAN);
const left: ScanPlan = { kind: 'scan', scan: 0, table: 'l', columns: [a, b] };
const right: ScanPlan = { kind: 'scan', scan: 1, table: 'r', columns: [c, d] };

function planOf(type: JoinType, more: Partial<JoinPlan> = {}): JoinPlan {
  const filters = ['semi', 'anti', 'nullAwareAnti', 'mark'].includes(type);
  const rightOnly = type === 'rightSemi' || type === 'rightAnti';
  return {
    kind: 'join',
    type,
    left,
    right,
    keys: [{ left: ref(a), right: ref(c), nullsMatch: false }],
    residual: null,
    mark: type === 'mark' ? mark : null,
    columns: [
      ...(rightOnly ? [] : left.columns),
      ...(filters ? [] : right.columns),
      ...(type === 'mark' ? [mark] : []),
    ],
    ...more,
  };
}

type Context = ReturnType<typeof joinContext>;

const streamOf = (
  { memory }: Context,
  { columns }: ScanPlan,
  rows: readonly (readonly Value[])[],
  morselRows = MORSEL_ROWS,
) =>
  morselStream(
    memory,
    columns.map(({ type }) => type),
    rows,
    { morselRows },
  );

const repeat = (count: number, row: (i: number) => Value[]) => Array.from({ length: count }, (_, i) => row(i));

/** Delivered rows, each morsel looked at. */
async function countRows(
  plan: JoinPlan,
  leftRows: Value[][],
  rightRows: Value[][],
  look: (morsel: Morsel) => void = () => undefined,
): Promise<number> {
  const run = joinContext();
  let rows = 0;
  const l = streamOf(run, plan.left as ScanPlan, leftRows);
  for await (const morsel of executeJoin(plan, l, streamOf(run, plan.right as ScanPlan, rightRows), run.context)) {
    expect(morsel.rows).toBeLessThanOrEqual(MORSEL_ROWS);
    look(morsel);
    rows += liveRows(morsel);
  }
  run.expectNothingLeft();
  return rows;
}

describe('a key with 100,000 rows', () => {
  const hot = repeat(100_000, (i) => [7, `${i}`]);
  const one = { ...right, columns: [c] };
  const composite = [
    { left: ref(a), right: ref(c), nullsMatch: false },
    { left: ref(a), right: ref(c), nullsMatch: false },
  ];

  it('streams its pairs in morsels', async () => {
    const rows = [...repeat(20, (i) => [7, i]), [8, 0], [null, 1]];
    for (const keys of [planOf('inner').keys, composite]) {
      expect(await countRows(planOf('inner', { keys }), rows, hot)).toBe(2_000_000);
      expect(await countRows(planOf('full', { keys }), rows, [...hot, [9, 'x']])).toBe(2_000_003);
    }
  });

  it('is not tried pair by pair where one match is enough', async () => {
    const rows = repeat(100_000, (i) => [i % 2 === 0 ? 7 : 6, i]);
    for (const keys of [planOf('inner').keys, composite]) {
      for (const type of ['semi', 'anti', 'nullAwareAnti'] as const) {
        expect(await countRows(planOf(type, { keys, right: one }), rows, hot)).toBe(50_000);
      }
      expect(await countRows(planOf('mark', { keys, right: one }), rows, hot)).toBe(100_000);
    }
  });

  it('is not tried pair by pair where rows of the right side are delivered', async () => {
    const rows = repeat(100_000, (i) => [i % 2 === 0 ? 7 : 6, i]);
    const many = [...repeat(100_000, (i) => [7, `${i}`]), [8, 'x'], [null, 'y']];
    expect(await countRows(planOf('rightSemi'), rows, many)).toBe(100_000);
    expect(await countRows(planOf('rightAnti'), rows, many)).toBe(2);
  });

  it('meets a residual until that holds', async () => {
    const rows = repeat(1000, (i) => [7, i]);
    const residual = call('<', call('*', ref(b), int(0)), ref(c));
    expect(await countRows(planOf('semi', { residual }), rows, hot)).toBe(1000);
  });
});

describe('one match at most', () => {
  const keys = repeat(20_000, (i) => [i * 2, `v${i}`]);

  it('leaves left columns where they are, and gathers few rows', async () => {
    for (const [step, dense] of [
      [2, true],
      [3, true],
      [16, false],
    ] as const) {
      const rows = repeat(20_000, (i) => [i % step === 0 ? i * 2 : -1, i]);
      const expected = step === 2 ? 10_000 : Math.ceil(20_000 / step);
      const seen: Morsel[] = [];
      expect(await countRows(planOf('inner'), rows, keys, (morsel) => seen.push(morsel))).toBe(expected);
      expect(seen).toHaveLength(1);
      expect(seen[0]?.rows === 20_000).toBe(dense);
      const { rows: all } = await runJoin(planOf('inner'), { rows }, { rows: keys });
      expect(all.every(([n, i, m, text]) => n === m && n === (i as number) * 2 && text === `v${i}`)).toBe(true);
      expect(all).toHaveLength(expected);
    }
  });

  it('passes the very vectors on when nothing is dropped', async () => {
    const { context, memory, expectNothingLeft } = joinContext();
    const rows = repeat(5000, (i) => [(i * 7) % 5000, i]);
    const vectors: unknown[] = [];
    async function* spied(): AsyncGenerator<Morsel> {
      for await (const morsel of streamOf({ memory } as Context, left, rows)) {
        vectors.push(morsel.column(1));
        yield morsel;
      }
    }
    const build = streamOf(
      { memory } as Context,
      right,
      repeat(5000, (i) => [i, `${i}`]),
    );
    for await (const morsel of executeJoin(planOf('left'), spied(), build, context)) {
      expect(morsel.column(1)).toBe(vectors[0]);
      expect(morsel.column(3)).toBe(morsel.column(3));
    }
    expectNothingLeft();
  });

  it('is found among keys that lie densely, less so, far apart, and in order or not', async () => {
    for (const spread of [1, 60, 100_003]) {
      for (const shuffle of [1, 7919]) {
        for (const copies of [1, 2]) {
          const rightRows = repeat(3000, (i) => [((Math.floor(i / copies) * shuffle) % 1500) * spread - 1000, `${i}`]);
          const leftRows = repeat(2000, (i) => [(i % 1700) * spread - 1000, i]);
          const unique = copies === 1 ? rightRows.slice(0, 1500) : rightRows;
          for (const type of ['inner', 'full', 'anti'] as const) {
            const plan = planOf(type);
            const { rows } = await runJoin(plan, { rows: leftRows }, { rows: unique, options: { morselRows: 1000 } });
            const expected = await referenceJoin(plan, { rows: leftRows }, { rows: unique });
            expect(bagOf(rows)).toEqual(bagOf(expected));
          }
        }
      }
    }
  });

  it('is found in a table beyond the cache, behind its filter', async () => {
    const e = column(6, 'e', BIGINT);
    const f = column(7, 'f', BIGINT);
    const plan = planOf('inner', {
      left: { ...left, columns: [e] },
      right: { ...right, columns: [f] },
      keys: [{ left: ref(e), right: ref(f), nullsMatch: false }],
      columns: [e, f],
    });
    for (const copies of [1, 2]) {
      const rightRows = repeat(40_000, (i) => [BigInt(Math.floor(i / copies)) * 1_000_003n]);
      const leftRows = repeat(40_000, (i) => [BigInt(i) * (i % 10 === 0 ? 1_000_003n : 1_000_033n)]);
      const found = (rows: number) => rows * copies;
      expect(await countRows(plan, leftRows, rightRows)).toBe(copies === 1 ? found(4000) : found(2000));
    }
  });
});

describe('the right side beyond its budget', () => {
  const list: SqlType = { kind: 'list', element: VARCHAR };
  const e = column(6, 'e', list);
  const wide: ScanPlan = { ...right, columns: [c, d, e] };

  it('is split again and again until its parts fit', async () => {
    const rightRows = repeat(3000, (i) => [(i * 31) % 3000, `${i}`.repeat(5), [`${i}`, null]]);
    const leftRows = repeat(2500, (i) => [i * 2, i]);
    const plan = planOf('full', { right: wide, columns: [a, b, c, d, e] });
    const options = { morselRows: 1000 };
    const expected = bagOf(await referenceJoin(plan, { rows: leftRows }, { rows: rightRows }));
    const spilled: number[] = [];
    for (const budget of [1 << 30, 300_000, 12_000]) {
      const run = await runJoin(plan, { rows: leftRows, options }, { rows: rightRows, options }, { budget });
      expect(bagOf(run.rows)).toEqual(expected);
      spilled.push(run.spilled);
    }
    const [none, once, often] = spilled as [number, number, number];
    expect([none, once > 0, often > once * 1.6]).toEqual([0, true, true]);
  });

  it('holds one hot key that no split makes smaller', async () => {
    const rightRows = [...repeat(1500, (i) => [7, `${i}`]), ...repeat(1000, (i) => [i + 10, 'x']), [null, 'y']];
    const leftRows = [...repeat(12, (i) => [7, i]), ...repeat(300, (i) => [i * 5, i]), [null, 1]];
    const options = { morselRows: 500 };
    for (const type of ['inner', 'full', 'anti', 'rightSemi', 'rightAnti', 'mark', 'nullAwareAnti'] as const) {
      for (const residual of [null, call('>', ref(b), int(3))]) {
        const plan = planOf(type, { residual });
        const expected = bagOf(await referenceJoin(plan, { rows: leftRows }, { rows: rightRows }));
        const run = await runJoin(plan, { rows: leftRows, options }, { rows: rightRows, options }, { budget: 30_000 });
        expect(run.rows).toHaveLength(expected.length);
        expect(bagOf(run.rows)).toEqual(expected);
        expect(run.spilled).toBeGreaterThan(0);
      }
    }
  });

  it('fails without a place to go', async () => {
    const run = joinContext(20_000);
    const rows = repeat(3000, (i) => [i, 'x']);
    const context = { ...run.context, spill: null };
    const join = executeJoin(planOf('inner'), streamOf(run, left, []), streamOf(run, right, rows, 500), context);
    await expect(join.next()).rejects.toMatchObject({
      code: 'SQ4001',
      message: 'the task needs more memory than its budget of 20000 bytes',
    });
    run.expectNothingLeft();
  });
});

describe('a join that ends early', () => {
  const rightRows = repeat(4000, (i) => [i % 1000, `${i}`]);
  const leftRows = repeat(4000, (i) => [i % 1000, i]);

  it.each([
    ['in memory', 1 << 30],
    ['in parts', 30_000],
    ['in blocks', 30_001],
  ])('gives everything back: %s', async (how, budget) => {
    const run = joinContext(budget);
    const keys = how === 'in blocks' ? [] : planOf('inner').keys;
    const l = streamOf(run, left, leftRows, 300);
    const r = streamOf(run, right, rightRows, 300);
    for await (const morsel of executeJoin(planOf('full', { keys }), l, r, run.context)) {
      expect(morsel.column(3).length).toBe(morsel.rows);
      break;
    }
    run.expectNothingLeft();
  });

  it('passes errors of either side and of its expressions on', async () => {
    async function* broken(): AsyncGenerator<Morsel> {
      yield* [];
      throw new Error('the input broke');
    }
    for (const budget of [1 << 30, 30_000]) {
      const run = joinContext(budget);
      const whole = () => streamOf(run, right, rightRows, 300);
      await expect(executeJoin(planOf('inner'), broken(), whole(), run.context).next()).rejects.toThrow(
        'the input broke',
      );
      run.expectNothingLeft();
      const l = streamOf(run, left, leftRows, 300);
      await expect(executeJoin(planOf('inner'), l, broken(), run.context).next()).rejects.toThrow('the input broke');
      const residual = call('=', call('/', int(1), call('-', ref(b), int(5))), int(1));
      await expect(
        executeJoin(planOf('left', { residual }), streamOf(run, left, leftRows, 300), whole(), run.context).next(),
      ).rejects.toMatchObject({ code: 'SQ3003' });
      run.expectNothingLeft();
    }
  });

  it('is cancelled', async () => {
    for (const budget of [1 << 30, 30_000]) {
      const run = joinContext(budget);
      const context = { ...run.context, signal: AbortSignal.abort() };
      const l = streamOf(run, left, leftRows, 300);
      const join = executeJoin(planOf('inner'), l, streamOf(run, right, rightRows, 300), context);
      await expect(join.next()).rejects.toMatchObject({ code: 'SQ7000' });
      run.expectNothingLeft();
    }
  });
});

it('computes keys, and delivers columns in any choice', async () => {
  const plan = planOf('full', {
    keys: [{ left: call('+', ref(a), int(1)), right: call('*', ref(c), int(2)), nullsMatch: false }],
    columns: [b, d],
  });
  const leftRows = repeat(50, (i) => [i % 9 === 0 ? null : i, i]);
  const rightRows = repeat(40, (i) => [i % 7 === 0 ? null : i, `${i}`]);
  for (const budget of [1 << 30, 3000]) {
    const { rows } = await runJoin(plan, { rows: leftRows }, { rows: rightRows }, { budget });
    expect(bagOf(rows)).toEqual(bagOf(await referenceJoin(plan, { rows: leftRows }, { rows: rightRows })));
  }
});

it('refuses nested keys', async () => {
  const list: SqlType = { kind: 'list', element: INTEGER };
  const [x, y] = [column(6, 'x', list), column(7, 'y', list)];
  const plan = planOf('inner', {
    left: { ...left, columns: [x] },
    right: { ...right, columns: [y] },
    keys: [{ left: ref(x), right: ref(y), nullsMatch: false }],
    columns: [x],
  });
  await expect(runJoin(plan, { rows: [[[1]]] }, { rows: [[[1]]] })).rejects.toMatchObject({
    code: 'SQ2301',
    message: 'values of type integer[] cannot be processed',
  });
});
