// Values as Parquet stores them to rows of vectors. Functions that can meet a value that does not fit return its position, or
// FIT. `source` and `out` do not overlap; 16 bytes behind the values at `source` may be read.

/** Every value fits. */
const FIT: i32 = -1;

/** i32 to 8 bits, between two bounds. */
export function narrow8(source: usize, count: u32, least: i32, greatest: i32, out: usize): i32 {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i32>(source + (<usize>i << 2));
    if (value < least || value > greatest) return <i32>i;
    store<u8>(out + i, <u8>value);
  }
  return FIT;
}

/** i32 to 16 bits, between two bounds. */
export function narrow16(source: usize, count: u32, least: i32, greatest: i32, out: usize): i32 {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i32>(source + (<usize>i << 2));
    if (value < least || value > greatest) return <i32>i;
    store<u16>(out + (<usize>i << 1), <u16>value);
  }
  return FIT;
}

/** i32 to i32, between two bounds. */
export function check32(source: usize, count: u32, least: i32, greatest: i32, out: usize): i32 {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i32>(source + (<usize>i << 2));
    if (value < least || value > greatest) return <i32>i;
    store<i32>(out + (<usize>i << 2), value);
  }
  return FIT;
}

/** i32 to i64. */
export function widenSigned(source: usize, count: u32, out: usize): void {
  const end = source + (<usize>count << 2);
  for (; source + 16 <= end; source += 16, out += 32) {
    const four = v128.load(source);
    v128.store(out, i64x2.extend_low_i32x4_s(four));
    v128.store(out, i64x2.extend_high_i32x4_s(four), 16);
  }
  for (; source < end; source += 4, out += 8) store<i64>(out, <i64>load<i32>(source));
}

/** u32 to i64. */
export function widenUnsigned(source: usize, count: u32, out: usize): void {
  const end = source + (<usize>count << 2);
  for (; source < end; source += 4, out += 8) store<u64>(out, <u64>load<u32>(source));
}

/** i32 to f64. */
export function toDouble(source: usize, count: u32, unsigned: bool, out: usize): void {
  const end = source + (<usize>count << 2);
  if (unsigned) for (; source < end; source += 4, out += 8) store<f64>(out, <f64>load<u32>(source));
  else for (; source < end; source += 4, out += 8) store<f64>(out, <f64>load<i32>(source));
}

/** f32 to f64. */
export function promote(source: usize, count: u32, out: usize): void {
  const end = source + (<usize>count << 2);
  for (; source < end; source += 4, out += 8) store<f64>(out, <f64>load<f32>(source));
}

/** IEEE 754 binary16 to f32. */
export function halfToFloat(source: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) store<f32>(out + (<usize>i << 2), half(load<u16>(source + (<usize>i << 1))));
}

/** IEEE 754 binary16 to f64. */
export function halfToDouble(source: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) store<f64>(out + (<usize>i << 3), <f64>half(load<u16>(source + (<usize>i << 1))));
}

function half(bits: u32): f32 {
  const sign = (bits & 0x8000) << 16;
  const rest = bits & 0x7fff;
  if (rest < 0x0400) {
    // 2^-24 for every unit.
    const value = <f32>rest * reinterpret<f32>(0x33800000);
    return reinterpret<f32>(reinterpret<u32>(value) | sign);
  }
  if (rest >= 0x7c00) return rest == 0x7c00 ? reinterpret<f32>(sign | 0x7f800000) : reinterpret<f32>(0x7fc00000);
  return reinterpret<f32>(sign | ((rest + 0x1c000) << 13));
}

/** i32 milliseconds to i64 microseconds. */
export function millis32(source: usize, count: u32, out: usize): void {
  const end = source + (<usize>count << 2);
  for (; source < end; source += 4, out += 8) store<i64>(out, <i64>load<i32>(source) * 1000);
}

const MOST_MILLIS: i64 = 9223372036854775;

/** i64 milliseconds to microseconds. */
export function millis64(source: usize, count: u32, out: usize): i32 {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i64>(source + (<usize>i << 3));
    if (value > MOST_MILLIS || value < -MOST_MILLIS) return <i32>i;
    store<i64>(out + (<usize>i << 3), value * 1000);
  }
  return FIT;
}

/** i64 nanoseconds to microseconds, whole ones only. */
export function nanos64(source: usize, count: u32, out: usize): i32 {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i64>(source + (<usize>i << 3));
    const micros = value / 1000;
    if (micros * 1000 != value) return <i32>i;
    store<i64>(out + (<usize>i << 3), micros);
  }
  return FIT;
}

const EPOCH_JULIAN_DAY: i64 = 2440588;
const MICROS_PER_DAY: i64 = 86400000000;
/** Days around the epoch whose microseconds fit, with the microseconds of any i64 of nanoseconds. */
const MOST_DAYS: i64 = 106644000;

/** INT96: i64 nanoseconds of the day and i32 Julian day, to microseconds since 1970. */
export function int96(source: usize, count: u32, out: usize): i32 {
  for (let i: u32 = 0; i < count; i++, source += 12) {
    const nanos = load<i64>(source);
    const days = <i64>load<i32>(source, 8) - EPOCH_JULIAN_DAY;
    const micros = nanos / 1000;
    if (micros * 1000 != nanos || days > MOST_DAYS || days < -MOST_DAYS) return <i32>i;
    store<i64>(out + (<usize>i << 3), days * MICROS_PER_DAY + micros);
  }
  return FIT;
}

