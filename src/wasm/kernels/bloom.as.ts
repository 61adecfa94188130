// Sets of keys that rows are tested for. Whole numbers that lie densely: a bit each. Else a Bloom filter over 64-bit hashes whose bits for
// one hash lie in one word: Putze, Sanders and Singler, Cache-, Hash- and Space-Efficient Bloom Filters, 2007; `words` holds 2^bits u64. Tests
// return how many of the `count` rows (at `rows`; 0: 0 ... count - 1) may be in the set, and put them to `out`, which has room for all.

import { isValid, mix, rowAt, wordAt } from './lib/keys.as';

// @ts-ignore: decorator
@inline
function maskOf(hash: u64): u64 {
  return (<u64>1 << (hash & 63)) | (<u64>1 << ((hash >>> 6) & 63)) | (<u64>1 << ((hash >>> 12) & 63)) | (<u64>1 << ((hash >>> 18) & 63));
}

// @ts-ignore: decorator
@inline
function wordFor(words: usize, bits: u32, hash: u64): usize {
  return words + (<usize>(hash >>> (64 - bits)) << 3);
}

// @ts-ignore: decorator
@inline
function add(words: usize, bits: u32, hash: u64): void {
  const at = wordFor(words, bits, hash);
  store<u64>(at, load<u64>(at) | maskOf(hash));
}

// @ts-ignore: decorator
@inline
function has(words: usize, bits: u32, hash: u64): bool {
  const mask = maskOf(hash);
  return (load<u64>(wordFor(words, bits, hash)) & mask) == mask;
}

// ---- hashes

/** Enters `count` hashes. */
export function bloomAdd(hashes: usize, count: u32, words: usize, bits: u32): void {
  assert(bits > 0 && bits < 32);
  for (let i: u32 = 0; i < count; i++) add(words, bits, load<u64>(hashes + (<usize>i << 3)));
}

/** `hashes`: of the rows, densely. */
export function bloomSelect(hashes: usize, rows: usize, count: u32, words: usize, bits: u32, out: usize): u32 {
  assert(bits > 0 && bits < 32);
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(out + (<usize>kept << 2), rowAt(rows, i));
    kept += u32(has(words, bits, load<u64>(hashes + (<usize>i << 3))));
  }
  return kept;
}

// ---- whole numbers by their hashes. `nulls`: whether NULL is in the set

/** Enters `count` numbers of 64 bits. */
export function bloomAddWhole(keys: usize, count: u32, words: usize, bits: u32): void {
  assert(bits > 0 && bits < 32);
  for (let i: u32 = 0; i < count; i++) add(words, bits, mix(load<u64>(keys + (<usize>i << 3))));
}

// @ts-ignore: decorator
@inline
function bloomWhole<T>(
  data: usize, validity: usize, rows: usize, count: u32, words: usize, bits: u32, nulls: bool, out: usize,
): u32 {
  assert(bits > 0 && bits < 32);
  let kept: u32 = 0;
  if (!rows && !validity) {
    for (let i: u32 = 0; i < count; i++) {
      store<u32>(out + (<usize>kept << 2), i);
      kept += u32(has(words, bits, mix(wordAt<T>(data + <usize>i * sizeof<T>()))));
    }
    return kept;
  }
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    const found = has(words, bits, mix(wordAt<T>(data + <usize>row * sizeof<T>())));
    store<u32>(out + (<usize>kept << 2), row);
    kept += u32(isValid(validity, row) ? found : nulls);
  }
  return kept;
}

// ---- whole numbers, a bit for each from `base` on

/** Enters `count` numbers of 64 bits; all have a bit. */
export function bitsAdd(keys: usize, count: u32, base: u64, bits: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const place = load<u64>(keys + (<usize>i << 3)) - base;
    const at = bits + <usize>(place >>> 3);
    store<u8>(at, <u8>(<u32>load<u8>(at) | (1 << (<u32>place & 7))));
  }
}

// @ts-ignore: decorator
@inline
function hasBit(bits: usize, place: u64, extent: u64): bool {
  const inside = place < extent;
  const safe = select<u64>(place, 0, inside);
  return inside & (((<u32>load<u8>(bits + <usize>(safe >>> 3)) >>> (<u32>safe & 7)) & 1) != 0);
}

