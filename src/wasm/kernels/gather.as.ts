// Rows by number: out of one vector, or out of a column that lies in chunks. A row number of NONE stands for a row of NULLs. Where a
// kernel takes `indices` of 0, the rows are those from `from` on. `rows`, the number of rows of the source, is there for the assertions.
//
// A chunk table has 8 bytes a chunk: u32 data, u32 validity (0: no nulls in the chunk).

const NONE: u32 = 0xffffffff;
const CHUNK_BITS: u32 = 15;
const CHUNK_MASK: u32 = (1 << CHUNK_BITS) - 1;

// @ts-ignore: decorator
@inline
function rowAt(indices: usize, from: u32, i: u32): u32 {
  return indices ? load<u32>(indices + ((<usize>from + i) << 2)) : from + i;
}

// @ts-ignore: decorator
@inline
function bit(bitmap: usize, row: u32): u32 {
  return (<u32>load<u8>(bitmap + (row >>> 3)) >>> (row & 7)) & 1;
}

/** 1 when any index is NONE. */
export function anyNone(indices: usize, count: u32): u32 {
  let i: u32 = 0;
  const none = i32x4.splat(-1);
  for (; i + 16 <= count; i += 16) {
    const at = indices + ((<usize>i) << 2);
    const found = v128.or(
      v128.or(i32x4.eq(v128.load(at), none), i32x4.eq(v128.load(at, 16), none)),
      v128.or(i32x4.eq(v128.load(at, 32), none), i32x4.eq(v128.load(at, 48), none)),
    );
    if (v128.any_true(found)) return 1;
  }
  for (; i < count; i++) if (load<u32>(indices + ((<usize>i) << 2)) == NONE) return 1;
  return 0;
}

/** first, first + 1, … */
export function sequence(first: u32, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(out + ((<usize>i) << 2), first + i);
}

// @ts-ignore: decorator
@inline
function gatherAs<T>(source: usize, rows: u32, indices: usize, count: u32, out: usize): void {
  const width = sizeof<T>();
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    const at = indices + ((<usize>i) << 2);
    const to = out + <usize>i * width;
    const a = load<u32>(at);
    const b = load<u32>(at, 4);
    const c = load<u32>(at, 8);
    const d = load<u32>(at, 12);
    assert(a < rows && b < rows && c < rows && d < rows);
    const first = load<T>(source + <usize>a * width);
    const second = load<T>(source + <usize>b * width);
    const third = load<T>(source + <usize>c * width);
    const fourth = load<T>(source + <usize>d * width);
    store<T>(to, first);
    store<T>(to + width, second);
    store<T>(to + 2 * width, third);
    store<T>(to + 3 * width, fourth);
  }
  for (; i < count; i++) {
    const row = load<u32>(indices + ((<usize>i) << 2));
    assert(row < rows);
    store<T>(out + <usize>i * width, load<T>(source + <usize>row * width));
  }
}

/** Rows of 2^shift bytes, none of them NONE. */
export function gatherRows(shift: u32, source: usize, rows: u32, indices: usize, count: u32, out: usize): void {
  if (shift == 0) gatherAs<u8>(source, rows, indices, count, out);
  else if (shift == 1) gatherAs<u16>(source, rows, indices, count, out);
  else if (shift == 2) gatherAs<u32>(source, rows, indices, count, out);
  else if (shift == 3) gatherAs<u64>(source, rows, indices, count, out);
  else gatherAs<v128>(source, rows, indices, count, out);
}

// @ts-ignore: decorator
@inline
function gatherOptionalAs<T>(source: usize, rows: u32, indices: usize, count: u32, out: usize): void {
  const width = sizeof<T>();
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(indices + ((<usize>i) << 2));
    assert(row < rows || row == NONE);
    const to = out + <usize>i * width;
    if (row == NONE) memory.fill(to, 0, width);
    else store<T>(to, load<T>(source + <usize>row * width));
  }
}

/** As gatherRows; NONE gives zeros. */
export function gatherOptionalRows(shift: u32, source: usize, rows: u32, indices: usize, count: u32, out: usize): void {
  if (shift == 0) gatherOptionalAs<u8>(source, rows, indices, count, out);
  else if (shift == 1) gatherOptionalAs<u16>(source, rows, indices, count, out);
  else if (shift == 2) gatherOptionalAs<u32>(source, rows, indices, count, out);
  else if (shift == 3) gatherOptionalAs<u64>(source, rows, indices, count, out);
  else gatherOptionalAs<v128>(source, rows, indices, count, out);
}

