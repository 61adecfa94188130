import { describe, expect, it } from 'vitest';
import { DEFAULT_FRAME, RandomWindows } from '../../../test/operators/random-windows.ts';
import { castTo, column, literal, ref } from '../../../test/oracle/expr-builder.ts';
import { seededRandom } from '../../common/clock.ts';
import type { SqlType, Value } from '../../common/types.ts';
import { BIGINT, DOUBLE, decimal, INTEGER, REAL, VARCHAR } from '../../common/types.ts';
import type { Column, Expr } from '../expr/expr.ts';
import type { FrameBound, WindowCall, WindowFrame, WindowPlan } from '../plan.ts';
import { randomValue, SORTABLE_TYPES } from '../sort/fixtures/random-rows.ts';
import { interpretedRows, OperatorRun, type Row, type RunOptions } from '../sort/fixtures/run-operator.ts';
import { executeWindow } from './execute-window.ts';

import { resolveWindowFunction } from './functions.ts';

async function run(plan: WindowPlan, rows: readonly Row[], options: RunOptions = {}) {
  const operator = new OperatorRun(options);
  const stream = executeWindow(plan, operator.input(plan.input, 0, rows), operator.context);
  const result = await operator.rows(stream, plan.columns.length);
  expect([operator.memory.used, operator.spill?.held ?? 0]).toEqual([0, 0]);
  return { result, spilled: operator.spill?.bytes ?? 0 };
}

function callOf(name: string, args: readonly Expr[], more: Partial<WindowCall> = {}): WindowCall {
  const resolved = resolveWindowFunction(
    name,
    args.map(({ type }) => type),
  );
  if (!resolved) throw new Error(`no ${name}`);
  return {
    function: name,
    args: args.map((arg, i) => castTo(arg, resolved.argTypes[i] as SqlType)),
    argTypes: resolved.argTypes,
    distinct: false,
    filter: null,
    ignoreNulls: false,
    frame: DEFAULT_FRAME,
    type: resolved.type,
    ...more,
  };
}

function windowOf(
  columns: readonly Column[],
  partitionBy: readonly Column[],
  orderBy: readonly Column[],
  functions: readonly WindowCall[],
): WindowPlan {
  return {
    kind: 'window',
    input: { kind: 'scan', scan: 0, table: 't', columns },
    partitionBy: partitionBy.map(ref),
    orderBy: orderBy.map((of) => ({ expr: ref(of), descending: false, nullsFirst: false })),
    functions,
    columns: [...columns, ...functions.map(({ type }, i) => column(1000 + i, `w${i}`, type))],
  };
}

const frameOf = (unit: WindowFrame['unit'], start: FrameBound, end: FrameBound): WindowFrame => ({
  unit,
  start,
  end,
  exclude: 'noOthers',
});
const big = (value: bigint | null) => literal(value, BIGINT);

