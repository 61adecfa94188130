import { describe, expect, it } from 'vitest';
import { call, column, int, ref } from '../../test/oracle/expr-builder.ts';
import { attemptId, stageId, taskId } from '../common/ids.ts';
import { BIGINT, DOUBLE, decimal, INTEGER, type SqlType, VARCHAR, type Value } from '../common/types.ts';
import type { ExecutionContext } from '../operators/execution.ts';
import { type Column, type Expr, fieldOf } from '../operators/expr/expr.ts';
import type { Manifest } from '../operators/task.ts';
import { Arena } from '../wasm/arena.ts';
import { buildVector } from '../wasm/build-vector.ts';
import { LinearMemory } from '../wasm/linear-memory.ts';
import { columnReader } from '../wasm/read-vector.ts';
import { manifestBatches, manifestSlice } from './manifest.ts';
import { outputSink } from './output-sink.ts';

type Row = readonly Value[];

/** The rows of every partition, read back. */
function partitioned(
  columns: readonly Column[],
  rows: readonly Row[],
  keys: readonly Expr[],
  partitions: number,
  { batchRows = 1000, operatorBytes = 1 << 24 } = {},
): Row[][] {
  const memory = new LinearMemory({ poison: true });
  const context: ExecutionContext = {
    memory,
    operatorBytes,
    spill: null,
    scan: () => {
      throw new Error('no scan');
    },
    exchange: () => {
      throw new Error('no exchange');
    },
  };
  const encoder = outputSink(context, columns, { kind: 'hash', keys, of: partitions, divisor: 1, partitions });
  const schema = columns.map(fieldOf);
  const arena = new Arena({ memory });
  for (let from = 0; from < rows.length; from += batchRows) {
    const part = rows.slice(from, from + batchRows);
    const vectors = columns.map(({ type }, i) =>
      buildVector(
        arena,
        type,
        part.map((row) => row[i] as Value),
      ),
    );
    encoder.add({ schema, length: part.length, columns: vectors });
    arena.reset();
  }
  const { bytes, rows: total, partitions: parts = [] } = encoder.finish();
  encoder.free();
  expect(memory.used).toBe(0);
  expect(total).toBe(rows.length);
  const manifest: Manifest = {
    stage: stageId(0),
    task: taskId(0),
    attempt: attemptId(0),
    rows: total,
    body: { kind: 'inline', bytes },
    partitions: parts,
  };
  let end = 0;
  for (const part of parts) {
    expect(part.offset).toBe(end);
    end += part.length;
  }
  expect(end).toBe(bytes.length);
  return parts.map((part, p) => {
    const own = manifestSlice(manifest, { from: p, to: p + 1 });
    if (own === null) {
      expect(part).toMatchObject({ rows: 0, length: 0 });
      return [];
    }
    if (own.body.kind !== 'inline') throw new Error('the body is not inline');
    const out: Row[] = [];
    const reading = new Arena();
    for (const batch of manifestBatches(own, own.body.bytes, schema, reading)) {
      const readers = batch.columns.map((vector) => columnReader(reading, vector));
      for (let row = 0; row < batch.length; row++) out.push(readers.map((read) => read(row)));
    }
    return out;
  });
}

const [a, b] = [column(1, 'a', INTEGER), column(2, 'b', VARCHAR)];
const rows: Row[] = Array.from({ length: 5000 }, (_, i) => [
  i % 7 === 0 ? null : i % 613,
  i % 11 === 0 ? null : `text ${i}`,
]);
const byText = (some: readonly Row[]) => some.map(String).sort();

describe('a partitioned output', () => {
  it.each([2, 3, 16, 257])(
    'of %d partitions has every row once, rows with equal keys together, in their order',
    (count) => {
      const parts = partitioned([a, b], rows, [ref(a)], count, { batchRows: 777 });
      expect(parts).toHaveLength(count);
      expect(byText(parts.flat())).toEqual(byText(rows));
      const home = new Map<Value, number>();
      for (const [p, part] of parts.entries()) {
        for (const row of part) expect(home.get(row[0]!) ?? p).toBe(p);
        for (const row of part) home.set(row[0]!, p);
        const kept = rows.filter((row) => home.get(row[0]!) === p);
        expect(part).toEqual(kept);
      }
      expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(5000 / count + 1500);
    },
  );

  it('is spread evenly over keys', () => {
    const many: Row[] = Array.from({ length: 20_000 }, (_, i) => [i, null]);
    const sizes = partitioned([a, b], many, [ref(a)], 8).map((part) => part.length);
    expect(Math.min(...sizes)).toBeGreaterThan(2200);
    expect(Math.max(...sizes)).toBeLessThan(2800);
  });

  it('is partitioned alike by whoever holds equal keys of one type, in whatever columns and batches', () => {
    const keys = rows.map(([key]) => key as Value);
    const left = partitioned([a, b], rows, [ref(a)], 5);
    const big = column(3, 'big', BIGINT);
    const wide: Row[] = [...new Set(keys)].map((key) => [key === null ? null : BigInt(Number(key))]);
    const cast: Expr = { kind: 'cast', input: ref(a), type: BIGINT, try: false };
    const right = partitioned([big], wide, [ref(big)], 5, { batchRows: 3 });
    const casted = partitioned([a, b], rows, [cast], 5);
    for (let p = 0; p < 5; p++) {
      const expected = new Set(right[p]!.map(([key]) => String(key)));
      expect(new Set(casted[p]!.map(([key]) => String(key)))).toEqual(expected);
    }
    expect(left.flat()).toHaveLength(rows.length);
  });

  it('takes -0 for 0, all NaN for one, and decimals as they are', () => {
    const d = column(4, 'd', DOUBLE);
    const parts = partitioned([d], [[0], [-0], [Number.NaN], [Number.NaN], [1.5]], [ref(d)], 64);
    const homes = (is: (value: number) => boolean) =>
      parts.filter((part) => part.some(([value]) => is(value as number))).length;
    expect(homes((value) => value === 0)).toBe(1);
    expect(homes(Number.isNaN)).toBe(1);
    const wide: SqlType = decimal(38, 2);
    const m = column(5, 'm', wide);
    const values: Row[] = [[-1n], [10n ** 30n], [null], [-1n], [10n ** 30n]];
    expect(
      partitioned([m], values, [ref(m)], 64)
        .filter((part) => part.length > 0)
        .map((part) => part.length)
        .sort(),
    ).toEqual([1, 2, 2]);
  });

  it('by computed keys, by several, and of no rows at all', () => {
    const even = call('%', ref(a), int(2));
    const parts = partitioned([a, b], rows, [even], 16).filter((part) => part.length > 0);
    expect(parts.length).toBeLessThanOrEqual(3);
    const two = partitioned([a, b], [...rows, ...rows], [ref(b), ref(a)], 4);
    expect(byText(two.flat())).toEqual(byText([...rows, ...rows]));
    expect(partitioned([a, b], [], [ref(a)], 3)).toEqual([[], [], []]);
  });

  it('is turned into batches early when its memory is short', () => {
    const long: Row[] = Array.from({ length: 3000 }, (_, i) => [i, `${'x'.repeat(200)}${i}`]);
    const parts = partitioned([a, b], long, [ref(a)], 4, { operatorBytes: 100_000, batchRows: 500 });
    expect(byText(parts.flat())).toEqual(byText(long));
  });

  it('refuses what a key refuses', () => {
    const half = call('%', ref(a), int(0));
    expect(() => partitioned([a, b], [[1, null]], [half], 2)).toThrow('division by zero');
  });
});
