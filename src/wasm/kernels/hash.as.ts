// Hashes of keys, 64 bits a row, the same for equal values however they are held. Column after column is mixed into the hash of
// the columns before it. The mixing steps are the finaliser of MurmurHash3 (Austin Appleby, public domain); text is read in two
// lanes of 8 bytes. `rows` points to u32 row numbers, 0: rows 0 ... count - 1.

import { isValid, mix, rowAt, shortWord, wordAt } from './lib/keys.as';

const NULL_WORD: u64 = 0x9ae16a3b2f90404f;
const LANE_1: u64 = 0x9e3779b97f4a7c15;
const LANE_2: u64 = 0xd6e8feb86659fd93;

/** Mixes a column's word into the hash at `at`; the first column starts it. */
// @ts-ignore: decorator
@inline
function put(at: usize, word: u64, first: bool): void {
  store<u64>(at, mix(first ? word : rotl<u64>(load<u64>(at), 23) ^ word));
}

// @ts-ignore: decorator
@inline
function hashFixed<T>(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  if (!validity && !rows && first) {
    for (let i: u32 = 0; i < count; i++) {
      store<u64>(out + (<usize>i << 3), mix(wordAt<T>(data + <usize>i * sizeof<T>())));
    }
    return;
  }
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    const word = isValid(validity, row) ? wordAt<T>(data + <usize>row * sizeof<T>()) : NULL_WORD;
    put(out + (<usize>i << 3), word, first);
  }
}

export function hashI8(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  hashFixed<i8>(data, validity, rows, count, out, first);
}
export function hashU8(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  hashFixed<u8>(data, validity, rows, count, out, first);
}
export function hashI16(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  hashFixed<i16>(data, validity, rows, count, out, first);
}
export function hashU16(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  hashFixed<u16>(data, validity, rows, count, out, first);
}
export function hashI32(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  hashFixed<i32>(data, validity, rows, count, out, first);
}
export function hashU32(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  hashFixed<u32>(data, validity, rows, count, out, first);
}
export function hashI64(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  hashFixed<i64>(data, validity, rows, count, out, first);
}
export function hashF32(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  hashFixed<f32>(data, validity, rows, count, out, first);
}
export function hashF64(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  hashFixed<f64>(data, validity, rows, count, out, first);
}

/** 128-bit integers. */
export function hashI128(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    const at = data + (<usize>row << 4);
    const word = isValid(validity, row) ? mix(load<u64>(at)) ^ rotl<u64>(load<u64>(at, 8), 31) : NULL_WORD;
    put(out + (<usize>i << 3), word, first);
  }
}

/** Intervals by their length with months of 30 days and days of 24 hours, modulo 2^64 microseconds. */
export function hashInterval(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    const at = data + (<usize>row << 4);
    const days = <i64>load<i32>(at) * 30 + <i64>load<i32>(at, 4);
    const word = isValid(validity, row) ? <u64>(days * 86400000000 + load<i64>(at, 8)) : NULL_WORD;
    put(out + (<usize>i << 3), word, first);
  }
}

/** A word for the bytes of a text. */
// @ts-ignore: decorator
@inline
function textWord(at: usize, length: u32): u64 {
  let a: u64 = LANE_1 ^ (<u64>length * LANE_2);
  if (length < 8) return length == 0 ? a : (a ^ shortWord(at, length)) * LANE_2;
  let b: u64 = LANE_2;
  const last = at + length - 8;
  for (; at + 8 <= last; at += 16) {
    a = (rotl<u64>(a, 29) ^ load<u64>(at)) * LANE_1;
    b = (rotl<u64>(b, 31) ^ load<u64>(at, 8)) * LANE_2;
  }
  if (at < last) a = (rotl<u64>(a, 29) ^ load<u64>(at)) * LANE_1;
  b = (rotl<u64>(b, 31) ^ load<u64>(last)) * LANE_2;
  return mix(a) ^ b;
}

export function hashViews(data: usize, validity: usize, rows: usize, count: u32, out: usize, first: bool): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    const view = data + (<usize>row << 3);
    const word = isValid(validity, row) ? textWord(load<u32>(view), load<u32>(view, 4)) : NULL_WORD;
    put(out + (<usize>i << 3), word, first);
  }
}

/** The words of all entries of a dictionary, 8 bytes each at `words`: what hashCodes takes. */
export function textWords(data: usize, count: u32, words: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const view = data + (<usize>i << 3);
    store<u64>(words + (<usize>i << 3), textWord(load<u32>(view), load<u32>(view, 4)));
  }
}

/** Codes into a dictionary whose entries' words are known. */
export function hashCodes(
  data: usize,
  validity: usize,
  rows: usize,
  count: u32,
  out: usize,
  first: bool,
  words: usize,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    const code = load<u32>(data + (<usize>row << 2));
    const word = isValid(validity, row) ? load<u64>(words + (<usize>code << 3)) : NULL_WORD;
    put(out + (<usize>i << 3), word, first);
  }
}

/** Codes into a dictionary that is larger than the rows are many. */
export function hashEntries(
  data: usize,
  validity: usize,
  rows: usize,
  count: u32,
  out: usize,
  first: bool,
  entries: usize,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    let word = NULL_WORD;
    if (isValid(validity, row)) {
      const view = entries + (<usize>load<u32>(data + (<usize>row << 2)) << 3);
      word = textWord(load<u32>(view), load<u32>(view, 4));
    }
    put(out + (<usize>i << 3), word, first);
  }
}

/** Rows of no value at all: NULLs of every kind. */
export function hashNulls(count: u32, out: usize, first: bool): void {
  for (let i: u32 = 0; i < count; i++) put(out + (<usize>i << 3), NULL_WORD, first);
}
