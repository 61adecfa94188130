// Window functions over rows in their order, a section of whole partitions at a time: where partitions, peers and frames begin and end, then
// one loop per function. Row numbers are positions in the section. Sums of whole numbers are differences of 128-bit prefix sums;
// the least and the greatest value of a sliding frame come out of a segment tree (Leis, Kundhikanjana, Kemper and Neumann, "Efficient
// Processing of Window Functions in Analytical SQL Queries", VLDB 2015).

const NONE: u32 = 0xffffffff;

// @ts-ignore: decorator
@inline
function isValid(validity: usize, row: usize): bool {
  return validity == 0 || ((<u32>load<u8>(validity + (row >> 3)) >> (<u32>row & 7)) & 1) != 0;
}

// @ts-ignore: decorator
@inline
function at4(array: usize, row: usize): u32 {
  return load<u32>(array + (row << 2));
}

// @ts-ignore: decorator
@inline
function put4(array: usize, row: usize, value: u32): void {
  store<u32>(array + (row << 2), value);
}

// Where partitions and peers change: bits of one byte a row.

/** Sets `bit` of the mark of each row but the first whose word differs from the row's before; NULLs are alike. */
export function markWords(words: usize, validity: usize, count: i32, bit: i32, marks: usize): void {
  let before = load<u64>(words);
  let wasValid = isValid(validity, 0);
  for (let i: usize = 1; i < <usize>count; i++) {
    const word = load<u64>(words + (i << 3));
    const valid = isValid(validity, i);
    if (valid != wasValid || (valid && word != before)) store<u8>(marks + i, load<u8>(marks + i) | <u8>bit);
    before = word;
    wasValid = valid;
  }
}

export function markTexts(views: usize, validity: usize, count: i32, bit: i32, marks: usize): void {
  for (let i: usize = 1; i < <usize>count; i++) {
    const valid = isValid(validity, i);
    const same = valid == isValid(validity, i - 1) && (!valid || sameText(views + ((i - 1) << 3), views + (i << 3)));
    if (!same) store<u8>(marks + i, load<u8>(marks + i) | <u8>bit);
  }
}

function sameText(a: usize, b: usize): bool {
  const length = load<u32>(a, 4);
  if (length != load<u32>(b, 4)) return false;
  let x = <usize>load<u32>(a);
  let y = <usize>load<u32>(b);
  const end = x + length;
  for (; x + 8 <= end; x += 8) {
    if (load<u64>(x) != load<u64>(y)) return false;
    y += 8;
  }
  for (; x < end; x++) {
    if (load<u8>(x) != load<u8>(y)) return false;
    y++;
  }
  return true;
}

/** Where the stretch of each row begins and ends; a row with any of `bits` begins one. */
export function spans(marks: usize, count: i32, bits: i32, starts: usize, ends: usize): void {
  let start: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    if (load<u8>(marks + i) & bits) start = i;
    put4(starts, i, <u32>start);
  }
  let end = <usize>count;
  for (let i = <usize>count; i > 0; i--) {
    put4(ends, i - 1, <u32>end);
    if (load<u8>(marks + i - 1) & bits) end = i - 1;
  }
}

/** The last row that has any of `bits`; 0 when none has. */
export function lastMark(marks: usize, count: i32, bits: i32): i32 {
  for (let i = count - 1; i > 0; i--) if (load<u8>(marks + <usize>i) & bits) return i;
  return 0;
}

// Ranking.

export function rowNumbers(partStarts: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<i64>(out + (i << 3), <i64>(<u32>i - at4(partStarts, i)) + 1);
}

export function ranks(partStarts: usize, peerStarts: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    store<i64>(out + (i << 3), <i64>(at4(peerStarts, i) - at4(partStarts, i)) + 1);
  }
}

export function denseRanks(partStarts: usize, peerStarts: usize, count: i32, out: usize): void {
  let rank: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    if (at4(partStarts, i) == <u32>i) rank = 1;
    else if (at4(peerStarts, i) == <u32>i) rank++;
    store<i64>(out + (i << 3), rank);
  }
}

export function percentRanks(partStarts: usize, partEnds: usize, peerStarts: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const start = at4(partStarts, i);
    const rows = at4(partEnds, i) - start;
    store<f64>(out + (i << 3), rows == 1 ? 0 : <f64>(at4(peerStarts, i) - start) / <f64>(rows - 1));
  }
}

export function cumeDists(partStarts: usize, partEnds: usize, peerEnds: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const start = at4(partStarts, i);
    store<f64>(out + (i << 3), <f64>(at4(peerEnds, i) - start) / <f64>(at4(partEnds, i) - start));
  }
}

