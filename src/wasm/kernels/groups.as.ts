// Tables of groups. A group's keys stand in its record, `stride` bytes in the order of the groups' numbers: first a mask of the
// keys that are NULL, then the keys, then (compared apart) the addresses of texts. Records of equal keys have the same first
// `words` words. A table's index maps keys to group numbers + 1, 0 being an empty slot; indexes are made anew from the records.
// `rows` points to u32 row numbers, 0: rows 0 ... count - 1. The caller sees to it that an index has more slots than groups.

import { isValid, mix, rowAt, sameText, wordAt } from './lib/keys.as';

const NONE: u32 = 0xffffffff;

/**
 * The slot where the search for a hash begins in an index of 2^bits slots: the upper bits of its lower half, so that the slots of
 * an index twice as large are in the same order, and partitions by upper bits of the hash spread over all slots.
 */
// @ts-ignore: decorator
@inline
function slotOf(hash: u32, bits: u32): u32 {
  return hash >>> (32 - bits);
}

/** `length` bytes, a multiple of 8. */
// @ts-ignore: decorator
@inline
function copyWords(to: usize, from: usize, length: u32): void {
  for (const end = to + length; to < end; to += 8, from += 8) store<u64>(to, load<u64>(from));
}

/** Any number of bytes; short ones without a call. */
// @ts-ignore: decorator
@inline
function copyText(to: usize, from: usize, length: u32): void {
  if (length > 256) {
    memory.copy(to, from, length);
  } else if (length >= 16) {
    const last = length - 16;
    for (let i: u32 = 0; i < last; i += 16) v128.store(to + i, v128.load(from + i));
    v128.store(to + last, v128.load(from + last));
  } else if (length >= 8) {
    const first = load<u64>(from);
    store<u64>(to + length - 8, load<u64>(from + length - 8));
    store<u64>(to, first);
  } else if (length >= 4) {
    const first = load<u32>(from);
    store<u32>(to + length - 4, load<u32>(from + length - 4));
    store<u32>(to, first);
  } else {
    for (let i: u32 = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i));
  }
}

// Records ----------------------------------------------------------------------------------------------------------------

// @ts-ignore: decorator
@inline
function setNull(record: usize, column: u32): void {
  const at = record + ((column >>> 5) << 2);
  store<u32>(at, load<u32>(at) | (1 << (column & 31)));
}

// @ts-ignore: decorator
@inline
function writeField<T>(
  data: usize,
  validity: usize,
  rows: usize,
  count: u32,
  records: usize,
  stride: u32,
  offset: u32,
  column: u32,
): void {
  for (let i: u32 = 0; i < count; i++, records += stride) {
    const row = rowAt(rows, i);
    if (!isValid(validity, row)) {
      setNull(records, column);
      continue;
    }
    const at = data + <usize>row * sizeof<T>();
    if (isFloat<T>()) {
      if (sizeof<T>() == 8) store<u64>(records + offset, wordAt<T>(at));
      else store<u32>(records + offset, <u32>wordAt<T>(at));
    } else store<T>(records + offset, load<T>(at));
  }
}

/** Fixed-width values into zeroed records. */
export function write8(
  data: usize, validity: usize, rows: usize, count: u32, records: usize, stride: u32, offset: u32, column: u32,
): void {
  writeField<u8>(data, validity, rows, count, records, stride, offset, column);
}
export function write16(
  data: usize, validity: usize, rows: usize, count: u32, records: usize, stride: u32, offset: u32, column: u32,
): void {
  writeField<u16>(data, validity, rows, count, records, stride, offset, column);
}
export function write32(
  data: usize, validity: usize, rows: usize, count: u32, records: usize, stride: u32, offset: u32, column: u32,
): void {
  writeField<u32>(data, validity, rows, count, records, stride, offset, column);
}
export function write64(
  data: usize, validity: usize, rows: usize, count: u32, records: usize, stride: u32, offset: u32, column: u32,
): void {
  writeField<u64>(data, validity, rows, count, records, stride, offset, column);
}
export function writeF32(
  data: usize, validity: usize, rows: usize, count: u32, records: usize, stride: u32, offset: u32, column: u32,
): void {
  writeField<f32>(data, validity, rows, count, records, stride, offset, column);
}
export function writeF64(
  data: usize, validity: usize, rows: usize, count: u32, records: usize, stride: u32, offset: u32, column: u32,
): void {
  writeField<f64>(data, validity, rows, count, records, stride, offset, column);
}
export function write128(
  data: usize, validity: usize, rows: usize, count: u32, records: usize, stride: u32, offset: u32, column: u32,
): void {
  for (let i: u32 = 0; i < count; i++, records += stride) {
    const row = rowAt(rows, i);
    if (isValid(validity, row)) v128.store(records + offset, v128.load(data + (<usize>row << 4)));
    else setNull(records, column);
  }
}

