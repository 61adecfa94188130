import { describe, expect, it } from 'vitest';
import { call, column, literal, ref } from '../../../test/oracle/expr-builder.ts';
import { type Random, seededRandom } from '../../common/clock.ts';
import type { SqlType, Value } from '../../common/types.ts';
import { BIGINT, DOUBLE, decimal, INTEGER, typeName, VARCHAR } from '../../common/types.ts';
import type { Column } from '../expr/expr.ts';
import type { ScanPlan, SortKey, SortPlan } from '../plan.ts';
import { executeSort } from './execute-sort.ts';
import { randomValue, SORTABLE_TYPES } from './fixtures/random-rows.ts';
import { interpretedRows, OperatorRun, type RunOptions } from './fixtures/run-operator.ts';

const scanOf = (columns: readonly Column[]): ScanPlan => ({ kind: 'scan', scan: 0, table: 't', columns });
const sortOf = (columns: readonly Column[], keys: readonly SortKey[]): SortPlan => ({
  kind: 'sort',
  input: scanOf(columns),
  keys,
  columns,
});
const columnsOf = (types: readonly SqlType[]) => types.map((type, i) => column(i + 1, `c${i}`, type));

async function sorted(plan: SortPlan, rows: readonly (readonly Value[])[], options: RunOptions = {}) {
  const run = new OperatorRun(options);
  const result = await run.rows(executeSort(plan, run.input(plan.input, 0, rows), run.context), plan.columns.length);
  expect(run.memory.used).toBe(0);
  expect(run.spill?.held ?? 0).toBe(0);
  return { result, spilled: run.spill?.bytes ?? 0 };
}

function randomCase(random: Random, rowCount: number) {
  const below = (count: number) => Math.floor(random.next() * count);
  const types = Array.from({ length: 1 + below(4) }, () => SORTABLE_TYPES[below(SORTABLE_TYPES.length)] as SqlType);
  const columns = [...columnsOf(types), column(90, 'id', INTEGER)];
  const rows = Array.from({ length: rowCount }, (_, id) => [...types.map((type) => randomValue(random, type)), id]);
  const keys = Array.from({ length: 1 + below(3) }, (): SortKey => {
    const of = columns[below(types.length)] as Column;
    return { expr: ref(of), descending: below(2) === 0, nullsFirst: below(2) === 0 };
  });
  const text = types.flatMap((type, i) => (type.kind === 'varchar' && below(2) ? [i] : []));
  const options = {
    morselRows: 1 + below(rowCount),
    dictionary: text,
    ...(below(2) && { selected: (row: number) => row % 3 > 0 }),
  };
  return { plan: sortOf(columns, keys), rows, options };
}

