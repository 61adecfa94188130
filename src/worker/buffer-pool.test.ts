import { expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.ts';

it('hands out a buffer again once it is given back', () => {
  const pool = new BufferPool();
  const first = pool.take(100_000);
  expect(first.length).toBe(100_000);
  const second = pool.take(100_000);
  expect(second.buffer).not.toBe(first.buffer);
  pool.giveBack([first]);
  const third = pool.take(120_000);
  expect(third.length).toBe(120_000);
  expect(third.buffer).toBe(first.buffer);
  expect(pool.take(300_000).buffer).not.toBe(second.buffer);
});

it('takes back only what it gave, once', () => {
  const pool = new BufferPool();
  const strange = new Uint8Array(131_072);
  const own = pool.take(131_072);
  pool.giveBack([strange, own, own]);
  const again = [pool.take(131_072), pool.take(131_072)];
  expect(again.map(({ buffer }) => buffer === own.buffer)).toEqual([true, false]);
  expect(again.map(({ buffer }) => buffer === strange.buffer)).toEqual([false, false]);
});

it('leaves small buffers to the garbage collector', () => {
  const pool = new BufferPool();
  const small = pool.take(100);
  pool.giveBack([small]);
  expect(pool.take(100).buffer).not.toBe(small.buffer);
});
