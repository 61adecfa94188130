// Parquet's RLE / bit-packed hybrid (https://github.com/apache/parquet-format/blob/master/Encodings.md): dictionary codes,
// gathers through a dictionary, definition levels of one bit, RLE booleans.
//
// A stream of runs is a Hybrid at an address of the caller's, HYBRID_BYTES long. Its bytes end at `end`; SLACK more may be read,
// whatever they hold, and must exist. Functions that decode return a Status.

/** What decoding says. */
const OK: i32 = 0;
/** The stream ends before the values that are wanted. */
const TRUNCATED: i32 = 1;
/** A code is beyond the dictionary. */
const BEYOND: i32 = 2;

/** Bytes behind a stream that wide loads may touch. */
const SLACK: usize = 16;
/** Codes that are unpacked before they are gathered: 8 KiB of them. */
const BLOCK: u32 = 2048;
/** Widest codes that four 32-bit lanes unpack: a code with up to 7 bits before it fits a lane. */
const MAX_WORD_WIDTH: u32 = 25;
/** The same for eight 16-bit lanes. */
const MAX_SHORT_WIDTH: u32 = 9;

@unmanaged
class Hybrid {
  /** The next run's header. */
  position: u32;
  end: u32;
  /** Bits of a value. */
  width: u32;
  /** Values left in the current run. */
  left: u32;
  /** Whether the current run is bit-packed. */
  packed: u32;
  /** The repeated value, or the address of the packed ones. */
  value: u32;
  /** Values of the packed run that have been consumed. */
  index: u32;
  /** The largest value decoded so far. */
  max: u32;
}

// Behind the fields: how eight values are moved into lanes, for the width of the stream.
const SHUFFLE_LOW: usize = 32;
const FACTOR_LOW: usize = 48;
const SHUFFLE_HIGH: usize = 64;
const FACTOR_HIGH: usize = 80;

/** Bytes of a stream's state. */
export function stateBytes(): usize {
  return 96;
}

/** A stream of values of `width` bits between two addresses. */
export function hybridInit(state: usize, position: usize, end: usize, width: u32): void {
  assert(width <= 32);
  assert(position <= end && end + SLACK <= <usize>memory.size() << 16);
  const stream = changetype<Hybrid>(state);
  stream.position = <u32>position;
  stream.end = <u32>end;
  stream.width = width;
  stream.left = 0;
  stream.packed = 0;
  stream.value = 0;
  stream.index = 0;
  stream.max = 0;
  if (width == 0 || width > MAX_WORD_WIDTH) return;
  if (width <= MAX_SHORT_WIDTH) {
    for (let lane: u32 = 0; lane < 8; lane++) {
      const bit = lane * width;
      store<u8>(state + 2 * lane, <u8>(bit >>> 3), SHUFFLE_LOW);
      store<u8>(state + 2 * lane, <u8>((bit >>> 3) + 1), SHUFFLE_LOW + 1);
      store<u16>(state + 2 * lane, <u16>((<u32>128) >>> (bit & 7)), FACTOR_LOW);
    }
    return;
  }
  for (let lane: u32 = 0; lane < 4; lane++) {
    moveLane(state + SHUFFLE_LOW, state + FACTOR_LOW, lane, lane * width);
    moveLane(state + SHUFFLE_HIGH, state + FACTOR_HIGH, lane, (lane + 4) * width - 8 * ((4 * width) >>> 3));
  }
}

function moveLane(shuffle: usize, factor: usize, lane: u32, bit: u32): void {
  for (let byte: u32 = 0; byte < 4; byte++) store<u8>(shuffle + 4 * lane + byte, <u8>((bit >>> 3) + byte));
  store<u32>(factor + 4 * lane, 128 >>> (bit & 7));
}

