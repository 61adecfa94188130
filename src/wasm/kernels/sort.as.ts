// Sorting of rows by 64-bit entries: as many leading bits of the normalised keys as fit, then the row's number. Entries are all
// different, and equal keys keep their order whatever the algorithm: LSD radix sort for many, merge sort for few.
// Rows that agree in these bits form runs, which are sorted again by the bits that follow.
// Keys as order-preserving unsigned words: Graefe, "Implementing Sorting in Database Systems", ACM Computing Surveys 38(3), 2006.

const SIGN: u64 = 0x8000000000000000;
/** Above every finite double and infinity. */
const NAN_WORD: u64 = 0xffffffffffffffff;
const MICROS_PER_DAY: i64 = 86_400_000_000;
/** Up to this length entries are sorted by insertion. */
const SHORT: i32 = 24;
/** From this length on they are sorted by radix. */
const LONG: i32 = 2048;
const DIGIT_BITS: i32 = 9;
/** Entries from this number on do not fit the cache together with their scratch. */
const SPLIT: i32 = 65536;

// Words: `count` u64 at `out`, in the order of the values; those of NULLs hold anything.

export function wordsI8(data: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u64>(out + (i << 3), <u64>(<i64>load<i8>(data + i)) ^ SIGN);
}

export function wordsU8(data: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u64>(out + (i << 3), <u64>load<u8>(data + i));
}

export function wordsI16(data: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    store<u64>(out + (i << 3), <u64>(<i64>load<i16>(data + (i << 1))) ^ SIGN);
  }
}

export function wordsU16(data: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u64>(out + (i << 3), <u64>load<u16>(data + (i << 1)));
}

export function wordsI32(data: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    store<u64>(out + (i << 3), <u64>(<i64>load<i32>(data + (i << 2))) ^ SIGN);
  }
}

export function wordsU32(data: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u64>(out + (i << 3), <u64>load<u32>(data + (i << 2)));
}

export function wordsI64(data: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u64>(out + (i << 3), load<u64>(data + (i << 3)) ^ SIGN);
}

export function wordsU64(data: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u64>(out + (i << 3), load<u64>(data + (i << 3)));
}

/** -0 is 0, and every NaN the same, above all else. */
function floatWord(value: f64): u64 {
  if (value != value) return NAN_WORD;
  const bits = reinterpret<u64>(value + 0.0);
  return bits & SIGN ? ~bits : bits | SIGN;
}

export function wordsF32(data: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    store<u64>(out + (i << 3), floatWord(<f64>load<f32>(data + (i << 2))));
  }
}

export function wordsF64(data: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u64>(out + (i << 3), floatWord(load<f64>(data + (i << 3))));
}

/** Word 0 or 1 of 128-bit integers; `flip` is the sign bit where they are signed. */
function wideWords(data: usize, count: i32, word: i32, flip: u64, out: usize): void {
  const offset: usize = word == 0 ? 8 : 0;
  const mask = word == 0 ? flip : 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    store<u64>(out + (i << 3), load<u64>(data + (i << 4) + offset) ^ mask);
  }
}

export function wordsI128(data: usize, count: i32, word: i32, out: usize): void {
  wideWords(data, count, word, SIGN, out);
}

export function wordsU128(data: usize, count: i32, word: i32, out: usize): void {
  wideWords(data, count, word, 0, out);
}

/** Word 0 or 1 of the microseconds in an interval, months being 30 days. */
export function wordsInterval(data: usize, count: i32, word: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = data + (i << 4);
    const days = <i64>load<i32>(at) * 30 + <i64>load<i32>(at, 4);
    const micros = load<i64>(at, 8);
    // days × 86,400,000,000 in 128 bits, the lowest 24 bits of the days apart.
    const low = <u64>((days & 0xffffff) * MICROS_PER_DAY);
    const high = (days >> 24) * MICROS_PER_DAY;
    const product = low + (<u64>high << 24);
    const sum = product + <u64>micros;
    const top = (high >> 40) + (product < low ? 1 : 0) + (sum < product ? 1 : 0) + (micros >> 63);
    store<u64>(out + (i << 3), word == 0 ? <u64>top ^ SIGN : sum);
  }
}

