// Lists into rows. Offsets are i32, one more than rows; a list that is NULL has no entries.

const NONE: u32 = 0xffffffff;

// @ts-ignore: decorator
@inline
function lengthOf(offsets: usize, validity: usize, row: u32): u32 {
  if (validity != 0 && ((<u32>load<u8>(validity + (row >>> 3)) >>> (row & 7)) & 1) == 0) return 0;
  const at = offsets + (<usize>row << 2);
  return load<u32>(at, 4) - load<u32>(at);
}

/** Raises the `counts` (u32) of `count` rows, numbered `rows` (0: 0, 1, …), to the lengths of their lists. */
export function raiseCounts(offsets: usize, validity: usize, rows: usize, count: i32, counts: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const length = lengthOf(offsets, validity, rows ? load<u32>(rows + (i << 2)) : <u32>i);
    const at = counts + (i << 2);
    if (length > load<u32>(at)) store<u32>(at, length);
  }
}

/** The largest of `count` u32. */
export function maximum(counts: usize, count: i32): u32 {
  let most: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) most = max(most, load<u32>(counts + (i << 2)));
  return most;
}

/**
 * Up to `capacity` rows from where `state` (u32 row, u32 entry) stands, which moves on: for each the row's number and its entry's, NONE where
 * `outer` delivers a row without entries. Returns how many.
 */
export function expand(
  counts: usize,
  rows: usize,
  count: u32,
  outer: i32,
  capacity: u32,
  state: usize,
  outRows: usize,
  outEntries: usize,
): u32 {
  let i = load<u32>(state);
  let entry = load<u32>(state, 4);
  let made: u32 = 0;
  while (i < count && made < capacity) {
    const row = rows ? load<u32>(rows + (<usize>i << 2)) : i;
    const length = load<u32>(counts + (<usize>i << 2));
    if (length == 0 && outer) {
      store<u32>(outRows + (<usize>made << 2), row);
      store<u32>(outEntries + (<usize>made << 2), NONE);
      made++;
    }
    while (entry < length && made < capacity) {
      store<u32>(outRows + (<usize>made << 2), row);
      store<u32>(outEntries + (<usize>made << 2), entry);
      made++;
      entry++;
    }
    if (entry < length) break;
    i++;
    entry = 0;
  }
  store<u32>(state, i);
  store<u32>(state, entry, 4);
  return made;
}

/** The numbers of the entries in the list's vector; NONE where the list is shorter. */
export function entryNumbers(
  offsets: usize,
  validity: usize,
  rows: usize,
  entries: usize,
  count: i32,
  out: usize,
): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(rows + (i << 2));
    const entry = load<u32>(entries + (i << 2));
    const inside = entry < lengthOf(offsets, validity, row);
    store<u32>(out + (i << 2), inside ? load<u32>(offsets + (<usize>row << 2)) + entry : NONE);
  }
}

/** Entry numbers from 1 as i64, and a validity bitmap; returns how many have none. */
export function ordinals(entries: usize, count: i32, out: usize, validity: usize): i32 {
  memory.fill(validity, 0, (<usize>count + 7) >>> 3);
  let missing = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const entry = load<u32>(entries + (i << 2));
    store<i64>(out + (i << 3), <i64>entry + 1);
    if (entry == NONE) missing++;
    else store<u8>(validity + (i >>> 3), load<u8>(validity + (i >>> 3)) | (<u8>1 << <u8>(i & 7)));
  }
  return missing;
}
