import { type Code, f32, f64, i32, i64, select } from '../../../wasm/emit/code.ts';
import type { Bounds } from '../../../wasm/vector.ts';
import { pow10 } from '../ranges.ts';
import type { CodeWriter, Guard } from './code-writer.ts';
import { type ExactOperand, exactConstant, type FloatOperand, highOf, INT64, within } from './operand.ts';

/** A real or a double. */
export type AnyFloat = FloatOperand<'f32'> | FloatOperand<'f64'>;
export type FloatOperator = '+' | '-' | '*' | '/' | '%';

const INSTRUCTIONS = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div' } as const;

/** What the interpreter computes in doubles and rounds to real is the same rounded once: a double has more than twice the digits. */
export function floatOperation(
  w: CodeWriter,
  operator: FloatOperator,
  a: AnyFloat,
  b: AnyFloat,
  guard: Guard,
): AnyFloat {
  return a.kind === 'f32'
    ? operation32(w, operator, a as FloatOperand<'f32'>, b as FloatOperand<'f32'>, guard)
    : operation64(w, operator, a as FloatOperand<'f64'>, b as FloatOperand<'f64'>, guard);
}

function operation64(
  w: CodeWriter,
  operator: FloatOperator,
  a: FloatOperand<'f64'>,
  b: FloatOperand<'f64'>,
  guard: Guard,
): FloatOperand<'f64'> {
  if (operator === '/' || operator === '%') {
    guard.failWhen(i32.and(f64.eq(b.value(), f64.const(0)), f64.eq(a.value(), a.value())));
  }
  const code =
    operator === '%'
      ? w.kernel('decimals', 'remainder', ['f64', 'f64'], 'f64', a.value(), b.value())
      : f64[INSTRUCTIONS[operator]](a.value(), b.value());
  const value = w.keep(code, 'float');
  guard.failWhen(i32.and(i32.eqz(finite64(value())), i32.and(finite64(a.value()), finite64(b.value()))));
  return { kind: 'f64', value, mayBeNan: true };
}

function operation32(
  w: CodeWriter,
  operator: FloatOperator,
  a: FloatOperand<'f32'>,
  b: FloatOperand<'f32'>,
  guard: Guard,
): FloatOperand<'f32'> {
  if (operator === '/' || operator === '%') {
    guard.failWhen(i32.and(f32.eq(b.value(), f32.const(0)), f32.eq(a.value(), a.value())));
  }
  const code =
    operator === '%'
      ? f32.demoteF64(
          w.kernel(
            'decimals',
            'remainder',
            ['f64', 'f64'],
            'f64',
            f64.promoteF32(a.value()),
            f64.promoteF32(b.value()),
          ),
        )
      : f32[INSTRUCTIONS[operator]](a.value(), b.value());
  const value = w.keep(code, 'float');
  guard.failWhen(i32.and(i32.eqz(finite32(value())), i32.and(finite32(a.value()), finite32(b.value()))));
  return { kind: 'f32', value, mayBeNan: true };
}

export const finite64 = (value: Code<'f64'>): Code<'i32'> =>
  f64.lt(f64.abs(value), f64.const(Number.POSITIVE_INFINITY));
export const finite32 = (value: Code<'f32'>): Code<'i32'> =>
  f32.lt(f32.abs(value), f32.const(Number.POSITIVE_INFINITY));

/** Whole numbers up to this are exact in a double. */
const EXACT: Bounds = { min: -(1n << 53n), max: 1n << 53n };
const DOUBLE_BITS = 53;
const REAL_BITS = 24;

/**
 * numerator / denominator as the nearest double or real, ties to even. Both fit 128 bits. Where the denominator is 0 the
 * result is anything.
 */