/** Intervals: their length (two words: days of 24 hours, microseconds of the last) at `offset`, themselves at `tail`. */
export function writeInterval(
  data: usize, validity: usize, rows: usize, count: u32, records: usize, stride: u32, offset: u32, column: u32, tail: u32,
): void {
  for (let i: u32 = 0; i < count; i++, records += stride) {
    const row = rowAt(rows, i);
    if (!isValid(validity, row)) {
      setNull(records, column);
      continue;
    }
    const at = data + (<usize>row << 4);
    let days = <i64>load<i32>(at) * 30 + <i64>load<i32>(at, 4);
    let micros = load<i64>(at, 8);
    let whole = micros / 86400000000;
    micros -= whole * 86400000000;
    if (micros < 0) {
      micros += 86400000000;
      whole--;
    }
    days += whole;
    store<i64>(records + offset, days);
    store<i64>(records + offset, micros, 8);
    v128.store(records + tail, v128.load(at));
  }
}

/** Texts: their length at `offset`, their address at `tail`. */
export function writeViews(
  data: usize, validity: usize, rows: usize, count: u32, records: usize, stride: u32, offset: u32, column: u32, tail: u32,
): void {
  for (let i: u32 = 0; i < count; i++, records += stride) {
    const row = rowAt(rows, i);
    if (!isValid(validity, row)) {
      setNull(records, column);
      continue;
    }
    const view = data + (<usize>row << 3);
    store<u32>(records + tail, load<u32>(view));
    store<u32>(records + offset, load<u32>(view, 4));
  }
}

export function writeCodes(
  data: usize, validity: usize, rows: usize, count: u32, records: usize, stride: u32, offset: u32, column: u32, tail: u32,
  entries: usize,
): void {
  for (let i: u32 = 0; i < count; i++, records += stride) {
    const row = rowAt(rows, i);
    if (!isValid(validity, row)) {
      setNull(records, column);
      continue;
    }
    const view = entries + (<usize>load<u32>(data + (<usize>row << 2)) << 3);
    store<u32>(records + tail, load<u32>(view));
    store<u32>(records + offset, load<u32>(view, 4));
  }
}

/** A column that is NULL in every record. */
export function writeNulls(count: u32, records: usize, stride: u32, column: u32): void {
  for (let i: u32 = 0; i < count; i++, records += stride) setNull(records, column);
}

/** Bytes of the texts whose lengths stand at `offset`. */
export function textBytes(records: usize, count: u32, stride: u32, offset: u32): f64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < count; i++, records += stride) sum += load<u32>(records + offset);
  return <f64>sum;
}

/** Copies the texts to `heap` and points the records to the copies; returns the end of what was written. */
export function copyTexts(records: usize, count: u32, stride: u32, offset: u32, tail: u32, heap: usize): usize {
  for (let i: u32 = 0; i < count; i++, records += stride) {
    const length = load<u32>(records + offset);
    copyText(heap, load<u32>(records + tail), length);
    store<u32>(records + tail, <u32>heap);
    heap += length;
  }
  return heap;
}

/** The NULLs of a column as a zeroed validity bitmap; returns how many there are. */
export function readMask(records: usize, count: u32, stride: u32, column: u32, validity: usize): u32 {
  let nulls: u32 = 0;
  records += (column >>> 5) << 2;
  for (let i: u32 = 0; i < count; i++, records += stride) {
    const isNull = (load<u32>(records) >>> (column & 31)) & 1;
    nulls += isNull;
    const at = validity + (i >>> 3);
    store<u8>(at, <u8>(<u32>load<u8>(at) | ((isNull ^ 1) << (i & 7))));
  }
  return nulls;
}

// @ts-ignore: decorator
@inline
function readField<T>(records: usize, count: u32, stride: u32, offset: u32, out: usize): void {
  records += offset;
  for (let i: u32 = 0; i < count; i++, records += stride, out += sizeof<T>()) store<T>(out, load<T>(records));
}