export function ntiles(partStarts: usize, partEnds: usize, count: i32, parts: u64, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const start = at4(partStarts, i);
    const rows = <u64>(at4(partEnds, i) - start);
    const row = <u64>(<u32>i - start);
    const size = rows / parts;
    const larger = rows % parts;
    const inLarger = larger * (size + 1);
    store<u64>(out + (i << 3), row < inLarger ? row / (size + 1) + 1 : larger + (row - inLarger) / size + 1);
  }
}

// Frames: row `starts[i]` to `ends[i]`, exclusive; none where start >= end.

/** Each row's own number and `add`, within its partition's rows or one past them. */
export function rowBounds(partStarts: usize, partEnds: usize, count: i32, add: i64, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const low = <i64>at4(partStarts, i);
    const high = <i64>at4(partEnds, i);
    put4(out, i, <u32>max(low, min(<i64>i + add, high)));
  }
}

/** The start (`side` 0) or end (1) of the peer group `add` groups away. `groups` is scratch of count + 1 u32. */
export function groupBounds(
  partStarts: usize,
  partEnds: usize,
  peerStarts: usize,
  count: i32,
  add: i64,
  side: i32,
  groups: usize,
  out: usize,
): void {
  let known: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    if (at4(peerStarts, i) == <u32>i) {
      put4(groups, <usize>known, <u32>i);
      known++;
    }
  }
  put4(groups, <usize>known, <u32>count);
  let group: i64 = -1;
  let first: i64 = 0;
  let last: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    if (at4(peerStarts, i) == <u32>i) group++;
    if (at4(partStarts, i) == <u32>i) {
      first = group;
      last = group;
      while (last < known && at4(groups, <usize>last) < at4(partEnds, i)) last++;
    }
    // `add` is no larger than any count, so that this does not overflow.
    const wanted = group + add;
    let bound: u32;
    if (wanted < first) bound = at4(partStarts, i);
    else if (wanted >= last) bound = at4(partEnds, i);
    else bound = at4(groups, <usize>(side ? wanted + 1 : wanted));
    put4(out, i, bound);
  }
}

// Rows by number: NONE where there is none.

/** The row `add` rows away within the partition. */
export function neighbours(partStarts: usize, partEnds: usize, count: i32, add: i64, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <i64>i + add;
    put4(out, i, row >= <i64>at4(partStarts, i) && row < <i64>at4(partEnds, i) ? <u32>row : NONE);
  }
}

/** Row `nth` (from 0) of each frame, or where `fromEnd` counted from its last. */
export function nthRows(starts: usize, ends: usize, count: i32, nth: u32, fromEnd: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const start = at4(starts, i);
    const end = at4(ends, i);
    const rows = end > start ? end - start : 0;
    put4(out, i, nth < rows ? (fromEnd ? end - 1 - nth : start + nth) : NONE);
  }
}

/** What the numbers stand for in `order`; 0: themselves. */
export function mapRows(order: usize, rows: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = at4(rows, i);
    put4(out, i, row == NONE || order == 0 ? row : at4(order, row));
  }
}

// Aggregates. `live` has one byte a row: 1 where the aggregate takes it.

/** Bytes for rows whose argument is not NULL and whose filter (bytes; 0: none) is true. */
export function liveRows(validity: usize, filter: usize, filterValidity: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const taken = isValid(validity, i) && (filter == 0 || (isValid(filterValidity, i) && load<u8>(filter + i) != 0));
    store<u8>(out + i, taken ? 1 : 0);
  }
}

/** Continues u32 counts: prefix[i + 1] = prefix[i] + live[i]. */
export function prefixCounts(live: usize, count: i32, prefix: usize): void {
  let sum = load<u32>(prefix);
  for (let i: usize = 0; i < <usize>count; i++) {
    sum += <u32>load<u8>(live + i);
    put4(prefix, i + 1, sum);
  }
}

/** Continues 128-bit sums of integers: `shift` is log2 of their width, `signed` whether they have a sign. */
export function prefixSums(data: usize, shift: i32, signed: i32, live: usize, count: i32, prefix: usize): void {
  let low = load<u64>(prefix);
  let high = load<u64>(prefix, 8);
  for (let i: usize = 0; i < <usize>count; i++) {
    if (load<u8>(live + i)) {
      const from = data + (i << shift);
      let l: u64;
      let h: u64 = 0;
      switch (shift) {
        case 0:
          l = signed ? <u64>(<i64>load<i8>(from)) : <u64>load<u8>(from);
          break;
        case 1:
          l = signed ? <u64>(<i64>load<i16>(from)) : <u64>load<u16>(from);
          break;
        case 2:
          l = signed ? <u64>(<i64>load<i32>(from)) : <u64>load<u32>(from);
          break;
        default:
          l = load<u64>(from);
      }
      if (shift == 4) h = load<u64>(from, 8);
      else if (signed) h = <u64>(<i64>l >> 63);
      const sum = low + l;
      high = high + h + (sum < low ? 1 : 0);
      low = sum;
    }
    const to = prefix + ((i + 1) << 4);
    store<u64>(to, low);
    store<u64>(to, high, 8);
  }
}