/** Bytes 8 × word to 8 × word + 8 of strings, the first of them the most significant, zeros after the end. */
export function wordsText(views: usize, count: i32, word: i32, out: usize): void {
  const skip = <u32>word << 3;
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = load<u32>(views + (i << 3));
    const length = load<u32>(views + (i << 3), 4);
    let bits: u64 = 0;
    if (length > skip) {
      const left = length - skip;
      const from = <usize>at + skip;
      if (left >= 8) bits = bswap<u64>(load<u64>(from));
      else {
        for (let b: u32 = 0; b < left; b++) bits |= (<u64>load<u8>(from + b)) << (56 - (b << 3));
      }
    }
    store<u64>(out + (i << 3), bits);
  }
}

/** The lengths of strings, in bytes. */
export function wordsLength(views: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u64>(out + (i << 3), <u64>load<u32>(views + (i << 3), 4));
}

/** Bits of words that a longer word left over: (word - base), or (base - word) where `descending`, without what is not in `mask`. */
export function rebase(words: usize, count: i32, base: u64, descending: i32, mask: u64): void {
  const end = words + (<usize>count << 3);
  for (let at = words; at < end; at += 8) {
    const word = load<u64>(at);
    store<u64>(at, (descending ? base - word : word - base) & mask);
  }
}

// @ts-ignore: decorator
@inline
function isValid(validity: usize, row: usize): bool {
  return ((<u32>load<u8>(validity + (row >> 3)) >> (<u32>row & 7)) & 1) != 0;
}

/** Widens u64 minimum and u64 maximum at `state` by the words of rows that are not null; returns how many are null. */
export function measure(words: usize, validity: usize, count: i32, state: usize): i32 {
  let min = load<u64>(state);
  let max = load<u64>(state, 8);
  let nulls = 0;
  if (validity == 0) {
    for (let i: usize = 0; i < <usize>count; i++) {
      const word = load<u64>(words + (i << 3));
      min = select(word, min, word < min);
      max = select(word, max, word > max);
    }
  } else {
    for (let i: usize = 0; i < <usize>count; i++) {
      if (!isValid(validity, i)) {
        nulls++;
        continue;
      }
      const word = load<u64>(words + (i << 3));
      min = select(word, min, word < min);
      max = select(word, max, word > max);
    }
  }
  store<u64>(state, min);
  store<u64>(state + 8, max);
  return nulls;
}

/**
 * Row numbers of those of `count` rows whose word is not behind `limit`: not above it, or where `descending` not below it, nor equal when
 * `strict`. NULLs are taken when `takeNulls`; `values` is 0 to compare, 1 to take every value, 2 to take none. `rows` are the rows'
 * numbers, 0 for 0, 1, … Returns how many.
 */
export function selectWithin(
  words: usize,
  validity: usize,
  count: i32,
  limit: u64,
  descending: i32,
  strict: i32,
  takeNulls: i32,
  values: i32,
  rows: usize,
  out: usize,
): i32 {
  let to = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const word = load<u64>(words + (i << 3));
    const inside = descending ? word > limit : word < limit;
    let taken = values == 0 ? i32(inside) | (i32(word == limit) & (strict ^ 1)) : i32(values == 1);
    if (validity != 0 && !isValid(validity, i)) taken = takeNulls;
    store<u32>(to, rows ? load<u32>(rows + (i << 2)) : <u32>i);
    to += <usize>taken << 2;
  }
  return <i32>((to - out) >> 2);
}

/** Negative, zero or positive as the first string is less by its bytes, equal or greater. */
function compareTexts(a: usize, b: usize): i64 {
  const aLength = load<u32>(a, 4);
  const bLength = load<u32>(b, 4);
  let x = <usize>load<u32>(a);
  let y = <usize>load<u32>(b);
  const end = x + min(aLength, bLength);
  for (; x + 8 <= end; x += 8) {
    const left = bswap<u64>(load<u64>(x));
    const right = bswap<u64>(load<u64>(y));
    if (left != right) return left < right ? -1 : 1;
    y += 8;
  }
  for (; x < end; x++) {
    const difference = <i64>load<u8>(x) - <i64>load<u8>(y);
    if (difference != 0) return difference;
    y++;
  }
  return <i64>aLength - <i64>bLength;
}

