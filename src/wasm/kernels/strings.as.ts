// Functions of texts and bytes. A text is an address and a length in bytes; it is read within these, or within its aligned
// surroundings where that cannot leave the memory. Texts that come out are packed into 64 bits: the address below, the length
// above. Results with new bytes go to an address of the caller, who has seen to the room.

import * as utf8 from './lib/utf8.as';

// @ts-ignore: decorator
@inline
function packed(pointer: usize, length: usize): u64 {
  return <u64>pointer | (<u64>length << 32);
}

/** Whether two texts of one length are the same. */
export function equal(a: usize, b: usize, length: u32): i32 {
  const end = a + length;
  if (length >= 16) {
    const lastA = end - 16;
    const lastB = b + length - 16;
    for (; a < lastA; a += 16, b += 16) {
      if (v128.any_true(v128.xor(v128.load(a), v128.load(b)))) return 0;
    }
    return i32(!v128.any_true(v128.xor(v128.load(lastA), v128.load(lastB))));
  }
  if (length >= 8) {
    return i32(load<u64>(a) == load<u64>(b) && load<u64>(end - 8) == load<u64>(b + length - 8));
  }
  for (; a < end; a++, b++) if (load<u8>(a) != load<u8>(b)) return 0;
  return 1;
}

/** Negative, zero or positive as the first text comes before, is or comes after the second by its bytes. */
export function compare(a: usize, aLength: u32, b: usize, bLength: u32): i32 {
  const common = min(aLength, bLength);
  const end = a + common;
  for (; a + 8 <= end; a += 8, b += 8) {
    const x = load<u64>(a);
    const y = load<u64>(b);
    if (x != y) return bswap(x) < bswap(y) ? -1 : 1;
  }
  for (; a < end; a++, b++) {
    const x = <i32>load<u8>(a);
    const y = <i32>load<u8>(b);
    if (x != y) return x - y;
  }
  return aLength < bLength ? -1 : i32(aLength > bLength);
}

/** Characters (code points) of a text. */
export function length(text: usize, bytes: u32): u32 {
  return utf8.count(text, bytes);
}

/** From the character `from` on, the first being 1. */
export function substringFrom(text: usize, bytes: u32, from: i64): u64 {
  const end = text + bytes;
  const start = from > 1 ? utf8.skip(text, end, <u64>(from - 1)) : text;
  return packed(start, end - start);
}

/** `count` characters from the character `from` on, counted from before the start where `from` is below 1. |from|, |count| <= 2^62. */
export function substringFor(text: usize, bytes: u32, from: i64, count: i64): u64 {
  const last = from + count;
  if (last <= 1 || count <= 0) return packed(text, 0);
  const end = text + bytes;
  const first = max<i64>(from, 1);
  const start = utf8.skip(text, end, <u64>(first - 1));
  const stop = utf8.skip(start, end, <u64>(last - first));
  return packed(start, stop - start);
}

// Whether the memory can be read for so many bytes.
// @ts-ignore: decorator
@inline
function readable(at: usize, bytes: usize): bool {
  return <u64>at + <u64>bytes <= <u64>memory.size() << 16;
}

// Bit for bit, at which of 16 places three bytes are those looked for.
// @ts-ignore: decorator
@inline
function candidates(at: usize, first: v128, half: usize, middle: v128, there: usize, final: v128): u32 {
  const ends = v128.and(i8x16.eq(v128.load(at), first), i8x16.eq(v128.load(there), final));
  return <u32>i8x16.bitmask(v128.and(ends, i8x16.eq(v128.load(half), middle)));
}

/**
 * Address of the first occurrence of `part` in `at` … `end`, or `end + 1`. Candidates are where the first, the middle and the
 * last byte agree, many places at a time: after W. Muła, "SIMD-friendly algorithms for substring searching". The third byte
 * and 64 places are for the branch predictor: false candidates are rare, and texts of different lengths take the same way.
 */
function search(at: usize, end: usize, part: usize, length: usize): usize {
  const missing = end + 1;
  if (length == 0) return at;
  if (end - at < length) return missing;
  const last = end - length;
  const span = length - 1;
  const first = i8x16.splat(load<i8>(part));
  const middle = i8x16.splat(load<i8>(part + (span >>> 1)));
  const final = i8x16.splat(load<i8>(part + span));
  while (at <= last) {
    const places = last - at + 1;
    const half = at + (span >>> 1);
    const there = at + span;
    let step: usize = 16;
    let mask: u64;
    if (places > 16 && (places >= 64 || readable(there, 64))) {
      const low =
        candidates(at, first, half, middle, there, final) |
        (candidates(at + 16, first, half + 16, middle, there + 16, final) << 16);
      const high =
        candidates(at + 32, first, half + 32, middle, there + 32, final) |
        (candidates(at + 48, first, half + 48, middle, there + 48, final) << 16);
      mask = <u64>low | (<u64>high << 32);
      step = 64;
    } else if (places >= 16 || readable(there, 16)) mask = candidates(at, first, half, middle, there, final);
    else {
      mask = 0;
      for (let i: usize = 0; i < places; i++) {
        mask |= <u64>(load<u8>(at + i) == load<u8>(part) && load<u8>(there + i) == load<u8>(part + span)) << i;
      }
    }
    if (places < step) mask &= ((<u64>1) << places) - 1;
    while (mask != 0) {
      const found = at + <usize>ctz(mask);
      if (length <= 2 || equal(found + 1, part + 1, <u32>length - 2)) return found;
      mask &= mask - 1;
    }
    at += step;
  }
  return missing;
}

