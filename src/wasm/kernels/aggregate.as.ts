// What the states of aggregates, `stride` bytes a group at `states`, mean: columns of results. A group has a value when more
// rows than NULLs were counted: `rows` and `nulls` are the offsets of these counts in a state, -1 for no such count. Validity
// bitmaps come zeroed; functions that write one return how many values are not NULL.

// @ts-ignore: decorator
@inline
function valuesOf(state: usize, rows: i32, nulls: i32): i64 {
  return load<i64>(state + rows) - (nulls < 0 ? 0 : load<i64>(state + nulls));
}

// @ts-ignore: decorator
@inline
function setValid(validity: usize, i: u32): void {
  const at = validity + (i >>> 3);
  store<u8>(at, <u8>(<u32>load<u8>(at) | (1 << (i & 7))));
}

/** Counts of values. */
export function counts(states: usize, stride: u32, count: u32, rows: i32, nulls: i32, out: usize): void {
  for (let i: u32 = 0; i < count; i++, states += stride, out += 8) store<i64>(out, valuesOf(states, rows, nulls));
}

/** Which groups have a value. */
export function haveValues(states: usize, stride: u32, count: u32, rows: i32, nulls: i32, validity: usize): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++, states += stride) {
    if (valuesOf(states, rows, nulls) != 0) {
      setValid(validity, i);
      found++;
    }
  }
  return found;
}

/** Which groups have a u32 at `seen` that is not 0. */
export function haveSeen(states: usize, stride: u32, count: u32, seen: u32, validity: usize): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++, states += stride) {
    if (load<u32>(states + seen)) {
      setValid(validity, i);
      found++;
    }
  }
  return found;
}

/** Fields of 1, 2, 4, 8 or 16 bytes. */
export function fields(states: usize, stride: u32, count: u32, offset: u32, width: u32, out: usize): void {
  states += offset;
  if (width == 1) {
    for (let i: u32 = 0; i < count; i++, states += stride) store<u8>(out + i, load<u8>(states));
  } else if (width == 2) {
    for (let i: u32 = 0; i < count; i++, states += stride, out += 2) store<u16>(out, load<u16>(states));
  } else if (width == 4) {
    for (let i: u32 = 0; i < count; i++, states += stride, out += 4) store<u32>(out, load<u32>(states));
  } else if (width == 8) {
    for (let i: u32 = 0; i < count; i++, states += stride, out += 8) store<u64>(out, load<u64>(states));
  } else {
    for (let i: u32 = 0; i < count; i++, states += stride, out += 16) v128.store(out, v128.load(states));
  }
}

/**
 * Sums of 128 bits, or 192 with `wide`, as values of `width` 8 or 16. Returns the first group whose sum is not between -max and
 * max (128 bits unsigned; for width 8 what 64 bits hold), `count` when there is none.
 */
export function exactSums(
  states: usize,
  stride: u32,
  count: u32,
  sum: u32,
  wide: bool,
  width: u32,
  maxLow: u64,
  maxHigh: u64,
  out: usize,
): u32 {
  for (let i: u32 = 0; i < count; i++, states += stride, out += width) {
    const low = load<u64>(states + sum);
    const high = load<u64>(states + sum, 8);
    store<u64>(out, low);
    if (width == 8) {
      if (high != <u64>(<i64>low >> 63)) return i;
      if (wide && load<u64>(states + sum, 16) != high) return i;
      continue;
    }
    store<u64>(out, high, 8);
    const sign = <u64>(<i64>high >> 63);
    if (wide && load<u64>(states + sum, 16) != sign) return i;
    let absLow = low ^ sign;
    let absHigh = high ^ sign;
    if (sign) {
      absLow++;
      if (absLow == 0) absHigh++;
    }
    if (absHigh > maxHigh || (absHigh == maxHigh && absLow > maxLow)) return i;
  }
  return count;
}

const EXACT: i64 = 1 << 53;

/**
 * Means of sums of 128 or 192 bits over `power` (10^scale). The quotients of two doubles that are exact are right; the groups
 * of all others are written to `rest`, their number is returned.
 */
export function exactMeans(
  states: usize,
  stride: u32,
  count: u32,
  sum: u32,
  wide: bool,
  rows: i32,
  nulls: i32,
  power: f64,
  out: usize,
  rest: usize,
): u32 {
  let left: u32 = 0;
  for (let i: u32 = 0; i < count; i++, states += stride, out += 8) {
    const values = valuesOf(states, rows, nulls);
    if (values == 0) continue;
    const low = load<i64>(states + sum);
    const high = load<i64>(states + sum, 8);
    const divisor = <f64>values * power;
    const small = low <= EXACT && low >= -EXACT && high == low >> 63 && (!wide || load<i64>(states + sum, 16) == high);
    if (small && values <= EXACT && divisor < <f64>EXACT) store<f64>(out, <f64>low / divisor);
    else {
      store<u32>(rest + (<usize>left << 2), i);
      left++;
    }
  }
  return left;
}

/**
 * Sums of doubles, over the number of values with `mean`. Returns the first group whose values are finite (`odd` is 0) and
 * whose sum is not, `count` when there is none.
 */
export function floatSums(
  states: usize,
  stride: u32,
  count: u32,
  sum: u32,
  odd: u32,
  mean: bool,
  rows: i32,
  nulls: i32,
  out: usize,
): u32 {
  for (let i: u32 = 0; i < count; i++, states += stride, out += 8) {
    const value = load<f64>(states + sum);
    if (value - value != 0 && load<f64>(states + odd) == 0) return i;
    store<f64>(out, mean ? value / <f64>valuesOf(states, rows, nulls) : value);
  }
  return count;
}