/** A byte for each string: 1 where it is not behind the string whose view is at `limit`; see `selectWithin`. */
export function judgeTexts(
  views: usize,
  count: i32,
  limit: usize,
  descending: i32,
  strict: i32,
  values: i32,
  out: usize,
): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    let taken = values == 1;
    if (values == 0) {
      const order = compareTexts(views + (i << 3), limit);
      taken = order == 0 ? strict == 0 : order < 0 == (descending == 0);
    }
    store<u8>(out + i, taken ? 1 : 0);
  }
}

/**
 * Row numbers of those of `count` rows, numbered `rows` (0: 0, 1, …), that `verdicts` take: a byte by position, or where there are `codes`
 * by the row's code. NULLs are taken when `takeNulls`. Returns how many.
 */
export function selectJudged(
  verdicts: usize,
  codes: usize,
  validity: usize,
  count: i32,
  takeNulls: i32,
  rows: usize,
  out: usize,
): i32 {
  let to = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rows ? load<u32>(rows + (i << 2)) : <u32>i;
    const at = codes ? <usize>row : i;
    const valid = validity == 0 || isValid(validity, at);
    let taken: i32 = takeNulls;
    if (valid) taken = load<u8>(verdicts + (codes ? <usize>load<u32>(codes + (at << 2)) : i));
    store<u32>(to, row);
    to += <usize>taken << 2;
  }
  return <i32>((to - out) >> 2);
}

/** Shifts `bits` bits into the entries: (word - base) or (base - word), without its lowest `drop` bits; 0 for NULL. */
export function pushWords(
  words: usize,
  validity: usize,
  count: i32,
  base: u64,
  descending: i32,
  drop: i32,
  bits: i32,
  entries: usize,
): void {
  assert(bits > 0 && bits < 64);
  for (let i: usize = 0; i < <usize>count; i++) {
    const word = load<u64>(words + (i << 3));
    let value = (descending ? base - word : word - base) >> drop;
    if (validity != 0 && !isValid(validity, i)) value = 0;
    assert(value >> bits == 0);
    const at = entries + (i << 3);
    store<u64>(at, (load<u64>(at) << bits) | value);
  }
}

/** Shifts one bit into the entries: `nullBit` for NULL, the other for the rest. */
export function pushNulls(validity: usize, count: i32, nullBit: i32, entries: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const valid = validity == 0 || isValid(validity, i);
    const bit = <u64>(valid ? 1 - nullBit : nullBit);
    const at = entries + (i << 3);
    store<u64>(at, (load<u64>(at) << 1) | bit);
  }
}

/** Shifts the numbers first, first + 1, … into the entries. */
export function pushNumbers(entries: usize, count: i32, first: u32, bits: i32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = entries + (i << 3);
    store<u64>(at, (load<u64>(at) << bits) | <u64>(first + <u32>i));
  }
}

export function isSorted(entries: usize, count: i32): i32 {
  if (count == 0) return 1;
  let before = load<u64>(entries);
  const end = entries + (<usize>count << 3);
  for (let at = entries + 8; at < end; at += 8) {
    const entry = load<u64>(at);
    if (entry < before) return 0;
    before = entry;
  }
  return 1;
}

/**
 * Sorts by the bits `from` to `to`, with `counts` 1024 × 4 bytes and `scratch` as long as the entries. Returns 1 when the result
 * lies in `scratch`. What does not fit the cache is first split by its highest digit.
 */
