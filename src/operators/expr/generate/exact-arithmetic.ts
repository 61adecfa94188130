import { type Code, i32, i64, select } from '../../../wasm/emit/code.ts';
import type { Bounds } from '../../../wasm/vector.ts';
import type { CodeWriter, Guard } from './code-writer.ts';
import {
  type Exact64,
  type ExactOperand,
  exactConstant,
  highOf,
  INT64,
  INT128,
  intersect,
  largest,
  NotGenerated,
  smallest,
  within,
} from './operand.ts';

/*
 * Arithmetic on whole numbers by their bounds: a result whose bounds fit 64 bits is computed in 64 bits and needs no check,
 * since wrapping arithmetic on the lower halves is right whenever the true result fits. `limits` is the range of the result's
 * type; what leaves it fails.
 */

const exact64 = (low: Exact64['low'], bounds: Bounds): Exact64 => ({ kind: 'exact', wide: false, low, bounds });

export function add(w: CodeWriter, a: ExactOperand, b: ExactOperand, limits: Bounds, guard: Guard): ExactOperand {
  const bounds = { min: a.bounds.min + b.bounds.min, max: a.bounds.max + b.bounds.max };
  if (within(bounds, INT64)) {
    return limited(exact64(w.keep(i64.add(a.low(), b.low()), 'sum'), bounds), limits, guard);
  }
  if (!a.wide && !b.wide && within(limits, INT64)) {
    const sum = w.keep(i64.add(a.low(), b.low()), 'sum');
    guard.failWhen(i64.ltS(i64.and(i64.xor(a.low(), sum()), i64.xor(b.low(), sum())), i64.const(0n)));
    return limited(exact64(sum, intersect(bounds, INT64)), limits, guard);
  }
  const low = w.keep(i64.add(a.low(), b.low()), 'low');
  const carry = i64.extendI32U(i64.ltU(low(), a.low()));
  const high = w.keep(i64.add(i64.add(highOf(a), highOf(b)), carry), 'high');
  if (!within(bounds, INT128)) {
    guard.failWhen(i64.ltS(i64.and(i64.xor(highOf(a), high()), i64.xor(highOf(b), high())), i64.const(0n)));
  }
  return limited({ kind: 'exact', wide: true, low, high, bounds: intersect(bounds, INT128) }, limits, guard);
}

export function subtract(w: CodeWriter, a: ExactOperand, b: ExactOperand, limits: Bounds, guard: Guard): ExactOperand {
  const bounds = { min: a.bounds.min - b.bounds.max, max: a.bounds.max - b.bounds.min };
  if (within(bounds, INT64)) {
    return limited(exact64(w.keep(i64.sub(a.low(), b.low()), 'difference'), bounds), limits, guard);
  }
  if (!a.wide && !b.wide && within(limits, INT64)) {
    const difference = w.keep(i64.sub(a.low(), b.low()), 'difference');
    guard.failWhen(i64.ltS(i64.and(i64.xor(a.low(), b.low()), i64.xor(a.low(), difference())), i64.const(0n)));
    return limited(exact64(difference, intersect(bounds, INT64)), limits, guard);
  }
  const low = w.keep(i64.sub(a.low(), b.low()), 'low');
  const borrow = i64.extendI32U(i64.ltU(a.low(), b.low()));
  const high = w.keep(i64.sub(i64.sub(highOf(a), highOf(b)), borrow), 'high');
  if (!within(bounds, INT128)) {
    guard.failWhen(i64.ltS(i64.and(i64.xor(highOf(a), highOf(b)), i64.xor(highOf(a), high())), i64.const(0n)));
  }
  return limited({ kind: 'exact', wide: true, low, high, bounds: intersect(bounds, INT128) }, limits, guard);
}

export function multiply(w: CodeWriter, a: ExactOperand, b: ExactOperand, limits: Bounds, guard: Guard): ExactOperand {
  const bounds = productBounds(a.bounds, b.bounds);
  if (within(bounds, INT64)) {
    return limited(exact64(w.keep(i64.mul(a.low(), b.low()), 'product'), bounds), limits, guard);
  }
  if (!a.wide && !b.wide) return limited(fullProduct(w, a, b, bounds), limits, guard);
  const overflow = w.keep(
    w.kernel(
      'decimals',
      'multiply',
      ['i64', 'i64', 'i64', 'i64', 'i32'],
      'i32',
      a.low(),
      highOf(a),
      b.low(),
      highOf(b),
      w.scratch(),
    ),
    'overflow',
  );
  if (!within(bounds, INT128)) guard.failWhen(overflow());
  return limited(fromScratch(w, 0, intersect(bounds, INT128)), limits, guard);
}

function productBounds(a: Bounds, b: Bounds): Bounds {
  const corners = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max];
  return { min: smallest(...corners), max: largest(...corners) };
}

