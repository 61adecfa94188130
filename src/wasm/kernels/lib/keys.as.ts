// What kernels over keys share.

const MULTIPLIER_1: u64 = 0xff51afd7ed558ccd;
const MULTIPLIER_2: u64 = 0xc4ceb9fe1a85ec53;

/** Spreads every bit over all. */
// @ts-ignore: decorator
@inline
export function mix(word: u64): u64 {
  word = (word ^ (word >>> 32)) * MULTIPLIER_1;
  word = (word ^ (word >>> 29)) * MULTIPLIER_2;
  return word ^ (word >>> 32);
}

/** The i-th of the rows at `rows`, of all rows when that is 0. */
// @ts-ignore: decorator
@inline
export function rowAt(rows: usize, i: u32): u32 {
  return rows ? load<u32>(rows + (<usize>i << 2)) : i;
}

// @ts-ignore: decorator
@inline
export function isValid(validity: usize, row: u32): bool {
  return !validity || ((<u32>load<u8>(validity + (row >>> 3)) >>> (row & 7)) & 1) != 0;
}

/** A value as 64 bits, the same for equal values: -0 as 0, one NaN. */
// @ts-ignore: decorator
@inline
export function wordAt<T>(at: usize): u64 {
  if (isFloat<T>()) {
    const value = load<T>(at);
    if (value != value) return sizeof<T>() == 8 ? 0x7ff8000000000000 : 0x7fc00000;
    if (value == <T>0) return 0;
    return sizeof<T>() == 8 ? load<u64>(at) : <u64>load<u32>(at);
  }
  return <u64>load<T>(at);
}

/** The 1 ... 7 bytes at `at`, in an order of their own. */
// @ts-ignore: decorator
@inline
export function shortWord(at: usize, length: u32): u64 {
  if (length >= 4) return <u64>load<u32>(at) | (<u64>load<u32>(at + length - 4) << 32);
  return <u64>load<u8>(at) | (<u64>load<u8>(at + (length >>> 1)) << 8) | (<u64>load<u8>(at + length - 1) << 16);
}

/** Whether `length` bytes are the same. */
// @ts-ignore: decorator
@inline
export function sameText(a: usize, b: usize, length: u32): bool {
  if (length < 8) return length == 0 || shortWord(a, length) == shortWord(b, length);
  const last = a + length - 8;
  const offset = b - a;
  for (; a < last; a += 8) {
    if (load<u64>(a) != load<u64>(a + offset)) return false;
  }
  return load<u64>(last) == load<u64>(last + offset);
}