export function radixSort(entries: usize, scratch: usize, count: i32, from: i32, to: i32, counts: usize): i32 {
  const inner = to - DIGIT_BITS;
  if (count < SPLIT || inner <= from) return digitSort(entries, scratch, count, from, to, counts);
  const mask: u64 = (1 << DIGIT_BITS) - 1;
  const bytes = <usize>count << 3;
  memory.fill(counts, 0, 4 << DIGIT_BITS);
  for (let at = entries; at < entries + bytes; at += 8) {
    const bucket = counts + (<usize>((load<u64>(at) >> inner) & mask) << 2);
    store<u32>(bucket, load<u32>(bucket) + 1);
  }
  let next = <u32>scratch;
  for (let bucket = counts; bucket < counts + (4 << DIGIT_BITS); bucket += 4) {
    const size = load<u32>(bucket);
    store<u32>(bucket, next);
    next += size << 3;
  }
  for (let at = entries; at < entries + bytes; at += 8) {
    const entry = load<u64>(at);
    const bucket = counts + (<usize>((entry >> inner) & mask) << 2);
    const place = load<u32>(bucket);
    store<u64>(place, entry);
    store<u32>(bucket, place + 8);
  }
  let start: usize = 0;
  for (let bucket = counts; bucket < counts + (4 << DIGIT_BITS); bucket += 4) {
    const end = <usize>load<u32>(bucket) - scratch;
    const size = end - start;
    if (size == 0) continue;
    const part = scratch + start;
    const target = entries + start;
    const length = <i32>(size >> 3);
    if (length < LONG) {
      if (length <= SHORT) insertionSort(part, part + size);
      else mergeSort(part, length, target);
      memory.copy(target, part, size);
    } else if (!digitSort(part, target, length, from, inner, counts + (4 << DIGIT_BITS))) memory.copy(target, part, size);
    start = end;
  }
  return 0;
}

/** Sorts by the bits `from` to `to`, stably, digit by digit from the lowest. `counts` is 512 × 4 bytes; the rest as `radixSort`. */
function digitSort(entries: usize, scratch: usize, count: i32, from: i32, to: i32, counts: usize): i32 {
  const bits = to - from;
  if (bits <= 0) return 0;
  const passes = (bits + DIGIT_BITS - 1) / DIGIT_BITS;
  const width = (bits + passes - 1) / passes;
  const mask = (<u64>1 << width) - 1;
  const end = <usize>count << 3;
  let source = entries;
  let target = scratch;
  for (let shift = from; shift < to; shift += width) {
    memory.fill(counts, 0, 4 << width);
    for (let at = source; at < source + end; at += 8) {
      const bucket = counts + (<usize>((load<u64>(at) >> shift) & mask) << 2);
      store<u32>(bucket, load<u32>(bucket) + 1);
    }
    const first = counts + (<usize>((load<u64>(source) >> shift) & mask) << 2);
    if (load<u32>(first) == <u32>count) continue;
    let next = <u32>target;
    for (let bucket = counts; bucket < counts + (<usize>4 << width); bucket += 4) {
      const size = load<u32>(bucket);
      store<u32>(bucket, next);
      next += size << 3;
    }
    for (let at = source; at < source + end; at += 8) {
      const entry = load<u64>(at);
      const bucket = counts + (<usize>((entry >> shift) & mask) << 2);
      const place = load<u32>(bucket);
      store<u64>(place, entry);
      store<u32>(bucket, place + 8);
    }
    const swapped = source;
    source = target;
    target = swapped;
  }
  return source == scratch ? 1 : 0;
}

function insertionSort(from: usize, end: usize): void {
  for (let at = from + 8; at < end; at += 8) {
    const entry = load<u64>(at);
    let to = at;
    while (to > from && load<u64>(to - 8) > entry) {
      store<u64>(to, load<u64>(to - 8));
      to -= 8;
    }
    store<u64>(to, entry);
  }
}

function merge(left: usize, middle: usize, end: usize, out: usize): void {
  let a = left;
  let b = middle;
  while (a < middle && b < end) {
    const x = load<u64>(a);
    const y = load<u64>(b);
    const first = x <= y;
    store<u64>(out, first ? x : y);
    a += first ? 8 : 0;
    b += first ? 0 : 8;
    out += 8;
  }
  const rest = middle - a;
  memory.copy(out, a, rest);
  memory.copy(out + rest, b, end - b);
}

