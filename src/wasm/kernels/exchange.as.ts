// Rows on their way into an exchange: which partition each goes to, copies of them in the order of the partitions, and the buffers of
// Arrow record batches out of those copies.
//
// Copies are made morsel by morsel. A `piece` is what one morsel left of one column, an entry of PIECE_BYTES of a table: u32 data,
// u32 flags (a byte a row, 1: not null; 0: no row is null), u32 heap, u32 dictionary (0: none). A `segment` is a stretch of rows of one piece: u32 number of the
// piece, u32 first row, u32 end. The rows of a record batch are those of its segments, one behind the other.

import { rowAt } from './lib/keys.as';

/**
 * 2^64 over the golden ratio: hash tables behind the exchange take bits of the same hash, which within a partition are still all
 * different ones.
 */
const SPREAD: u64 = 0x9e3779b97f4a7c15;

const PIECE_BYTES: usize = 16;
const SEGMENT_BYTES: usize = 12;

const OK: i32 = 0;
/** A number of microseconds that 64 bits of nanoseconds do not hold. */
const TOO_LONG: i32 = 1;

// @ts-ignore: decorator
@inline
function partitionOf(hash: u64, partitions: u32): u32 {
  return <u32>((((hash ^ (hash >>> 32)) * SPREAD) >>> 32) * <u64>partitions >>> 32);
}

/**
 * Numbers 0 ... count - 1 by the partition of their hash, in `out`; those of partition p are in ascending order at starts[p] ...
 * starts[p + 1] - 1. A hash is first one of `whole`; `map`, when it is not 0, says which of the `partitions` each of these (u32) is.
 * `starts` holds partitions + 2 u32, `numbers` count u32 that hold anything afterwards.
 */
export function partitionRows(
  hashes: usize,
  count: u32,
  whole: u32,
  map: usize,
  partitions: u32,
  numbers: usize,
  out: usize,
  starts: usize,
): void {
  assert(partitions > 0 && whole > 0);
  memory.fill(starts, 0, (<usize>partitions + 2) << 2);
  if (map) {
    for (let i: u32 = 0; i < count; i++) {
      const number = partitionOf(load<u64>(hashes + (<usize>i << 3)), whole);
      const partition = load<u32>(map + (<usize>number << 2));
      assert(partition < partitions);
      store<u32>(numbers + (<usize>i << 2), partition);
    }
  } else {
    assert(whole == partitions);
    for (let i: u32 = 0; i < count; i++) {
      store<u32>(numbers + (<usize>i << 2), partitionOf(load<u64>(hashes + (<usize>i << 3)), whole));
    }
  }
  for (let i: u32 = 0; i < count; i++) {
    const at = starts + (<usize>load<u32>(numbers + (<usize>i << 2)) << 2);
    store<u32>(at, load<u32>(at, 8) + 1, 8);
  }
  let sum: u32 = 0;
  for (let p: u32 = 0; p < partitions; p++) {
    const at = starts + (<usize>(p + 2) << 2);
    sum += load<u32>(at);
    store<u32>(at, sum);
  }
  for (let i: u32 = 0; i < count; i++) {
    const at = starts + (<usize>load<u32>(numbers + (<usize>i << 2)) << 2);
    const place = load<u32>(at, 4);
    store<u32>(out + (<usize>place << 2), i);
    store<u32>(at, place + 1, 4);
  }
}

/** A byte a row: 1 where the row is not null. Returns how many are null. */
export function gatherFlags(validity: usize, indices: usize, count: u32, out: usize): u32 {
  let valid: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(indices, i);
    const flag = (<u32>load<u8>(validity + (row >>> 3)) >>> (row & 7)) & 1;
    store<u8>(out + <usize>i, <u8>flag);
    valid += flag;
  }
  return count - valid;
}

// @ts-ignore: decorator
@inline
function memoryEnd(): usize {
  return <usize>(min<u64>(<u64>(<u32>memory.size()) << 16, 0xffffffff));
}

/** Copies bytes, 16 at a time where neither the target nor the memory ends. The pointer of an empty string may be anything. */
// @ts-ignore: decorator
@inline
function copyBytes(to: usize, from: usize, length: u32, toEnd: usize, end: usize): void {
  if (length == 0) return;
  if (length <= 64 && to + 64 <= toEnd && from + 64 <= end) {
    v128.store(to, v128.load(from));
    for (let at: usize = 16; at < <usize>length; at += 16) v128.store(to + at, v128.load(from + at));
  } else memory.copy(to, from, length);
}

/**
 * The rows' strings, one behind the other from `heap` on, and count + 1 u32 `offsets` into them from 0 on. `heapEnd` bounds what may be
 * written at all. The strings are less than 4 GiB together.
 */
