// Joins: tables from the keys of the build side to its rows, and lists of pairs (probe row, build row).
//
// A key is a word of 64 bits, one per row and dense: the value itself (wordAt), or where that does not fit, a hash. Tables answer with a
// build row a probe row, NONE for none, as long as no word comes twice; else with `first` and `count`: rows[first], rows[first + 1] ... `rows`
// and `positions` that are 0 stand for 0, 1, 2 ...; all numbers in lists are u32.

import { isValid, mix, rowAt, sameText, wordAt } from './lib/keys.as';

const NONE: u32 = 0xffffffff;
const CHUNK_BITS: u32 = 15;
const CHUNK_MASK: u32 = (1 << CHUNK_BITS) - 1;

/** Bits of a probe row's flag. */
const MATCHED: u8 = 1;
const UNKNOWN: u8 = 2;

// @ts-ignore: decorator
@inline
function get32(list: usize, i: u32): u32 {
  return load<u32>(list + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline
function set32(list: usize, i: u32, value: u32): void {
  store<u32>(list + (<usize>i << 2), value);
}

// @ts-ignore: decorator
@inline
function wordOf(words: usize, i: u32): u64 {
  return load<u64>(words + (<usize>i << 3));
}

// ---- words

// @ts-ignore: decorator
@inline
function wordsAs<T>(data: usize, rows: usize, count: u32, out: usize): void {
  if (rows) {
    for (let i: u32 = 0; i < count; i++) {
      store<u64>(out + (<usize>i << 3), wordAt<T>(data + <usize>get32(rows, i) * sizeof<T>()));
    }
  } else {
    for (let i: u32 = 0; i < count; i++) store<u64>(out + (<usize>i << 3), wordAt<T>(data + <usize>i * sizeof<T>()));
  }
}

export function wordsI8(data: usize, rows: usize, count: u32, out: usize): void {
  wordsAs<i8>(data, rows, count, out);
}
export function wordsU8(data: usize, rows: usize, count: u32, out: usize): void {
  wordsAs<u8>(data, rows, count, out);
}
export function wordsI16(data: usize, rows: usize, count: u32, out: usize): void {
  wordsAs<i16>(data, rows, count, out);
}
export function wordsU16(data: usize, rows: usize, count: u32, out: usize): void {
  wordsAs<u16>(data, rows, count, out);
}
export function wordsI32(data: usize, rows: usize, count: u32, out: usize): void {
  wordsAs<i32>(data, rows, count, out);
}
export function wordsU32(data: usize, rows: usize, count: u32, out: usize): void {
  wordsAs<u32>(data, rows, count, out);
}
export function wordsI64(data: usize, rows: usize, count: u32, out: usize): void {
  wordsAs<i64>(data, rows, count, out);
}
export function wordsF32(data: usize, rows: usize, count: u32, out: usize): void {
  wordsAs<f32>(data, rows, count, out);
}
export function wordsF64(data: usize, rows: usize, count: u32, out: usize): void {
  wordsAs<f64>(data, rows, count, out);
}

/**
 * Adds a key to words made of several: its distance from `base` times `stride`. A word any of whose keys is `extent` or further away becomes
 * one of all ones, which no table holds.
 */
export function pack(words: usize, count: u32, base: u64, extent: u64, stride: u64, first: bool, out: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = out + (<usize>i << 3);
    const before = first ? 0 : load<u64>(at);
    const place = wordOf(words, i) - base;
    const inside = (place < extent) & (before != <u64>-1);
    store<u64>(at, select<u64>(before + place * stride, <u64>-1, inside));
  }
}

/** Widens the i64 least and greatest word at `range`. */
export function measure(words: usize, count: u32, range: usize): void {
  let least = load<i64>(range);
  let greatest = load<i64>(range, 8);
  for (let i: u32 = 0; i < count; i++) {
    const word = <i64>wordOf(words, i);
    least = word < least ? word : least;
    greatest = word > greatest ? word : greatest;
  }
  store<i64>(range, least);
  store<i64>(range, greatest, 8);
}

// ---- lists of row numbers

/** Splits rows by validity, each list in order. Returns how many are valid; `outNull` may be 0. */
export function splitValid(validity: usize, rows: usize, count: u32, outValid: usize, outNull: usize): u32 {
  let valid: u32 = 0;
  let nulls: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    const is = u32(isValid(validity, row));
    if (outNull) {
      set32(outNull, nulls, row);
      nulls += 1 - is;
    }
    set32(outValid, valid, row);
    valid += is;
  }
  return valid;
}

