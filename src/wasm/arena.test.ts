import { expect, it } from 'vitest';
import { ResourceError } from '../common/errors.ts';
import { Arena } from './arena.ts';
import { LinearMemory } from './linear-memory.ts';

it('hands out aligned addresses and never 0', () => {
  const arena = new Arena();
  const first = arena.allocate(1);
  expect(first).toBe(65536);
  expect(arena.allocate(3)).toBe(first + 16);
  expect(arena.allocate(8, 8)).toBe(first + 24);
  expect(arena.allocate(1, 1)).toBe(first + 32);
  expect(arena.allocate(4, 128)).toBe(first + 128);
  expect(arena.used).toBe(132);
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
  expect(arena.peak).toBe(second + 1000 - first);
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
  expect(arena.allocate(100_000)).toBe(65536);
  expect(arena.view().byteLength).toBe(arena.memory.buffer.byteLength);
});

it('stops at its budget with a named error', () => {
  const arena = new Arena({ maxBytes: 1048576 });
  arena.allocate(1_000_000, 1);
  const error = caught(() => arena.allocate(100_000));
  expect(error).toBeInstanceOf(ResourceError);
  expect(error).toMatchObject({
    code: 'SQ4001',
    message: 'the task needs more memory than its budget of 1 MiB',
    details: { used: 1_000_000, requested: 100_000, limit: 1048576 },
  });
  expect(arena.used).toBe(1_000_000);
  arena.allocate(48_576, 1);
});

it('shares a memory with others and gives its runs back', () => {
  const memory = new LinearMemory({ maxBytes: 10 * 65536 });
  const [a, b] = [new Arena({ memory }), new Arena({ memory })];
  const first = a.allocate(65536);
  const mark = a.mark();
  const second = a.allocate(65536);
  const other = b.allocate(100);
  a.release(mark);
  expect(memory.used).toBe(2 * 65536);
  expect(b.allocate(65536)).toBe(second);
  expect(other).toBe(second + 65536);
  expect(() => a.allocate(8 * 65536)).toThrow('the task needs more memory than its budget of 655360 bytes');
  a.reset();
  b.reset();
  expect(memory.used).toBe(0);
  expect(a.allocate(10 * 65536)).toBe(first);
});

it('refuses a run that is given back twice, and a mark of the future', () => {
  const memory = new LinearMemory();
  const run = memory.allocateRun(100_000);
  expect(run.bytes).toBe(131072);
  memory.freeRun(run);
  expect(() => memory.freeRun(run)).toThrow(`the run at ${run.pointer} was given back twice`);
  const arena = new Arena({ memory });
  arena.allocate(10);
  const mark = arena.mark();
  arena.reset();
  expect(() => arena.release(mark)).toThrow('the mark of an arena is out of date');
});

it('overwrites what is given back when asked to', () => {
  const arena = new Arena({ memory: new LinearMemory({ poison: true }) });
  arena.allocate(8);
  const mark = arena.mark();
  const pointer = arena.allocate(8);
  const far = arena.allocate(100_000);
  arena.bytes(pointer, 8).fill(1);
  arena.bytes(far, 8).fill(1);
  arena.release(mark);
  expect([...arena.bytes(pointer, 8), ...arena.bytes(far, 8)]).toEqual(new Array(16).fill(0xa5));
});

it('notices writes to page 0 when asked to', () => {
  const arena = new Arena({ memory: new LinearMemory({ poison: true }) });
  arena.allocate(8);
  arena.view().setUint8(100, 1);
  expect(() => arena.reset()).toThrow('something was written to page 0');
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