describe('window', () => {
  it.each(Array.from({ length: 40 }, (_, i) => i))('is the interpreter’s, seed %i', async (seed) => {
    const random = new RandomWindows(seededRandom(1000 + seed));
    const rows = random.rows(random.pick([0, 1, 10, 200]));
    const plan = random.plan(4);
    const inputs = [
      { morselRows: 30, dictionary: [2, 6], ...(random.once(2) && { selected: (row: number) => row % 4 > 0 }) },
    ];
    const expected = await interpretedRows(plan, [rows], { inputs });
    expect((await run(plan, rows, { inputs })).result).toEqual(expected);
    const spilt = await run(plan, rows, { inputs, operatorBytes: 60_000 });
    expect(spilt.result).toEqual(expected);
  });

  it.each(Array.from({ length: 23 }, (_, i) => i))('aggregates every type, seed %i', async (seed) => {
    const random = seededRandom(seed);
    const below = (count: number) => Math.floor(random.next() * count);
    const type = SORTABLE_TYPES[seed % SORTABLE_TYPES.length] as SqlType;
    const columns = [column(1, 'p', INTEGER), column(2, 'o', INTEGER), column(3, 'v', type), column(4, 'id', INTEGER)];
    const [p, o, v] = columns as [Column, Column, Column];
    const rows = Array.from({ length: 150 }, (_, id): Value[] => [below(4), below(9), randomValue(random, type), id]);
    const frames = [
      DEFAULT_FRAME,
      frameOf('rows', { kind: 'preceding', offset: big(5n) }, { kind: 'following', offset: big(2n) }),
      frameOf('groups', { kind: 'preceding', offset: big(1n) }, { kind: 'currentRow' }),
      frameOf('rows', { kind: 'currentRow' }, { kind: 'unboundedFollowing' }),
    ];
    const names = ['min', 'max', 'count', 'first_value', 'last_value', 'lead'].filter((name) =>
      resolveWindowFunction(name, [type]),
    );
    const calls = frames.flatMap((frame) => names.map((name) => callOf(name, [ref(v)], { frame })));
    const plan = windowOf(columns, [p], [o], calls);
    expect((await run(plan, rows)).result).toEqual(await interpretedRows(plan, [rows]));
  });

  it('partitions and orders by every type', async () => {
    const random = seededRandom(3);
    for (const type of SORTABLE_TYPES) {
      const columns = [column(1, 'p', type), column(2, 'o', type), column(3, 'id', INTEGER)];
      const [p, o] = columns as [Column, Column];
      const rows = Array.from({ length: 200 }, (_, id) => [randomValue(random, type), randomValue(random, type), id]);
      const plan = windowOf(columns, [p], [o], [callOf('rank', []), callOf('dense_rank', []), callOf('count', [])]);
      expect((await run(plan, rows)).result).toEqual(await interpretedRows(plan, [rows]));
    }
  });

  it('works over more rows than a morsel holds, in memory and spilled', async () => {
    const columns = [column(1, 'p', INTEGER), column(2, 'v', decimal(12, 2)), column(3, 's', VARCHAR)];
    const [p, v, s] = columns as [Column, Column, Column];
    const rows = Array.from({ length: 36_000 }, (_, i): Value[] => [
      (i * 7919) % 500,
      BigInt((i * 104_729) % 10_007),
      `text ${(i * 31) % 977}`,
    ]);
    const sliding = frameOf('rows', { kind: 'preceding', offset: big(3n) }, { kind: 'following', offset: big(3n) });
    const calls = [
      callOf('row_number', []),
      callOf('sum', [ref(v)]),
      callOf('avg', [ref(v)], { frame: sliding }),
      callOf('max', [ref(s)], { frame: sliding }),
      callOf('lag', [ref(s)]),
    ];
    const plan = windowOf(columns, [p], [v], calls);
    const expected = await interpretedRows(plan, [rows]);
    expect((await run(plan, rows, { inputs: [{ morselRows: 20_000 }] })).result).toEqual(expected);
    const spilt = await run(plan, rows, { inputs: [{ morselRows: 5000 }], operatorBytes: 4 * 2 ** 20 });
    expect(spilt.result).toEqual(expected);
    expect(spilt.spilled).toBeGreaterThan(0);
  });

  it('is linear or nearly so for frames that grow or slide over one large partition', async () => {
    const columns = [column(1, 'v', INTEGER), column(2, 'x', DOUBLE)];
    const [v, x] = columns as [Column, Column];
    const count = 100_000;
    const rows = Array.from({ length: count }, (_, i): Value[] => [i, i / 4]);
    const sliding = frameOf('rows', { kind: 'preceding', offset: big(50_000n) }, { kind: 'currentRow' });
    const names: readonly [string, Column][] = [
      ['sum', v],
      ['sum', x],
      ['avg', v],
      ['avg', x],
      ['min', v],
      ['max', x],
      ['count', v],
    ];
    const calls = [DEFAULT_FRAME, sliding].flatMap((frame) =>
      names.map(([name, of]) => callOf(name, [ref(of)], { frame })),
    );
    const { result } = await run(windowOf(columns, [], [v], calls), rows, { inputs: [{ morselRows: 30_000 }] });
    const last = result.at(-1) as Value[];
    const n = BigInt(count);
    const from = count - 50_001;
    const sum = (first: number) => ((BigInt(first) + n - 1n) * (n - BigInt(first))) / 2n;
    expect(last.slice(2, 9)).toEqual([
      sum(0),
      Number(sum(0)) / 4,
      (count - 1) / 2,
      (count - 1) / 8,
      0,
      (count - 1) / 4,
      n,
    ]);
    const middle = (from + count - 1) / 2;
    expect(last.slice(9)).toEqual([
      sum(from),
      Number(sum(from)) / 4,
      middle,
      middle / 4,
      from,
      (count - 1) / 4,
      50_001n,
    ]);
  });

  it('sums what is not finite, and refuses sums that become so', async () => {
    const columns = [column(1, 'id', INTEGER), column(2, 'x', DOUBLE), column(3, 'r', REAL)];
    const [id, x, r] = columns as [Column, Column, Column];
    const sliding = frameOf('rows', { kind: 'preceding', offset: big(1n) }, { kind: 'currentRow' });
    const calls = [DEFAULT_FRAME, sliding].flatMap((frame) =>
      [x, r].flatMap((of) => ['sum', 'avg'].map((name) => callOf(name, [ref(of)], { frame }))),
    );
    const plan = windowOf(columns, [], [id], calls);
    const values = [1, Number.POSITIVE_INFINITY, 2, 3, Number.NaN, 4, null, null, Number.NEGATIVE_INFINITY, 5];
    const rows = values.map((value, i) => [i, value, value]);
    expect((await run(plan, rows)).result).toEqual(await interpretedRows(plan, [rows]));
    for (const call of [calls[0], calls[4]] as [WindowCall, WindowCall]) {
      const huge = [1, 2].map((i) => [i, 1.7e308, 0]);
      await expect(run(windowOf(columns, [], [id], [call]), huge)).rejects.toThrow('sum is out of range for double');
    }
  });

  it('sums decimals of 38 digits on the host, but where none of the values has as many', async () => {
    const wide = decimal(38, 0);
    const columns = [column(1, 'id', INTEGER), column(2, 'v', wide)];
    const [id, v] = columns as [Column, Column];
    const most = 10n ** 38n - 1n;
    const rows = [most, -most, most, 1n].map((value, i) => [i, value]);
    const pair = frameOf('rows', { kind: 'preceding', offset: big(1n) }, { kind: 'currentRow' });
    const plan = windowOf(columns, [], [id], [callOf('sum', [ref(v)], { frame: pair })]);
    await expect(run(plan, rows)).rejects.toMatchObject({ code: 'SQ3002' });
    expect((await run(plan, rows.slice(0, 3))).result.map((row) => row[2])).toEqual([most, 0n, 0n]);

    const narrow = 10n ** 27n;
    const digits = [narrow, -narrow, null, -9n * narrow, 10n * narrow - 1n, 10n * narrow, -10n * narrow];
    for (const values of [digits, digits.slice(0, 5)]) {
      const few = values.map((value, i) => [i, value]);
      for (const frame of [pair, DEFAULT_FRAME]) {
        const sums = windowOf(columns, [], [id], [callOf('sum', [ref(v)], { frame })]);
        expect((await run(sums, few)).result).toEqual(await interpretedRows(sums, [few]));
      }
    }
  });

  it('a partition that does not fit is SQ4001', async () => {
    const columns = [column(1, 'p', INTEGER), column(2, 'id', INTEGER)];
    const [p, id] = columns as [Column, Column];
    const plan = windowOf(columns, [p], [id], [callOf('row_number', [])]);
    const rows = Array.from({ length: 30_000 }, (_, i) => [Math.min(i, 1000), i]);
    const operator = new OperatorRun({ operatorBytes: 2 ** 20, inputs: [{ morselRows: 1000 }] });
    const stream = executeWindow(plan, operator.input(plan.input, 0, rows), operator.context);
    await expect(operator.rows(stream, 3)).rejects.toMatchObject({
      code: 'SQ4001',
      message: 'the task needs more memory than its budget of 1 MiB',
    });
    expect([operator.memory.used, operator.spill?.held]).toEqual([0, 0]);
  });

  it('gives everything back when its reader stops', async () => {
    const columns = [column(1, 'p', INTEGER), column(2, 'id', INTEGER)];
    const [p, id] = columns as [Column, Column];
    const plan = windowOf(columns, [p], [id], [callOf('row_number', [])]);
    const rows = Array.from({ length: 3000 }, (_, i) => [i % 100, i]);
    for (const operatorBytes of [40_000, 1e9]) {
      const operator = new OperatorRun({ operatorBytes, inputs: [{ morselRows: 100 }] });
      for await (const _ of executeWindow(plan, operator.input(plan.input, 0, rows), operator.context)) break;
      expect([operator.memory.used, operator.spill?.held]).toEqual([0, 0]);
    }
  });

  it.each<[string, WindowFrame['unit'], Expr, string]>([
    ['NULL', 'rows', big(null), 'must not be null'],
    ['negative', 'rows', big(-1n), 'must not be negative'],
    ['NULL', 'groups', big(null), 'must not be null'],
    ['negative', 'groups', big(-1n), 'must not be negative'],
    ['NULL', 'range', literal(null, INTEGER), 'must not be null'],
    ['negative', 'range', literal(-1, INTEGER), 'must not be negative'],
  ])('refuses %s offsets of %s', async (_, unit, offset, message) => {
    const columns = [column(1, 'id', INTEGER)];
    const [id] = columns as [Column];
    for (const side of ['start', 'end'] as const) {
      const frame = {
        ...DEFAULT_FRAME,
        unit,
        [side]: { kind: side === 'start' ? 'preceding' : 'following', offset },
      } as WindowFrame;
      const plan = windowOf(columns, [], [id], [callOf('count', [], { frame })]);
      const text = `frame ${side === 'start' ? 'starting' : 'ending'} offset ${message}`;
      await expect(run(plan, [[1]])).rejects.toMatchObject({ code: 'SQ3007', message: text });
      await expect(interpretedRows(plan, [[[1]]])).rejects.toMatchObject({ code: 'SQ3007', message: text });
      expect((await run(plan, [])).result).toEqual([]);
    }
  });

  it.each([
    ['ntile', [big(0n)], 'argument of ntile must be greater than zero'],
    ['nth_value', [big(1n), big(0n)], 'argument of nth_value must be greater than zero'],
  ])('refuses a bad argument of %s', async (name, args, message) => {
    const columns = [column(1, 'id', INTEGER)];
    const [id] = columns as [Column];
    const plan = windowOf(columns, [], [id], [callOf(name, args)]);
    await expect(run(plan, [[1]])).rejects.toMatchObject({ code: 'SQ3007', message });
    await expect(interpretedRows(plan, [[[1]]])).rejects.toMatchObject({ code: 'SQ3007', message });
  });
});