/** Sorts rows by the bits of their hashes above `shift`, `parts` of them a power of two: the rows of part p are out[starts[p]] ... */
export function partition(
  hashes: usize,
  rows: usize,
  count: u32,
  shift: u32,
  parts: u32,
  out: usize,
  starts: usize,
): void {
  memory.fill(starts, 0, (<usize>parts + 2) << 2);
  const mask = <u64>(parts - 1);
  for (let i: u32 = 0; i < count; i++) {
    const part = <u32>((wordOf(hashes, i) >>> shift) & mask);
    set32(starts, part + 2, get32(starts, part + 2) + 1);
  }
  for (let part: u32 = 2; part <= parts; part++) set32(starts, part, get32(starts, part) + get32(starts, part - 1));
  for (let i: u32 = 0; i < count; i++) {
    const part = <u32>((wordOf(hashes, i) >>> shift) & mask) + 1;
    const at = get32(starts, part);
    set32(out, at, rowAt(rows, i));
    set32(starts, part, at + 1);
  }
}

// ---- direct: an entry for every word of a range

/** Enters rows as row + 1. Returns how many words were there already. */
export function directInsert(words: usize, firstRow: u32, count: u32, entries: usize, base: u64): u32 {
  let duplicates: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = entries + (<usize>(wordOf(words, i) - base) << 2);
    duplicates += u32(load<u32>(at) != 0);
    store<u32>(at, firstRow + i + 1);
  }
  return duplicates;
}

/** The pairs of rows and what is found for their words, densely; see foundPairs. */
export function directPairs(
  words: usize,
  rows: usize,
  count: u32,
  entries: usize,
  base: u64,
  extent: u32,
  outProbe: usize,
  outBuild: usize,
): u32 {
  let pairs: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const place = wordOf(words, i) - base;
    const inside = place < <u64>extent;
    const entry = load<u32>(entries + (<usize>select<u64>(place, 0, inside) << 2));
    set32(outProbe, pairs, rowAt(rows, i));
    set32(outBuild, pairs, entry - 1);
    pairs += u32(inside & (entry != 0));
  }
  return pairs;
}

export function directLookup(words: usize, count: u32, entries: usize, base: u64, extent: u32, found: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const place = wordOf(words, i) - base;
    const inside = place < <u64>extent;
    const entry = load<u32>(entries + (<usize>select<u64>(place, 0, inside) << 2));
    set32(found, i, select<u32>(entry - 1, NONE, inside));
  }
}

/** Numbers of rows a word, two places on; see sumStarts. */
export function directCount(words: usize, count: u32, starts: usize, base: u64): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = starts + (<usize>(wordOf(words, i) - base) << 2);
    store<u32>(at, load<u32>(at, 8) + 1, 8);
  }
}

/** Numbers become starts, one place on: `place` moves each to its end, which is the next one's start. */
export function sumStarts(starts: usize, groups: u32): void {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < groups + 2; i++) {
    sum += get32(starts, i);
    set32(starts, i, sum);
  }
}

export function directPlace(words: usize, firstRow: u32, count: u32, starts: usize, base: u64, rows: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = starts + (<usize>(wordOf(words, i) - base) << 2);
    const place = load<u32>(at, 4);
    set32(rows, place, firstRow + i);
    store<u32>(at, place + 1, 4);
  }
}