export function read8(records: usize, count: u32, stride: u32, offset: u32, out: usize): void {
  readField<u8>(records, count, stride, offset, out);
}
export function read16(records: usize, count: u32, stride: u32, offset: u32, out: usize): void {
  readField<u16>(records, count, stride, offset, out);
}
export function read32(records: usize, count: u32, stride: u32, offset: u32, out: usize): void {
  readField<u32>(records, count, stride, offset, out);
}
export function read64(records: usize, count: u32, stride: u32, offset: u32, out: usize): void {
  readField<u64>(records, count, stride, offset, out);
}
export function read128(records: usize, count: u32, stride: u32, offset: u32, out: usize): void {
  readField<v128>(records, count, stride, offset, out);
}
export function readViews(records: usize, count: u32, stride: u32, offset: u32, out: usize, tail: u32): void {
  for (let i: u32 = 0; i < count; i++, records += stride, out += 8) {
    store<u32>(out, load<u32>(records + tail));
    store<u32>(out, load<u32>(records + offset), 4);
  }
}

/** The row numbers at places `fresh` of `rows`. */
export function pick(rows: usize, fresh: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(out + (<usize>i << 2), rowAt(rows, load<u32>(fresh + (<usize>i << 2))));
  }
}

/** Copies the records at places `fresh`. */
export function pickRecords(records: usize, stride: u32, fresh: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++, out += stride) {
    copyWords(out, records + <usize>load<u32>(fresh + (<usize>i << 2)) * stride, stride);
  }
}

// Index by one word: slots of 16 bytes, the word and the group -----------------------------------------------------------

/**
 * Groups of the words at `words`, one in every `stride` bytes. With `masks` not 0 a record whose mask is not 0 there is NULL, the
 * group at `nullAt` - 1. Unknown words become groups from `groups` on, their places are written to `fresh`; without `insert` they
 * are NONE. Returns how many became groups; a new NULL group is among `fresh` too.
 */
export function findWords(
  slots: usize, bits: u32, words: usize, masks: usize, stride: u32, count: u32, groups: u32, nullAt: usize, insert: bool,
  fresh: usize, out: usize,
): u32 {
  const mask: u32 = (1 << bits) - 1;
  let nullGroup = masks ? load<u32>(nullAt) : 0;
  let known = groups;
  let previous: u64 = 0;
  let previousGroup: u32 = NONE;
  for (let i: u32 = 0; i < count; i++, words += stride, out += 4) {
    if (masks) {
      const isNull = load<u32>(masks);
      masks += stride;
      if (isNull) {
        if (!nullGroup && insert) {
          store<u32>(fresh, i);
          fresh += 4;
          nullGroup = ++known;
        }
        store<u32>(out, nullGroup - 1);
        continue;
      }
    }
    const word = load<u64>(words);
    if (word == previous && previousGroup != NONE) {
      store<u32>(out, previousGroup);
      continue;
    }
    let at: u32 = slotOf(<u32>mix(word), bits);
    let group: u32;
    for (;;) {
      const slot = slots + (<usize>at << 4);
      group = load<u32>(slot, 8);
      if (!group) {
        if (insert) {
          store<u32>(fresh, i);
          fresh += 4;
          group = ++known;
          store<u64>(slot, word);
          store<u32>(slot, group, 8);
        }
        break;
      }
      if (load<u64>(slot) == word) break;
      at = (at + 1) & mask;
    }
    previous = word;
    previousGroup = --group;
    store<u32>(out, group);
  }
  if (masks) store<u32>(nullAt, nullGroup);
  return known - groups;
}

