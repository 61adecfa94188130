// Buffers of Arrow record batches that lie in linear memory, as vectors. Lengths were checked by the caller; what the bytes say is not
// believed: offsets, codes and digits are checked here. `validity` is a bitmap, or 0: no row is null.

import { isValid } from './lib/keys.as';

const OK: i32 = 0;
/** Offsets that descend, or end beyond what they point into. */
const BAD_OFFSETS: i32 = 1;
/** More digits than the type has. */
const TOO_LARGE: i32 = 2;
/** Nanoseconds that are no whole number of microseconds. */
const NOT_WHOLE: i32 = 3;
/** A code that is no entry. */
const BAD_CODE: i32 = 4;

/** Pairs of pointer and length for i32 offsets into `heap`; nulls get a length of 0. */
export function textViews(
  offsets: usize,
  validity: usize,
  count: u32,
  heap: usize,
  heapBytes: u32,
  out: usize,
): i32 {
  let from = load<u32>(offsets);
  if (from > heapBytes) return BAD_OFFSETS;
  let bad: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const end = load<u32>(offsets + (<usize>i << 2), 4);
    bad |= u32(end < from) | u32(end > heapBytes);
    const length = isValid(validity, i) ? end - from : 0;
    store<u32>(out + (<usize>i << 3), <u32>heap + from);
    store<u32>(out + (<usize>i << 3), length, 4);
    from = end;
  }
  return bad ? BAD_OFFSETS : OK;
}

/** Offsets of lists as they are, checked. */
export function checkOffsets(offsets: usize, count: u32, entries: u32): i32 {
  let bad: u32 = 0;
  let before: u32 = 0;
  for (let i: u32 = 0; i <= count; i++) {
    const offset = load<u32>(offsets + (<usize>i << 2));
    bad |= u32(offset < before) | u32(offset > entries);
    before = offset;
  }
  return bad ? BAD_OFFSETS : OK;
}

/** Codes of a dictionary; 0 for nulls. */
export function readCodes(codes: usize, validity: usize, count: u32, entries: u32, out: usize): i32 {
  let bad: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const valid = isValid(validity, i);
    const code = load<u32>(codes + (<usize>i << 2));
    bad |= u32(valid && code >= entries);
    store<u32>(out + (<usize>i << 2), valid ? code : 0);
  }
  return bad ? BAD_CODE : OK;
}

/** A byte a bit. */
export function unpackBits(bits: usize, count: u32, out: usize): i32 {
  for (let i: u32 = 0; i < count; i++) {
    store<u8>(out + <usize>i, <u8>((<u32>load<u8>(bits + (i >>> 3)) >>> (i & 7)) & 1));
  }
  return OK;
}

/** 128-bit decimals of at most 18 digits as 64-bit ones. `limit`: the least that has too many digits. */
export function narrowDecimals(source: usize, validity: usize, count: u32, limit: i64, out: usize): i32 {
  let bad: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const low = load<i64>(source + (<usize>i << 4));
    const high = load<i64>(source + (<usize>i << 4), 8);
    bad |= u32(isValid(validity, i) && (high != low >> 63 || low >= limit || low <= -limit));
    store<i64>(out + (<usize>i << 3), low);
  }
  return bad ? TOO_LARGE : OK;
}

/** 128-bit decimals as they are, checked against a limit in two halves. */
export function checkDecimals(source: usize, validity: usize, count: u32, limitLow: u64, limitHigh: u64): i32 {
  let bad: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    let low = load<u64>(source + (<usize>i << 4));
    let high = load<u64>(source + (<usize>i << 4), 8);
    if (<i64>high < 0) {
      low = 0 - low;
      high = ~high + u64(low == 0);
    }
    const large = high > limitHigh || (high == limitHigh && low >= limitLow);
    bad |= u32(large && isValid(validity, i));
  }
  return bad ? TOO_LARGE : OK;
}

/** Most significant byte first becomes last. */
export function reverseRows(source: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = source + (<usize>i << 4);
    const low = bswap<u64>(load<u64>(at, 8));
    const high = bswap<u64>(load<u64>(at));
    store<u64>(out + (<usize>i << 4), low);
    store<u64>(out + (<usize>i << 4), high, 8);
  }
}

/** Intervals with their nanoseconds as microseconds. */
export function microIntervals(source: usize, validity: usize, count: u32, out: usize): i32 {
  let bad: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = source + (<usize>i << 4);
    const nanos = load<i64>(at, 8);
    bad |= u32(nanos % 1000 != 0 && isValid(validity, i));
    store<u64>(out + (<usize>i << 4), load<u64>(at));
    store<i64>(out + (<usize>i << 4), nanos / 1000, 8);
  }
  return bad ? NOT_WHOLE : OK;
}
