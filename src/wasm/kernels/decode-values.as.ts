// Values of Parquet pages (https://github.com/apache/parquet-format/blob/master/Encodings.md): byte arrays as views, with their
// UTF-8 checked; the delta encodings; byte stream split; bits. What is read ends at a given address; SLACK more bytes may be
// read and must exist.

const SLACK: usize = 16;

/** What decoding says. */
const OK: i32 = 0;
const TRUNCATED: i32 = 1;
const DAMAGED: i32 = 2;

/** In place of the address where reading goes on: the page ends too early; a string is not UTF-8. */
const ENDS: usize = 0;
const NOT_UTF8: usize = 1;

/** Strings whose bytes are looked at together. */
const BLOCK: u32 = 64;

// ---- byte arrays

/**
 * Views of the next `count` byte arrays, each after its length. Returns where reading goes on, or ENDS, or, where they are
 * `text`, NOT_UTF8.
 */
export function plainViews(position: usize, end: usize, count: u32, text: bool, out: usize): usize {
  assert(position <= end && end + SLACK <= <usize>memory.size() << 16);
  while (count > 0) {
    const block = min(count, BLOCK);
    const start = position;
    const views = out;
    for (let i: u32 = 0; i < block; i++) {
      if (end - position < 4) return ENDS;
      const length = <usize>load<u32>(position);
      position += 4;
      if (length > end - position) return ENDS;
      store<u32>(out, <u32>position);
      store<u32>(out, <u32>length, 4);
      position += length;
      out += 8;
    }
    // Lengths below 128 look like ASCII too.
    if (text && !isAscii(start, position) && !areText(views, block)) return NOT_UTF8;
    count -= block;
  }
  return position;
}

/** Passes over byte arrays, each after its length. */
export function plainSkip(position: usize, end: usize, count: u32): usize {
  for (; count > 0; count--) {
    if (end - position < 4) return ENDS;
    const length = <usize>load<u32>(position);
    position += 4;
    if (length > end - position) return ENDS;
    position += length;
  }
  return position;
}

/** Whether what `count` views show is UTF-8. */
export function areText(views: usize, count: u32): bool {
  for (let i: u32 = 0; i < count; i++, views += 8) {
    const from = <usize>load<u32>(views);
    if (!isText(from, from + <usize>load<u32>(views, 4))) return false;
  }
  return true;
}

export function isAscii(from: usize, end: usize): bool {
  let all = i64x2.splat(0);
  for (; from + 32 <= end; from += 32) all = v128.or(all, v128.or(v128.load(from), v128.load(from, 16)));
  if (from + 16 <= end) {
    all = v128.or(all, v128.load(from));
    from += 16;
  }
  let rest: u32 = 0;
  for (; from < end; from++) rest |= load<u8>(from);
  return i8x16.bitmask(all) == 0 && rest < 128;
}