/** 16 bytes, the first the most significant, to low and high half. */
export function uuids(source: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++, source += 16, out += 16) {
    store<u64>(out, bswap<u64>(load<u64>(source, 8)));
    store<u64>(out, bswap<u64>(load<u64>(source)), 8);
  }
}

/** Unsigned 32-bit months, days and milliseconds, to i32, i32 and i64 microseconds. */
export function intervals(source: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++, source += 12, out += 16) {
    store<u64>(out, load<u64>(source));
    store<i64>(out, <i64>load<u32>(source, 8) * 1000, 8);
  }
}

// ---- decimals

/** What `decimals` reads. */
const I32: u32 = 0;
const U32: u32 = 1;
const I64: u32 = 2;
const U64: u32 = 3;
/** Two's complement of a fixed length, most significant byte first. */
const FIXED: u32 = 4;
/** The same of any length, through views. */
const VIEWS: u32 = 5;

let low: u64 = 0;
let high: i64 = 0;

/**
 * A big-endian integer to `high` and `low`; false where it needs more than 128 bits. Up to 16 bytes behind its start are read.
 */
function bigEndian(source: usize, length: u32): bool {
  if (length == 0) {
    low = 0;
    high = 0;
    return true;
  }
  if (length > 16) {
    const sign = <u8>(<i32>load<i8>(source) >> 7);
    for (; length > 16; length--, source++) if (load<u8>(source) != sign) return false;
    if ((load<u8>(source) ^ sign) >= 128) return false;
  }
  const first = <i64>bswap<u64>(load<u64>(source));
  const second = bswap<u64>(load<u64>(source, 8));
  const unused: u64 = <u64>(16 - length) << 3;
  if (unused >= 64) {
    low = <u64>(first >> (<i64>unused - 64));
    high = first >> 63;
  } else if (unused > 0) {
    low = (second >>> unused) | (<u64>first << (64 - unused));
    high = first >> <i64>unused;
  } else {
    low = second;
    high = first;
  }
  return true;
}

/** `low` and `high` times a factor, modulo 2^128. */
function multiply(factorLow: u64, factorHigh: u64): void {
  const a0 = low & 0xffffffff;
  const a1 = low >>> 32;
  const b0 = factorLow & 0xffffffff;
  const b1 = factorLow >>> 32;
  const p00 = a0 * b0;
  const p01 = a0 * b1;
  const p10 = a1 * b0;
  const middle = (p00 >>> 32) + (p01 & 0xffffffff) + (p10 & 0xffffffff);
  const upper = a1 * b1 + (p01 >>> 32) + (p10 >>> 32) + (middle >>> 32);
  high = <i64>(upper + low * factorHigh + <u64>high * factorLow);
  low = low * factorLow;
}

// @ts-ignore: decorator
@inline
function less(lowA: u64, highA: i64, lowB: u64, highB: i64): bool {
  return highA < highB || (highA == highB && lowA < lowB);
}

/**
 * Whole numbers times a factor (at `parameters`: i128 factor, i128 limit), to 8 or 16 bytes. Their absolute values must be
 * below the limit before. The least and greatest of `count` >= 1 results are written behind the parameters, as two i128.
 */
export function decimals(
  kind: u32,
  source: usize,
  length: u32,
  count: u32,
  parameters: usize,
  width: u32,
  out: usize,
): i32 {
  const factorLow = load<u64>(parameters);
  const factorHigh = load<u64>(parameters, 8);
  const limitLow = load<u64>(parameters, 16);
  const limitHigh = load<i64>(parameters, 24);
  const belowLow = 0 - limitLow;
  const belowHigh = ~limitHigh + <i64>(limitLow == 0);
  const scales = factorLow != 1 || factorHigh != 0;
  let leastLow: u64 = <u64>-1;
  let leastHigh: i64 = i64.MAX_VALUE;
  let greatestLow: u64 = 0;
  let greatestHigh: i64 = i64.MIN_VALUE;
  for (let i: u32 = 0; i < count; i++) {
    if (kind == FIXED) {
      if (!bigEndian(source, length)) return <i32>i;
      source += length;
    } else if (kind == VIEWS) {
      if (!bigEndian(load<u32>(source), load<u32>(source, 4))) return <i32>i;
      source += 8;
    } else if (kind == I64) {
      low = load<u64>(source);
      high = <i64>low >> 63;
      source += 8;
    } else if (kind == U64) {
      low = load<u64>(source);
      high = 0;
      source += 8;
    } else if (kind == I32) {
      low = <u64><i64>load<i32>(source);
      high = <i64>low >> 63;
      source += 4;
    } else {
      low = <u64>load<u32>(source);
      high = 0;
      source += 4;
    }
    if (!less(low, high, limitLow, limitHigh) || !less(belowLow, belowHigh, low, high)) return <i32>i;
    if (scales) multiply(factorLow, factorHigh);
    if (less(low, high, leastLow, leastHigh)) {
      leastLow = low;
      leastHigh = high;
    }
    if (less(greatestLow, greatestHigh, low, high)) {
      greatestLow = low;
      greatestHigh = high;
    }
    store<u64>(out, low);
    if (width == 16) store<i64>(out, high, 8);
    out += width;
  }
  store<u64>(parameters, leastLow, 32);
  store<i64>(parameters, leastHigh, 40);
  store<u64>(parameters, greatestLow, 48);
  store<i64>(parameters, greatestHigh, 56);
  return FIT;
}