/** One run of `values` bit-packed values at `position`, without header: the deprecated encoding of levels. */
export function hybridPacked(state: usize, position: usize, end: usize, values: u32): void {
  hybridInit(state, position, end, 1);
  const stream = changetype<Hybrid>(state);
  stream.packed = 1;
  stream.value = <u32>position;
  stream.left = values;
  stream.position = <u32>end;
}

/** Whether that many bytes lie in the memory. */
// @ts-ignore: decorator
@inline
function exists(pointer: usize, bytes: u64): bool {
  return <u64>pointer + bytes <= <u64>memory.size() << 16;
}

/** Reads headers up to a run that is not empty. */
function nextRun(stream: Hybrid): bool {
  const end = <usize>stream.end;
  const width = stream.width;
  do {
    let position = <usize>stream.position;
    let header: u64 = 0;
    let shift: u64 = 0;
    let more = true;
    while (more) {
      if (position >= end || shift > 28) return false;
      const byte = load<u8>(position++);
      header |= (<u64>(byte & 127)) << shift;
      shift += 7;
      more = byte >= 128;
    }
    if (header > 0xffffffff) return false;
    const count = <u32>header >>> 1;
    stream.index = 0;
    if ((header & 1) != 0 && width > 0) {
      // Some writers end the last run where its values end, not its last group of eight.
      const available = <u64>(end - position);
      const bytes = <u64>count * width;
      const values = bytes <= available ? <u64>count * 8 : (available * 8) / width;
      stream.packed = 1;
      stream.value = <u32>position;
      stream.left = <u32>min<u64>(values, 0xffffffff);
      position += <usize>min<u64>(bytes, available);
    } else {
      const bytes = <usize>((width + 7) >>> 3);
      if (bytes > end - position) return false;
      let value: u32 = 0;
      for (let i: u32 = 0; i < <u32>bytes; i++) value |= <u32>load<u8>(position + i) << (8 * i);
      stream.packed = 0;
      stream.value = value;
      stream.left = (header & 1) != 0 ? <u32>min<u64>(<u64>count * 8, 0xffffffff) : count;
      position += bytes;
    }
    stream.position = <u32>position;
  } while (stream.left == 0);
  return true;
}

/** The next `count` values as u32. */
function read(state: usize, out: usize, count: u32): bool {
  const stream = changetype<Hybrid>(state);
  while (count > 0) {
    if (stream.left == 0 && !nextRun(stream)) return false;
    const values = min(count, stream.left);
    if (stream.packed) unpack(state, out, values);
    else {
      fill32(out, stream.value, values);
      stream.max = max(stream.max, stream.value);
    }
    stream.left -= values;
    count -= values;
    out += <usize>values << 2;
  }
  return true;
}

function fill32(out: usize, value: u32, count: u32): void {
  const end = out + (<usize>count << 2);
  const four = i32x4.splat(value);
  for (; out + 16 <= end; out += 16) v128.store(out, four);
  for (; out < end; out += 4) store<u32>(out, value);
}

function fill64(out: usize, value: u64, count: u32): void {
  const end = out + (<usize>count << 3);
  const two = i64x2.splat(value);
  for (; out + 16 <= end; out += 16) v128.store(out, two);
  if (out < end) store<u64>(out, value);
}

/** Value `index` of a packed run. */
// @ts-ignore: decorator
@inline
function packedValue(base: usize, index: u32, width: u32, mask: u64): u32 {
  const bit = <u64>index * width;
  return <u32>((load<u64>(base + <usize>(bit >>> 3)) >>> (bit & 7)) & mask);
}

