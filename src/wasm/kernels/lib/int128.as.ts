// 128-bit integers as pairs of 64-bit halves. A function that makes one leaves it in `low` and `high`.

export let low: u64 = 0;
export let high: u64 = 0;
export let restLow: u64 = 0;
export let restHigh: u64 = 0;

// @ts-ignore: decorator
@inline
export function set(l: u64, h: u64): void {
  low = l;
  high = h;
}

/** 64 by 64 to 128 bits. After Warren, "Hacker's Delight", 8-2. */
export function multiply64(a: u64, b: u64): void {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  const cross = a0 * b1 + (middle & 0xffffffff);
  low = a * b;
  high = a1 * b1 + (middle >> 32) + (cross >> 32);
}

/** The absolute value of a signed number. */
export function magnitude(l: u64, h: u64): void {
  if (<i64>h < 0) negate(l, h);
  else set(l, h);
}

export function negate(l: u64, h: u64): void {
  low = 0 - l;
  high = ~h + u64(l == 0);
}

// @ts-ignore: decorator
@inline
export function atLeast(al: u64, ah: u64, bl: u64, bh: u64): bool {
  return ah > bh || (ah == bh && al >= bl);
}

/** Leading zeros of 128 bits. */
export function leadingZeros(l: u64, h: u64): i32 {
  return h != 0 ? <i32>clz(h) : 64 + <i32>clz(l);
}

/** Shifts by 0 to 127. */
export function shiftLeft(l: u64, h: u64, by: i32): void {
  if (by == 0) set(l, h);
  else if (by < 64) set(l << by, (h << by) | (l >> (64 - by)));
  else set(0, l << (by - 64));
}

/** (high half < divisor) 128 by 64 bits; the remainder goes to `restLow`. After Warren, "Hacker's Delight", divlu. */
function divide128by64(l: u64, h: u64, divisor: u64): u64 {
  const shift = <u64>clz(divisor);
  const v = divisor << shift;
  const v1 = v >> 32;
  const v0 = v & 0xffffffff;
  const top = shift == 0 ? h : (h << shift) | (l >> (64 - shift));
  const rest = l << shift;
  const n1 = rest >> 32;
  const n0 = rest & 0xffffffff;
  let q1 = top / v1;
  let r = top - q1 * v1;
  while (q1 >= 0x100000000 || q1 * v0 > ((r << 32) | n1)) {
    q1--;
    r += v1;
    if (r >= 0x100000000) break;
  }
  const second = ((top << 32) | n1) - q1 * v;
  let q0 = second / v1;
  r = second - q0 * v1;
  while (q0 >= 0x100000000 || q0 * v0 > ((r << 32) | n0)) {
    q0--;
    r += v1;
    if (r >= 0x100000000) break;
  }
  restLow = (((second << 32) | n0) - q0 * v) >> shift;
  return (q1 << 32) + q0;
}

/** Unsigned quotient into `low` and `high`, remainder into `restLow` and `restHigh`. The divisor is not 0. */
export function divide(al: u64, ah: u64, bl: u64, bh: u64): void {
  if (bh == 0) {
    restHigh = 0;
    if (ah == 0) {
      restLow = al % bl;
      set(al / bl, 0);
      return;
    }
    const q = ah / bl;
    const l = divide128by64(al, ah - q * bl, bl);
    set(l, q);
    return;
  }
  if (!atLeast(al, ah, bl, bh)) {
    restLow = al;
    restHigh = ah;
    set(0, 0);
    return;
  }
  // The quotient fits 64 bits: estimate it from the leading 64 bits of the divisor, one too small at most.
  const shift = <i32>clz(bh);
  shiftLeft(bl, bh, shift);
  const leading = high;
  const guess = divide128by64((al >> 1) | (ah << 63), ah >> 1, leading) >> (63 - shift);
  const q = estimate(al, ah, bl, bh, guess);
  set(q, 0);
}

function estimate(al: u64, ah: u64, bl: u64, bh: u64, guess: u64): u64 {
  let q = guess != 0 ? guess - 1 : 0;
  multiply64(q, bl);
  const pl = low;
  const ph = high + q * bh;
  restLow = al - pl;
  restHigh = ah - ph - u64(al < pl);
  while (atLeast(restLow, restHigh, bl, bh)) {
    const borrow = u64(restLow < bl);
    restLow -= bl;
    restHigh = restHigh - bh - borrow;
    q++;
  }
  return q;
}
