// Which rows a sample keeps: by a hash of where they stand.

import { mix, rowAt } from './lib/keys.as';

/**
 * The rows of `rows` (0: 0 ... count - 1) whose place, `first` + their number, or with `counted` + their position in the list, is
 * kept: the upper 53 bits of the hash of its block of 2^shift places and `key` are below `limit`. Returns how many.
 */
export function sampleRows(
  rows: usize,
  count: u32,
  counted: bool,
  first: u64,
  shift: u32,
  key: u64,
  limit: u64,
  out: usize,
): u32 {
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    const place = first + <u64>(counted ? i : row);
    store<u32>(out + (<usize>kept << 2), row);
    kept += u32(mix(mix(place >>> shift) ^ key) >>> 11 < limit);
  }
  return kept;
}
