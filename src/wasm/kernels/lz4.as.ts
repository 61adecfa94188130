// LZ4 blocks by themselves, as Parquet has them.

import { BAD_OFFSET, OK, unpackBlock, WRONG_LENGTH } from './lib/lz4-block.as';

/**
 * Unpacks `source` to `sourceEnd` into `target` to `targetEnd`, which it fills exactly, and returns a status. Reads and
 * writes nothing outside, whatever the bytes are. The buffers do not overlap.
 */
export function decompress(source: usize, sourceEnd: usize, target: usize, targetEnd: usize): i32 {
  const end = unpack(source, sourceEnd, target, targetEnd);
  if (end <= <usize>BAD_OFFSET) return <i32>end;
  return end == targetEnd ? OK : WRONG_LENGTH;
}

/** Like `decompress`, but may leave the rest of the target alone: returns the end of what it wrote, or a status. */
export function unpack(source: usize, sourceEnd: usize, target: usize, targetEnd: usize): usize {
  return unpackBlock(source, sourceEnd, target, target, targetEnd);
}
