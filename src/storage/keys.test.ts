import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareKeys, deleteBatches } from './keys.ts';

it('orders keys as their UTF-8 bytes', () => {
  const key = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
  expect(compareKeys('\uFF5E', '\u{1F600}')).toBeLessThan(0);
});

it('cuts batches of a thousand', () => {
  const keys = Array.from({ length: 2_001 }, (_, i) => String(i));
  const batches = [...deleteBatches(keys)];
  expect(batches.map(({ length }) => length)).toEqual([1_000, 1_000, 1]);
  expect(batches.flat()).toEqual(keys);
  expect([...deleteBatches([])]).toEqual([]);
});