function isText(from: usize, end: usize): bool {
  while (from < end) {
    if (from + 16 <= end && i8x16.bitmask(v128.load(from)) == 0) {
      from += 16;
      continue;
    }
    const first = <u32>load<u8>(from);
    if (first < 0x80) from += 1;
    else if (first < 0xc2) return false;
    else if (first < 0xe0) {
      if (end - from < 2 || !continues(from + 1)) return false;
      from += 2;
    } else if (first < 0xf0) {
      if (end - from < 3 || !continues(from + 1) || !continues(from + 2)) return false;
      const point = ((first & 15) << 12) | ((<u32>load<u8>(from, 1) & 63) << 6);
      if (point < 0x800 || (point & 0xf800) == 0xd800) return false;
      from += 3;
    } else if (first < 0xf5) {
      if (end - from < 4 || !continues(from + 1) || !continues(from + 2) || !continues(from + 3)) return false;
      const point = ((first & 7) << 18) | ((<u32>load<u8>(from, 1) & 63) << 12);
      if (point < 0x10000 || point > 0x10ffff) return false;
      from += 4;
    } else return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function continues(at: usize): bool {
  return (load<u8>(at) & 0xc0) == 0x80;
}

/** Views of `count` values of `width` bytes each, one behind the other. */
export function fixedViews(data: usize, width: u32, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++, out += 8, data += width) {
    store<u32>(out, <u32>data);
    store<u32>(out, width, 4);
  }
}

/** The views that `count` codes stand for. */
export function gatherViews(codes: usize, dictionary: usize, count: u32, out: usize): void {
  const end = codes + (<usize>count << 2);
  for (; codes < end; codes += 4, out += 8) store<u64>(out, load<u64>(dictionary + (<usize>load<u32>(codes) << 3)));
}

/** Copies the bytes of views one behind the other, each of `width` bytes; false when one has another length. */
export function packViews(views: usize, count: u32, width: u32, out: usize): bool {
  for (let i: u32 = 0; i < count; i++, views += 8, out += width) {
    if (load<u32>(views, 4) != width) return false;
    memory.copy(out, load<u32>(views), width);
  }
  return true;
}

/** Bytes that views show, together. */
export function viewsBytes(views: usize, count: u32): f64 {
  let bytes: u64 = 0;
  for (let i: u32 = 0; i < count; i++, views += 8) bytes += load<u32>(views, 4);
  return <f64>bytes;
}

// ---- DELTA_BINARY_PACKED

@unmanaged
class Delta {
  minDelta: i64;
  last: i64;
  position: u32;
  end: u32;
  /** Values of a miniblock. */
  size: u32;
  miniblocks: u32;
  /** Values left, and whether the first of all is among them. */
  left: u32;
  first: u32;
  /** The next miniblock of the block, where the widths of all of them are, and the current one's bits. */
  miniblock: u32;
  widths: u32;
  base: u32;
  width: u32;
  index: u32;
  inMiniblock: u32;
}

/** Bytes of a stream's state. */
export function deltaBytes(): usize {
  return 64;
}

/** Most values of a miniblock: writers make 32. */
const MAX_MINIBLOCK: u32 = 1 << 20;

/** Where a varint ended, 0 for none. */
let varintEnd: usize = 0;

function varint(position: usize, end: usize): u64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 70; shift += 7) {
    if (position >= end) break;
    const byte = load<u8>(position++);
    value |= (<u64>(byte & 127)) << shift;
    if (byte < 128) {
      varintEnd = position;
      return value;
    }
  }
  varintEnd = 0;
  return 0;
}

// @ts-ignore: decorator
@inline
function unzigzag(value: u64): i64 {
  return <i64>(value >>> 1) ^ -(<i64>(value & 1));
}

/** Reads the header of a stream between two addresses. */
export function deltaInit(state: usize, position: usize, end: usize): i32 {
  assert(position <= end && end + SLACK <= <usize>memory.size() << 16);
  const stream = changetype<Delta>(state);
  const block = varint(position, end);
  if (varintEnd == 0) return TRUNCATED;
  const miniblocks = varint(varintEnd, end);
  if (varintEnd == 0) return TRUNCATED;
  const values = varint(varintEnd, end);
  if (varintEnd == 0) return TRUNCATED;
  const first = varint(varintEnd, end);
  if (varintEnd == 0) return TRUNCATED;
  if (miniblocks == 0 || miniblocks > 65536 || block == 0 || block % miniblocks != 0) return DAMAGED;
  const size = block / miniblocks;
  if (size > MAX_MINIBLOCK || (size & 7) != 0 || values > 0x7fffffff) return DAMAGED;
  stream.position = <u32>varintEnd;
  stream.end = <u32>end;
  stream.size = <u32>size;
  stream.miniblocks = <u32>miniblocks;
  stream.miniblock = <u32>miniblocks;
  stream.left = <u32>values;
  stream.first = 1;
  stream.last = unzigzag(first);
  stream.minDelta = 0;
  stream.inMiniblock = 0;
  return OK;
}

/** Values left in a stream. */
export function deltaLeft(state: usize): u32 {
  return changetype<Delta>(state).left;
}

/** Where a stream ends whose values have all been read. */
export function deltaEnd(state: usize): usize {
  return changetype<Delta>(state).position;
}

