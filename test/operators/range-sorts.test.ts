import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/common/clock.ts';
import { DOUBLE, INTEGER, typeName, VARCHAR, type Value } from '../../src/common/types.ts';
import type { Column } from '../../src/operators/expr/expr.ts';
import type { ScanPlan, SortKey, SortPlan } from '../../src/operators/plan.ts';
import { randomValue, SORTABLE_TYPES } from '../../src/operators/sort/fixtures/random-rows.ts';
import { interpretedRows } from '../../src/operators/sort/fixtures/run-operator.ts';
import { column, ref } from '../oracle/expr-builder.ts';
import { carried, randomRangeSort } from './random-range-sort.ts';
import { dealt, rangeSort } from './range-sort.ts';

const id = column(90, 'id', INTEGER);

function sortOf(columns: readonly Column[], keys: readonly SortKey[]): SortPlan {
  const input: ScanPlan = { kind: 'scan', scan: 0, table: 't', columns };
  return { kind: 'sort', input, keys, columns };
}

const by = (of: Column, descending = false, nullsFirst = false): SortKey => ({
  expr: ref(of),
  descending,
  nullsFirst,
});

const integers = (count: number, of: (i: number) => number): Value[][] =>
  Array.from({ length: count }, (_, i) => [of(i), i]);

describe('rows sorted over several tasks', () => {
  it.each(SORTABLE_TYPES.map((type) => [typeName(type), type] as const))('orders %s', async (_, type) => {
    const random = seededRandom(3);
    const columns = [column(1, 'c', type), id];
    const rows = Array.from({ length: 150 }, (_, i) => [carried(randomValue(random, type)), i]);
    for (const down of [false, true]) {
      const plan = sortOf(columns, [by(columns[0] as Column, down, down)]);
      const producers = dealt(rows, 2, (row) => row & 1);
      const { parts } = await rangeSort(plan, producers, { pieces: 12, consumers: 3, inline: true });
      expect(parts.flat()).toEqual(await interpretedRows(plan, [producers.flat()]));
    }
  });

  it.each(Array.from({ length: 30 }, (_, i) => i))('is one stable sort of all rows, seed %i', async (seed) => {
    await randomRangeSort(seededRandom(seed), 250);
  });

  it('gives each task about as many rows, whatever the keys', async () => {
    const columns = [column(1, 'c', INTEGER), id];
    const plan = sortOf(columns, [by(columns[0] as Column)]);
    const random: Random = seededRandom(5);
    const shapes: Readonly<Record<string, (i: number) => number>> = {
      uniform: () => Math.floor(random.next() * 1e9),
      equal: () => 7,
      half: (i) => (i % 2 ? 7 : Math.floor(random.next() * 1000)),
      ascending: (i) => i,
      steep: () => Math.floor(1 / (random.next() + 1e-9)),
    };
    for (const [name, of] of Object.entries(shapes)) {
      const rows = integers(8_000, of);
      for (const producers of [dealt(rows, 5, (row) => (name === 'equal' ? Math.floor(row / 1600) : row % 5))]) {
        const { parts, read } = await rangeSort(plan, producers, { pieces: 64, consumers: 4, inline: false });
        const counts = parts.map(({ length }) => length);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(8000);
        for (const count of counts) expect(Math.abs(count - 2000), `${name}: ${counts}`).toBeLessThan(200);
        for (const { gets, rows: taken } of read) {
          expect(gets).toBeLessThanOrEqual(5);
          expect(taken).toBeLessThan(2000 * 1.25);
        }
      }
    }
  });

  it('reads only what the first rows can be in', async () => {
    const columns = [column(1, 'c', INTEGER), id];
    const plan = sortOf(columns, [by(columns[0] as Column, true)]);
    const rows = integers(10_000, (i) => (i * 7919) % 10_007);
    const producers = dealt(rows, 4, (row) => row % 4);
    const all = await interpretedRows(plan, [producers.flat()]);
    for (const first of [1, 1000, 9999, 50_000]) {
      const options = { pieces: 64, consumers: 3, inline: true, first };
      const { parts, read } = await rangeSort(plan, producers, options);
      expect(parts.flat().slice(0, first)).toEqual(all.slice(0, first));
      const taken = read.reduce((sum, { rows: count }) => sum + count, 0);
      expect(taken).toBeLessThan(first * 1.2 + 3 * 4 * 160);
    }
  });

  it('of no rows, of empty tasks, and of fewer rows than pieces or tasks', async () => {
    const columns = [column(1, 'c', VARCHAR), id];
    const plan = sortOf(columns, [by(columns[0] as Column)]);
    for (const inline of [true, false]) {
      const nothing = await rangeSort(plan, [[], [], []], { pieces: 8, consumers: 3, inline });
      expect(nothing.parts).toEqual([[], [], []]);
      const one = await rangeSort(plan, [[], [['a', 1]], []], { pieces: 8, consumers: 3, inline });
      expect(one.parts.flat()).toEqual([['a', 1]]);
      const few = await rangeSort(
        plan,
        [
          [],
          [
            ['b', 1],
            ['a', 2],
          ],
          [['a', 3]],
        ],
        { pieces: 8, consumers: 5, inline },
      );
      expect(few.parts.flat()).toEqual([
        ['a', 2],
        ['a', 3],
        ['b', 1],
      ]);
    }
  });

  it('more rows than wait in memory: pieces are made of several streams', async () => {
    const columns = [column(1, 'c', DOUBLE), column(2, 's', VARCHAR), id];
    const random = seededRandom(11);
    const rows = Array.from({ length: 30_000 }, (_, i): Value[] => [
      Math.floor(random.next() * 500) / 4,
      `t${i % 97}`,
      i,
    ]);
    const keys = [by(columns[0] as Column, true), by(columns[1] as Column)];
    const plan = sortOf(columns, keys);
    const producers = dealt(rows, 2, (row) => row & 1);
    const options = { pieces: 32, consumers: 3, inline: false, operatorBytes: 1 << 18, input: { morselRows: 2000 } };
    const { parts, manifests } = await rangeSort(plan, producers, options);
    expect(parts.flat()).toEqual(await interpretedRows(plan, [producers.flat()]));
    for (const { partitions = [] } of manifests) {
      expect(partitions.length).toBe(32);
      for (const { rows: count } of partitions) expect(Math.abs(count - 15_000 / 32)).toBeLessThan(250);
    }
  });

  it('long keys take fewer pieces', async () => {
    const columns = [column(1, 's', VARCHAR), id];
    const plan = sortOf(columns, [by(columns[0] as Column)]);
    const text = 'x'.repeat(20_000);
    const rows = Array.from({ length: 120 }, (_, i): Value[] => [`${text}${(i * 37) % 120}`, i]);
    const producers = dealt(rows, 2, (row) => row & 1);
    const { parts, manifests } = await rangeSort(plan, producers, { pieces: 100, consumers: 3, inline: true });
    expect(parts.flat()).toEqual(await interpretedRows(plan, [producers.flat()]));
    for (const { partitions = [] } of manifests) {
      expect([partitions.length, partitions.filter(({ rows: count }) => count > 0).length]).toEqual([100, 4]);
    }
  });
});