/** `count` values of the current packed run. */
function unpack(state: usize, out: usize, count: u32): void {
  const stream = changetype<Hybrid>(state);
  const width = stream.width;
  const base = <usize>stream.value;
  const mask: u64 = ((<u64>1) << width) - 1;
  let index = stream.index;
  let largest: u32 = stream.max;
  const end = index + count;
  stream.index = end;
  const aligned = min(end, (index + 7) & ~7);
  for (; index < aligned; index++, out += 4) {
    const value = packedValue(base, index, width, mask);
    store<u32>(out, value);
    largest = max(largest, value);
  }
  let groups = (end - index) >>> 3;
  if (groups > 0 && width <= MAX_WORD_WIDTH) {
    let source = base + <usize>(index >>> 3) * width;
    index += groups << 3;
    const low = v128.load(state, SHUFFLE_LOW);
    const lowFactor = v128.load(state, FACTOR_LOW);
    let most: v128 = i32x4.splat(0);
    if (width <= MAX_SHORT_WIDTH) {
      const ones = i16x8.splat(<i16>mask);
      for (; groups > 0; groups--) {
        const moved = i16x8.mul(v128.swizzle(v128.load(source), low), lowFactor);
        const values = v128.and(i16x8.shr_u(moved, 7), ones);
        most = i16x8.max_u(most, values);
        v128.store(out, i32x4.extend_low_i16x8_u(values));
        v128.store(out, i32x4.extend_high_i16x8_u(values), 16);
        source += width;
        out += 32;
      }
      most = i32x4.max_u(i32x4.extend_low_i16x8_u(most), i32x4.extend_high_i16x8_u(most));
    } else {
      const high = v128.load(state, SHUFFLE_HIGH);
      const highFactor = v128.load(state, FACTOR_HIGH);
      const middle = <usize>((4 * width) >>> 3);
      const ones = i32x4.splat(<i32>mask);
      for (; groups > 0; groups--) {
        const first = i32x4.mul(v128.swizzle(v128.load(source), low), lowFactor);
        const second = i32x4.mul(v128.swizzle(v128.load(source + middle), high), highFactor);
        const lowValues = v128.and(i32x4.shr_u(first, 7), ones);
        const highValues = v128.and(i32x4.shr_u(second, 7), ones);
        most = i32x4.max_u(most, i32x4.max_u(lowValues, highValues));
        v128.store(out, lowValues);
        v128.store(out, highValues, 16);
        source += width;
        out += 32;
      }
    }
    largest = max(largest, lanesMax(most));
  }
  for (; index < end; index++, out += 4) {
    const value = packedValue(base, index, width, mask);
    store<u32>(out, value);
    largest = max(largest, value);
  }
  stream.max = largest;
}

function lanesMax(lanes: v128): u32 {
  return max(
    max<u32>(i32x4.extract_lane(lanes, 0), i32x4.extract_lane(lanes, 1)),
    max<u32>(i32x4.extract_lane(lanes, 2), i32x4.extract_lane(lanes, 3)),
  );
}

/** Passes over `count` values. */
export function hybridSkip(state: usize, count: u32): i32 {
  const stream = changetype<Hybrid>(state);
  while (count > 0) {
    if (stream.left == 0 && !nextRun(stream)) return TRUNCATED;
    const values = min(count, stream.left);
    stream.index += values;
    stream.left -= values;
    count -= values;
  }
  return OK;
}

/** The next `count` codes as u32, each below `entries`. */
export function hybridCodes(state: usize, entries: u32, out: usize, count: u32): i32 {
  assert(exists(out, <u64>count << 2));
  if (!read(state, out, count)) return TRUNCATED;
  return count > 0 && changetype<Hybrid>(state).max >= entries ? BEYOND : OK;
}

/** Entries of a dictionary for the next `count` codes. `codes`: room for BLOCK codes. */
export function hybridGather(
  state: usize,
  dictionary: usize,
  entries: u32,
  width: u32,
  codes: usize,
  out: usize,
  count: u32,
): i32 {
  assert(exists(dictionary, <u64>entries * width) && exists(codes, BLOCK << 2) && exists(out, <u64>count * width));
  const stream = changetype<Hybrid>(state);
  while (count > 0) {
    if (stream.left == 0 && !nextRun(stream)) return TRUNCATED;
    let values: u32;
    if (!stream.packed && stream.left >= 16) {
      const code = stream.value;
      if (code >= entries) return BEYOND;
      values = min(count, stream.left);
      stream.left -= values;
      repeat(dictionary, code, width, out, values);
    } else {
      values = min(count, BLOCK);
      if (!read(state, codes, values)) return TRUNCATED;
      if (stream.max >= entries) return BEYOND;
      gather(dictionary, codes, width, out, values);
    }
    count -= values;
    out += <usize>values * width;
  }
  return OK;
}