function nextMiniblock(stream: Delta): bool {
  const end = <usize>stream.end;
  if (stream.miniblock == stream.miniblocks) {
    stream.minDelta = unzigzag(varint(stream.position, end));
    if (varintEnd == 0 || <usize>stream.miniblocks > end - varintEnd) return false;
    stream.widths = <u32>varintEnd;
    stream.position = <u32>varintEnd + stream.miniblocks;
    stream.miniblock = 0;
  }
  const width = <u32>load<u8>(<usize>stream.widths + stream.miniblock);
  if (width > 64) return false;
  const available = <u64>(end - <usize>stream.position);
  // The last miniblock need not be padded.
  if (((<u64>min(stream.size, stream.left) * width + 7) >>> 3) > available) return false;
  stream.base = stream.position;
  stream.width = width;
  stream.index = 0;
  stream.inMiniblock = stream.size;
  stream.position += <u32>min<u64>((<u64>stream.size * width) >>> 3, available);
  stream.miniblock += 1;
  return true;
}

/** The next `count` values, of 4 or 8 bytes; sums wrap around. Nothing is written where `out` is 0. */
export function deltaRead(state: usize, out: usize, count: u32, bytes: u32): i32 {
  const stream = changetype<Delta>(state);
  if (count > stream.left) return TRUNCATED;
  let last = stream.last;
  if (count > 0 && stream.first) {
    stream.first = 0;
    stream.left -= 1;
    count -= 1;
    if (out != 0) {
      if (bytes == 8) store<i64>(out, last);
      else store<i32>(out, <i32>last);
      out += bytes;
    }
  }
  while (count > 0) {
    if (stream.inMiniblock == 0 && !nextMiniblock(stream)) return DAMAGED;
    const values = min(count, stream.inMiniblock);
    const width = <u64>stream.width;
    const base = <usize>stream.base;
    const minDelta = stream.minDelta;
    let bit = <u64>stream.index * width;
    if (width == 0) {
      for (let i: u32 = 0; i < values; i++) {
        last += minDelta;
        if (out != 0) {
          if (bytes == 8) store<i64>(out, last);
          else store<i32>(out, <i32>last);
          out += bytes;
        }
      }
    } else {
      const mask: u64 = (<u64>-1) >>> (64 - width);
      for (let i: u32 = 0; i < values; i++) {
        const at = base + <usize>(bit >>> 3);
        const shift = bit & 7;
        let delta = load<u64>(at) >>> shift;
        if (shift + width > 64) delta |= load<u64>(at, 8) << (64 - shift);
        bit += width;
        last += minDelta + <i64>(delta & mask);
        if (out != 0) {
          if (bytes == 8) store<i64>(out, last);
          else store<i32>(out, <i32>last);
          out += bytes;
        }
      }
    }
    stream.index += values;
    stream.inMiniblock -= values;
    stream.left -= values;
    count -= values;
  }
  stream.last = last;
  return OK;
}

// ---- DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY

/**
 * Views of `count` byte arrays that lie one behind the other, by their i32 lengths; only passes over them where `out` is 0.
 * Returns where the next begins, or ENDS.
 */
export function lengthViews(lengths: usize, count: u32, position: usize, end: usize, out: usize): usize {
  assert(position <= end);
  for (let i: u32 = 0; i < count; i++, lengths += 4) {
    const length = <usize>load<u32>(lengths);
    if (length > end - position) return ENDS;
    if (out != 0) {
      store<u32>(out, <u32>position);
      store<u32>(out, <u32>length, 4);
      out += 8;
    }
    position += length;
  }
  return position;
}

/**
 * Bytes of `count` byte arrays given as lengths of prefixes and suffixes, where the one before is `before` bytes long; -1 where
 * a prefix is longer than the array before, a length negative, or the suffixes longer than `available`.
 */