/** 64 by 64 to 128 bits, after Warren, "Hacker's Delight", mulhs. */
function fullProduct(w: CodeWriter, a: Exact64, b: Exact64, bounds: Bounds): ExactOperand {
  const lower = (code: Code<'i64'>) => i64.and(code, i64.const(0xffffffffn));
  const upper = (code: Code<'i64'>) => i64.shrU(code, i64.const(32n));
  const sign = (code: Code<'i64'>) => i64.shrS(code, i64.const(63n));
  const low = w.keep(i64.mul(a.low(), b.low()), 'low');
  const first = upper(i64.mul(lower(a.low()), lower(b.low())));
  const middle = w.keep(i64.add(i64.mul(upper(a.low()), lower(b.low())), first), 'middle');
  const cross = i64.add(i64.mul(lower(a.low()), upper(b.low())), lower(middle()));
  const unsigned = i64.add(i64.add(i64.mul(upper(a.low()), upper(b.low())), upper(middle())), upper(cross));
  const corrections = i64.add(i64.and(sign(a.low()), b.low()), i64.and(sign(b.low()), a.low()));
  const high = w.keep(i64.sub(unsigned, corrections), 'high');
  return { kind: 'exact', wide: true, low, high, bounds };
}

/** What a kernel left in the scratch space. */
function fromScratch(w: CodeWriter, offset: number, bounds: Bounds): ExactOperand {
  const low = w.keep(i64.load(w.scratch(), offset), 'low');
  if (within(bounds, INT64)) return exact64(low, bounds);
  return { kind: 'exact', wide: true, low, high: w.keep(i64.load(w.scratch(), offset + 8), 'high'), bounds };
}

/** Fails where the number leaves the limits. */
export function limited(value: ExactOperand, limits: Bounds, guard: Guard): ExactOperand {
  const { bounds } = value;
  if (within(bounds, limits)) return narrowed(value);
  const tooSmall = bounds.min < limits.min ? isLess(value, exactConstant(limits.min)) : null;
  const tooLarge = bounds.max > limits.max ? isLess(exactConstant(limits.max), value) : null;
  if (tooSmall && tooLarge && !value.wide && within(limits, INT64)) {
    const span = BigInt.asIntN(64, limits.max - limits.min);
    guard.failWhen(i64.gtU(i64.sub(value.low(), i64.const(limits.min)), i64.const(span)));
  } else if (tooSmall && tooLarge) guard.failWhen(i32.or(tooSmall, tooLarge));
  else if (tooSmall ?? tooLarge) guard.failWhen((tooSmall ?? tooLarge) as Code<'i32'>);
  const left = intersect(bounds, limits);
  return narrowed({ ...value, bounds: left.min > left.max ? limits : left });
}

function narrowed(value: ExactOperand): ExactOperand {
  return value.wide && within(value.bounds, INT64) ? exact64(value.low, value.bounds) : value;
}

export function isLess(a: ExactOperand, b: ExactOperand): Code<'i32'> {
  if (!a.wide && !b.wide) return i64.ltS(a.low(), b.low());
  return i32.or(i64.ltS(highOf(a), highOf(b)), i32.and(i64.eq(highOf(a), highOf(b)), i64.ltU(a.low(), b.low())));
}

export function isEqual(a: ExactOperand, b: ExactOperand): Code<'i32'> {
  if (!a.wide && !b.wide) return i64.eq(a.low(), b.low());
  return i64.eqz(i64.or(i64.xor(a.low(), b.low()), i64.xor(highOf(a), highOf(b))));
}

const isZero = (value: ExactOperand): Code<'i32'> =>
  value.wide ? i64.eqz(i64.or(value.low(), value.high())) : i64.eqz(value.low());

const isNegative = (value: ExactOperand): Code<'i32'> => i64.ltS(highOf(value), i64.const(0n));

export const negate = (w: CodeWriter, value: ExactOperand, limits: Bounds, guard: Guard) =>
  subtract(w, exactConstant(0n), value, limits, guard);

export function absolute(w: CodeWriter, value: ExactOperand, limits: Bounds, guard: Guard): ExactOperand {
  const { min, max } = value.bounds;
  if (min >= 0n) return value;
  const bounds = { min: 0n, max: largest(-min, max) };
  const unlimited: Guard = { failWhen: () => undefined };
  const negative = negate(w, value, INT128, unlimited);
  const low = w.keep(select(negative.low(), value.low(), isNegative(value)), 'low');
  if (within(bounds, INT64)) return limited(exact64(low, bounds), limits, guard);
  const high = w.keep(select(highOf(negative), highOf(value), isNegative(value)), 'high');
  return limited({ kind: 'exact', wide: true, low, high, bounds }, limits, guard);
}

/** The number times 10^digits; never fails, and has no generated form where 128 bits might not do. */
export function scaledUp(w: CodeWriter, value: ExactOperand, factor: bigint): ExactOperand {
  if (factor === 1n) return value;
  const bounds = productBounds(value.bounds, { min: factor, max: factor });
  if (!within(bounds, INT128)) throw new NotGenerated('more than 128 bits');
  if (value.bounds.min === value.bounds.max) return exactConstant(value.bounds.min * factor);
  return multiply(w, value, exactConstant(factor), INT128, { failWhen: () => undefined });
}

