// UTF-8. Texts are well-formed where they come from; what is not is taken byte by byte and never read beyond its end.

/** Bytes of the character that starts with this byte; 1 for a byte that starts none. */
// @ts-ignore: decorator
@inline
export function sizeOf(first: u32): usize {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** The address after so many characters, at most `end`. */
export function skip(at: usize, end: usize, characters: u64): usize {
  while (characters != 0 && at < end) {
    at += sizeOf(load<u8>(at));
    characters--;
  }
  return min(at, end);
}

/** The number of bytes that start a character. */
export function count(at: usize, length: u32): u32 {
  const end = at + length;
  let continued: u32 = 0;
  const limit = i8x16.splat(-64);
  for (; at + 16 <= end; at += 16) {
    continued += popcnt<u32>(i8x16.bitmask(i8x16.lt_s(v128.load(at), limit)));
  }
  for (; at < end; at++) continued += u32((load<u8>(at) & 0xc0) == 0x80);
  return length - continued;
}
