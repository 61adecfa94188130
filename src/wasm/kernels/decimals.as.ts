// Arithmetic on decimals and whole numbers of 128 bits, and the correctly rounded quotient of two of them. Signed numbers are
// pairs of low and high half. Results of 128 bits go to an address of the caller, 16 bytes each.

import * as int128 from './lib/int128.as';

function storeSigned(out: usize, l: u64, h: u64, negative: bool): void {
  int128.set(l, h);
  if (negative) int128.negate(l, h);
  store<u64>(out, int128.low);
  store<u64>(out, int128.high, 8);
}

/** The product at `out`; 1 when it does not fit 128 bits. */
export function multiply(al: u64, ah: u64, bl: u64, bh: u64, out: usize): i32 {
  assert(out != 0);
  const negative = <i64>(ah ^ bh) < 0;
  int128.magnitude(al, ah);
  const xl = int128.low;
  const xh = int128.high;
  int128.magnitude(bl, bh);
  const yl = int128.low;
  const yh = int128.high;
  let overflow = xh != 0 && yh != 0;
  int128.multiply64(xh != 0 ? xh : xl, xh != 0 ? yl : yh);
  const cross = int128.low;
  overflow = overflow || int128.high != 0;
  int128.multiply64(xl, yl);
  const low = int128.low;
  const high = int128.high + cross;
  overflow = overflow || high < cross;
  const sign: u64 = 0x8000000000000000;
  overflow = overflow || high > sign || (high == sign && (low != 0 || !negative));
  storeSigned(out, low, high, negative);
  return i32(overflow);
}

/** The quotient towards zero at `out`, the remainder with the dividend's sign behind it; zeros for a divisor of 0. */
export function divide(al: u64, ah: u64, bl: u64, bh: u64, out: usize): void {
  assert(out != 0);
  if ((bl | bh) == 0) {
    memory.fill(out, 0, 32);
    return;
  }
  const negative = <i64>ah < 0;
  const opposite = <i64>(ah ^ bh) < 0;
  int128.magnitude(al, ah);
  const xl = int128.low;
  const xh = int128.high;
  int128.magnitude(bl, bh);
  int128.divide(xl, xh, int128.low, int128.high);
  const restLow = int128.restLow;
  const restHigh = int128.restHigh;
  storeSigned(out, int128.low, int128.high, opposite);
  storeSigned(out + 16, restLow, restHigh, negative);
}

/**
 * numerator / denominator to the nearest number of so many bits (53: double, 24: real), ties to even: as many bits as are
 * needed come from a long division, the rest of which only breaks ties. 0 for a denominator of 0.
 */
export function ratio(nl: u64, nh: u64, dl: u64, dh: u64, bits: i32): f64 {
  if ((dl | dh) == 0 || (nl | nh) == 0) return 0;
  const negative = <i64>(nh ^ dh) < 0;
  int128.magnitude(nl, nh);
  let nLow = int128.low;
  let nHigh = int128.high;
  int128.magnitude(dl, dh);
  let dLow = int128.low;
  let dHigh = int128.high;
  const nZeros = int128.leadingZeros(nLow, nHigh);
  const dZeros = int128.leadingZeros(dLow, dHigh);
  int128.shiftLeft(nLow, nHigh, nZeros);
  nLow = int128.low;
  nHigh = int128.high;
  int128.shiftLeft(dLow, dHigh, dZeros);
  dLow = int128.low;
  dHigh = int128.high;

  const steps = bits + 3;
  let quotient: u64 = 0;
  let carry = false;
  for (let i = 0; i < steps; i++) {
    quotient <<= 1;
    if (carry || int128.atLeast(nLow, nHigh, dLow, dHigh)) {
      const borrow = u64(nLow < dLow);
      nLow -= dLow;
      nHigh = nHigh - dHigh - borrow;
      quotient |= 1;
    }
    carry = <i64>nHigh < 0;
    nHigh = (nHigh << 1) | (nLow >> 63);
    nLow <<= 1;
  }
  const sticky = carry || (nLow | nHigh) != 0;
  const unit = dZeros - nZeros - (steps - 1);
  const least = bits == 53 ? -1074 : -149;
  const length = 64 - <i32>clz(quotient);
  const exponent = max(length + unit - bits, least);
  const drop = <u64>min(exponent - unit, 63);
  const half = (<u64>1) << (drop - 1);
  const tail = quotient & ((half << 1) - 1);
  let mantissa = quotient >> drop;
  if (tail > half || (tail == half && (sticky || (mantissa & 1) == 1))) mantissa++;
  const value = <f64>mantissa * reinterpret<f64>((<u64>(exponent + 1023)) << 52);
  return negative ? -value : value;
}

/** The remainder of a division of doubles, with the sign of the dividend. */
export function remainder(a: f64, b: f64): f64 {
  return a % b;
}

/** Whether a number is among `count` ascending ones at `table`. */
export function sortedContains(table: usize, count: u32, key: i64): i32 {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = load<i64>(table + (<usize>middle << 3));
    if (value == key) return 1;
    if (value < key) low = middle + 1;
    else high = middle;
  }
  return 0;
}
