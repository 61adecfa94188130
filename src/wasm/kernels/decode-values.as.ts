// Values of Parquet pages (https://github.com/apache/parquet-format/blob/master/Encodings.md): byte arrays as views, with their
// UTF-8 checked; the delta encodings; byte stream split; bits. What is read ends at a given address; SLACK more bytes may be
// read and must exist.

const SLACK: usize = 16;

/** What decoding says. */
const OK: i32 = 0;
const TRUNCATED: i32 = 1;
const DAMAGED: i32 = 2;

/** In place of a number of values: the page ends too early; a string is not UTF-8. */
const ENDS: i32 = -1;
const NOT_UTF8: i32 = -2;

/** Strings whose bytes are looked at together. */
const BLOCK: u32 = 64;

/** Whether that many bytes lie in the memory. */
// @ts-ignore: decorator
@inline
function exists(pointer: usize, bytes: u64): bool {
  return <u64>pointer + bytes <= <u64>memory.size() << 16;
}

// ---- byte arrays

/** Where a decoder of byte arrays is in its page. */
@unmanaged
class Plain {
  position: u32;
  end: u32;
}

/** Bytes of a decoder's state. */
export function plainBytes(): usize {
  return 8;
}

export function plainInit(state: usize, position: usize, end: usize): void {
  assert(position <= end && exists(end, SLACK));
  const plain = changetype<Plain>(state);
  plain.position = <u32>position;
  plain.end = <u32>end;
}

/**
 * Views of the next `count` byte arrays, each after its length, as far as they lie before `ready`. Returns how many these are,
 * or ENDS, or, where they are `text`, NOT_UTF8.
 */
export function plainViews(state: usize, ready: usize, count: u32, text: bool, out: usize): i32 {
  const plain = changetype<Plain>(state);
  const end = <usize>plain.end;
  let position = <usize>plain.position;
  assert(ready <= end && exists(out, <u64>count << 3));
  const first = out;
  const last = out + (<usize>count << 3);
  for (let more = true; more && out < last; ) {
    const start = position;
    const views = out;
    const stop = min(last, out + (<usize>BLOCK << 3));
    while (out < stop) {
      if (ready < position || ready - position < 4) {
        more = false;
        break;
      }
      const length = <usize>load<u32>(position);
      if (length > ready - position - 4) {
        if (length > end - position - 4) return ENDS;
        more = false;
        break;
      }
      store<u32>(out, <u32>position + 4);
      store<u32>(out, <u32>length, 4);
      position += length + 4;
      out += 8;
    }
    // Lengths below 128 look like ASCII too.
    if (text && !isAscii(start, position) && !areText(views, <u32>(out - views) >>> 3)) return NOT_UTF8;
  }
  plain.position = <u32>position;
  return <i32>((out - first) >>> 3);
}

/** Passes over the next `count` byte arrays whose lengths lie before `ready`. Returns how many these are, or ENDS. */
export function plainSkip(state: usize, ready: usize, count: u32): i32 {
  const plain = changetype<Plain>(state);
  const end = <usize>plain.end;
  let position = <usize>plain.position;
  let done: u32 = 0;
  for (; done < count; done++) {
    if (ready < position || ready - position < 4) break;
    const length = <usize>load<u32>(position);
    if (length > end - position - 4) return ENDS;
    position += length + 4;
  }
  plain.position = <u32>position;
  return <i32>done;
}

/** Whether what `count` views show is UTF-8. */
export function areText(views: usize, count: u32): bool {
  for (let i: u32 = 0; i < count; i++, views += 8) {
    const from = <usize>load<u32>(views);
    if (!isText(from, from + <usize>load<u32>(views, 4))) return false;
  }
  return true;
}