/** Rooms for codes that `hybridGather` wants. */
export function blockCodes(): u32 {
  return BLOCK;
}

function repeat(dictionary: usize, code: u32, width: u32, out: usize, count: u32): void {
  switch (width) {
    case 1:
      memory.fill(out, load<u8>(dictionary + code), count);
      return;
    case 2: {
      const value = load<u16>(dictionary + (<usize>code << 1));
      for (let i: u32 = 0; i < count; i++) store<u16>(out + (<usize>i << 1), value);
      return;
    }
    case 4:
      fill32(out, load<u32>(dictionary + (<usize>code << 2)), count);
      return;
    case 8:
      fill64(out, load<u64>(dictionary + (<usize>code << 3)), count);
      return;
    case 16: {
      const value = v128.load(dictionary + (<usize>code << 4));
      for (let i: u32 = 0; i < count; i++) v128.store(out + (<usize>i << 4), value);
      return;
    }
    default: {
      const source = dictionary + <usize>code * width;
      for (let i: u32 = 0; i < count; i++) memory.copy(out + <usize>i * width, source, width);
    }
  }
}

function gather(dictionary: usize, codes: usize, width: u32, out: usize, count: u32): void {
  const end = codes + (<usize>count << 2);
  switch (width) {
    case 1:
      for (; codes < end; codes += 4, out += 1) store<u8>(out, load<u8>(dictionary + load<u32>(codes)));
      return;
    case 2:
      for (; codes < end; codes += 4, out += 2) {
        store<u16>(out, load<u16>(dictionary + (<usize>load<u32>(codes) << 1)));
      }
      return;
    case 4:
      for (; codes + 16 <= end; codes += 16, out += 16) {
        store<u32>(out, load<u32>(dictionary + (<usize>load<u32>(codes) << 2)));
        store<u32>(out, load<u32>(dictionary + (<usize>load<u32>(codes, 4) << 2)), 4);
        store<u32>(out, load<u32>(dictionary + (<usize>load<u32>(codes, 8) << 2)), 8);
        store<u32>(out, load<u32>(dictionary + (<usize>load<u32>(codes, 12) << 2)), 12);
      }
      for (; codes < end; codes += 4, out += 4) {
        store<u32>(out, load<u32>(dictionary + (<usize>load<u32>(codes) << 2)));
      }
      return;
    case 8:
      for (; codes + 16 <= end; codes += 16, out += 32) {
        store<u64>(out, load<u64>(dictionary + (<usize>load<u32>(codes) << 3)));
        store<u64>(out, load<u64>(dictionary + (<usize>load<u32>(codes, 4) << 3)), 8);
        store<u64>(out, load<u64>(dictionary + (<usize>load<u32>(codes, 8) << 3)), 16);
        store<u64>(out, load<u64>(dictionary + (<usize>load<u32>(codes, 12) << 3)), 24);
      }
      for (; codes < end; codes += 4, out += 8) {
        store<u64>(out, load<u64>(dictionary + (<usize>load<u32>(codes) << 3)));
      }
      return;
    case 16:
      for (; codes < end; codes += 4, out += 16) {
        v128.store(out, v128.load(dictionary + (<usize>load<u32>(codes) << 4)));
      }
      return;
    default:
      for (; codes < end; codes += 4, out += width) {
        memory.copy(out, dictionary + <usize>load<u32>(codes) * width, width);
      }
  }
}

