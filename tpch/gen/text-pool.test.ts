import { describe, expect, it } from 'vitest';
import { TEXT_CHECKPOINTS } from './text-checkpoints.ts';
import { findTextCheckpoints, TEXT_BLOCK_BYTES, TEXT_BLOCKS, TextPool } from './text-pool.ts';

describe('TextPool', () => {
  it('begins like the reference', () => {
    const pool = new TextPool();
    pool.require(0, 92);
    expect(Buffer.from(pool.bytes.subarray(0, 92)).toString()).toBe(
      'furiously special foxes haggle furiously blithely ironic deposits. slyly final theodolites b',
    );
  });

  it('makes only the blocks a range touches', () => {
    const pool = new TextPool();
    const ready = new Uint8Array(pool.memory.ready);
    pool.require(2 * TEXT_BLOCK_BYTES - 10, 2 * TEXT_BLOCK_BYTES);
    expect(ready.indexOf(1)).toBe(1);
    expect(ready.lastIndexOf(1)).toBe(1);
    pool.require(5 * TEXT_BLOCK_BYTES - 10, 5 * TEXT_BLOCK_BYTES + 1);
    expect([...ready.entries()].filter(([, made]) => made === 1).map(([block]) => block)).toEqual([1, 4, 5]);
  });

  it('shares its text through its memory', () => {
    const pool = new TextPool();
    const view = new TextPool(pool.memory);
    view.require(7 * TEXT_BLOCK_BYTES, 7 * TEXT_BLOCK_BYTES + 1);
    expect(pool.bytes[7 * TEXT_BLOCK_BYTES]).toBe(view.bytes[7 * TEXT_BLOCK_BYTES]);
    expect(new Uint8Array(pool.memory.ready)[7]).toBe(1);
  });

  it('knows the state of the stream at every block', () => {
    expect(TEXT_CHECKPOINTS).toHaveLength(TEXT_BLOCKS);
    expect(TEXT_CHECKPOINTS).toEqual(findTextCheckpoints());
  });
});
