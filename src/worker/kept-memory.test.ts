import { expect, it } from 'vitest';
import { KeptMemory } from './kept-memory.ts';

it('gives the next task the memory of the last one, all of it free', () => {
  const kept = new KeptMemory();
  const first = kept.take(1 << 24);
  const run = first.allocateRun(1 << 20);
  kept.giveBack(first);
  const second = kept.take(1 << 24);
  expect(second.memory).toBe(first.memory);
  expect(second.used).toBe(0);
  const size = second.memory.buffer.byteLength;
  expect(second.allocateRun(1 << 20).pointer).toBe(run.pointer);
  expect(second.memory.buffer.byteLength).toBe(size);
});

it('gives two tasks at once two memories', () => {
  const kept = new KeptMemory();
  const first = kept.take(1 << 24);
  kept.giveBack(first);
  expect(kept.take(1 << 24).memory).not.toBe(kept.take(1 << 24).memory);
});

it('keeps nothing that exceeds the budget of the next task', () => {
  const kept = new KeptMemory();
  const first = kept.take(1 << 24);
  first.allocateRun(1 << 21);
  kept.giveBack(first);
  expect(kept.take(1 << 20).memory).not.toBe(first.memory);
});

it('keeps the buffers of what one task fetched for the next', () => {
  const kept = new KeptMemory();
  const first = kept.buffers.take(100_000);
  kept.buffers.giveBack([first]);
  kept.giveBack(kept.take(1 << 24));
  expect(kept.buffers.take(100_000).buffer).toBe(first.buffer);
});
