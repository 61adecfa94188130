// XXH32 (doc/xxhash_spec.md of Cyan4973/xxHash).

const PRIME_1: u32 = 0x9e3779b1;
const PRIME_2: u32 = 0x85ebca77;
const PRIME_3: u32 = 0xc2b2ae3d;
const PRIME_4: u32 = 0x27d4eb2f;
const PRIME_5: u32 = 0x165667b1;

/** The hash of the bytes from `data` to `end` with seed 0. */
export function xxhash32(data: usize, end: usize): u32 {
  const length = end - data;
  let hash = PRIME_5;
  if (length >= 16) {
    let a = PRIME_1 + PRIME_2;
    let b = PRIME_2;
    let c: u32 = 0;
    let d: u32 = 0 - PRIME_1;
    for (; end - data >= 16; data += 16) {
      a = round(a, load<u32>(data));
      b = round(b, load<u32>(data, 4));
      c = round(c, load<u32>(data, 8));
      d = round(d, load<u32>(data, 12));
    }
    hash = rotl<u32>(a, 1) + rotl<u32>(b, 7) + rotl<u32>(c, 12) + rotl<u32>(d, 18);
  }
  hash += <u32>length;
  for (; end - data >= 4; data += 4) hash = rotl<u32>(hash + load<u32>(data) * PRIME_3, 17) * PRIME_4;
  for (; data < end; data++) hash = rotl<u32>(hash + <u32>load<u8>(data) * PRIME_5, 11) * PRIME_1;
  hash = (hash ^ (hash >>> 15)) * PRIME_2;
  hash = (hash ^ (hash >>> 13)) * PRIME_3;
  return hash ^ (hash >>> 16);
}

// @ts-ignore: decorator
@inline
function round(lane: u32, input: u32): u32 {
  return rotl<u32>(lane + input * PRIME_2, 13) * PRIME_1;
}