/** Reads the slots that findWords will need first, all at once, so that their cache misses overlap. */
export function touchWords(slots: usize, bits: u32, words: usize, stride: u32, count: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++, words += stride) {
    sum ^= load<u32>(slots + (<usize>slotOf(<u32>mix(load<u64>(words)), bits) << 4), 8);
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function enterWord(slots: usize, bits: u32, word: u64, group: u32): void {
  const mask: u32 = (1 << bits) - 1;
  let at: u32 = slotOf(<u32>mix(word), bits);
  while (load<u32>(slots + (<usize>at << 4), 8)) at = (at + 1) & mask;
  store<u64>(slots + (<usize>at << 4), word);
  store<u32>(slots + (<usize>at << 4), group, 8);
}

/** Enters all groups but the NULL one into zeroed slots. */
export function indexWords(slots: usize, bits: u32, words: usize, stride: u32, count: u32, nullGroup: u32): void {
  for (let group: u32 = 1; group <= count; group++, words += stride) {
    if (group != nullGroup) enterWord(slots, bits, load<u64>(words), group);
  }
}

/** Moves 2^oldBits slots to zeroed ones. */
export function growWords(old: usize, oldBits: u32, slots: usize, bits: u32): void {
  for (const end = old + (<usize>16 << oldBits); old < end; old += 16) {
    const group = load<u32>(old, 8);
    if (group) enterWord(slots, bits, load<u64>(old), group);
  }
}

// Index by hash: slots of 8 bytes, the group and the lower half of the hash ----------------------------------------------

// @ts-ignore: decorator
@inline
function sameRecord(a: usize, b: usize, words: u32, texts: usize, textCount: u32): bool {
  for (let w: u32 = 0; w < words; w++) {
    if (load<u64>(a + (w << 3)) != load<u64>(b + (w << 3))) return false;
  }
  for (let t: u32 = 0; t < textCount; t++) {
    const text = texts + (<usize>t << 3);
    const length = load<u32>(a + load<u32>(text));
    const tail = load<u32>(text, 4);
    if (!sameText(load<u32>(a + tail), load<u32>(b + tail), length)) return false;
  }
  return true;
}

/**
 * Groups of the records at `batch`, whose hashes are at `batchHashes`. Unknown ones are copied to the table's `records` as
 * groups from `groups` on; without `insert` they are NONE. `texts`: pairs of the offsets of a text's length and
 * address. Returns how many became groups; the u32 at `clashes` grows by how often a hash was that of another record.
 */
export function findRecords(
  slots: usize, bits: u32, records: usize, stride: u32, words: u32, texts: usize, textCount: u32,
  batch: usize, batchHashes: usize, count: u32, groups: u32, insert: bool, clashes: usize, out: usize,
): u32 {
  const mask: u32 = (1 << bits) - 1;
  let known = groups;
  let clashed: u32 = 0;
  let previous: u64 = 0;
  let previousGroup: u32 = NONE;
  for (let i: u32 = 0; i < count; i++, batch += stride, batchHashes += 8, out += 4) {
    const hash = load<u64>(batchHashes);
    if (hash == previous && previousGroup != NONE) {
      if (sameRecord(batch, records + <usize>previousGroup * stride, words, texts, textCount)) {
        store<u32>(out, previousGroup);
        continue;
      }
    }
    const tag = <u32>hash;
    let at: u32 = slotOf(tag, bits);
    let group: u32;
    for (;;) {
      const slot = slots + (<usize>at << 3);
      group = load<u32>(slot);
      if (!group) {
        if (insert) {
          copyWords(records + <usize>known * stride, batch, stride);
          group = ++known;
          store<u32>(slot, group);
          store<u32>(slot, tag, 4);
        }
        break;
      }
      if (load<u32>(slot, 4) == tag) {
        if (sameRecord(batch, records + <usize>(group - 1) * stride, words, texts, textCount)) break;
        clashed++;
      }
      at = (at + 1) & mask;
    }
    previous = hash;
    previousGroup = --group;
    store<u32>(out, group);
  }
  store<u32>(clashes, load<u32>(clashes) + clashed);
  return known - groups;
}

/** Reads the slots and the records that findRecords will need first. */
export function touchRecords(slots: usize, bits: u32, records: usize, stride: u32, hashes: usize, count: u32, out: usize): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(out + (<usize>i << 2), load<u32>(slots + (<usize>slotOf(load<u32>(hashes + (<usize>i << 3)), bits) << 3)));
  }
  for (let i: u32 = 0; i < count; i++) {
    const group = load<u32>(out + (<usize>i << 2));
    if (group) sum ^= load<u32>(records + <usize>(group - 1) * stride);
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function enterHash(slots: usize, bits: u32, tag: u32, group: u32): void {
  const mask: u32 = (1 << bits) - 1;
  let at: u32 = slotOf(tag, bits);
  while (load<u32>(slots + (<usize>at << 3))) at = (at + 1) & mask;
  store<u32>(slots + (<usize>at << 3), group);
  store<u32>(slots + (<usize>at << 3), tag, 4);
}

/** Enters groups from `from` on, whose hashes are at `hashes`. */
export function indexHashes(slots: usize, bits: u32, hashes: usize, from: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) enterHash(slots, bits, load<u32>(hashes + (<usize>i << 3)), from + i + 1);
}