export function ratio(w: CodeWriter, numerator: ExactOperand, denominator: ExactOperand, to: 'f64' | 'f32'): AnyFloat {
  const bits = to === 'f64' ? DOUBLE_BITS : REAL_BITS;
  const general = () =>
    w.kernel(
      'decimals',
      'ratio',
      ['i64', 'i64', 'i64', 'i64', 'i32'],
      'f64',
      numerator.low(),
      highOf(numerator),
      denominator.low(),
      highOf(denominator),
      i32.const(bits),
    );
  if (to === 'f32') {
    return { kind: 'f32', value: w.keep(f32.demoteF64(general()), 'ratio'), mayBeNan: true };
  }
  if (numerator.wide || !within(denominator.bounds, EXACT)) {
    if (numerator.wide || denominator.wide || denominator.bounds.min === denominator.bounds.max) {
      return { kind: 'f64', value: w.keep(general(), 'ratio'), mayBeNan: true };
    }
  }
  const sign = denominator.bounds.min >= 0n ? null : w.keep(i64.shrS(denominator.low(), i64.const(63n)), 'sign');
  const positive = (operand: ExactOperand) => (sign ? i64.sub(i64.xor(operand.low(), sign()), sign()) : operand.low());
  const quick = f64.div(f64.convertI64S(positive(numerator)), f64.convertI64S(positive(denominator)));
  const small = (operand: ExactOperand) =>
    i64.leU(i64.add(operand.low(), i64.const(EXACT.max)), i64.const(2n * EXACT.max));
  const checks = [numerator, denominator].filter(({ bounds }) => !within(bounds, EXACT)).map(small);
  if (checks.length === 0) return { kind: 'f64', value: w.keep(quick, 'ratio'), mayBeNan: true };
  const condition = checks.reduce((all, check) => i32.and(all, check));
  const code: Code<'f64'> = { kind: 'if', type: 'f64', condition, taken: [quick], otherwise: [general()] };
  return { kind: 'f64', value: w.keep(code, 'ratio'), mayBeNan: true };
}

/** A decimal as a float, rounded once. */
export const decimalToFloat = (w: CodeWriter, value: ExactOperand, scale: number, to: 'f64' | 'f32') =>
  ratio(w, value, exactConstant(pow10(scale)), to);

/** A whole number as a float, rounded once. */
export function wholeToFloat(w: CodeWriter, value: ExactOperand, to: 'f64' | 'f32'): AnyFloat {
  if (!value.wide) {
    if (to === 'f64') return { kind: 'f64', value: w.keep(f64.convertI64S(value.low()), 'float'), mayBeNan: false };
    return { kind: 'f32', value: w.keep(f32.convertI64S(value.low()), 'float'), mayBeNan: false };
  }
  return ratio(w, value, exactConstant(1n), to);
}

/** The nearest whole number, ties to even; what becomes 0 from below is no negative zero. */
export function roundedHalfEven(value: () => Code<'f64'>): Code<'f64'> {
  return select(value(), f64.add(f64.nearest(value()), f64.const(0)), f64.eq(value(), f64.const(0)));
}

/** A float as the nearest whole number. The limits are those of an integer type. Fails for what is not finite or outside them. */
export function floatToWhole(w: CodeWriter, value: AnyFloat, limits: Bounds, guard: Guard): ExactOperand {
  const source = value.kind === 'f64' ? value.value() : f64.promoteF32(value.value());
  const rounded = w.keep(f64.nearest(source), 'rounded');
  const above = f64.ge(rounded(), f64.const(Number(limits.min)));
  const inside = i32.and(above, f64.lt(rounded(), f64.const(Number(limits.max + 1n))));
  guard.failWhen(i32.eqz(inside));
  if (within(limits, INT64)) {
    return { kind: 'exact', wide: false, low: w.keep(i64.truncSatF64S(rounded()), 'whole'), bounds: limits };
  }
  const low = w.keep(i64.truncSatF64U(rounded()), 'whole');
  return { kind: 'exact', wide: true, low, high: () => i64.const(0n), bounds: limits };
}
