// LZ4 blocks (lz4_Block_format.md of lz4/lz4): sequences of literals and a copy of what was unpacked before. Where 16 bytes
// and more are left in both buffers, everything is copied 16 bytes at a time, past its end if need be.

export const OK: i32 = 0;
/** `source` ends inside of a sequence. */
export const TRUNCATED: i32 = 1;
/** `source` unpacks to another length than the target has. */
export const WRONG_LENGTH: i32 = 2;
/** A copy of what lies before the target's start, or of nothing. */
export const BAD_OFFSET: i32 = 3;

const MIN_MATCH: usize = 4;
/** What a copy may write past its end: it begins by doubling (16 + 15) and ends with a whole vector. */
const MATCH_MARGIN: usize = 48;

/**
 * Unpacks `source` to `sourceEnd` into `target`, at most up to `targetEnd`. Copies may come from `start` on. Returns the end of what it
 * wrote, or a status. Reads and writes nothing outside, whatever the bytes are. The buffers do not overlap.
 */
export function unpackBlock(source: usize, sourceEnd: usize, start: usize, target: usize, targetEnd: usize): usize {
  assert(source <= sourceEnd && target <= targetEnd);
  assert(sourceEnd <= target || targetEnd <= source);
  assert(start > <usize>BAD_OFFSET && start <= target);
  while (source < sourceEnd) {
    const token = <usize>load<u8>(source++);
    let literals = token >>> 4;
    if (literals == 15) {
      let byte: usize;
      do {
        if (source >= sourceEnd) return TRUNCATED;
        byte = load<u8>(source++);
        literals += byte;
        if (literals > targetEnd - target) return WRONG_LENGTH;
      } while (byte == 255);
    }
    const sourceLeft = sourceEnd - source;
    const targetLeft = targetEnd - target;
    if (literals + 16 <= sourceLeft && literals + 16 <= targetLeft) {
      v128.store(target, v128.load(source));
      for (let at: usize = 16; at < literals; at += 16) v128.store(target + at, v128.load(source + at));
    } else {
      if (literals > sourceLeft) return TRUNCATED;
      if (literals > targetLeft) return WRONG_LENGTH;
      memory.copy(target, source, literals);
    }
    source += literals;
    target += literals;
    if (source == sourceEnd) break;

    if (sourceEnd - source < 2) return TRUNCATED;
    const offset = <usize>load<u16>(source);
    source += 2;
    if (offset - 1 >= target - start) return BAD_OFFSET;
    let size = (token & 15) + MIN_MATCH;
    if (size == 15 + MIN_MATCH) {
      let byte: usize;
      do {
        if (source >= sourceEnd) return TRUNCATED;
        byte = load<u8>(source++);
        size += byte;
        if (size > targetEnd - target) return WRONG_LENGTH;
      } while (byte == 255);
    }
    const end = target + size;
    if (targetEnd - target >= size + MATCH_MARGIN) {
      let from = target - offset;
      if (offset < 16) {
        // The first `offset` bytes repeat: each vector from the same place makes twice as many of them right.
        do {
          v128.store(target, v128.load(from));
          target += target - from;
        } while (target - from < 16);
      } else {
        v128.store(target, v128.load(from));
        v128.store(target, v128.load(from, 16), 16);
        target += 32;
        from += 32;
      }
      for (; target < end; target += 16, from += 16) v128.store(target, v128.load(from));
    } else {
      if (size > targetEnd - target) return WRONG_LENGTH;
      for (; target < end; target++) store<u8>(target, load<u8>(target - offset));
    }
    target = end;
  }
  return target;
}