/** High words of 10^28, rounded down. */
const NARROW: i64 = 0x204fce5e;

/** Whether the 128-bit integers that are taken have fewer than 29 digits. */
export function isNarrow(data: usize, live: usize, count: i32): bool {
  let inside: u32 = 1;
  for (let i: usize = 0; i < <usize>count; i++) {
    const high = load<i64>(data + (i << 4), 8);
    inside &= u32(high >= -NARROW && high < NARROW) | u32(load<u8>(live + i) == 0);
  }
  return inside != 0;
}

export function frameCounts(counts: usize, starts: usize, ends: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const start = at4(starts, i);
    const end = at4(ends, i);
    store<i64>(out + (i << 3), end > start ? <i64>(at4(counts, end) - at4(counts, start)) : 0);
  }
}

/** A validity bitmap: whether the frame has a row that counts. */
export function frameValidity(counts: usize, starts: usize, ends: usize, count: i32, out: usize): void {
  memory.fill(out, 0, (<usize>count + 7) >> 3);
  for (let i: usize = 0; i < <usize>count; i++) {
    const start = at4(starts, i);
    const end = at4(ends, i);
    if (end > start && at4(counts, end) != at4(counts, start)) {
      store<u8>(out + (i >> 3), load<u8>(out + (i >> 3)) | (<u8>1 << <u8>(i & 7)));
    }
  }
}

/** Sums of frames, 8 (`wide` 0) or 16 bytes each; 0 for empty ones. */
export function frameSums(sums: usize, starts: usize, ends: usize, count: i32, wide: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const start = <usize>at4(starts, i);
    const end = <usize>at4(ends, i);
    let low: u64 = 0;
    let high: u64 = 0;
    if (end > start) {
      const a = sums + (start << 4);
      const b = sums + (end << 4);
      low = load<u64>(b) - load<u64>(a);
      high = load<u64>(b, 8) - load<u64>(a, 8) - (load<u64>(b) < load<u64>(a) ? 1 : 0);
    }
    if (wide) {
      store<u64>(out + (i << 4), low);
      store<u64>(out + (i << 4), high, 8);
    } else store<u64>(out + (i << 3), low);
  }
}

/**
 * Quotients of frames' sums and counts times `unit`, where both are whole numbers below 2^53, so that one division rounds once. The
 * others' rows go to `hard` (u32 each); returns how many.
 */
export function frameAverages(
  sums: usize,
  counts: usize,
  starts: usize,
  ends: usize,
  count: i32,
  unit: f64,
  out: usize,
  hard: usize,
): i32 {
  const most: u64 = 1 << 53;
  let found = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const start = <usize>at4(starts, i);
    const end = <usize>at4(ends, i);
    if (end <= start) continue;
    const a = sums + (start << 4);
    const b = sums + (end << 4);
    const low = load<u64>(b) - load<u64>(a);
    const high = load<u64>(b, 8) - load<u64>(a, 8) - (load<u64>(b) < load<u64>(a) ? 1 : 0);
    const rows = <f64>(at4(counts, end) - at4(counts, start)) * unit;
    const small = low + most <= most << 1 && high == <u64>(<i64>low >> 63);
    if (small && rows <= <f64>most) store<f64>(out + (i << 3), <f64>(<i64>low) / rows);
    else {
      put4(hard, found, <u32>i);
      found++;
    }
  }
  return found;
}

/** Sums of floats from the partition's start on, added in the rows' order. `shift` is 2 or 3. Frames' ends do not descend. */
export function runningFloats(
  data: usize,
  shift: i32,
  live: usize,
  partStarts: usize,
  ends: usize,
  count: i32,
  out: usize,
): void {
  let sum: f64 = 0;
  let next: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    if (at4(partStarts, i) == <u32>i) {
      sum = 0;
      next = <u32>i;
    }
    const end = at4(ends, i);
    for (; next < end; next++) {
      if (load<u8>(live + next)) sum += floatAt(data, shift, next);
    }
    store<f64>(out + (i << 3), sum);
  }
}

// @ts-ignore: decorator
@inline
function floatAt(data: usize, shift: i32, row: usize): f64 {
  return shift == 2 ? <f64>load<f32>(data + (row << 2)) : load<f64>(data + (row << 3));
}