export function directLookupMany(
  words: usize,
  count: u32,
  starts: usize,
  base: u64,
  extent: u32,
  first: usize,
  counts: usize,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const place = wordOf(words, i) - base;
    const inside = place < <u64>extent;
    const at = starts + (<usize>select<u64>(place, 0, inside) << 2);
    const start = load<u32>(at);
    set32(first, i, start);
    set32(counts, i, select<u32>(load<u32>(at, 4) - start, 0, inside));
  }
}

// ---- ranked: a bit for every word of a range; blocks of 16 bytes: 64 bits, and how many there are in the blocks before

/** Returns how many words were there already. */
export function rankInsert(words: usize, count: u32, blocks: usize, base: u64): u32 {
  let duplicates: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const place = wordOf(words, i) - base;
    const at = blocks + (<usize>(place >>> 6) << 4);
    const bits = load<u64>(at);
    duplicates += <u32>((bits >>> (place & 63)) & 1);
    store<u64>(at, bits | ((<u64>1) << (place & 63)));
  }
  return duplicates;
}

export function rankSum(blocks: usize, count: u32): void {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = blocks + (<usize>i << 4);
    store<u32>(at, sum, 8);
    sum += <u32>popcnt<u64>(load<u64>(at));
  }
}

// @ts-ignore: decorator
@inline
function rankOf(block: usize, place: u64): u32 {
  return load<u32>(block, 8) + <u32>popcnt<u64>(load<u64>(block) & (((<u64>1) << (place & 63)) - 1));
}

/** Enters rows by the rank of their words. Returns 1 when every row's rank is its number. */
export function rankPlace(words: usize, firstRow: u32, count: u32, blocks: usize, base: u64, rows: usize): u32 {
  let same: u32 = 1;
  for (let i: u32 = 0; i < count; i++) {
    const place = wordOf(words, i) - base;
    const rank = rankOf(blocks + (<usize>(place >>> 6) << 4), place);
    set32(rows, rank, firstRow + i);
    same &= u32(rank == firstRow + i);
  }
  return same;
}

// @ts-ignore: decorator
@inline
function rankLookupIn(
  words: usize,
  count: u32,
  blocks: usize,
  base: u64,
  extent: u32,
  rows: usize,
  found: usize,
  inOrder: bool,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const place = wordOf(words, i) - base;
    const inside = place < <u64>extent;
    const safe = select<u64>(place, 0, inside);
    const block = blocks + (<usize>(safe >>> 6) << 4);
    const hit = inside & (((load<u64>(block) >>> (safe & 63)) & 1) != 0);
    const rank = rankOf(block, safe);
    set32(found, i, select<u32>(inOrder ? rank : get32(rows, select<u32>(rank, 0, hit)), NONE, hit));
  }
}

export function rankLookup(
  words: usize,
  count: u32,
  blocks: usize,
  base: u64,
  extent: u32,
  rows: usize,
  found: usize,
): void {
  if (rows) rankLookupIn(words, count, blocks, base, extent, rows, found, false);
  else rankLookupIn(words, count, blocks, base, extent, 0, found, true);
}

// @ts-ignore: decorator
@inline
function rankPairsIn(
  words: usize,
  rows: usize,
  count: u32,
  blocks: usize,
  base: u64,
  extent: u32,
  byRank: usize,
  inOrder: bool,
  outProbe: usize,
  outBuild: usize,
): u32 {
  let pairs: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const place = wordOf(words, i) - base;
    const inside = place < <u64>extent;
    const safe = select<u64>(place, 0, inside);
    const block = blocks + (<usize>(safe >>> 6) << 4);
    const hit = inside & (((load<u64>(block) >>> (safe & 63)) & 1) != 0);
    const rank = rankOf(block, safe);
    set32(outProbe, pairs, rowAt(rows, i));
    set32(outBuild, pairs, inOrder ? rank : get32(byRank, select<u32>(rank, 0, hit)));
    pairs += u32(hit);
  }
  return pairs;
}