export function gatherText(
  views: usize,
  indices: usize,
  count: u32,
  offsets: usize,
  heap: usize,
  heapEnd: usize,
): void {
  const end = memoryEnd();
  const start = heap;
  for (let i: u32 = 0; i < count; i++) {
    const at = views + (<usize>rowAt(indices, i) << 3);
    const length = load<u32>(at, 4);
    assert(heap + length <= heapEnd);
    store<u32>(offsets + (<usize>i << 2), <u32>(heap - start));
    copyBytes(heap, <usize>load<u32>(at), length, heapEnd, end);
    heap += length;
  }
  store<u32>(offsets + (<usize>count << 2), <u32>(heap - start));
}

/** Copies of all strings of a dictionary: as gatherText, but views of the copies go to `out`. */
export function copyDictionary(views: usize, count: u32, out: usize, heap: usize, heapEnd: usize): void {
  const end = memoryEnd();
  for (let i: u32 = 0; i < count; i++) {
    const at = views + (<usize>i << 3);
    const length = load<u32>(at, 4);
    assert(heap + length <= heapEnd);
    copyBytes(heap, <usize>load<u32>(at), length, heapEnd, end);
    store<u32>(out + (<usize>i << 3), <u32>heap);
    store<u32>(out + (<usize>i << 3), length, 4);
    heap += length;
  }
}

/** Bytes of the strings that codes stand for; `flags` as in a piece. */
export function codesBytes(codes: usize, flags: usize, count: u32, views: usize): f64 {
  let bytes: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (flags && !load<u8>(flags + <usize>i)) continue;
    bytes += <u64>load<u32>(views + (<usize>load<u32>(codes + (<usize>i << 2)) << 3), 4);
  }
  return <f64>bytes;
}

/** As gatherText: the strings that codes stand for, none for nulls. */
export function codesText(
  codes: usize,
  flags: usize,
  count: u32,
  views: usize,
  offsets: usize,
  heap: usize,
  heapEnd: usize,
): void {
  const end = memoryEnd();
  const start = heap;
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(offsets + (<usize>i << 2), <u32>(heap - start));
    if (flags && !load<u8>(flags + <usize>i)) continue;
    const at = views + (<usize>load<u32>(codes + (<usize>i << 2)) << 3);
    const length = load<u32>(at, 4);
    assert(heap + length <= heapEnd);
    copyBytes(heap, <usize>load<u32>(at), length, heapEnd, end);
    heap += length;
  }
  store<u32>(offsets + (<usize>count << 2), <u32>(heap - start));
}

/**
 * Codes of the rows into a dictionary of those entries alone that they need, whose views go to `entries`; returns how many. A piece's
 * dictionary is u32 views and u32 marks, 8 bytes an entry: what is marked with `stamp` was met before. A piece of text gives an entry a
 * row. 0 for nulls.
 */
export function compactCodes(
  table: usize,
  segments: usize,
  count: u32,
  stamp: u32,
  codes: usize,
  entries: usize,
): u32 {
  let found: u32 = 0;
  for (let s: u32 = 0; s < count; s++) {
    const segment = segments + <usize>s * SEGMENT_BYTES;
    const piece = pieceOf(table, segment);
    const data = <usize>load<u32>(piece);
    const flags = <usize>load<u32>(piece, 4);
    const heap = <usize>load<u32>(piece, 8);
    const dictionary = <usize>load<u32>(piece, 12);
    const end = load<u32>(segment, 8);
    for (let row = load<u32>(segment, 4); row < end; row++, codes += 4) {
      store<u32>(codes, 0);
      if (flags && !load<u8>(flags + <usize>row)) continue;
      const at = data + (<usize>row << 2);
      const value = load<u32>(at);
      if (dictionary) {
        const mark = <usize>load<u32>(dictionary, 4) + (<usize>value << 3);
        if (load<u32>(mark) != stamp) {
          store<u32>(mark, stamp);
          store<u32>(mark, found, 4);
          store<u64>(entries + (<usize>found << 3), load<u64>(<usize>load<u32>(dictionary) + (<usize>value << 3)));
          found++;
        }
        store<u32>(codes, load<u32>(mark, 4));
      } else {
        store<u32>(entries + (<usize>found << 3), <u32>heap + value);
        store<u32>(entries + (<usize>found << 3), load<u32>(at, 4) - value, 4);
        store<u32>(codes, found);
        found++;
      }
    }
  }
  return found;
}

/**
 * The segments of rows `skip` to `skip + take` among those that the morsels have between their bounds, one pair of u32 (first row, end)
 * each, `stride` bytes apart. Returns how many segments: at most one a morsel.
 */