/** Quotient towards zero, or remainder with the sign of the dividend. Fails for a divisor of 0. */
export function divide(
  w: CodeWriter,
  result: 'quotient' | 'remainder',
  a: ExactOperand,
  b: ExactOperand,
  limits: Bounds,
  guard: Guard,
): ExactOperand {
  const mayBeZero = b.bounds.min <= 0n && b.bounds.max >= 0n;
  if (mayBeZero) guard.failWhen(isZero(b));
  const bounds = result === 'quotient' ? quotientBounds(a.bounds, b.bounds) : remainderBounds(a.bounds, b.bounds);
  if (!a.wide && !b.wide) {
    const overflows = a.bounds.min === INT64.min && b.bounds.min <= -1n && b.bounds.max >= -1n;
    const least = () => i32.and(i64.eq(a.low(), i64.const(INT64.min)), i64.eq(b.low(), i64.const(-1n)));
    if (overflows && result === 'quotient') {
      if (!within(limits, INT64)) throw new NotGenerated('more than 64 bits');
      guard.failWhen(least());
    }
    const harmless = b.bounds.min === b.bounds.max && !mayBeZero && b.bounds.min !== -1n;
    // What is NULL is outside the bounds too.
    const unfit = result === 'quotient' ? i32.or(i64.eqz(b.low()), least()) : i64.eqz(b.low());
    const divisor = harmless ? b.low() : select(i64.const(1n), b.low(), unfit);
    const value = result === 'quotient' ? i64.divS(a.low(), divisor) : i64.remS(a.low(), divisor);
    return limited(exact64(w.keep(value, result), intersect(bounds, INT64)), limits, guard);
  }
  w.push(divisionCall(w, a, b));
  return limited(fromScratch(w, result === 'quotient' ? 0 : 16, bounds), limits, guard);
}

const divisionCall = (w: CodeWriter, a: ExactOperand, b: ExactOperand) =>
  w.kernel(
    'decimals',
    'divide',
    ['i64', 'i64', 'i64', 'i64', 'i32'],
    'void',
    a.low(),
    highOf(a),
    b.low(),
    highOf(b),
    w.scratch(),
  );

const magnitude = ({ min, max }: Bounds) => largest(-min, max);

function quotientBounds(a: Bounds, b: Bounds): Bounds {
  const least = b.min > 0n ? b.min : b.max < 0n ? -b.max : 1n;
  const most = magnitude(a) / least;
  return { min: a.min >= 0n && b.min >= 0n ? 0n : -most, max: most };
}

function remainderBounds(a: Bounds, b: Bounds): Bounds {
  const below = magnitude(b) > 0n ? magnitude(b) - 1n : 0n;
  const most = smallest(below, magnitude(a));
  return { min: a.min < 0n ? -most : 0n, max: a.max > 0n ? most : 0n };
}

export type Rounding = 'round' | 'trunc' | 'floor' | 'ceil';

/** value / divisor as a whole number; the divisor is a positive power of ten. */
export function scaledDown(w: CodeWriter, value: ExactOperand, divisor: bigint, rounding: Rounding): ExactOperand {
  if (divisor === 1n) return value;
  const by = exactConstant(divisor);
  const free: Guard = { failWhen: () => undefined };
  if (rounding === 'trunc') return divide(w, 'quotient', value, by, INT128, free);
  if (rounding === 'round') {
    const half = exactConstant(divisor / 2n);
    const up = add(w, value, half, INT128, free);
    const down = subtract(w, value, half, INT128, free);
    const bounds = { min: value.bounds.min - divisor / 2n, max: value.bounds.max + divisor / 2n };
    if (!within(bounds, INT128)) throw new NotGenerated('more than 128 bits');
    const shifted = chosen(w, isNegative(value), down, up, bounds);
    return divide(w, 'quotient', shifted, by, INT128, free);
  }
  const quotient = divide(w, 'quotient', value, by, INT128, free);
  const rest = divide(w, 'remainder', value, by, INT128, free);
  const off = rounding === 'floor' ? isNegative(rest) : isLess(exactConstant(0n), rest);
  const one = exact64(w.keep(i64.extendI32U(off), 'one'), { min: 0n, max: 1n });
  return (rounding === 'floor' ? subtract : add)(w, quotient, one, INT128, free);
}

/** One of two numbers. */
export function chosen(
  w: CodeWriter,
  condition: Code<'i32'>,
  then: ExactOperand,
  otherwise: ExactOperand,
  bounds: Bounds,
): ExactOperand {
  const which = w.keep(condition, 'which');
  const low = w.keep(select(then.low(), otherwise.low(), which()), 'low');
  if (within(bounds, INT64)) return exact64(low, bounds);
  const high = w.keep(select(highOf(then), highOf(otherwise), which()), 'high');
  return { kind: 'exact', wide: true, low, high, bounds };
}