/** Moves 2^oldBits slots to zeroed ones. */
export function growHashes(old: usize, oldBits: u32, slots: usize, bits: u32): void {
  for (const end = old + (<usize>8 << oldBits); old < end; old += 8) {
    const group = load<u32>(old);
    if (group) enterHash(slots, bits, load<u32>(old, 4), group);
  }
}

// Direct index: a u32 for every possible key -------------------------------------------------------------------------------

// @ts-ignore: decorator
@inline
function addPositions<T>(
  data: usize, validity: usize, rows: usize, count: u32, base: i64, extent: u32, stride: u32, first: bool, out: usize,
): bool {
  let outside: u32 = 0;
  const limit: u64 = extent - 1;
  if (!validity && !rows) {
    for (let i: u32 = 0; i < count; i++, out += 4) {
      const distance = <u64>(<i64>load<T>(data + <usize>i * sizeof<T>()) - base);
      const known: u32 = first ? 0 : load<u32>(out);
      const bad = distance >= limit || known == NONE;
      outside |= <u32>bad;
      store<u32>(out, bad ? NONE : known + (<u32>distance + 1) * stride);
    }
    return outside == 0;
  }
  for (let i: u32 = 0; i < count; i++, out += 4) {
    const row = rowAt(rows, i);
    const known: u32 = first ? 0 : load<u32>(out);
    let position = known;
    if (isValid(validity, row)) {
      const distance = <u64>(<i64>load<T>(data + <usize>row * sizeof<T>()) - base);
      const bad = distance >= limit || known == NONE;
      outside |= <u32>bad;
      position = bad ? NONE : known + (<u32>distance + 1) * stride;
    }
    store<u32>(out, position);
  }
  return outside == 0;
}

/**
 * Adds a column's part of the rows' positions: (value - base + 1) * stride, 0 for NULL. A row whose value is not one of the
 * `extent` - 1 from `base` on has no position: NONE, and the function returns false.
 */
export function addI8(
  data: usize, validity: usize, rows: usize, count: u32, base: i64, extent: u32, stride: u32, first: bool, out: usize,
): bool {
  return addPositions<i8>(data, validity, rows, count, base, extent, stride, first, out);
}
export function addU8(
  data: usize, validity: usize, rows: usize, count: u32, base: i64, extent: u32, stride: u32, first: bool, out: usize,
): bool {
  return addPositions<u8>(data, validity, rows, count, base, extent, stride, first, out);
}
export function addI16(
  data: usize, validity: usize, rows: usize, count: u32, base: i64, extent: u32, stride: u32, first: bool, out: usize,
): bool {
  return addPositions<i16>(data, validity, rows, count, base, extent, stride, first, out);
}
export function addU16(
  data: usize, validity: usize, rows: usize, count: u32, base: i64, extent: u32, stride: u32, first: bool, out: usize,
): bool {
  return addPositions<u16>(data, validity, rows, count, base, extent, stride, first, out);
}
export function addI32(
  data: usize, validity: usize, rows: usize, count: u32, base: i64, extent: u32, stride: u32, first: bool, out: usize,
): bool {
  return addPositions<i32>(data, validity, rows, count, base, extent, stride, first, out);
}
export function addU32(
  data: usize, validity: usize, rows: usize, count: u32, base: i64, extent: u32, stride: u32, first: bool, out: usize,
): bool {
  return addPositions<u32>(data, validity, rows, count, base, extent, stride, first, out);
}
export function addI64(
  data: usize, validity: usize, rows: usize, count: u32, base: i64, extent: u32, stride: u32, first: bool, out: usize,
): bool {
  return addPositions<i64>(data, validity, rows, count, base, extent, stride, first, out);
}