function mergeSort(from: usize, length: i32, scratch: usize): void {
  const bytes = <usize>length << 3;
  const block: usize = 16 << 3;
  for (let at: usize = 0; at < bytes; at += block) insertionSort(from + at, from + min(at + block, bytes));
  let source = from;
  let target = scratch;
  for (let size = block; size < bytes; size <<= 1) {
    for (let at: usize = 0; at < bytes; at += size << 1) {
      const middle = min(at + size, bytes);
      merge(source + at, source + middle, source + min(middle + size, bytes), target + at);
    }
    const swapped = source;
    source = target;
    target = swapped;
  }
  if (source != from) memory.copy(from, source, bytes);
}

/** Sorts the entries of each run; runs are (u32 position, u32 length), their entries one after the other. */
export function sortRuns(entries: usize, scratch: usize, runs: usize, runCount: i32, from: i32, to: i32, counts: usize): void {
  let at = entries;
  for (let run = runs; run < runs + (<usize>runCount << 3); run += 8) {
    const length = load<i32>(run, 4);
    const bytes = <usize>length << 3;
    if (length <= SHORT) insertionSort(at, at + bytes);
    else if (length < LONG) mergeSort(at, length, scratch);
    else if (radixSort(at, scratch, length, from, to, counts)) memory.copy(at, scratch, bytes);
    at += bytes;
  }
}

/** The row numbers in the entries' lowest bits. */
export function numbersOf(entries: usize, count: i32, mask: u64, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u32>(out + (i << 2), <u32>(load<u64>(entries + (i << 3)) & mask));
}

/** The numbers that stand in `rows` at the places that the runs' sorted entries name, back where the runs are in `order`. */
export function placeRuns(entries: usize, runs: usize, runCount: i32, mask: u64, rows: usize, order: usize): void {
  let at = entries;
  for (let run = runs; run < runs + (<usize>runCount << 3); run += 8) {
    let to = order + (<usize>load<u32>(run) << 2);
    const end = to + (<usize>load<u32>(run, 4) << 2);
    for (; to < end; to += 4) {
      store<u32>(to, load<u32>(rows + (<usize>(load<u64>(at) & mask) << 2)));
      at += 8;
    }
  }
}

/** The rows of the runs, one after the other. */
export function rowsOfRuns(order: usize, runs: usize, runCount: i32, out: usize): void {
  for (let run = runs; run < runs + (<usize>runCount << 3); run += 8) {
    const bytes = <usize>load<u32>(run, 4) << 2;
    memory.copy(out, order + (<usize>load<u32>(run) << 2), bytes);
    out += bytes;
  }
}

/** Stretches of entries that are equal without their lowest `shift` bits, as runs from position `first` on; returns their end. */
export function findRuns(entries: usize, count: u32, shift: i32, first: u32, out: usize): usize {
  let start: u32 = 0;
  while (start < count) {
    const key = load<u64>(entries + (<usize>start << 3)) >> shift;
    let end = start + 1;
    while (end < count && load<u64>(entries + (<usize>end << 3)) >> shift == key) end++;
    if (end - start > 1) {
      store<u32>(out, first + start);
      store<u32>(out + 4, end - start);
      out += 8;
    }
    start = end;
  }
  return out;
}

/** As findRuns, in each of the runs that were sorted; returns the end of the new runs. They may overwrite the old ones. */
export function findRunsInRuns(entries: usize, runs: usize, runCount: i32, shift: i32, out: usize): usize {
  let at = entries;
  for (let run = runs; run < runs + (<usize>runCount << 3); run += 8) {
    const length = load<u32>(run, 4);
    out = findRuns(at, length, shift, load<u32>(run), out);
    at += <usize>length << 3;
  }
  return out;
}

/** 1 when the entries of every run are in order. */
export function areRunsSorted(entries: usize, runs: usize, runCount: i32): i32 {
  let at = entries;
  for (let run = runs; run < runs + (<usize>runCount << 3); run += 8) {
    const length = load<i32>(run, 4);
    if (!isSorted(at, length)) return 0;
    at += <usize>length << 3;
  }
  return 1;
}

/** Rows in the runs together. */
export function runRows(runs: usize, runCount: i32): u32 {
  let rows: u32 = 0;
  for (let run = runs; run < runs + (<usize>runCount << 3); run += 8) rows += load<u32>(run, 4);
  return rows;
}