// @ts-ignore: decorator
@inline
function bitsWhole<T>(
  data: usize, validity: usize, rows: usize, count: u32, base: u64, extent: u64, bits: usize, nulls: bool, out: usize,
): u32 {
  let kept: u32 = 0;
  if (!rows && !validity) {
    for (let i: u32 = 0; i < count; i++) {
      store<u32>(out + (<usize>kept << 2), i);
      kept += u32(hasBit(bits, wordAt<T>(data + <usize>i * sizeof<T>()) - base, extent));
    }
    return kept;
  }
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    const found = hasBit(bits, wordAt<T>(data + <usize>row * sizeof<T>()) - base, extent);
    store<u32>(out + (<usize>kept << 2), row);
    kept += u32(isValid(validity, row) ? found : nulls);
  }
  return kept;
}

export function bloomI8(
  data: usize, validity: usize, rows: usize, count: u32, words: usize, bits: u32, nulls: bool, out: usize,
): u32 {
  return bloomWhole<i8>(data, validity, rows, count, words, bits, nulls, out);
}
export function bitsI8(
  data: usize, validity: usize, rows: usize, count: u32, base: u64, extent: u64, bits: usize, nulls: bool, out: usize,
): u32 {
  return bitsWhole<i8>(data, validity, rows, count, base, extent, bits, nulls, out);
}

export function bloomU8(
  data: usize, validity: usize, rows: usize, count: u32, words: usize, bits: u32, nulls: bool, out: usize,
): u32 {
  return bloomWhole<u8>(data, validity, rows, count, words, bits, nulls, out);
}
export function bitsU8(
  data: usize, validity: usize, rows: usize, count: u32, base: u64, extent: u64, bits: usize, nulls: bool, out: usize,
): u32 {
  return bitsWhole<u8>(data, validity, rows, count, base, extent, bits, nulls, out);
}

export function bloomI16(
  data: usize, validity: usize, rows: usize, count: u32, words: usize, bits: u32, nulls: bool, out: usize,
): u32 {
  return bloomWhole<i16>(data, validity, rows, count, words, bits, nulls, out);
}
export function bitsI16(
  data: usize, validity: usize, rows: usize, count: u32, base: u64, extent: u64, bits: usize, nulls: bool, out: usize,
): u32 {
  return bitsWhole<i16>(data, validity, rows, count, base, extent, bits, nulls, out);
}

export function bloomU16(
  data: usize, validity: usize, rows: usize, count: u32, words: usize, bits: u32, nulls: bool, out: usize,
): u32 {
  return bloomWhole<u16>(data, validity, rows, count, words, bits, nulls, out);
}
export function bitsU16(
  data: usize, validity: usize, rows: usize, count: u32, base: u64, extent: u64, bits: usize, nulls: bool, out: usize,
): u32 {
  return bitsWhole<u16>(data, validity, rows, count, base, extent, bits, nulls, out);
}

export function bloomI32(
  data: usize, validity: usize, rows: usize, count: u32, words: usize, bits: u32, nulls: bool, out: usize,
): u32 {
  return bloomWhole<i32>(data, validity, rows, count, words, bits, nulls, out);
}
export function bitsI32(
  data: usize, validity: usize, rows: usize, count: u32, base: u64, extent: u64, bits: usize, nulls: bool, out: usize,
): u32 {
  return bitsWhole<i32>(data, validity, rows, count, base, extent, bits, nulls, out);
}

export function bloomU32(
  data: usize, validity: usize, rows: usize, count: u32, words: usize, bits: u32, nulls: bool, out: usize,
): u32 {
  return bloomWhole<u32>(data, validity, rows, count, words, bits, nulls, out);
}
export function bitsU32(
  data: usize, validity: usize, rows: usize, count: u32, base: u64, extent: u64, bits: usize, nulls: bool, out: usize,
): u32 {
  return bitsWhole<u32>(data, validity, rows, count, base, extent, bits, nulls, out);
}

export function bloomI64(
  data: usize, validity: usize, rows: usize, count: u32, words: usize, bits: u32, nulls: bool, out: usize,
): u32 {
  return bloomWhole<i64>(data, validity, rows, count, words, bits, nulls, out);
}
export function bitsI64(
  data: usize, validity: usize, rows: usize, count: u32, base: u64, extent: u64, bits: usize, nulls: bool, out: usize,
): u32 {
  return bitsWhole<i64>(data, validity, rows, count, base, extent, bits, nulls, out);
}
