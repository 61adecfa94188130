import { ExecutionError } from '../../../common/errors.ts';
import type { DecimalType, SqlType } from '../../../common/types.ts';
import { DOUBLE, decimal, INTEGER, isNumeric, MAX_DECIMAL_PRECISION } from '../../../common/types.ts';
import { roundHalfEven } from '../cast.ts';
import { asDecimal, canImplicitlyCast } from '../coerce.ts';
import { decimalMax, decimalText, divideHalfAway, outOfRange, pow10 } from '../ranges.ts';
import { type Evaluator, firstFitting, type Overload, type ScalarFunction } from '../scalar-function.ts';
import { doubleText } from '../value-text.ts';

type Rounding = 'round' | 'floor' | 'ceil' | 'trunc';

/** unscaled / divisor as a whole number. */
const WHOLE: Readonly<Record<Rounding, (unscaled: bigint, divisor: bigint) => bigint>> = {
  round: divideHalfAway,
  trunc: (unscaled, divisor) => unscaled / divisor,
  floor: (unscaled, divisor) => unscaled / divisor - (unscaled % divisor < 0n ? 1n : 0n),
  ceil: (unscaled, divisor) => unscaled / divisor + (unscaled % divisor > 0n ? 1n : 0n),
};

const DOUBLES: Readonly<Record<Rounding, (value: number) => number>> = {
  round: roundHalfEven,
  trunc: Math.trunc,
  floor: Math.floor,
  ceil: Math.ceil,
};

/** One digit more than the decimal has before its point, for the carry: round(9.9) is 10. */
function toWhole(name: Rounding, type: DecimalType): Overload {
  const result = decimal(Math.min(type.precision - type.scale + 1, MAX_DECIMAL_PRECISION), 0);
  const divisor = pow10(type.scale);
  const whole = WHOLE[name];
  return { argTypes: [type], type: result, evaluate: (value: bigint) => whole(value, divisor) };
}

/** Digits after the point are kept as zeros, since the type cannot depend on a value. */
function toDigits(name: 'round' | 'trunc', type: DecimalType): Overload {
  const result = decimal(Math.min(type.precision + 1, MAX_DECIMAL_PRECISION), type.scale);
  const max = decimalMax(result);
  const whole = WHOLE[name];
  const evaluate = (value: bigint, digits: number) => {
    if (digits >= type.scale) return value;
    const drop = type.scale - digits;
    if (drop > type.precision) return 0n;
    const unit = pow10(drop);
    const rounded = whole(value, unit) * unit;
    if (rounded > max || rounded < -max) {
      throw outOfRange(`${name}(${decimalText(value, type.scale)}, ${digits})`, result);
    }
    return rounded;
  };
  return { argTypes: [type, INTEGER], type: result, evaluate };
}

const halfAway = (value: number) => (value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5));

/** Not exact, as floats are not: multiplies, rounds half away from zero, divides. A result that is not finite is the input. */
function doubleDigits(name: 'round' | 'trunc'): Overload {
  const whole = name === 'round' ? halfAway : Math.trunc;
  const evaluate = (value: number, digits: number) => {
    const unit = 10 ** Math.abs(digits);
    const result = digits >= 0 ? whole(value * unit) / unit : whole(value / unit) * unit;
    return Number.isFinite(result) ? result : Number.isFinite(unit) || digits >= 0 ? value : 0;
  };
  return { argTypes: [DOUBLE, INTEGER], type: DOUBLE, evaluate };
}

function rounding(name: Rounding, doc: string): ScalarFunction {
  const resolve: ScalarFunction['resolve'] = (args) => {
    const [type, digits] = args;
    if (type === undefined || !(isNumeric(type) || type.kind === 'null')) return null;
    if (args.length === 1) {
      if (type.kind === 'decimal') return type.scale === 0 ? same(type) : toWhole(name, type);
      if (type.kind === 'real' || type.kind === 'double') {
        return { argTypes: [DOUBLE], type: DOUBLE, evaluate: DOUBLES[name] };
      }
      return same(type.kind === 'null' ? INTEGER : type);
    }
    if (args.length !== 2 || digits === undefined || !canImplicitlyCast(digits, INTEGER)) return null;
    if (name !== 'round' && name !== 'trunc') return null;
    const exact = asDecimal(type);
    return exact ? toDigits(name, exact) : doubleDigits(name);
  };
  return { name, doc, nulls: 'strict', resolve };
}