/** As directPairs. */
export function rankPairs(
  words: usize,
  rows: usize,
  count: u32,
  blocks: usize,
  base: u64,
  extent: u32,
  byRank: usize,
  outProbe: usize,
  outBuild: usize,
): u32 {
  if (byRank) return rankPairsIn(words, rows, count, blocks, base, extent, byRank, false, outProbe, outBuild);
  return rankPairsIn(words, rows, count, blocks, base, extent, 0, true, outProbe, outBuild);
}

export function rankCount(words: usize, count: u32, blocks: usize, base: u64, starts: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const place = wordOf(words, i) - base;
    const rank = rankOf(blocks + (<usize>(place >>> 6) << 4), place);
    set32(starts, rank + 2, get32(starts, rank + 2) + 1);
  }
}

export function rankPlaceMany(
  words: usize,
  firstRow: u32,
  count: u32,
  blocks: usize,
  base: u64,
  starts: usize,
  rows: usize,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const place = wordOf(words, i) - base;
    const rank = rankOf(blocks + (<usize>(place >>> 6) << 4), place);
    const at = get32(starts, rank + 1);
    set32(rows, at, firstRow + i);
    set32(starts, rank + 1, at + 1);
  }
}

export function rankLookupMany(
  words: usize,
  count: u32,
  blocks: usize,
  base: u64,
  extent: u32,
  starts: usize,
  first: usize,
  counts: usize,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const place = wordOf(words, i) - base;
    const inside = place < <u64>extent;
    const safe = select<u64>(place, 0, inside);
    const block = blocks + (<usize>(safe >>> 6) << 4);
    const hit = inside & (((load<u64>(block) >>> (safe & 63)) & 1) != 0);
    const rank = select<u32>(rankOf(block, safe), 0, hit);
    const start = get32(starts, rank);
    set32(first, i, start);
    set32(counts, i, select<u32>(get32(starts, rank + 1) - start, 0, hit));
  }
}

// ---- hashed: open addressing, slots of 16 bytes: the word, u32 first, u32 count (0: empty). A count of 1 has the row itself for first.

// @ts-ignore: decorator
@inline
function hashOf(word: u64, isHash: bool): u64 {
  return isHash ? word : mix(word);
}

// @ts-ignore: decorator
@inline
function slotOf(slots: usize, mask: u32, word: u64, isHash: bool): usize {
  let at = <u32>hashOf(word, isHash) & mask;
  let slot = slots + (<usize>at << 4);
  while (load<u32>(slot, 12) != 0 && load<u64>(slot) != word) {
    at = (at + 1) & mask;
    slot = slots + (<usize>at << 4);
  }
  return slot;
}

/** Counts the rows of every word. Returns how many words were there already. */
export function hashInsert(words: usize, firstRow: u32, count: u32, slots: usize, mask: u32, isHash: bool): u32 {
  let duplicates: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const word = wordOf(words, i);
    const slot = slotOf(slots, mask, word, isHash);
    const rows = load<u32>(slot, 12);
    if (rows == 0) {
      store<u64>(slot, word);
      store<u32>(slot, firstRow + i, 8);
    } else duplicates++;
    store<u32>(slot, rows + 1, 12);
  }
  return duplicates;
}

/** Gives the words that came more than once their place in `rows`. Returns how many rows those are. */
export function hashStarts(slots: usize, mask: u32): u32 {
  let sum: u32 = 0;
  for (let at: u32 = 0; at <= mask; at++) {
    const slot = slots + (<usize>at << 4);
    const rows = load<u32>(slot, 12);
    if (rows > 1) {
      store<u32>(slot, sum, 8);
      sum += rows;
    }
  }
  return sum;
}

export function hashPlace(words: usize, firstRow: u32, count: u32, slots: usize, mask: u32, isHash: bool, rows: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const slot = slotOf(slots, mask, wordOf(words, i), isHash);
    if (load<u32>(slot, 12) < 2) continue;
    const at = load<u32>(slot, 8);
    set32(rows, at, firstRow + i);
    store<u32>(slot, at + 1, 8);
  }
}