function isAscii(from: usize, end: usize): bool {
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

// What two bytes in a row can have wrong: Keiser and Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte",
// Software: Practice and Experience 51(5), 2021.
const TOO_SHORT: i8 = 1;
const TOO_LONG: i8 = 2;
const OVERLONG_3: i8 = 4;
const TOO_LARGE: i8 = 8;
const SURROGATE: i8 = 16;
const OVERLONG_2: i8 = 32;
/** TOO_LARGE_1000 too: which of the two it is makes no difference. */
const OVERLONG_4: i8 = 64;
const TWO_CONTINUATIONS: i8 = -128;
const CARRY: i8 = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS;

/** Up to SLACK bytes behind the end are looked at and left out. */
function isText(from: usize, end: usize): bool {
  const firstHigh = i8x16(
    TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
    TWO_CONTINUATIONS, TWO_CONTINUATIONS, TWO_CONTINUATIONS, TWO_CONTINUATIONS,
    TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | OVERLONG_4,
  );
  const firstLow = i8x16(
    CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4, CARRY | OVERLONG_2, CARRY, CARRY,
    CARRY | TOO_LARGE, CARRY | TOO_LARGE | OVERLONG_4, CARRY | TOO_LARGE | OVERLONG_4, CARRY | TOO_LARGE | OVERLONG_4,
    CARRY | TOO_LARGE | OVERLONG_4, CARRY | TOO_LARGE | OVERLONG_4, CARRY | TOO_LARGE | OVERLONG_4, CARRY | TOO_LARGE | OVERLONG_4,
    CARRY | TOO_LARGE | OVERLONG_4, CARRY | TOO_LARGE | OVERLONG_4 | SURROGATE, CARRY | TOO_LARGE | OVERLONG_4, CARRY | TOO_LARGE | OVERLONG_4,
  );
  const secondHigh = i8x16(
    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
    TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | OVERLONG_4,
    TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE,
    TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE,
    TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE,
    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
  );
  const positions = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  let wrong = i8x16.splat(0);
  let before = i8x16.splat(0);
  // The last bytes are followed by at least one 0, which no sequence may be cut off by.
  for (; from <= end; from += 16) {
    let bytes = v128.load(from);
    if (from + 16 > end) bytes = v128.and(bytes, i8x16.lt_u(positions, i8x16.splat(<i8>(end - from))));
    const first = i8x16.shuffle(before, bytes, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
    const second = i8x16.shuffle(before, bytes, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
    const third = i8x16.shuffle(before, bytes, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
    const special = v128.and(
      v128.and(
        v128.swizzle(firstHigh, i8x16.shr_u(first, 4)),
        v128.swizzle(firstLow, v128.and(first, i8x16.splat(15))),
      ),
      v128.swizzle(secondHigh, i8x16.shr_u(bytes, 4)),
    );
    const continued = v128.or(
      i8x16.sub_sat_u(second, i8x16.splat(0x60)),
      i8x16.sub_sat_u(third, i8x16.splat(0x70)),
    );
    wrong = v128.or(wrong, v128.xor(v128.and(continued, i8x16.splat(-128)), special));
    before = bytes;
  }
  return !v128.any_true(wrong);
}

/** Views of `count` values of `width` bytes each, one behind the other. */
export function fixedViews(data: usize, width: u32, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++, out += 8, data += width) {
    store<u32>(out, <u32>data);
    store<u32>(out, width, 4);
  }
}

/** Copies the bytes of views one behind the other, each of `width` bytes; false when one has another length. */
export function packViews(views: usize, count: u32, width: u32, out: usize): bool {
  for (let i: u32 = 0; i < count; i++, views += 8, out += width) {
    if (load<u32>(views, 4) != width) return false;
    memory.copy(out, load<u32>(views), width);
  }
  return true;
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
  assert(position <= end && exists(end, SLACK));
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
  assert((bytes == 4 || bytes == 8) && exists(out, <u64>count * bytes));
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
 * Returns where the next begins, or 0 where the page ends too early.
 */
export function lengthViews(lengths: usize, count: u32, position: usize, end: usize, out: usize): usize {
  assert(position <= end);
  for (let i: u32 = 0; i < count; i++, lengths += 4) {
    const length = <usize>load<u32>(lengths);
    if (length > end - position) return 0;
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
  assert(index + count <= stride && exists(out, <u64>count * width) && exists(data, <u64>stride * width));
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
      const ab = low8(a, b);
      const ab2 = high8(a, b);
      const cd = low8(c, d);
      const cd2 = high8(c, d);
      const to = out + (<usize>done << 2);
      v128.store(to, low16(ab, cd));
      v128.store(to, high16(ab, cd), 16);
      v128.store(to, low16(ab2, cd2), 32);
      v128.store(to, high16(ab2, cd2), 48);
    }
  }
  if (width == 8) {
    for (; done + 16 <= count; done += 16) {
      const s0 = from + done;
      const s2 = s0 + 2 * <usize>stride;
      const s4 = s2 + 2 * <usize>stride;
      const s6 = s4 + 2 * <usize>stride;
      join8(s0, s2, s4, s6, stride, out + (<usize>done << 3));
    }
  }
  for (let byte: u32 = 0; byte < width; byte++) {
    const stream = from + <usize>byte * stride;
    let to = out + byte + <usize>done * width;
    for (let i = done; i < count; i++, to += width) store<u8>(to, load<u8>(stream + i));
  }
}

/** 16 bytes of each of eight streams, at four addresses and `stride` behind each, as 16 values. */
// @ts-ignore: decorator
@inline
function join8(s0: usize, s2: usize, s4: usize, s6: usize, stride: usize, out: usize): void {
  const a = v128.load(s0);
  const b = v128.load(s0 + stride);
  const c = v128.load(s2);
  const d = v128.load(s2 + stride);
  const e = v128.load(s4);
  const f = v128.load(s4 + stride);
  const g = v128.load(s6);
  const h = v128.load(s6 + stride);
  const ab = low8(a, b);
  const ab2 = high8(a, b);
  const cd = low8(c, d);
  const cd2 = high8(c, d);
  const ef = low8(e, f);
  const ef2 = high8(e, f);
  const gh = low8(g, h);
  const gh2 = high8(g, h);
  store32(low16(ab, cd), low16(ef, gh), out);
  store32(high16(ab, cd), high16(ef, gh), out + 32);
  store32(low16(ab2, cd2), low16(ef2, gh2), out + 64);
  store32(high16(ab2, cd2), high16(ef2, gh2), out + 96);
}

// @ts-ignore: decorator
@inline
function low8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function high8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// @ts-ignore: decorator
@inline
function low16(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function high16(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

// @ts-ignore: decorator
@inline
function store32(a: v128, b: v128, out: usize): void {
  v128.store(out, i32x4.shuffle(a, b, 0, 4, 1, 5));
  v128.store(out, i32x4.shuffle(a, b, 2, 6, 3, 7), 16);
}

/** Bits `index` to `index + count` as bytes of 0 or 1. */
export function unpackBits(data: usize, index: u32, count: u32, out: usize): void {
  assert(exists(out, count) && exists(data, (<u64>index + count + 7) >>> 3));
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