/** The validity bitmap of the rows; `validity` may be 0. Returns how many rows are null. */
export function gatherValidity(validity: usize, rows: u32, indices: usize, count: u32, out: usize): u32 {
  let nulls: u32 = 0;
  for (let i: u32 = 0; i < count; i += 8) {
    const end = min<u32>(8, count - i);
    let byte: u32 = 0;
    for (let j: u32 = 0; j < end; j++) {
      const row = load<u32>(indices + ((<usize>i + j) << 2));
      assert(row < rows || row == NONE);
      const valid: u32 = row == NONE ? 0 : validity ? bit(validity, row) : 1;
      byte |= valid << j;
      nulls += 1 - valid;
    }
    store<u8>(out + (i >>> 3), <u8>byte);
  }
  return nulls;
}

// @ts-ignore: decorator
@inline
function chunkRow(table: usize, row: u32, width: usize): usize {
  return <usize>load<u32>(table + ((<usize>(row >>> CHUNK_BITS)) << 3)) + <usize>(row & CHUNK_MASK) * width;
}

// @ts-ignore: decorator
@inline
function gatherChunkedAs<T>(table: usize, rows: u32, indices: usize, count: u32, out: usize): void {
  const width = sizeof<T>();
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    const at = indices + ((<usize>i) << 2);
    const to = out + <usize>i * width;
    const a = load<u32>(at);
    const b = load<u32>(at, 4);
    const c = load<u32>(at, 8);
    const d = load<u32>(at, 12);
    assert(a < rows && b < rows && c < rows && d < rows);
    const first = load<T>(chunkRow(table, a, width));
    const second = load<T>(chunkRow(table, b, width));
    const third = load<T>(chunkRow(table, c, width));
    const fourth = load<T>(chunkRow(table, d, width));
    store<T>(to, first);
    store<T>(to + width, second);
    store<T>(to + 2 * width, third);
    store<T>(to + 3 * width, fourth);
  }
  for (; i < count; i++) {
    const row = load<u32>(indices + ((<usize>i) << 2));
    assert(row < rows);
    store<T>(out + <usize>i * width, load<T>(chunkRow(table, row, width)));
  }
}

export function gatherChunked(shift: u32, table: usize, rows: u32, indices: usize, count: u32, out: usize): void {
  if (shift == 0) gatherChunkedAs<u8>(table, rows, indices, count, out);
  else if (shift == 1) gatherChunkedAs<u16>(table, rows, indices, count, out);
  else if (shift == 2) gatherChunkedAs<u32>(table, rows, indices, count, out);
  else if (shift == 3) gatherChunkedAs<u64>(table, rows, indices, count, out);
  else gatherChunkedAs<v128>(table, rows, indices, count, out);
}

// @ts-ignore: decorator
@inline
function gatherOptionalChunkedAs<T>(table: usize, rows: u32, indices: usize, count: u32, out: usize): void {
  const width = sizeof<T>();
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(indices + ((<usize>i) << 2));
    assert(row < rows || row == NONE);
    const to = out + <usize>i * width;
    if (row == NONE) memory.fill(to, 0, width);
    else store<T>(to, load<T>(chunkRow(table, row, width)));
  }
}

export function gatherOptionalChunked(shift: u32, table: usize, rows: u32, indices: usize, count: u32, out: usize): void {
  if (shift == 0) gatherOptionalChunkedAs<u8>(table, rows, indices, count, out);
  else if (shift == 1) gatherOptionalChunkedAs<u16>(table, rows, indices, count, out);
  else if (shift == 2) gatherOptionalChunkedAs<u32>(table, rows, indices, count, out);
  else if (shift == 3) gatherOptionalChunkedAs<u64>(table, rows, indices, count, out);
  else gatherOptionalChunkedAs<v128>(table, rows, indices, count, out);
}

export function gatherChunkedValidity(table: usize, rows: u32, indices: usize, count: u32, out: usize): u32 {
  let nulls: u32 = 0;
  for (let i: u32 = 0; i < count; i += 8) {
    const end = min<u32>(8, count - i);
    let byte: u32 = 0;
    for (let j: u32 = 0; j < end; j++) {
      const row = load<u32>(indices + ((<usize>i + j) << 2));
      assert(row < rows || row == NONE);
      let valid: u32 = 0;
      if (row != NONE) {
        const validity = <usize>load<u32>(table + ((<usize>(row >>> CHUNK_BITS)) << 3), 4);
        valid = validity ? bit(validity, row & CHUNK_MASK) : 1;
      }
      byte |= valid << j;
      nulls += 1 - valid;
    }
    store<u8>(out + (i >>> 3), <u8>byte);
  }
  return nulls;
}