/** After hashPlace: back to the starts. */
export function hashRewind(slots: usize, mask: u32): void {
  for (let at: u32 = 0; at <= mask; at++) {
    const slot = slots + (<usize>at << 4);
    const rows = load<u32>(slot, 12);
    if (rows > 1) store<u32>(slot, load<u32>(slot, 8) - rows, 8);
  }
}

/**
 * Looks at the slots where the words belong, all misses of the cache at once; what is neither there nor missing is looked for
 * afterwards. `positions` are places in `words`, `found` and `counts`; `pending` has room for `count`.
 */
export function hashLookup(
  words: usize,
  positions: usize,
  count: u32,
  slots: usize,
  mask: u32,
  isHash: bool,
  pending: usize,
  found: usize,
): void {
  let left: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const position = rowAt(positions, i);
    const word = wordOf(words, position);
    const slot = slots + (<usize>(<u32>hashOf(word, isHash) & mask) << 4);
    const rows = load<u32>(slot, 12);
    const same = load<u64>(slot) == word && rows != 0;
    set32(found, position, select<u32>(load<u32>(slot, 8), NONE, same));
    set32(pending, left, position);
    left += u32(rows != 0 && !same);
  }
  for (let i: u32 = 0; i < left; i++) {
    const position = get32(pending, i);
    const slot = slotOf(slots, mask, wordOf(words, position), isHash);
    if (load<u32>(slot, 12) != 0) set32(found, position, load<u32>(slot, 8));
  }
}

export function hashLookupMany(
  words: usize,
  positions: usize,
  count: u32,
  slots: usize,
  mask: u32,
  isHash: bool,
  pending: usize,
  first: usize,
  counts: usize,
): void {
  let left: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const position = rowAt(positions, i);
    const word = wordOf(words, position);
    const slot = slots + (<usize>(<u32>hashOf(word, isHash) & mask) << 4);
    const rows = load<u32>(slot, 12);
    const same = load<u64>(slot) == word;
    set32(first, position, load<u32>(slot, 8));
    set32(counts, position, select<u32>(rows, 0, same));
    set32(pending, left, position);
    left += u32(rows != 0 && !same);
  }
  for (let i: u32 = 0; i < left; i++) {
    const position = get32(pending, i);
    const slot = slotOf(slots, mask, wordOf(words, position), isHash);
    set32(first, position, load<u32>(slot, 8));
    set32(counts, position, load<u32>(slot, 12));
  }
}

// ---- runs: equal words one after the other are looked up once

/** The positions of the words that differ from the one before. */
export function runStarts(words: usize, count: u32, out: usize): u32 {
  if (count == 0) return 0;
  set32(out, 0, 0);
  let runs: u32 = 1;
  for (let i: u32 = 1; i < count; i++) {
    set32(out, runs, i);
    runs += u32(wordOf(words, i) != wordOf(words, i - 1));
  }
  return runs;
}

/** What was found for the start of a run is found for all of it. */
export function fillRuns(words: usize, count: u32, found: usize): void {
  let last = get32(found, 0);
  for (let i: u32 = 1; i < count; i++) {
    last = select<u32>(last, get32(found, i), wordOf(words, i) == wordOf(words, i - 1));
    set32(found, i, last);
  }
}

// ---- Bloom filter of words of 64 bits, two bits a key within one word (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom Filters, 2007)

// @ts-ignore: decorator
@inline
function bloomBits(hash: u64): u64 {
  return ((<u64>1) << ((hash >>> 52) & 63)) | ((<u64>1) << (hash >>> 58));
}

// @ts-ignore: decorator
@inline
function bloomAt(filter: usize, mask: u32, hash: u64): usize {
  return filter + (<usize>(<u32>(hash >>> 20) & mask) << 3);
}