/** The same for texts that are codes into a dictionary, whose entries' places are at `known`, 0 where there is none. */
export function addCodes(
  data: usize, validity: usize, rows: usize, count: u32, known: usize, nullPlace: u32, extent: u32, stride: u32,
  first: bool, out: usize,
): bool {
  let inside: u32 = 1;
  if (!validity && !rows) {
    for (let i: u32 = 0; i < count; i++) {
      const place = load<u32>(known + (<usize>load<u32>(data + (<usize>i << 2)) << 2));
      inside &= <u32>(place - 1 < extent - 1);
      const at = out + (<usize>i << 2);
      store<u32>(at, first ? place * stride : load<u32>(at) + place * stride);
    }
    return inside != 0;
  }
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    let place = nullPlace;
    if (isValid(validity, row)) place = load<u32>(known + (<usize>load<u32>(data + (<usize>row << 2)) << 2));
    inside &= <u32>(place - 1 < extent - 1);
    const at = out + (<usize>i << 2);
    store<u32>(at, first ? place * stride : load<u32>(at) + place * stride);
  }
  return inside != 0;
}

// @ts-ignore: decorator
@inline
function measureColumn<T>(data: usize, validity: usize, rows: usize, count: u32, out: usize): void {
  let min: i64 = i64.MAX_VALUE;
  let max: i64 = i64.MIN_VALUE;
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    if (!isValid(validity, row)) continue;
    const value = <i64>load<T>(data + <usize>row * sizeof<T>());
    if (value < min) min = value;
    if (value > max) max = value;
  }
  store<i64>(out, min);
  store<i64>(out, max, 8);
}

/** The least and the greatest value at `out`, i64 each; the first greater than the second when there is none. */
export function measureI8(data: usize, validity: usize, rows: usize, count: u32, out: usize): void {
  measureColumn<i8>(data, validity, rows, count, out);
}
export function measureU8(data: usize, validity: usize, rows: usize, count: u32, out: usize): void {
  measureColumn<u8>(data, validity, rows, count, out);
}
export function measureI16(data: usize, validity: usize, rows: usize, count: u32, out: usize): void {
  measureColumn<i16>(data, validity, rows, count, out);
}
export function measureU16(data: usize, validity: usize, rows: usize, count: u32, out: usize): void {
  measureColumn<u16>(data, validity, rows, count, out);
}
export function measureI32(data: usize, validity: usize, rows: usize, count: u32, out: usize): void {
  measureColumn<i32>(data, validity, rows, count, out);
}
export function measureU32(data: usize, validity: usize, rows: usize, count: u32, out: usize): void {
  measureColumn<u32>(data, validity, rows, count, out);
}
export function measureI64(data: usize, validity: usize, rows: usize, count: u32, out: usize): void {
  measureColumn<i64>(data, validity, rows, count, out);
}

/** The groups at the positions, which stand at `out` and are replaced. As findWords for the rest. */
export function findPositions(
  index: usize, positions: usize, count: u32, groups: u32, insert: bool, fresh: usize, out: usize,
): u32 {
  let known = groups;
  for (let i: u32 = 0; i < count; i++, out += 4) {
    const position = load<u32>(out);
    if (position == NONE) continue;
    const at = index + (<usize>position << 2);
    let group = load<u32>(at);
    if (!group && insert) {
      store<u32>(fresh, i);
      fresh += 4;
      store<u32>(positions + (<usize>known << 2), position);
      group = ++known;
      store<u32>(at, group);
    }
    store<u32>(out, group - 1);
  }
  return known - groups;
}

// @ts-ignore: decorator
@inline
function findWhole<T>(
  data: usize, rows: usize, count: u32, base: i64, extent: u32, index: usize, positions: usize, groups: u32, fresh: usize,
  out: usize,
): i32 {
  const limit: u64 = extent - 1;
  let known = groups;
  for (let i: u32 = 0; i < count; i++, out += 4) {
    const distance = <u64>(<i64>load<T>(data + <usize>rowAt(rows, i) * sizeof<T>()) - base);
    if (distance >= limit) return ~<i32>(known - groups);
    const position = <u32>distance + 1;
    const at = index + (<usize>position << 2);
    let group = load<u32>(at);
    if (!group) {
      store<u32>(fresh, i);
      fresh += 4;
      store<u32>(positions + (<usize>known << 2), position);
      group = ++known;
      store<u32>(at, group);
    }
    store<u32>(out, group - 1);
  }
  return <i32>(known - groups);
}

/**
 * addCodes and findPositions for two columns of codes without NULLs: `known` is where the places of a dictionary's entries are.
 * The result is that of findX.
 */