/** 1 when any of the rows is null in the bitmap. */
export function anyNull(validity: usize, indices: usize, from: u32, count: u32): u32 {
  let i: u32 = 0;
  if (!indices) {
    for (; i < count && ((from + i) & 7) != 0; i++) if (!bit(validity, from + i)) return 1;
    for (; i + 8 <= count; i += 8) if (load<u8>(validity + ((from + i) >>> 3)) != 0xff) return 1;
  }
  for (; i < count; i++) if (!bit(validity, rowAt(indices, from, i))) return 1;
  return 0;
}

/** Clears the bits from `outBit` on whose rows are null in the bitmap. */
export function clearNulls(validity: usize, indices: usize, from: u32, count: u32, out: usize, outBit: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    if (bit(validity, rowAt(indices, from, i))) continue;
    const to = outBit + i;
    const at = out + (to >>> 3);
    store<u8>(at, <u8>(<u32>load<u8>(at) & ~(1 << (to & 7))));
  }
}

/** Bytes of all strings of the rows. */
export function viewBytes(views: usize, rows: u32, indices: usize, from: u32, count: u32): f64 {
  let bytes: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(indices, from, i);
    assert(row < rows);
    bytes += <u64>load<u32>(views + ((<usize>row) << 3), 4);
  }
  return <f64>bytes;
}

/** Copies bytes; short ones 16 at a time while neither the target nor the memory ends. The pointer of an empty string may be anything. */
// @ts-ignore: decorator
@inline
function copyBytes(to: usize, from: usize, length: u32, toEnd: usize, memoryEnd: usize): void {
  if (length == 0) return;
  if (length <= 64 && to + 64 <= toEnd && from + 64 <= memoryEnd) {
    v128.store(to, v128.load(from));
    for (let at: u32 = 16; at < length; at += 16) v128.store(to + at, v128.load(from + at));
  } else memory.copy(to, from, length);
}

// @ts-ignore: decorator
@inline
function memoryEnd(): usize {
  return <usize>(min<u64>(<u64>(<u32>memory.size()) << 16, 0xffffffff));
}

/**
 * Writes views of copies of the rows' strings; the copies lie one after the other from `heap` on. `heapEnd` bounds what may be
 * written at all.
 */
export function copyViews(
  views: usize,
  rows: u32,
  indices: usize,
  from: u32,
  count: u32,
  out: usize,
  heap: usize,
  heapEnd: usize,
): usize {
  const end = memoryEnd();
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(indices, from, i);
    assert(row < rows);
    const at = views + ((<usize>row) << 3);
    const length = load<u32>(at, 4);
    assert(heap + length <= heapEnd);
    copyBytes(heap, <usize>load<u32>(at), length, heapEnd, end);
    store<u32>(out + ((<usize>i) << 3), <u32>heap);
    store<u32>(out + ((<usize>i) << 3), length, 4);
    heap += length;
  }
  return heap;
}

/**
 * Finds the entries that the rows need and that are not copied: their codes go to `pending`, `copied` (8 bytes an entry, the view of the
 * copy) gets a pointer of 1 for them. Returns how many; their bytes go to `total` as an f64.
 */
export function pendingEntries(
  codes: usize,
  validity: usize,
  indices: usize,
  from: u32,
  count: u32,
  dictionary: usize,
  entries: u32,
  copied: usize,
  pending: usize,
  total: usize,
): u32 {
  let found: u32 = 0;
  let bytes: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(indices, from, i);
    if (validity && !bit(validity, row)) continue;
    const code = load<u32>(codes + ((<usize>row) << 2));
    assert(code < entries);
    const entry = copied + ((<usize>code) << 3);
    if (load<u32>(entry) != 0) continue;
    store<u32>(entry, 1);
    store<u32>(pending + ((<usize>found) << 2), code);
    bytes += <u64>load<u32>(dictionary + ((<usize>code) << 3), 4);
    found++;
  }
  store<f64>(total, <f64>bytes);
  return found;
}

/** Copies the pending entries' strings from `heap` on and writes the views of the copies. */
export function copyEntries(
  dictionary: usize,
  pending: usize,
  count: u32,
  copied: usize,
  heap: usize,
  heapEnd: usize,
): void {
  const end = memoryEnd();
  for (let i: u32 = 0; i < count; i++) {
    const code = <usize>load<u32>(pending + ((<usize>i) << 2));
    const at = dictionary + (code << 3);
    const length = load<u32>(at, 4);
    assert(heap + length <= heapEnd);
    copyBytes(heap, <usize>load<u32>(at), length, heapEnd, end);
    store<u32>(copied + (code << 3), <u32>heap);
    store<u32>(copied + (code << 3), length, 4);
    heap += length;
  }
}