/** The next `count` values, none above `limit` <= 255, as bytes. `codes`: room for BLOCK codes. */
export function hybridBytes(state: usize, codes: usize, limit: u32, out: usize, count: u32): i32 {
  assert(limit <= 255 && exists(codes, BLOCK << 2) && exists(out, count));
  while (count > 0) {
    const values = min(count, BLOCK);
    if (!read(state, codes, values)) return TRUNCATED;
    for (let i: u32 = 0; i < values; i++) store<u8>(out + i, <u8>load<u32>(codes + (<usize>i << 2)));
    if (changetype<Hybrid>(state).max > limit) return BEYOND;
    out += values;
    count -= values;
  }
  return OK;
}

/**
 * The next `count` levels of one bit as bits of `bitmap` from `bit` on, which are 0 before; 8 bytes behind the last may be
 * written unchanged. Only counted where `bitmap` is 0. Returns how many are 1, or -1 where the stream is too short or holds
 * other values.
 */
export function hybridLevels(state: usize, bitmap: usize, bit: u32, count: u32): i32 {
  assert(bitmap == 0 || exists(bitmap, ((<u64>bit + count) >>> 3) + 8));
  const stream = changetype<Hybrid>(state);
  let ones: u32 = 0;
  while (count > 0) {
    if (stream.left == 0 && !nextRun(stream)) return -1;
    const values = min(count, stream.left);
    if (stream.packed) ones += copyBits(stream.value, stream.index, bitmap, bit, values);
    else if (stream.value == 1) {
      ones += values;
      if (bitmap != 0) setBits(bitmap, bit, values);
    } else if (stream.value != 0) return -1;
    stream.index += values;
    stream.left -= values;
    bit += values;
    count -= values;
  }
  return <i32>ones;
}

function setBits(bitmap: usize, bit: u32, count: u32): void {
  const end = bit + count;
  while (bit < end && (bit & 7) != 0) {
    const at = bitmap + (bit >>> 3);
    store<u8>(at, <u8>(<u32>load<u8>(at) | ((<u32>1) << (bit & 7))));
    bit++;
  }
  const bytes = (end - bit) >>> 3;
  memory.fill(bitmap + (bit >>> 3), 255, bytes);
  bit += bytes << 3;
  for (; bit < end; bit++) {
    const at = bitmap + (bit >>> 3);
    store<u8>(at, <u8>(<u32>load<u8>(at) | ((<u32>1) << (bit & 7))));
  }
}

/** Ors bits of `source` into `bitmap`, 32 at a time, and counts them. */
function copyBits(source: usize, from: u32, bitmap: usize, bit: u32, count: u32): u32 {
  let ones: u32 = 0;
  while (count > 0) {
    const bits = min<u32>(count, 32);
    const mask: u64 = ((<u64>1) << bits) - 1;
    const word = (load<u64>(source + (from >>> 3)) >>> (from & 7)) & mask;
    ones += <u32>popcnt(word);
    if (bitmap != 0) {
      const at = bitmap + (bit >>> 3);
      store<u64>(at, load<u64>(at) | (word << (bit & 7)));
    }
    from += bits;
    bit += bits;
    count -= bits;
  }
  return ones;
}

/** Turns the order of the bits in every byte around, in place. */
export function reverseBits(data: usize, length: usize): void {
  for (let i: usize = 0; i < length; i++) {
    let byte = <u32>load<u8>(data + i);
    byte = ((byte & 0x55) << 1) | ((byte >>> 1) & 0x55);
    byte = ((byte & 0x33) << 2) | ((byte >>> 2) & 0x33);
    store<u8>(data + i, <u8>((byte << 4) | (byte >>> 4)));
  }
}

/** Copies `count` bits from `from` of `source` on to the first bits of `bitmap`, 8 bytes behind which may be overwritten. */
export function shiftBits(source: usize, from: u32, bitmap: usize, count: u32): void {
  memory.fill(bitmap, 0, ((count + 7) >>> 3) + 8);
  copyBits(source, from, bitmap, 0, count);
}