export function findSegments(bounds: usize, stride: usize, morsels: u32, skip: u32, take: u32, out: usize): u32 {
  let found: u32 = 0;
  for (let m: u32 = 0; m < morsels && take > 0; m++) {
    const at = bounds + <usize>m * stride;
    let from = load<u32>(at);
    const end = load<u32>(at, 4);
    assert(from <= end);
    const skipped = min<u32>(skip, end - from);
    from += skipped;
    skip -= skipped;
    const rows = min<u32>(take, end - from);
    if (rows == 0) continue;
    take -= rows;
    store<u32>(out, m);
    store<u32>(out, from, 4);
    store<u32>(out, from + rows, 8);
    out += SEGMENT_BYTES;
    found++;
  }
  return found;
}

/** The pairs of bounds of `partition` out of what partitionRows made of every morsel: u32 addresses at `starts`. */
export function partitionBounds(starts: usize, morsels: u32, partition: u32, out: usize): u32 {
  let rows: u32 = 0;
  for (let m: u32 = 0; m < morsels; m++) {
    const at = <usize>load<u32>(starts + (<usize>m << 2)) + (<usize>partition << 2);
    const from = load<u32>(at);
    const end = load<u32>(at, 4);
    rows += end - from;
    store<u32>(out + (<usize>m << 3), from);
    store<u32>(out + (<usize>m << 3), end, 4);
  }
  return rows;
}

// @ts-ignore: decorator
@inline
function pieceOf(table: usize, segment: usize): usize {
  return table + <usize>load<u32>(segment) * PIECE_BYTES;
}

/** Up to 15 bytes behind the target's end may be written. */
// @ts-ignore: decorator
@inline
function copyRun(to: usize, from: usize, length: usize, end: usize): void {
  if (length <= 512 && from + length + 16 <= end) {
    for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
  } else memory.copy(to, from, length);
}

/** Rows of 2^shift bytes. Up to 15 bytes behind them may be written. */
export function joinRows(shift: u32, table: usize, segments: usize, count: u32, out: usize): void {
  const end = memoryEnd();
  for (let s: u32 = 0; s < count; s++) {
    const segment = segments + <usize>s * SEGMENT_BYTES;
    const from = <usize>load<u32>(segment, 4);
    const length = (<usize>load<u32>(segment, 8) - from) << shift;
    copyRun(out, <usize>load<u32>(pieceOf(table, segment)) + (from << shift), length, end);
    out += length;
  }
}

/** The flags of the rows, 1 for pieces without nulls. Up to 15 bytes behind them may be written. */
export function joinFlags(table: usize, segments: usize, count: u32, out: usize): void {
  const end = memoryEnd();
  for (let s: u32 = 0; s < count; s++) {
    const segment = segments + <usize>s * SEGMENT_BYTES;
    const from = <usize>load<u32>(segment, 4);
    const length = <usize>load<u32>(segment, 8) - from;
    const flags = <usize>load<u32>(pieceOf(table, segment), 4);
    if (flags) copyRun(out, flags + from, length, end);
    else memory.fill(out, 1, length);
    out += length;
  }
}

/** A bit a byte, set where the byte is not 0. Returns how many are set. */
export function packBits(bytes: usize, count: u32, out: usize): u32 {
  let set: u32 = 0;
  let i: u32 = 0;
  const zero = i8x16.splat(0);
  for (; i + 16 <= count; i += 16) {
    const bits = i8x16.bitmask(i8x16.ne(v128.load(bytes + <usize>i), zero));
    store<u16>(out + (<usize>i >>> 3), <u16>bits);
    set += popcnt<u32>(<u32>bits);
  }
  for (; i < count; i += 8) {
    let byte: u32 = 0;
    for (let j: u32 = i; j < min<u32>(i + 8, count); j++) byte |= u32(load<u8>(bytes + <usize>j) != 0) << (j & 7);
    store<u8>(out + (<usize>i >>> 3), <u8>byte);
    set += popcnt<u32>(byte);
  }
  return set;
}

/** 64-bit integers with their signs extended to 128 bits. */
export function joinWidened(table: usize, segments: usize, count: u32, out: usize): void {
  for (let s: u32 = 0; s < count; s++) {
    const segment = segments + <usize>s * SEGMENT_BYTES;
    const data = <usize>load<u32>(pieceOf(table, segment));
    const end = data + (<usize>load<u32>(segment, 8) << 3);
    for (let at = data + (<usize>load<u32>(segment, 4) << 3); at < end; at += 8) {
      const value = load<i64>(at);
      store<i64>(out, value);
      store<i64>(out, value >> 63, 8);
      out += 16;
    }
  }
}