export function bloomInsert(words: usize, count: u32, filter: usize, mask: u32, isHash: bool): void {
  for (let i: u32 = 0; i < count; i++) {
    const hash = hashOf(wordOf(words, i), isHash);
    const at = bloomAt(filter, mask, hash);
    store<u64>(at, load<u64>(at) | bloomBits(hash));
  }
}

/** The positions of the words that may be in the table; `out` may be `positions`. */
export function bloomSelect(
  words: usize,
  positions: usize,
  count: u32,
  filter: usize,
  mask: u32,
  isHash: bool,
  out: usize,
): u32 {
  let left: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const position = rowAt(positions, i);
    const hash = hashOf(wordOf(words, position), isHash);
    const bits = bloomBits(hash);
    set32(out, left, position);
    left += u32((load<u64>(bloomAt(filter, mask, hash)) & bits) == bits);
  }
  return left;
}

// ---- pairs

/** The pairs of rows that were found. */
export function foundPairs(found: usize, rows: usize, count: u32, outProbe: usize, outBuild: usize): u32 {
  let pairs: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const build = get32(found, i);
    set32(outProbe, pairs, rowAt(rows, i));
    set32(outBuild, pairs, build);
    pairs += u32(build != NONE);
  }
  return pairs;
}

/** out[rows[i]] = values[i] */
export function scatter(values: usize, rows: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) set32(out, get32(rows, i), get32(values, i));
}

/**
 * The next pairs, at most `capacity`. `cursor` has u32 the probe row's position and u32 how many of its pairs are out already.
 * `buildRows` 0: first + j is the row itself; `single`: so it is where the count is 1. Rows whose flag (if `flags`) has a bit
 * of `skip` are passed over. At most `most` pairs a row.
 */
export function expand(
  first: usize,
  counts: usize,
  rows: usize,
  count: u32,
  buildRows: usize,
  single: bool,
  most: u32,
  flags: usize,
  skip: u32,
  cursor: usize,
  capacity: u32,
  outProbe: usize,
  outBuild: usize,
): u32 {
  let i = load<u32>(cursor);
  let done = load<u32>(cursor, 4);
  let pairs: u32 = 0;
  for (; i < count; i++) {
    const total = min<u32>(get32(counts, i), most);
    const row = rowAt(rows, i);
    if (done < total && !(flags && (<u32>load<u8>(flags + row) & skip))) {
      const start = get32(first, i);
      const end = min<u32>(total, done + (capacity - pairs));
      if (buildRows && !(single && get32(counts, i) == 1)) {
        for (; done < end; done++, pairs++) {
          set32(outProbe, pairs, row);
          set32(outBuild, pairs, get32(buildRows, start + done));
        }
      } else {
        for (; done < end; done++, pairs++) {
          set32(outProbe, pairs, row);
          set32(outBuild, pairs, start + done);
        }
      }
      if (done < total) break;
    }
    done = 0;
  }
  store<u32>(cursor, i);
  store<u32>(cursor, done, 4);
  return pairs;
}

/** Both members of the pairs at `positions`. */
export function pickPairs(positions: usize, count: u32, probe: usize, build: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const position = get32(positions, i);
    set32(probe, i, get32(probe, position));
    set32(build, i, get32(build, position));
  }
}

// ---- flags of probe rows, bits of build rows

export function flagRows(rows: usize, count: u32, flags: usize, flag: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = flags + <usize>rowAt(rows, i);
    store<u8>(at, load<u8>(at) | <u8>flag);
  }
}

/** Flags the rows that were found; `counts` as lookups give them, or with `none` NONE for none. */
export function flagFound(found: usize, none: u32, rows: usize, count: u32, flags: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = flags + <usize>rowAt(rows, i);
    store<u8>(at, load<u8>(at) | (get32(found, i) != none ? MATCHED : <u8>0));
  }
}

/** The rows whose flag, of the bits of `mask`, has `value`. */
export function selectFlags(flags: usize, rows: usize, count: u32, mask: u32, value: u32, out: usize): u32 {
  let left: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    set32(out, left, row);
    left += u32((<u32>load<u8>(flags + row) & mask) == value);
  }
  return left;
}

