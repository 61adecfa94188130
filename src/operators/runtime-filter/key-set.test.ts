import { describe, expect, it } from 'vitest';
import { BIGINT, INTEGER, type SqlType, VARCHAR, type Value } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { buildVector } from '../../wasm/build-vector.ts';
import { LinearMemory } from '../../wasm/linear-memory.ts';
import type { Selection } from '../../wasm/morsel.ts';
import { KeySet } from './key-set.ts';

function tested(type: SqlType, keys: readonly Value[], rows: readonly Value[], live: readonly number[] | null = null) {
  const memory = new LinearMemory({ poison: true });
  const arena = new Arena({ memory });
  const set = new KeySet(type, memory);
  expect(set.isReady).toBe(false);
  // In two parts, the second with a selection that leaves out its first row.
  const half = keys.slice(0, keys.length >> 1);
  const rest = [rows[0] as Value, ...keys.slice(keys.length >> 1)];
  if (half.length > 0) set.add(buildVector(arena, type, half), half.length, null);
  const others = selectionOf(
    arena,
    rest.map((_, i) => i).filter((i) => i > 0),
  );
  if (others.count > 0) set.add(buildVector(arena, type, rest), rest.length, others);
  set.finish();
  expect(set.isReady).toBe(true);
  const selection = live && selectionOf(arena, live);
  const count = live?.length ?? rows.length;
  const out = arena.allocate(count * 4 + 4);
  const kept = set.select(buildVector(arena, type, rows), rows.length, selection, out);
  const found = [...new Uint32Array(memory.memory.buffer, out, kept)];
  set.free();
  arena.reset();
  expect(memory.used).toBe(0);
  return found;
}

function selectionOf(arena: Arena, rows: readonly number[]): Selection {
  const pointer = arena.allocate(rows.length * 4 + 4);
  new Uint32Array(arena.memory.buffer, pointer, rows.length).set(rows);
  return { rows: pointer, count: rows.length };
}

const numbers = (count: number, of: (i: number) => Value) => Array.from({ length: count }, (_, i) => of(i));

describe('a set of keys', () => {
  it('of whole numbers that lie densely is exact', () => {
    const rows = numbers(1000, (i) => i - 500);
    expect(tested(INTEGER, [-500, -1, 7, 499], rows)).toEqual([0, 499, 507, 999]);
    expect(tested(INTEGER, [-1, 7], rows, [3, 499, 500, 507])).toEqual([499, 507]);
    const far = [-(2n ** 63n), -1n, 0n, 41n, 42n, 2n ** 63n - 1n];
    expect(tested(BIGINT, [42n, 44n], far)).toEqual([4]);
    expect(tested(BIGINT, [-1n, 44n], far)).toEqual([1]);
  });

  it('has NULL only when it was added', () => {
    const rows = [5, null, 6, null];
    expect(tested(INTEGER, [6, 7], rows)).toEqual([2]);
    expect(tested(INTEGER, [6, null], rows)).toEqual([1, 2, 3]);
    expect(tested(INTEGER, [null, null], rows, [0, 1])).toEqual([1]);
  });

  it('of nothing has nothing', () => {
    expect(tested(INTEGER, [], [0, 1])).toEqual([]);
    expect(tested(VARCHAR, [], ['', 'a'])).toEqual([]);
  });

  it.each([
    [BIGINT, (i: number) => BigInt(i) * 1_000_003_000_003n - 2n ** 62n],
    [VARCHAR, (i: number) => `key ${i}`],
  ] as const)('of others misses none, and lets few others pass: %o', (type, key) => {
    const rows = [...numbers(20_000, key), null];
    const wanted = Array.from({ length: 500 }, (_, i) => i * 40);
    const found = tested(
      type,
      wanted.map((i) => key(i)),
      rows,
    );
    expect(found).toEqual(expect.arrayContaining(wanted));
    expect(found.length).toBeLessThan(1500);
    expect([...found].sort((a, b) => a - b)).toEqual(found);
    expect(tested(type, [key(3), null], rows, [3, 20_000])).toEqual([3, 20_000]);
  });
});
