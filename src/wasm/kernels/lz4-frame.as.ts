// LZ4 frames (lz4_Frame_format.md and lz4_Block_format.md of lz4/lz4), as Arrow's BodyCompression has them. What is written has
// independent blocks and no checksums of its content; what is read may have linked ones and checksums, but no dictionary.

import { OK, BAD_OFFSET, TRUNCATED, unpackBlock, WRONG_LENGTH } from './lib/lz4-block.as';
import { xxhash32 } from './lib/xxhash32.as';

/** A header that cannot be. */
const CORRUPT: i32 = 4;
const WRONG_CHECKSUM: i32 = 5;
/** The frame was made with a dictionary. */
const DICTIONARY: i32 = 6;

const MAGIC: u32 = 0x184d2204;
/** Version 1, independent blocks. */
const FLAGS: u32 = 0x60;
/** Blocks of at most 4 MiB. */
const BLOCK_SIZE: u32 = 0x70;
const MAX_BLOCK: usize = 4 * 1024 * 1024;
const HEADER_BYTES: usize = 7;
const STORED: u32 = 0x80000000;

const MIN_MATCH: usize = 4;
/** The last match begins at least so many bytes before the end of a block, */
const MATCH_START_LIMIT: usize = 12;
/** and ends so many before it. */
const LAST_LITERALS: usize = 5;
const MAX_DISTANCE: usize = 65535;

const MAX_HASH_BITS: u32 = 13;
const SMALL_HASH_BITS: u32 = 10;
const SMALL_BLOCK: usize = 4096;
/** After so many bytes (2^6) without a match the steps become longer. */
const SKIP_BITS: u32 = 6;

/** Bytes of the table that `compress` needs. */
export function scratchBytes(): usize {
  return <usize>4 << MAX_HASH_BITS;
}

/**
 * Packs `source` to `sourceEnd` into a frame in `target`. Returns its end, or 0 when it does not fit before `targetEnd`. The buffers do not
 * overlap; nothing outside of target and scratch is written.
 */
export function compress(source: usize, sourceEnd: usize, target: usize, targetEnd: usize, scratch: usize): usize {
  assert(source <= sourceEnd && target <= targetEnd);
  assert(sourceEnd <= target || targetEnd <= source);
  if (targetEnd - target < HEADER_BYTES + 4) return 0;
  store<u32>(target, MAGIC);
  store<u8>(target, <u8>FLAGS, 4);
  store<u8>(target, <u8>BLOCK_SIZE, 5);
  store<u8>(target, <u8>(xxhash32(target + 4, target + 6) >>> 8), 6);
  target += HEADER_BYTES;
  while (source < sourceEnd) {
    const blockEnd = source + min(MAX_BLOCK, sourceEnd - source);
    if (targetEnd - target < 8) return 0;
    const data = target + 4;
    const length = blockEnd - source;
    const limit = data + min(length - 1, targetEnd - data);
    const end = packBlock(source, blockEnd, data, limit, scratch);
    if (end != 0) {
      store<u32>(target, <u32>(end - data));
      target = end;
    } else {
      if (targetEnd - data < length) return 0;
      store<u32>(target, <u32>length | STORED);
      memory.copy(data, source, length);
      target = data + length;
    }
    source = blockEnd;
  }
  if (targetEnd - target < 4) return 0;
  store<u32>(target, 0);
  return target + 4;
}

// @ts-ignore: decorator
@inline
function hashOf(at: usize, shift: u32): usize {
  return <usize>((load<u32>(at) * 2654435761) >>> shift) << 2;
}

/** The end of the block; 0 when it does not fit. */
function packBlock(source: usize, sourceEnd: usize, target: usize, targetEnd: usize, table: usize): usize {
  const length = sourceEnd - source;
  let anchor = source;
  if (length > MATCH_START_LIMIT) {
    const bits = length <= SMALL_BLOCK ? SMALL_HASH_BITS : MAX_HASH_BITS;
    const shift = 32 - bits;
    memory.fill(table, 0, <usize>4 << bits);
    const lastStart = sourceEnd - MATCH_START_LIMIT;
    const matchLimit = sourceEnd - LAST_LITERALS;
    let at = source + 1;
    let misses: u32 = 1 << SKIP_BITS;
    while (at <= lastStart) {
      const slot = table + hashOf(at, shift);
      let from = source + <usize>load<u32>(slot);
      store<u32>(slot, <u32>(at - source));
      if (at - from > MAX_DISTANCE || load<u32>(from) != load<u32>(at)) {
        at += <usize>(misses++ >>> SKIP_BITS);
        continue;
      }
      while (at > anchor && from > source && load<u8>(at - 1) == load<u8>(from - 1)) {
        at--;
        from--;
      }
      const end = matchEnd(at + MIN_MATCH, from + MIN_MATCH, matchLimit);
      target = putSequence(anchor, at - anchor, at - from, end - at, sourceEnd, target, targetEnd);
      if (target == 0) return 0;
      anchor = end;
      at = end;
      misses = 1 << SKIP_BITS;
      if (at <= lastStart) store<u32>(table + hashOf(at - 2, shift), <u32>(at - 2 - source));
    }
  }
  return putSequence(anchor, sourceEnd - anchor, 0, 0, sourceEnd, target, targetEnd);
}

