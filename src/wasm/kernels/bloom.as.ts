// A Bloom filter over 64-bit hashes whose bits for one hash lie in one word: Putze, Sanders and Singler, Cache-, Hash- and
// Space-Efficient Bloom Filters, 2007. `words` holds 2^bits u64.

// @ts-ignore: decorator
@inline
function maskOf(hash: u64): u64 {
  return (<u64>1 << (hash & 63)) | (<u64>1 << ((hash >>> 6) & 63)) | (<u64>1 << ((hash >>> 12) & 63)) | (<u64>1 << ((hash >>> 18) & 63));
}

// @ts-ignore: decorator
@inline
function wordAt(words: usize, bits: u32, hash: u64): usize {
  return words + (<usize>(hash >>> (64 - bits)) << 3);
}

/** Enters `count` hashes. */
export function bloomAdd(hashes: usize, count: u32, words: usize, bits: u32): void {
  assert(bits > 0 && bits < 32);
  for (let i: u32 = 0; i < count; i++) {
    const hash = load<u64>(hashes + (<usize>i << 3));
    const at = wordAt(words, bits, hash);
    store<u64>(at, load<u64>(at) | maskOf(hash));
  }
}

/** The rows of `rows` (0: 0 ... count - 1) whose hash, densely at `hashes`, may have been entered. Returns how many. */
export function bloomSelect(hashes: usize, rows: usize, count: u32, words: usize, bits: u32, out: usize): u32 {
  assert(bits > 0 && bits < 32);
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const hash = load<u64>(hashes + (<usize>i << 3));
    const mask = maskOf(hash);
    store<u32>(out + (<usize>kept << 2), rows ? load<u32>(rows + (<usize>i << 2)) : i);
    kept += u32((load<u64>(wordAt(words, bits, hash)) & mask) == mask);
  }
  return kept;
}