/** 128-bit integers, most significant byte first. */
export function joinReversed(table: usize, segments: usize, count: u32, out: usize): void {
  for (let s: u32 = 0; s < count; s++) {
    const segment = segments + <usize>s * SEGMENT_BYTES;
    const data = <usize>load<u32>(pieceOf(table, segment));
    const end = data + (<usize>load<u32>(segment, 8) << 4);
    for (let at = data + (<usize>load<u32>(segment, 4) << 4); at < end; at += 16) {
      store<u64>(out, bswap<u64>(load<u64>(at, 8)));
      store<u64>(out, bswap<u64>(load<u64>(at)), 8);
      out += 16;
    }
  }
}

/** Intervals with their microseconds as nanoseconds; zeros for nulls. The first interval that does not fit is left at `out`. */
export function joinIntervals(table: usize, segments: usize, count: u32, out: usize): i32 {
  const first = out;
  for (let s: u32 = 0; s < count; s++) {
    const segment = segments + <usize>s * SEGMENT_BYTES;
    const piece = pieceOf(table, segment);
    const data = <usize>load<u32>(piece);
    const flags = <usize>load<u32>(piece, 4);
    const end = load<u32>(segment, 8);
    for (let row = load<u32>(segment, 4); row < end; row++) {
      const at = data + (<usize>row << 4);
      const valid = !flags || load<u8>(flags + <usize>row) != 0;
      const micros = valid ? load<i64>(at, 8) : 0;
      const nanos = micros * 1000;
      if (nanos / 1000 != micros) {
        v128.store(first, v128.load(at));
        return TOO_LONG;
      }
      store<u64>(out, valid ? load<u64>(at) : 0);
      store<i64>(out, nanos, 8);
      out += 16;
    }
  }
  return OK;
}

/** The sum of what the u32 offsets span: bytes of text, entries of lists. */
export function spanOf(table: usize, segments: usize, count: u32): f64 {
  let sum: u64 = 0;
  for (let s: u32 = 0; s < count; s++) {
    const segment = segments + <usize>s * SEGMENT_BYTES;
    const offsets = <usize>load<u32>(pieceOf(table, segment));
    const from = load<u32>(offsets + (<usize>load<u32>(segment, 4) << 2));
    sum += <u64>(load<u32>(offsets + (<usize>load<u32>(segment, 8) << 2)) - from);
  }
  return <f64>sum;
}

/** The offsets of the rows from 0 on, one more than rows. Up to 15 bytes behind them may be written. */
export function joinOffsets(table: usize, segments: usize, count: u32, out: usize): void {
  const memory = memoryEnd();
  let done: u32 = 0;
  store<u32>(out, 0);
  out += 4;
  for (let s: u32 = 0; s < count; s++) {
    const segment = segments + <usize>s * SEGMENT_BYTES;
    const offsets = <usize>load<u32>(pieceOf(table, segment));
    let at = offsets + (<usize>load<u32>(segment, 4) << 2);
    const end = offsets + (<usize>load<u32>(segment, 8) << 2);
    const shift = done - load<u32>(at);
    done = load<u32>(end) + shift;
    const shifts = i32x4.splat(<i32>shift);
    const target = out + (end - at);
    at += 4;
    if (end + 20 <= memory) {
      for (; at <= end; at += 16) {
        v128.store(out, i32x4.add(v128.load(at), shifts));
        out += 16;
      }
    } else {
      for (; at <= end; at += 4) {
        store<u32>(out, load<u32>(at) + shift);
        out += 4;
      }
    }
    out = target;
  }
}

/** The strings of the rows. Up to 15 bytes behind them may be written. */
export function joinHeap(table: usize, segments: usize, count: u32, out: usize): void {
  const end = memoryEnd();
  for (let s: u32 = 0; s < count; s++) {
    const segment = segments + <usize>s * SEGMENT_BYTES;
    const piece = pieceOf(table, segment);
    const offsets = <usize>load<u32>(piece);
    const from = load<u32>(offsets + (<usize>load<u32>(segment, 4) << 2));
    const length = <usize>(load<u32>(offsets + (<usize>load<u32>(segment, 8) << 2)) - from);
    copyRun(out, <usize>load<u32>(piece, 8) + <usize>from, length, end);
    out += length;
  }
}

/** The stretches of entries that the rows of a list column have, as segments of the same pieces. Empty ones are left in. */
export function entrySegments(table: usize, segments: usize, count: u32, out: usize): void {
  for (let s: u32 = 0; s < count; s++) {
    const segment = segments + <usize>s * SEGMENT_BYTES;
    const offsets = <usize>load<u32>(pieceOf(table, segment));
    store<u32>(out, load<u32>(segment));
    store<u32>(out, load<u32>(offsets + (<usize>load<u32>(segment, 4) << 2)), 4);
    store<u32>(out, load<u32>(offsets + (<usize>load<u32>(segment, 8) << 2)), 8);
    out += SEGMENT_BYTES;
  }
}