/** Where the bytes from `at` on stop being those from `from` on, at most `limit`. */
// @ts-ignore: decorator
@inline
function matchEnd(at: usize, from: usize, limit: usize): usize {
  while (at + 8 <= limit) {
    const different = load<u64>(at) ^ load<u64>(from);
    if (different != 0) return at + <usize>(ctz(different) >>> 3);
    at += 8;
    from += 8;
  }
  while (at < limit && load<u8>(at) == load<u8>(from)) {
    at++;
    from++;
  }
  return at;
}

/** Literals and, when `match` is not 0, a copy of so many bytes. Returns the end of what it wrote, 0 when it does not fit. */
// @ts-ignore: decorator
@inline
function putSequence(
  from: usize,
  literals: usize,
  distance: usize,
  match: usize,
  sourceEnd: usize,
  target: usize,
  targetEnd: usize,
): usize {
  const copied = match != 0 ? match - MIN_MATCH : 0;
  if (targetEnd < target || targetEnd - target < literals + literals / 255 + copied / 255 + 5) return 0;
  store<u8>(target, <u8>((min<usize>(literals, 15) << 4) | min<usize>(copied, 15)));
  target++;
  if (literals >= 15) target = putLength(literals - 15, target);
  if (targetEnd - target >= literals + 16 && sourceEnd - from >= literals + 16) {
    for (let i: usize = 0; i < literals; i += 16) v128.store(target + i, v128.load(from + i));
  } else memory.copy(target, from, literals);
  target += literals;
  if (match == 0) return target;
  store<u16>(target, <u16>distance);
  target += 2;
  return copied >= 15 ? putLength(copied - 15, target) : target;
}

function putLength(rest: usize, target: usize): usize {
  for (; rest >= 255; rest -= 255) store<u8>(target++, 255);
  store<u8>(target, <u8>rest);
  return target + 1;
}

/**
 * Unpacks the frame from `source` to `sourceEnd` into `target` to `targetEnd`, which it fills exactly, and returns a status. Reads
 * and writes nothing outside, whatever the bytes are. The buffers do not overlap.
 */
export function decompress(source: usize, sourceEnd: usize, target: usize, targetEnd: usize): i32 {
  assert(source <= sourceEnd && target <= targetEnd);
  const start = target;
  if (sourceEnd - source < HEADER_BYTES) return TRUNCATED;
  if (load<u32>(source) != MAGIC) return CORRUPT;
  const descriptor = source + 4;
  const flags = <u32>load<u8>(descriptor);
  if (flags >>> 6 != 1 || (flags & 2) != 0) return CORRUPT;
  if ((flags & 1) != 0) return DICTIONARY;
  const hasSize = (flags & 8) != 0;
  source = descriptor + (hasSize ? 10 : 2);
  if (sourceEnd < source + 1) return TRUNCATED;
  if (<u32>load<u8>(source) != ((xxhash32(descriptor, source) >>> 8) & 255)) return WRONG_CHECKSUM;
  if (hasSize && load<u64>(descriptor, 2) != <u64>(targetEnd - target)) return WRONG_LENGTH;
  source++;
  const blockChecksums: usize = (flags & 16) != 0 ? 4 : 0;
  for (;;) {
    if (sourceEnd - source < 4) return TRUNCATED;
    const head = load<u32>(source);
    source += 4;
    if (head == 0) break;
    const length = <usize>(head & ~STORED);
    if (length > sourceEnd - source || sourceEnd - source - length < blockChecksums) return TRUNCATED;
    const end = source + length;
    if (blockChecksums && load<u32>(end) != xxhash32(source, end)) return WRONG_CHECKSUM;
    if ((head & STORED) != 0) {
      if (length > targetEnd - target) return WRONG_LENGTH;
      memory.copy(target, source, length);
      target += length;
    } else {
      const written = unpackBlock(source, end, (flags & 32) != 0 ? target : start, target, targetEnd);
      if (written <= <usize>BAD_OFFSET) return <i32>written;
      target = written;
    }
    source = end + blockChecksums;
  }
  if (target != targetEnd) return WRONG_LENGTH;
  if ((flags & 4) != 0) {
    if (sourceEnd - source < 4) return TRUNCATED;
    if (load<u32>(source) != xxhash32(start, targetEnd)) return WRONG_CHECKSUM;
    source += 4;
  }
  return source == sourceEnd ? OK : CORRUPT;
}
