import { expect, it } from 'vitest';
import { ResourceError } from '../common/errors.ts';
import { Arena } from './arena.ts';

it('hands out aligned addresses and never 0', () => {
  const arena = new Arena();
  expect(arena.allocate(1)).toBe(64);
  expect(arena.allocate(3)).toBe(80);
  expect(arena.allocate(8, 8)).toBe(88);
  expect(arena.allocate(1, 1)).toBe(96);
  expect(arena.allocate(4, 128)).toBe(128);
  expect(arena.used).toBe(132 - 64);
});

it('gives back to a mark and remembers the peak', () => {
  const arena = new Arena();
  const first = arena.allocate(100);
  const mark = arena.mark();
  const second = arena.allocate(1000);
  arena.release(mark);
  expect(arena.used).toBe(100);
  expect(arena.allocate(10)).toBe(second);
  arena.reset();
  expect(arena.used).toBe(0);
  expect(arena.allocate(10)).toBe(first);
  expect(arena.peak).toBe(second + 1000 - 64);
});

it('grows and keeps what was written', () => {
  const arena = new Arena();
  const small = arena.allocate(4);
  arena.view().setUint32(small, 0xfeedface, true);
  const stale = arena.view();
  const large = arena.allocate(10_000_000);
  expect(stale.buffer.byteLength).toBe(0);
  expect(arena.view().getUint32(small, true)).toBe(0xfeedface);
  arena.bytes(large, 10_000_000).fill(7);
  expect(arena.view().getUint8(large + 9_999_999)).toBe(7);
});

it('notices that a module has grown the memory', () => {
  const arena = new Arena();
  arena.view();
  arena.memory.grow(1);
  expect(arena.allocate(100_000)).toBe(64);
  expect(arena.memory.buffer.byteLength).toBe(131072);
  expect(arena.view().byteLength).toBe(131072);
});

it('stops at its budget with a named error', () => {
  const arena = new Arena({ maxBytes: 1048576 });
  arena.allocate(1_000_000);
  const error = caught(() => arena.allocate(100_000));
  expect(error).toBeInstanceOf(ResourceError);
  expect(error).toMatchObject({
    code: 'SQ4001',
    message: 'the task needs more memory than its budget of 1 MiB',
    details: { used: 1_000_000, requested: 100_000, limit: 1048576 },
  });
  expect(arena.used).toBe(1_000_000);
  arena.allocate(48_576 - 64, 1);
});

it.each([-1, Number.NaN])('allocates no %d bytes', (bytes) => {
  const arena = new Arena();
  expect(() => arena.allocate(bytes)).toThrow(`${bytes} bytes cannot be allocated`);
  expect(arena.used).toBe(0);
});

it('stops at what 32 bits can address', () => {
  expect(() => new Arena().allocate(2 ** 32)).toThrow('the task needs more memory than its budget of 4095.9 MiB');
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