export function findCodes(
  codesA: usize, knownA: usize, extentA: u32, codesB: usize, knownB: usize, extentB: u32, rows: usize, count: u32,
  index: usize, positions: usize, groups: u32, fresh: usize, out: usize,
): i32 {
  const limitA = extentA - 1;
  const limitB = extentB - 1;
  let known = groups;
  for (let i: u32 = 0; i < count; i++, out += 4) {
    const row = <usize>rowAt(rows, i) << 2;
    const a = load<u32>(knownA + (<usize>load<u32>(codesA + row) << 2));
    const b = load<u32>(knownB + (<usize>load<u32>(codesB + row) << 2));
    if (<u32>(a - 1 >= limitA) | <u32>(b - 1 >= limitB)) return ~<i32>(known - groups);
    const position = a + b * extentA;
    const at = index + (<usize>position << 2);
    let group = load<u32>(at);
    if (!group) {
      store<u32>(fresh, i);
      fresh += 4;
      store<u32>(positions + (<usize>known << 2), position);
      group = ++known;
      store<u32>(at, group);
    }
    store<u32>(out, group - 1);
  }
  return <i32>(known - groups);
}

/**
 * addX and findPositions for one column without NULLs: returns how many rows became groups, or, where a row has no position, the
 * bits inverted of how many had become groups by then.
 */
export function findI8(
  data: usize, rows: usize, count: u32, base: i64, extent: u32, index: usize, positions: usize, groups: u32, fresh: usize,
  out: usize,
): i32 {
  return findWhole<i8>(data, rows, count, base, extent, index, positions, groups, fresh, out);
}
export function findU8(
  data: usize, rows: usize, count: u32, base: i64, extent: u32, index: usize, positions: usize, groups: u32, fresh: usize,
  out: usize,
): i32 {
  return findWhole<u8>(data, rows, count, base, extent, index, positions, groups, fresh, out);
}
export function findI16(
  data: usize, rows: usize, count: u32, base: i64, extent: u32, index: usize, positions: usize, groups: u32, fresh: usize,
  out: usize,
): i32 {
  return findWhole<i16>(data, rows, count, base, extent, index, positions, groups, fresh, out);
}
export function findU16(
  data: usize, rows: usize, count: u32, base: i64, extent: u32, index: usize, positions: usize, groups: u32, fresh: usize,
  out: usize,
): i32 {
  return findWhole<u16>(data, rows, count, base, extent, index, positions, groups, fresh, out);
}
export function findI32(
  data: usize, rows: usize, count: u32, base: i64, extent: u32, index: usize, positions: usize, groups: u32, fresh: usize,
  out: usize,
): i32 {
  return findWhole<i32>(data, rows, count, base, extent, index, positions, groups, fresh, out);
}
export function findU32(
  data: usize, rows: usize, count: u32, base: i64, extent: u32, index: usize, positions: usize, groups: u32, fresh: usize,
  out: usize,
): i32 {
  return findWhole<u32>(data, rows, count, base, extent, index, positions, groups, fresh, out);
}
export function findI64(
  data: usize, rows: usize, count: u32, base: i64, extent: u32, index: usize, positions: usize, groups: u32, fresh: usize,
  out: usize,
): i32 {
  return findWhole<i64>(data, rows, count, base, extent, index, positions, groups, fresh, out);
}

/**
 * Enters the groups into a zeroed index of other extents. `columns` columns at `layout`, 4 u32 each: old stride, old extent,
 * new stride, and how much further from the base its values are.
 */
export function moveDirect(index: usize, positions: usize, groups: u32, layout: usize, columns: u32): void {
  for (let group: u32 = 0; group < groups; group++, positions += 4) {
    const old = load<u32>(positions);
    let position: u32 = 0;
    for (let c: u32 = 0; c < columns; c++) {
      const column = layout + (<usize>c << 4);
      const place = (old / load<u32>(column)) % load<u32>(column, 4);
      if (place) position += (place + load<u32>(column, 12)) * load<u32>(column, 8);
    }
    store<u32>(positions, position);
    store<u32>(index + (<usize>position << 2), group + 1);
  }
}

// Dictionaries -------------------------------------------------------------------------------------------------------------

/**
 * Collects the codes whose entry at `known` is 0, once each (it becomes NONE), to `fresh`. Returns their number, and sets bit 31
 * when a row is NULL.
 */
export function freshCodes(
  data: usize, validity: usize, rows: usize, count: u32, known: usize, fresh: usize,
): u32 {
  let found: u32 = 0;
  let nulls: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    if (!isValid(validity, row)) {
      nulls = 0x80000000;
      continue;
    }
    const code = load<u32>(data + (<usize>row << 2));
    const at = known + (<usize>code << 2);
    if (!load<u32>(at)) {
      store<u32>(at, NONE);
      store<u32>(fresh + (<usize>found << 2), code);
      found++;
    }
  }
  return found | nulls;
}