export function prefixedBytes(prefixes: usize, suffixes: usize, count: u32, before: u32, available: f64): f64 {
  let bytes: u64 = 0;
  let tail: u64 = 0;
  let previous = <u64>before;
  for (let i: u32 = 0; i < count; i++, prefixes += 4, suffixes += 4) {
    const prefix = load<i32>(prefixes);
    const suffix = load<i32>(suffixes);
    if (prefix < 0 || suffix < 0 || <u64>prefix > previous) return -1;
    previous = <u64>prefix + <u64>suffix;
    tail += <u64>suffix;
    bytes += previous;
  }
  return <f64>tail > available ? -1 : <f64>bytes;
}

/**
 * Writes those byte arrays one behind the other at `bytes`, SLACK bytes behind which may be overwritten, and views of them.
 * Returns where the suffixes go on.
 */
export function prefixedViews(
  prefixes: usize,
  suffixes: usize,
  count: u32,
  before: usize,
  position: usize,
  bytes: usize,
  out: usize,
): usize {
  for (let i: u32 = 0; i < count; i++, prefixes += 4, suffixes += 4, out += 8) {
    const prefix = <usize>load<u32>(prefixes);
    const suffix = <usize>load<u32>(suffixes);
    copy(bytes, before, prefix);
    copy(bytes + prefix, position, suffix);
    position += suffix;
    store<u32>(out, <u32>bytes);
    store<u32>(out, <u32>(prefix + suffix), 4);
    before = bytes;
    bytes += prefix + suffix;
  }
  return position;
}

/** Copies forwards, and up to 15 bytes more. */
// @ts-ignore: decorator
@inline
function copy(to: usize, from: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
}

// ---- BYTE_STREAM_SPLIT, bits

/** Values `index` to `index + count` of `width` streams of `stride` bytes each. */
export function joinStreams(data: usize, stride: u32, index: u32, count: u32, width: u32, out: usize): void {
  assert(index + count <= stride);
  const from = data + index;
  let done: u32 = 0;
  if (width == 4) {
    const s1 = from + stride;
    const s2 = s1 + stride;
    const s3 = s2 + stride;
    for (; done + 16 <= count; done += 16) {
      const a = v128.load(from + done);
      const b = v128.load(s1 + done);
      const c = v128.load(s2 + done);
      const d = v128.load(s3 + done);
      const ab = i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const ab2 = i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const cd = i8x16.shuffle(c, d, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const cd2 = i8x16.shuffle(c, d, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const to = out + (<usize>done << 2);
      v128.store(to, i16x8.shuffle(ab, cd, 0, 8, 1, 9, 2, 10, 3, 11));
      v128.store(to, i16x8.shuffle(ab, cd, 4, 12, 5, 13, 6, 14, 7, 15), 16);
      v128.store(to, i16x8.shuffle(ab2, cd2, 0, 8, 1, 9, 2, 10, 3, 11), 32);
      v128.store(to, i16x8.shuffle(ab2, cd2, 4, 12, 5, 13, 6, 14, 7, 15), 48);
    }
  }
  for (let byte: u32 = 0; byte < width; byte++) {
    const stream = from + <usize>byte * stride;
    let to = out + byte + <usize>done * width;
    for (let i = done; i < count; i++, to += width) store<u8>(to, load<u8>(stream + i));
  }
}

/** Bits `index` to `index + count` as bytes of 0 or 1. */
export function unpackBits(data: usize, index: u32, count: u32, out: usize): void {
  const end = index + count;
  for (; index < end && (index & 7) != 0; index++) store<u8>(out++, <u8>((<u32>load<u8>(data + (index >>> 3)) >>> (index & 7)) & 1));
  const select = i64x2.splat(0x8040201008040201);
  for (; index + 8 <= end; index += 8, out += 8) {
    const byte = i8x16.splat(load<u8>(data + (index >>> 3)));
    const ones = i8x16.eq(v128.and(byte, select), select);
    store<u64>(out, i64x2.extract_lane(i8x16.abs(ones), 0));
  }
  for (; index < end; index++) store<u8>(out++, <u8>((<u32>load<u8>(data + (index >>> 3)) >>> (index & 7)) & 1));
}