/** The character at which the part first occurs, from 1; 0 when there is none. */
export function position(text: usize, bytes: u32, part: usize, partBytes: u32): u32 {
  const end = text + bytes;
  const found = search(text, end, part, partBytes);
  return found > end ? 0 : utf8.count(text, <u32>(found - text)) + 1;
}

export function startsWith(text: usize, bytes: u32, part: usize, partBytes: u32): i32 {
  return bytes >= partBytes ? equal(text, part, partBytes) : 0;
}

// Whether the character at `at`, of `size` bytes, is one of the set.
function isOneOf(at: usize, size: usize, set: usize, setEnd: usize): bool {
  while (set < setEnd) {
    const other = min(utf8.sizeOf(load<u8>(set)), setEnd - set);
    if (other == size && equal(at, set, <u32>size)) return true;
    set += other;
  }
  return false;
}

/** Without the characters of a set at the start (ends & 1) and at the end (ends & 2). */
export function trim(text: usize, bytes: u32, set: usize, setBytes: u32, ends: i32): u64 {
  let start = text;
  let end = text + bytes;
  const setEnd = set + setBytes;
  while (ends & 1 && start < end) {
    const size = min(utf8.sizeOf(load<u8>(start)), end - start);
    if (!isOneOf(start, size, set, setEnd)) break;
    start += size;
  }
  while (ends & 2 && end > start) {
    let at = end - 1;
    while (at > start && (load<u8>(at) & 0xc0) == 0x80) at--;
    if (!isOneOf(at, end - at, set, setEnd)) break;
    end = at;
  }
  return packed(start, end - start);
}

/** Copies a text to `out`; the address behind it. */
export function copy(text: usize, bytes: u32, out: usize): usize {
  memory.copy(out, text, bytes);
  return out + bytes;
}

export function isAscii(text: usize, bytes: u32): i32 {
  const end = text + bytes;
  for (; text + 16 <= end; text += 16) if (i8x16.bitmask(v128.load(text)) != 0) return 0;
  for (; text < end; text++) if (load<i8>(text) < 0) return 0;
  return 1;
}

/** ASCII text in lower case at `out`; the address behind it. */
export function lower(text: usize, bytes: u32, out: usize): usize {
  const end = text + bytes;
  for (; text < end; text++, out++) store<u8>(out, lowerByte(load<u8>(text)));
  return out;
}

/** ASCII text in upper case at `out`; the address behind it. */
export function upper(text: usize, bytes: u32, out: usize): usize {
  const end = text + bytes;
  for (; text < end; text++, out++) {
    const byte = <u32>load<u8>(text);
    store<u8>(out, byte - 97 < 26 ? byte - 32 : byte);
  }
  return out;
}

// @ts-ignore: decorator
@inline
function lowerByte(byte: u32): u32 {
  return byte - 65 < 26 ? byte + 32 : byte;
}

/** Bytes of a text with every occurrence of a part replaced, from left to right. */
export function replacedLength(text: usize, bytes: u32, from: usize, fromBytes: u32, to: usize, toBytes: u32): u64 {
  if (fromBytes == 0) return bytes;
  const end = text + bytes;
  let total = <u64>bytes;
  for (let at = search(text, end, from, fromBytes); at <= end; at = search(at + fromBytes, end, from, fromBytes)) {
    total = total - <u64>fromBytes + <u64>toBytes;
  }
  return total;
}

/** The text with every occurrence of a part replaced, at `out`; the address behind it. */
export function replace(text: usize, bytes: u32, from: usize, fromBytes: u32, to: usize, toBytes: u32, out: usize): usize {
  const end = text + bytes;
  let at = text;
  if (fromBytes != 0) {
    for (let found = search(at, end, from, fromBytes); found <= end; found = search(at, end, from, fromBytes)) {
      out = copy(at, <u32>(found - at), out);
      out = copy(to, toBytes, out);
      at = found + fromBytes;
    }
  }
  return copy(at, <u32>(end - at), out);
}

