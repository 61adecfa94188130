// XXH64 (doc/xxhash_spec.md of Cyan4973/xxHash).

const PRIME_1: u64 = 0x9e3779b185ebca87;
const PRIME_2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME_3: u64 = 0x165667b19e3779f9;
const PRIME_4: u64 = 0x85ebca77c2b2ae63;
const PRIME_5: u64 = 0x27d4eb2f165667c5;

/** The hash of the bytes from `data` to `end` with seed 0. */
export function xxhash64(data: usize, end: usize): u64 {
  const length = end - data;
  let hash = PRIME_5;
  if (length >= 32) {
    let a = PRIME_1 + PRIME_2;
    let b = PRIME_2;
    let c: u64 = 0;
    let d: u64 = 0 - PRIME_1;
    for (; end - data >= 32; data += 32) {
      a = round(a, load<u64>(data));
      b = round(b, load<u64>(data, 8));
      c = round(c, load<u64>(data, 16));
      d = round(d, load<u64>(data, 24));
    }
    hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
    hash = merge(merge(merge(merge(hash, a), b), c), d);
  }
  hash += <u64>length;
  for (; end - data >= 8; data += 8) {
    hash = rotl<u64>(hash ^ round(0, load<u64>(data)), 27) * PRIME_1 + PRIME_4;
  }
  if (end - data >= 4) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(data) * PRIME_1), 23) * PRIME_2 + PRIME_3;
    data += 4;
  }
  for (; data < end; data++) hash = rotl<u64>(hash ^ (<u64>load<u8>(data) * PRIME_5), 11) * PRIME_1;
  hash = (hash ^ (hash >>> 33)) * PRIME_2;
  hash = (hash ^ (hash >>> 29)) * PRIME_3;
  return hash ^ (hash >>> 32);
}

// @ts-ignore: decorator
@inline
function round(lane: u64, input: u64): u64 {
  return rotl<u64>(lane + input * PRIME_2, 31) * PRIME_1;
}

// @ts-ignore: decorator
@inline
function merge(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * PRIME_1 + PRIME_4;
}