/** The views that the rows' codes stand for; null rows get a view of length 0. */
export function resolveCodes(
  codes: usize,
  validity: usize,
  indices: usize,
  from: u32,
  count: u32,
  entries: u32,
  views: usize,
  out: usize,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(indices, from, i);
    let view: u64 = 0;
    if (!validity || bit(validity, row)) {
      const code = load<u32>(codes + ((<usize>row) << 2));
      assert(code < entries);
      view = load<u64>(views + ((<usize>code) << 3));
    }
    store<u64>(out + ((<usize>i) << 3), view);
  }
}

/** The entries of all the rows of a list column that are not null. */
export function listEntries(
  offsets: usize,
  validity: usize,
  rows: u32,
  indices: usize,
  from: u32,
  count: u32,
): f64 {
  let entries: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(indices, from, i);
    assert(row < rows || (indices && row == NONE));
    if (indices && row == NONE) continue;
    if (validity && !bit(validity, row)) continue;
    const at = offsets + ((<usize>row) << 2);
    entries += <u64>(load<u32>(at, 4) - load<u32>(at));
  }
  return <f64>entries;
}

/**
 * Row numbers of the entries of the rows, one row after the other. When `outOffsets` is not 0 it gets the new offsets; when `outSpans` is not
 * 0 it gets u32 first entry, counted from `base`, and u32 number of entries a row.
 */
export function expandLists(
  offsets: usize,
  validity: usize,
  indices: usize,
  from: u32,
  count: u32,
  outEntries: usize,
  outOffsets: usize,
  outSpans: usize,
  base: u32,
): void {
  let done: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = rowAt(indices, from, i);
    let length: u32 = 0;
    let first: u32 = 0;
    if (!(indices && row == NONE) && (!validity || bit(validity, row))) {
      first = load<u32>(offsets + ((<usize>row) << 2));
      length = load<u32>(offsets + ((<usize>row) << 2), 4) - first;
    }
    if (outOffsets) store<u32>(outOffsets + ((<usize>i) << 2), done);
    if (outSpans) {
      store<u32>(outSpans + ((<usize>i) << 3), base + done);
      store<u32>(outSpans + ((<usize>i) << 3), length, 4);
    }
    for (let j: u32 = 0; j < length; j++) store<u32>(outEntries + ((<usize>done + j) << 2), first + j);
    done += length;
  }
  if (outOffsets) store<u32>(outOffsets + ((<usize>count) << 2), done);
}

/** The entries of spans (u32 first, u32 number). */
export function spanEntries(spans: usize, count: u32): f64 {
  let entries: u64 = 0;
  for (let i: u32 = 0; i < count; i++) entries += <u64>load<u32>(spans + ((<usize>i) << 3), 4);
  return <f64>entries;
}

/** Row numbers of the entries of spans, and the offsets of the lists they make. */
export function expandSpans(spans: usize, count: u32, outEntries: usize, outOffsets: usize): void {
  let done: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const first = load<u32>(spans + ((<usize>i) << 3));
    const length = load<u32>(spans + ((<usize>i) << 3), 4);
    store<u32>(outOffsets + ((<usize>i) << 2), done);
    for (let j: u32 = 0; j < length; j++) store<u32>(outEntries + ((<usize>done + j) << 2), first + j);
    done += length;
  }
  store<u32>(outOffsets + ((<usize>count) << 2), done);
}

/**
 * Moves views from strings that lay from `oldHeap` on, `bytes` of them, to copies from `newHeap` on. Empty strings may have lain
 * anywhere. Returns 1 when a string lies outside.
 */
export function rebaseViews(views: usize, count: u32, oldHeap: u32, newHeap: u32, bytes: u32): u32 {
  let bad: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = views + ((<usize>i) << 3);
    const length = load<u32>(at, 4);
    const offset = length == 0 ? 0 : load<u32>(at) - oldHeap;
    bad |= u32(<u64>offset + <u64>length > <u64>bytes);
    store<u32>(at, newHeap + offset);
  }
  return bad;
}

/** 1 when a code is no entry, or offsets descend or end beyond the entries; `step` 0: codes, 1: offsets, one more than rows. */
export function outOfRange(values: usize, count: u32, limit: u32, step: u32): u32 {
  let bad: u32 = 0;
  let least: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const value = load<u32>(values + ((<usize>i) << 2));
    bad |= u32(value > limit) | u32(value < least);
    if (step) least = value;
  }
  return bad;
}