/** A boolean column out of flags: MATCHED is true, UNKNOWN alone NULL. Returns how many are NULL. */
export function writeMarks(flags: usize, rows: u32, data: usize, validity: usize): u32 {
  let nulls: u32 = 0;
  for (let i: u32 = 0; i < rows; i++) {
    const flag = load<u8>(flags + i);
    const isNull = u32((flag & (MATCHED | UNKNOWN)) == UNKNOWN);
    store<u8>(data + i, flag & MATCHED);
    const at = validity + (i >>> 3);
    const bits = (i & 7) == 0 ? 0 : <u32>load<u8>(at);
    store<u8>(at, <u8>(bits | ((1 - isNull) << (i & 7))));
    nulls += isNull;
  }
  return nulls;
}

export function setBits(rows: usize, count: u32, bitmap: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = get32(rows, i);
    if (row == NONE) continue;
    const at = bitmap + (row >>> 3);
    store<u8>(at, <u8>(<u32>load<u8>(at) | (1 << (row & 7))));
  }
}

/**
 * Sets the bit of the first build row of every probe row's matches; where it was set, the probe row has no matches from now on: its key
 * has been seen.
 */
export function claimGroups(
  first: usize,
  counts: usize,
  count: u32,
  buildRows: usize,
  single: bool,
  bitmap: usize,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const matches = get32(counts, i);
    if (matches == 0) continue;
    const at = get32(first, i);
    const row = buildRows && !(single && matches == 1) ? get32(buildRows, at) : at;
    const byte = bitmap + (row >>> 3);
    const bits = <u32>load<u8>(byte);
    const bit: u32 = 1 << (row & 7);
    if (bits & bit) set32(counts, i, 0);
    else store<u8>(byte, <u8>(bits | bit));
  }
}

/** The rows from `from` on whose bit is `wanted`. */
export function selectBits(bitmap: usize, from: u32, count: u32, wanted: u32, out: usize): u32 {
  let left: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = from + i;
    set32(out, left, row);
    left += (((<u32>load<u8>(bitmap + (row >>> 3)) >>> (row & 7)) & 1) ^ wanted) ^ 1;
  }
  return left;
}

// ---- verification: which pairs have equal keys in one column. The probe side's is a vector, the build side's lies in chunks. `nulls` says when
// a pair with a NULL stays: 0 never, 1 when both are, 2 always. Pairs are compacted in place; returns how many stay.

// @ts-ignore: decorator
@inline
function chunkAt(table: usize, row: u32, width: usize): usize {
  return <usize>load<u32>(table + ((<usize>(row >>> CHUNK_BITS)) << 3)) + <usize>(row & CHUNK_MASK) * width;
}

// @ts-ignore: decorator
@inline
function chunkValid(table: usize, row: u32): bool {
  return isValid(<usize>load<u32>(table + ((<usize>(row >>> CHUNK_BITS)) << 3), 4), row & CHUNK_MASK);
}

// @ts-ignore: decorator
@inline
function keep(valid: bool, buildValid: bool, nulls: u32): bool {
  return nulls == 2 || (nulls == 1 && !valid && !buildValid);
}

// @ts-ignore: decorator
@inline
function sameValue<T>(a: usize, b: usize): bool {
  if (sizeof<T>() == 16) {
    return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8);
  } else {
    return wordAt<T>(a) == wordAt<T>(b);
  }
}

// @ts-ignore: decorator
@inline
function verifyAs<T>(data: usize, validity: usize, table: usize, nulls: u32, count: u32, probe: usize, build: usize): u32 {
  let left: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const p = get32(probe, i);
    const b = get32(build, i);
    const valid = isValid(validity, p);
    const buildValid = chunkValid(table, b);
    const stays =
      valid && buildValid
        ? sameValue<T>(data + <usize>p * sizeof<T>(), chunkAt(table, b, sizeof<T>()))
        : keep(valid, buildValid, nulls);
    set32(probe, left, p);
    set32(build, left, b);
    left += u32(stays);
  }
  return left;
}