/** Enters groups for codes: + 1; those not found are entered as 0 again. */
export function knowCodes(codes: usize, groups: usize, count: u32, known: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(known + (<usize>load<u32>(codes + (<usize>i << 2)) << 2), load<u32>(groups + (<usize>i << 2)) + 1);
  }
}

/**
 * The groups of codes: what stands at `known` less 1, `nullPlace` less 1 for NULL, so NONE where nothing is known. Returns
 * whether all are known.
 */
export function groupsOfCodes(
  data: usize, validity: usize, rows: usize, count: u32, known: usize, nullPlace: u32, out: usize,
): bool {
  let all: u32 = 1;
  if (!rows && !validity) {
    for (let i: u32 = 0; i < count; i++) {
      const place = load<u32>(known + (<usize>load<u32>(data + (<usize>i << 2)) << 2));
      all &= <u32>(place != 0);
      store<u32>(out + (<usize>i << 2), place - 1);
    }
    return all != 0;
  }
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    let place = nullPlace;
    if (isValid(validity, row)) place = load<u32>(known + (<usize>load<u32>(data + (<usize>row << 2)) << 2));
    all &= <u32>(place != 0);
    store<u32>(out + (<usize>i << 2), place - 1);
  }
  return all != 0;
}

/** Fills u32s. */
export function fill(out: usize, count: u32, value: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(out + (<usize>i << 2), value);
}

/**
 * Parts rows by whether they have a group: to `knownRows` and `knownGroups` those that have, to `unknownRows` the others. Returns
 * how many have.
 */
export function split(
  rows: usize, groups: usize, count: u32, knownRows: usize, knownGroups: usize, unknownRows: usize,
): u32 {
  let known: u32 = 0;
  let unknown: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(rows, i);
    const group = load<u32>(groups + (<usize>i << 2));
    if (group == NONE) {
      store<u32>(unknownRows + (<usize>unknown << 2), row);
      unknown++;
    } else {
      store<u32>(knownRows + (<usize>known << 2), row);
      store<u32>(knownGroups + (<usize>known << 2), group);
      known++;
    }
  }
  return known;
}

/**
 * Sorts rows by 4 bits of their hashes, from bit `shift` on; rows of one partition stay in order. The partitions' ends are written
 * to `ends`, 16 u32.
 */
export function partition(rows: usize, hashes: usize, count: u32, shift: u32, out: usize, ends: usize): void {
  for (let p: u32 = 0; p < 16; p++) store<u32>(ends + (<usize>p << 2), 0);
  for (let i: u32 = 0; i < count; i++) {
    const at = ends + (<usize>((load<u64>(hashes + (<usize>i << 3)) >>> shift) & 15) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let start: u32 = 0;
  for (let p: u32 = 0; p < 16; p++) {
    const size = load<u32>(ends + (<usize>p << 2));
    store<u32>(ends + (<usize>p << 2), start);
    start += size;
  }
  for (let i: u32 = 0; i < count; i++) {
    const at = ends + (<usize>((load<u64>(hashes + (<usize>i << 3)) >>> shift) & 15) << 2);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u32>(out + (<usize>place << 2), load<u32>(rows + (<usize>i << 2)));
  }
}

/** Writes the values of rows to the rows' own places. */
export function scatter(rows: usize, values: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(out + (<usize>rowAt(rows, i) << 2), load<u32>(values + (<usize>i << 2)));
  }
}

/**
 * The first row of every number at `ids` from `before` on, and its group (if `groups` is not 0), in order. `marks`: a zeroed byte
 * for each of these numbers. Returns how many there are.
 */
export function firsts(
  rows: usize, ids: usize, count: u32, before: u32, marks: usize, groups: usize, outRows: usize, outGroups: usize,
): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const id = load<u32>(ids + (<usize>i << 2));
    if (id < before || load<u8>(marks + (id - before))) continue;
    store<u8>(marks + (id - before), 1);
    store<u32>(outRows + (<usize>found << 2), rowAt(rows, i));
    if (groups) store<u32>(outGroups + (<usize>found << 2), load<u32>(groups + (<usize>i << 2)));
    found++;
  }
  return found;
}