const same = (type: SqlType): Overload => ({ argTypes: [type], type, evaluate: (value) => value });

/** A function of doubles. An infinite result of finite arguments is SQ3002. */
function ofDoubles(name: string, doc: string, arity: number, compute: Evaluator): ScalarFunction {
  const evaluate: Evaluator = (...args: number[]) => {
    const result = compute(...args) as number;
    if (!Number.isFinite(result) && !Number.isNaN(result) && args.every(Number.isFinite)) {
      throw outOfRange(`${name}(${args.map(doubleText).join(', ')})`, DOUBLE);
    }
    return result;
  };
  const overload: Overload = {
    argTypes: Array.from({ length: arity }, () => DOUBLE),
    type: DOUBLE,
    evaluate,
  };
  return { name, doc, nulls: 'strict', resolve: firstFitting([overload], canImplicitlyCast) };
}

/** SQ3005: an argument outside the function's domain. */
function undefinedFor(what: string): ExecutionError {
  return new ExecutionError('SQ3005', what);
}

function sqrt(value: number): number {
  if (value < 0) throw undefinedFor('square root of a negative number');
  return Math.sqrt(value);
}

function ln(value: number): number {
  if (value === 0) throw undefinedFor('logarithm of zero');
  if (value < 0) throw undefinedFor('logarithm of a negative number');
  return Math.log(value);
}

/** JavaScript says NaN where C's pow says 1: 1 to any power, and -1 to an infinite one. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1;
  if (base === 0 && exponent < 0) throw undefinedFor('zero raised to a negative power');
  if (base < 0 && Number.isFinite(base) && Number.isFinite(exponent) && !Number.isInteger(exponent)) {
    throw undefinedFor('a negative number raised to a power that is not whole');
  }
  return base ** exponent;
}

const SIGN: ScalarFunction = {
  name: 'sign',
  doc: 'sign(a): -1, 0 or 1; an integer, of floats a double',
  nulls: 'strict',
  resolve: (args) => {
    const type = args[0]?.kind === 'null' ? INTEGER : args[0];
    if (args.length !== 1 || type === undefined || !isNumeric(type)) return null;
    if (type.kind === 'real' || type.kind === 'double') {
      return { argTypes: [DOUBLE], type: DOUBLE, evaluate: Math.sign };
    }
    const evaluate = (value: number | bigint) => (value > 0 ? 1 : value < 0 ? -1 : 0);
    return { argTypes: [type], type: INTEGER, evaluate };
  },
};

export const MATH: readonly ScalarFunction[] = [
  rounding(
    'round',
    'round(a [, digits]): exact numbers half away from zero, floats half to even; with digits half away',
  ),
  rounding('floor', 'floor(a): the largest whole number not above a'),
  rounding('ceil', 'ceil(a): the smallest whole number not below a'),
  { ...rounding('ceil', 'ceiling(a): ceil'), name: 'ceiling', aliasOf: 'ceil' },
  rounding('trunc', 'trunc(a [, digits]): towards zero'),
  SIGN,
  ofDoubles('sqrt', 'sqrt(a): the square root', 1, sqrt),
  ofDoubles('ln', 'ln(a): the natural logarithm', 1, ln),
  ofDoubles('exp', 'exp(a): e to the power a', 1, Math.exp),
  ofDoubles('power', 'power(a, b): a to the power b', 2, power),
  { ...ofDoubles('power', 'pow(a, b): power', 2, power), name: 'pow', aliasOf: 'power' },
];
