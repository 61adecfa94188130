// Which partition of an exchange a row goes to, from the 64-bit hash of its keys.

/**
 * 2^64 over the golden ratio: hash tables behind the exchange take bits of the same hash, which within a partition are still all
 * different ones.
 */
const SPREAD: u64 = 0x9e3779b97f4a7c15;

// @ts-ignore: decorator
@inline
function partitionOf(hash: u64, partitions: u32): u32 {
  return <u32>((((hash ^ (hash >>> 32)) * SPREAD) >>> 32) * <u64>partitions >>> 32);
}

/**
 * Numbers 0 ... count - 1 by the partition of their hash, in `out`; those of partition p are in ascending order at starts[p] ...
 * starts[p + 1] - 1. `starts` holds partitions + 2 u32.
 */
export function partitionRows(hashes: usize, count: u32, partitions: u32, out: usize, starts: usize): void {
  assert(partitions > 0);
  memory.fill(starts, 0, (<usize>partitions + 2) << 2);
  for (let i: u32 = 0; i < count; i++) {
    const at = starts + (<usize>(partitionOf(load<u64>(hashes + (<usize>i << 3)), partitions) + 2) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let sum: u32 = 0;
  for (let p: u32 = 0; p < partitions; p++) {
    const at = starts + (<usize>(p + 2) << 2);
    sum += load<u32>(at);
    store<u32>(at, sum);
  }
  for (let i: u32 = 0; i < count; i++) {
    const at = starts + (<usize>(partitionOf(load<u64>(hashes + (<usize>i << 3)), partitions) + 1) << 2);
    const place = load<u32>(at);
    store<u32>(out + (<usize>place << 2), i);
    store<u32>(at, place + 1);
  }
}