export function verify8(data: usize, validity: usize, table: usize, nulls: u32, count: u32, probe: usize, build: usize): u32 {
  return verifyAs<u8>(data, validity, table, nulls, count, probe, build);
}
export function verify16(data: usize, validity: usize, table: usize, nulls: u32, count: u32, probe: usize, build: usize): u32 {
  return verifyAs<u16>(data, validity, table, nulls, count, probe, build);
}
export function verify32(data: usize, validity: usize, table: usize, nulls: u32, count: u32, probe: usize, build: usize): u32 {
  return verifyAs<u32>(data, validity, table, nulls, count, probe, build);
}
export function verify64(data: usize, validity: usize, table: usize, nulls: u32, count: u32, probe: usize, build: usize): u32 {
  return verifyAs<u64>(data, validity, table, nulls, count, probe, build);
}
export function verify128(data: usize, validity: usize, table: usize, nulls: u32, count: u32, probe: usize, build: usize): u32 {
  return verifyAs<v128>(data, validity, table, nulls, count, probe, build);
}
export function verifyF32(data: usize, validity: usize, table: usize, nulls: u32, count: u32, probe: usize, build: usize): u32 {
  return verifyAs<f32>(data, validity, table, nulls, count, probe, build);
}
export function verifyF64(data: usize, validity: usize, table: usize, nulls: u32, count: u32, probe: usize, build: usize): u32 {
  return verifyAs<f64>(data, validity, table, nulls, count, probe, build);
}

/** Whether two intervals are equally long, months being 30 days: compared exactly, as days and rest. */
// @ts-ignore: decorator
@inline
function sameInterval(a: usize, b: usize): bool {
  const DAY: i64 = 86400000000;
  const aMicros = load<i64>(a, 8);
  const bMicros = load<i64>(b, 8);
  const aDays = <i64>load<i32>(a) * 30 + <i64>load<i32>(a, 4) + aMicros / DAY;
  const bDays = <i64>load<i32>(b) * 30 + <i64>load<i32>(b, 4) + bMicros / DAY;
  const aRest = aMicros % DAY;
  const bRest = bMicros % DAY;
  return (aDays - bDays) * DAY == bRest - aRest && aDays - bDays <= 1 && bDays - aDays <= 1;
}

export function verifyInterval(data: usize, validity: usize, table: usize, nulls: u32, count: u32, probe: usize, build: usize): u32 {
  let left: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const p = get32(probe, i);
    const b = get32(build, i);
    const valid = isValid(validity, p);
    const buildValid = chunkValid(table, b);
    const stays =
      valid && buildValid ? sameInterval(data + (<usize>p << 4), chunkAt(table, b, 16)) : keep(valid, buildValid, nulls);
    set32(probe, left, p);
    set32(build, left, b);
    left += u32(stays);
  }
  return left;
}

/** Text; `dictionary` 0: `data` are views, else codes into it. */
export function verifyText(
  data: usize,
  validity: usize,
  table: usize,
  nulls: u32,
  count: u32,
  probe: usize,
  build: usize,
  dictionary: usize,
): u32 {
  let left: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const p = get32(probe, i);
    const b = get32(build, i);
    const valid = isValid(validity, p);
    const buildValid = chunkValid(table, b);
    let stays = false;
    if (valid && buildValid) {
      const view = dictionary ? dictionary + (<usize>get32(data, p) << 3) : data + (<usize>p << 3);
      const other = chunkAt(table, b, 8);
      const length = load<u32>(view, 4);
      stays = length == load<u32>(other, 4) && sameText(load<u32>(view), load<u32>(other), length);
    } else stays = keep(valid, buildValid, nulls);
    set32(probe, left, p);
    set32(build, left, b);
    left += u32(stays);
  }
  return left;
}