describe('sort', () => {
  it.each(SORTABLE_TYPES.map((type) => [typeName(type), type] as const))('orders %s', async (_, type) => {
    const random = seededRandom(7);
    const columns = [...columnsOf([type]), column(90, 'id', INTEGER)];
    const rows = Array.from({ length: 400 }, (_, id) => [randomValue(random, type), id]);
    for (const descending of [false, true]) {
      for (const nullsFirst of [false, true]) {
        const plan = sortOf(columns, [{ expr: ref(columns[0] as Column), descending, nullsFirst }]);
        expect((await sorted(plan, rows)).result).toEqual(await interpretedRows(plan, [rows]));
      }
    }
  });

  it.each(Array.from({ length: 40 }, (_, i) => i))('is the interpreter’s, seed %i', async (seed) => {
    const random = seededRandom(seed);
    const { plan, rows, options } = randomCase(random, 1 + Math.floor(random.next() * 300));
    const expected = await interpretedRows(plan, [rows], { inputs: [options] });
    expect((await sorted(plan, rows, { inputs: [options] })).result).toEqual(expected);
    const tiny = await sorted(plan, rows, { inputs: [options], operatorBytes: 1000 });
    expect(tiny.result).toEqual(expected);
    if (expected.length > 1) expect(tiny.spilled).toBeGreaterThan(0);
  });

  it('orders more rows than a morsel holds, by keys of many words', async () => {
    const random = seededRandom(1);
    const columns = columnsOf([DOUBLE, VARCHAR, decimal(30, 2), INTEGER]);
    const rows = Array.from({ length: 70_000 }, (_, id): Value[] => [
      random.next() < 0.5 ? 1.5 : random.next(),
      random.next() < 0.5 ? 'the same text for many' : `the same text for ${Math.floor(random.next() * 1000)}`,
      BigInt(Math.floor(random.next() * 50)) * 10n ** 25n,
      id,
    ]);
    const keys = columns
      .slice(0, 3)
      .map((of, i): SortKey => ({ expr: ref(of), descending: i === 1, nullsFirst: false }));
    const plan = sortOf(columns, keys);
    const expected = await interpretedRows(plan, [rows]);
    expect((await sorted(plan, rows, { inputs: [{ morselRows: 30_000 }] })).result).toEqual(expected);
    const options = { inputs: [{ morselRows: 4000 }], operatorBytes: 1 << 19 };
    const spilt = await sorted(plan, rows, options);
    expect(spilt.result).toEqual(expected);
  });

  it('passes on what is in order', async () => {
    const columns = columnsOf([INTEGER, VARCHAR]);
    const plan = sortOf(columns, [{ expr: ref(columns[0] as Column), descending: false, nullsFirst: true }]);
    const rows = Array.from({ length: 1000 }, (_, i): Value[] => [i < 10 ? null : i >> 2, `text ${i}`]);
    expect((await sorted(plan, rows, { inputs: [{ morselRows: 300 }] })).result).toEqual(rows);
  });

  it('orders by expressions', async () => {
    const columns = columnsOf([INTEGER, BIGINT]);
    const [a, b] = columns as [Column, Column];
    const keys: SortKey[] = [
      { expr: call('%', ref(a), literal(3, INTEGER)), descending: true, nullsFirst: false },
      { expr: call('+', ref(b), literal(1n, BIGINT)), descending: false, nullsFirst: false },
    ];
    const plan = sortOf(columns, keys);
    const rows = Array.from({ length: 50 }, (_, i): Value[] => [i, BigInt((i * 17) % 7)]);
    const expected = await interpretedRows(plan, [rows]);
    expect((await sorted(plan, rows)).result).toEqual(expected);
    expect((await sorted(plan, rows, { operatorBytes: 0, inputs: [{ morselRows: 7 }] })).result).toEqual(expected);
  });

  it('of nothing, and of no keys', async () => {
    const columns = columnsOf([INTEGER]);
    const by = { expr: ref(columns[0] as Column), descending: false, nullsFirst: false };
    expect((await sorted(sortOf(columns, [by]), [])).result).toEqual([]);
    expect((await sorted(sortOf(columns, []), [[2], [1]])).result).toEqual([[2], [1]]);
  });

  it('without a place to spill is SQ4001', async () => {
    const columns = columnsOf([INTEGER]);
    const plan = sortOf(columns, [{ expr: ref(columns[0] as Column), descending: false, nullsFirst: false }]);
    const run = new OperatorRun({ spill: false, operatorBytes: 2 ** 20 });
    const rows = Array.from({ length: 30_000 }, (_, i) => [i]);
    const stream = executeSort(plan, run.input(plan.input, 0, rows), run.context);
    await expect(run.rows(stream, 1)).rejects.toMatchObject({
      code: 'SQ4001',
      message: 'the task needs more memory than its budget of 1 MiB',
    });
    expect(run.memory.used).toBe(0);
  });

  it('gives everything back when its reader stops, is cancelled or its input fails', async () => {
    const columns = columnsOf([INTEGER]);
    const plan = sortOf(columns, [{ expr: ref(columns[0] as Column), descending: true, nullsFirst: false }]);
    const rows = Array.from({ length: 2000 }, (_, i) => [i]);
    for (const operatorBytes of [1000, 1e9]) {
      const run = new OperatorRun({ operatorBytes, inputs: [{ morselRows: 100 }] });
      for await (const _ of executeSort(plan, run.input(plan.input, 0, rows), run.context)) break;
      expect([run.memory.used, run.spill?.held]).toEqual([0, 0]);

      const failing = new OperatorRun({ operatorBytes, inputs: [{ morselRows: 100 }] });
      const broken = sortOf(columns, [
        { expr: call('/', literal(1, INTEGER), ref(columns[0] as Column)), descending: true, nullsFirst: false },
      ]);
      const stream = executeSort(broken, failing.input(plan.input, 0, [...rows.slice(500), [0]]), failing.context);
      await expect(failing.rows(stream, 1)).rejects.toThrow('division by zero');
      expect([failing.memory.used, failing.spill?.held]).toEqual([0, 0]);

      const controller = new AbortController();
      const aborted = new OperatorRun({ operatorBytes, signal: controller.signal, inputs: [{ morselRows: 100 }] });
      controller.abort();
      const late = executeSort(plan, aborted.input(plan.input, 0, rows), aborted.context);
      await expect(aborted.rows(late, 1)).rejects.toMatchObject({ code: 'SQ7000' });
      expect([aborted.memory.used, aborted.spill?.held]).toEqual([0, 0]);
    }
  });
});