/** Leaves of a tree of sums: f64 at `tree` + 8 × (size + row), 0 for rows that do not count; then the inner nodes. size >= count. */
export function floatTree(data: usize, shift: i32, live: usize, count: i32, size: i32, tree: usize): void {
  for (let i: usize = 0; i < <usize>size; i++) {
    const value = i < <usize>count && load<u8>(live + i) ? floatAt(data, shift, i) : 0;
    store<f64>(tree + ((<usize>size + i) << 3), value);
  }
  for (let i = <usize>size - 1; i > 0; i--) {
    store<f64>(tree + (i << 3), load<f64>(tree + (i << 4)) + load<f64>(tree + (i << 4) + 8));
  }
}

export function frameFloats(tree: usize, size: i32, starts: usize, ends: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    let sum: f64 = 0;
    const start = at4(starts, i);
    const end = at4(ends, i);
    if (end > start) {
      let right: f64 = 0;
      let a = <usize>size + start;
      let b = <usize>size + end;
      while (a < b) {
        if (a & 1) {
          sum += load<f64>(tree + (a << 3));
          a++;
        }
        if (b & 1) {
          b--;
          right = load<f64>(tree + (b << 3)) + right;
        }
        a >>= 1;
        b >>= 1;
      }
      sum += right;
    }
    store<f64>(out + (i << 3), sum);
  }
}

/** Divides by the frame's count; where it is 0 anything comes out. */
export function divideByCounts(counts: usize, starts: usize, ends: usize, count: i32, values: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const rows = at4(counts, at4(ends, i)) - at4(counts, at4(starts, i));
    const at = values + (i << 3);
    store<f64>(at, load<f64>(at) / <f64>rows);
  }
}

/** Bytes: 1 for rows that count and are infinite or NaN. */
export function specialRows(data: usize, shift: i32, live: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    store<u8>(out + i, load<u8>(live + i) && !(abs(floatAt(data, shift, i)) < Infinity) ? 1 : 0);
  }
}

/** 1 when a sum is not finite though all that was added is; `specials` are the prefix counts of what is not. */
export function hasOverflow(values: usize, specials: usize, starts: usize, ends: usize, count: i32): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    if (abs(load<f64>(values + (i << 3))) < Infinity) continue;
    if (at4(specials, at4(ends, i)) == at4(specials, at4(starts, i))) return 1;
  }
  return 0;
}

// The least or (`greatest`) the greatest word of a frame, by row number; the first of equal ones. Words are u64.

// @ts-ignore: decorator
@inline
function better(words: usize, greatest: i32, a: u32, b: u32): u32 {
  if (a == NONE) return b;
  if (b == NONE) return a;
  const x = load<u64>(words + (<usize>a << 3));
  const y = load<u64>(words + (<usize>b << 3));
  return (greatest ? y > x : y < x) ? b : a;
}

export function runningExtremes(
  words: usize,
  live: usize,
  partStarts: usize,
  ends: usize,
  count: i32,
  greatest: i32,
  out: usize,
): void {
  let best = NONE;
  let next: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    if (at4(partStarts, i) == <u32>i) {
      best = NONE;
      next = <u32>i;
    }
    const end = at4(ends, i);
    for (; next < end; next++) {
      if (load<u8>(live + next)) best = better(words, greatest, best, next);
    }
    put4(out, i, best);
  }
}

/** u32 row numbers at `tree` + 4 × (size + row), then the inner nodes. size is a power of two >= count. */
export function extremeTree(words: usize, live: usize, count: i32, greatest: i32, size: i32, tree: usize): void {
  for (let i: usize = 0; i < <usize>size; i++) {
    put4(tree, <usize>size + i, i < <usize>count && load<u8>(live + i) ? <u32>i : NONE);
  }
  for (let i = <usize>size - 1; i > 0; i--) {
    put4(tree, i, better(words, greatest, at4(tree, i << 1), at4(tree, (i << 1) + 1)));
  }
}

export function frameExtremes(
  words: usize,
  tree: usize,
  size: i32,
  greatest: i32,
  starts: usize,
  ends: usize,
  count: i32,
  out: usize,
): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    let left = NONE;
    let right = NONE;
    const start = at4(starts, i);
    const end = at4(ends, i);
    if (end > start) {
      let a = <usize>size + start;
      let b = <usize>size + end;
      while (a < b) {
        if (a & 1) {
          left = better(words, greatest, left, at4(tree, a));
          a++;
        }
        if (b & 1) {
          b--;
          right = better(words, greatest, at4(tree, b), right);
        }
        a >>= 1;
        b >>= 1;
      }
    }
    put4(out, i, better(words, greatest, left, right));
  }
}

/** Numbers stretches of equal rows: ranks[order[i]] is how many marks precede i, its own included. */
export function denseNumbers(marks: usize, order: usize, count: i32, ranks: usize): void {
  let rank: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    if (i > 0 && load<u8>(marks + i)) rank++;
    put4(ranks, order ? <usize>at4(order, i) : i, rank);
  }
}