// A pattern: u32 count of segments, then for each u32 bytes, u32 characters, and its bytes padded to 4.
// @ts-ignore: decorator
@inline
function nextSegment(segment: usize): usize {
  return segment + 8 + ((<usize>load<u32>(segment) + 3) & ~3);
}

/** LIKE without `_`, with at least one `%`: the first segment at the start, the last at the end, the others in order between. */
export function likeSegments(text: usize, bytes: u32, pattern: usize): i32 {
  const count = load<u32>(pattern);
  let segment = pattern + 4;
  const head = load<u32>(segment);
  if (head > bytes || (head != 0 && !equal(text, segment + 8, head))) return 0;
  let at = text + head;
  const end = text + bytes;
  for (let i: u32 = 2; i < count; i++) {
    segment = nextSegment(segment);
    const size = load<u32>(segment);
    const found = search(at, end, segment + 8, size);
    if (found > end) return 0;
    at = found + size;
  }
  segment = nextSegment(segment);
  const tail = load<u32>(segment);
  return i32(end - at >= <usize>tail && (tail == 0 || equal(end - tail, segment + 8, tail)));
}

const ANY: u32 = 0xff;
const NONE: usize = ~(<usize>0);

// The end of the match of a segment at `at`, or NONE.
function matchAt(at: usize, end: usize, segment: usize, fold: bool): usize {
  let token = segment + 8;
  const tokens = token + load<u32>(segment);
  while (token < tokens) {
    if (at >= end) return NONE;
    const expected = <u32>load<u8>(token++);
    const byte = <u32>load<u8>(at);
    if (expected == ANY) {
      at = min(at + utf8.sizeOf(byte), end);
      continue;
    }
    if ((fold ? lowerByte(byte) : byte) != expected) return NONE;
    at++;
  }
  return at;
}

// The start of the last so many characters, or NONE when there are fewer.
function fromEnd(start: usize, end: usize, characters: u32): usize {
  while (characters != 0) {
    if (end <= start) return NONE;
    end--;
    while (end > start && (load<u8>(end) & 0xc0) == 0x80) end--;
    characters--;
  }
  return end;
}

/**
 * LIKE with `_`; with `fold`, capital letters of ASCII count as small ones. The leftmost match of every segment is enough: what
 * a later one leaves behind, an earlier one leaves too. Never backtracks beyond a segment.
 */
export function likeWildcards(text: usize, bytes: u32, pattern: usize, fold: i32): i32 {
  const count = load<u32>(pattern);
  const end = text + bytes;
  const folds = fold != 0;
  let segment = pattern + 4;
  let at = matchAt(text, end, segment, folds);
  if (at == NONE) return 0;
  if (count == 1) return i32(at == end);
  for (let i: u32 = 2; i < count; i++) {
    segment = nextSegment(segment);
    let found = NONE;
    while (at < end) {
      found = matchAt(at, end, segment, folds);
      if (found != NONE) break;
      at += utf8.sizeOf(load<u8>(at));
    }
    if (found == NONE) return 0;
    at = found;
  }
  segment = nextSegment(segment);
  const tail = fromEnd(at, end, load<u32>(segment + 4));
  return i32(tail != NONE && matchAt(tail, end, segment, folds) == end);
}

/**
 * Whether a text is among `count` texts that ascend by their bytes: u32 offsets, one more than texts, then the bytes.
 */
export function sortedContains(table: usize, count: u32, text: usize, bytes: u32): i32 {
  const heap = table + ((<usize>count + 1) << 2);
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const from = load<u32>(table + (<usize>middle << 2));
    const to = load<u32>(table + (<usize>middle << 2), 4);
    const order = compare(heap + from, to - from, text, bytes);
    if (order == 0) return 1;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return 0;
}

/**
 * Marks which values of a dictionary the live rows use: byte 0 of `used` is that of NULL, byte n + 1 that of entry n. Rows are
 * `count` numbers at `selection`, or the first `count` when that is 0. The number of bytes that were not marked before.
 */
export function markUsed(used: usize, codes: usize, validity: usize, selection: usize, count: u32): u32 {
  let fresh: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = selection == 0 ? i : load<u32>(selection + (<usize>i << 2));
    const isNull = validity != 0 && ((load<u8>(validity + (row >>> 3)) >>> (row & 7)) & 1) == 0;
    const at = used + (isNull ? 0 : <usize>load<u32>(codes + (<usize>row << 2)) + 1);
    fresh += u32(load<u8>(at) == 0);
    store<u8>(at, 1);
  }
  return fresh;
}

/** The numbers of the marked bytes as u32 at `out`, ascending; their count. */
export function listUsed(used: usize, count: u32, out: usize): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(out + (<usize>found << 2), i);
    found += u32(load<u8>(used + i) != 0);
  }
  return found;
}
