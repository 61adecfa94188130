import { ExecutionError, UnsupportedError } from '../../../common/errors.ts';
import type { SqlType } from '../../../common/types.ts';
import { BIGINT, BOOLEAN, DOUBLE, decimal, INTEGER, isInteger, isNumeric } from '../../../common/types.ts';
import { INTEGER_RANGES, outOfRange } from '../ranges.ts';
import type { Evaluator, ScalarFunction } from '../scalar-function.ts';
import { doubleText } from '../value-text.ts';
import { numericOverload } from './arithmetic.ts';
import { alias, overload, strict } from './define.ts';

const undefinedFor = (what: string) => new ExecutionError('SQ3005', what);

/** A function of doubles; an infinite result of finite arguments is SQ3002. */
function ofDoubles(name: string, doc: string, arity: number, compute: (...args: number[]) => number): ScalarFunction {
  const evaluate = (...args: number[]) => {
    const result = compute(...args);
    if (!Number.isFinite(result) && !Number.isNaN(result) && args.every(Number.isFinite)) {
      throw outOfRange(`${name}(${args.map(doubleText).join(', ')})`, DOUBLE);
    }
    return result;
  };
  const argTypes = Array.from({ length: arity }, () => DOUBLE);
  return strict(name, doc, overload(argTypes, DOUBLE, evaluate as Evaluator));
}

const logarithm = (compute: (value: number) => number) => (value: number) => {
  if (value === 0) throw undefinedFor('logarithm of zero');
  if (value < 0) throw undefinedFor('logarithm of a negative number');
  return compute(value);
};

function logarithmTo(base: number, value: number): number {
  const divisor = logarithm(Math.log)(base);
  const dividend = logarithm(Math.log)(value);
  if (divisor === 0) throw undefinedFor('logarithm to the base 1');
  return dividend / divisor;
}

/** Between -1 and 1, or NaN. */
const inverse = (name: string, compute: (value: number) => number) => (value: number) => {
  if (value < -1 || value > 1) throw undefinedFor(`${name} of a number beyond -1 and 1`);
  return compute(value);
};

const angle = (name: string, compute: (value: number) => number) => (value: number) => {
  if (Math.abs(value) === Number.POSITIVE_INFINITY) throw undefinedFor(`${name} of an infinite number`);
  return compute(value);
};

function cotangent(value: number): number {
  if (value === 0) throw undefinedFor('cotangent of zero');
  return 1 / Math.tan(value);
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

function checkedBigint(value: bigint, what: string): bigint {
  if (value > INTEGER_RANGES.bigint.max) throw outOfRange(what, BIGINT);
  return value;
}

function lcm(a: bigint, b: bigint): bigint {
  if (a === 0n || b === 0n) return 0n;
  const product = (a / gcd(a, b)) * b;
  return checkedBigint(product < 0n ? -product : product, `lcm(${a}, ${b})`);
}

const FACTORIAL_TYPE = decimal(38, 0);

function factorial(n: number): bigint {
  if (n < 0) throw undefinedFor('factorial of a negative number');
  if (n > 33) throw outOfRange(`factorial(${n})`, FACTORIAL_TYPE);
  let product = 1n;
  for (let i = 2n; i <= n; i++) product *= i;
  return product;
}

/** Buckets of equal width from `low` on, numbered from 1; 0 and count + 1 lie outside. `low` may be the greater end. */
function widthBucket(value: number, low: number, high: number, count: number): number {
  if (count <= 0) throw new ExecutionError('SQ3007', 'width_bucket: the count of buckets is not positive');
  if (low === high) throw new ExecutionError('SQ3007', 'width_bucket: the bounds are equal');
  if ([value, low, high].some(Number.isNaN) || !Number.isFinite(low) || !Number.isFinite(high)) {
    throw new ExecutionError('SQ3007', 'width_bucket: a bound is not finite, or a number is NaN');
  }
  // Half of each where their difference is not finite.
  const unit = Number.isFinite(high - low) ? 1 : 0.5;
  const sign = low < high ? unit : -unit;
  const [at, end] = [value * sign - low * sign, high * sign - low * sign];
  if (at < 0) return 0;
  if (at >= end) {
    if (count === 2147483647) throw outOfRange(`width_bucket(${doubleText(value)}, …, ${count})`, INTEGER);
    return count + 1;
  }
  return Math.min(Math.floor((at / end) * count), count - 1) + 1;
}

/** Of whole numbers and decimals always the same, since they have no such values. */
const floatTest = (name: string, doc: string, test: (value: number) => boolean): ScalarFunction =>
  strict(name, doc, overload([DOUBLE], BOOLEAN, test));

const INTEGER_DIVISION: ScalarFunction = {
  name: '//',
  doc: 'a // b: the quotient of whole numbers, truncated',
  nulls: 'strict',
  resolve: ([a, b, ...more]) => {
    const quotient = a && b && more.length === 0 ? numericOverload('/', a, b) : null;
    return quotient && isInteger(quotient.type) ? quotient : null;
  },
};

const operator = (name: string, doc: string, symbol: '%' | '/'): ScalarFunction => ({
  name,
  doc,
  nulls: 'strict',
  resolve: ([a, b, ...more]) => (a && b && more.length === 0 ? numericOverload(symbol, a, b) : null),
});

/** The next even whole number, away from zero. */
function even(value: number): number {
  const whole = value >= 0 ? Math.ceil(value) : Math.floor(value);
  return whole % 2 === 0 ? whole : whole + Math.sign(value);
}

const SIGNBIT: ScalarFunction = strict(
  'signbit',
  'signbit(a): whether the float is negative, -0 included',
  overload([DOUBLE], BOOLEAN, (value: number) => value < 0 || Object.is(value, -0)),
);

const POSITIVE: ScalarFunction = {
  name: 'positive',
  doc: '+a: the number itself',
  nulls: 'strict',
  resolve: ([type, ...more]) => {
    const of: SqlType | undefined = type?.kind === 'null' ? INTEGER : type;
    return of && more.length === 0 && isNumeric(of) ? overload([of], of, (value) => value) : null;
  },
};

const GCD = strict(
  'gcd',
  'gcd(a, b): the greatest common divisor',
  overload([BIGINT, BIGINT], BIGINT, (a: bigint, b: bigint) => checkedBigint(gcd(a, b), `gcd(${a}, ${b})`)),
);
const LCM = strict('lcm', 'lcm(a, b): the least common multiple', overload([BIGINT, BIGINT], BIGINT, lcm));
const log10 = overload([DOUBLE], DOUBLE, logarithm(Math.log10));

/** A task that is tried again, or runs twice, has to give the same rows. */
const RANDOM = strict(
  'random',
  'random(): refused, since no two attempts at a task would give the same rows',
  overload([], DOUBLE, () => {
    throw new UnsupportedError('SQ2001', 'random() is not supported: attempts at one task would give different rows', {
      hint: 'take the digits of a hash: md5(key)',
    });
  }),
);

export const NUMBER: readonly ScalarFunction[] = [
  { ...operator('mod', 'mod(a, b): a % b', '%'), aliasOf: '%' },
  INTEGER_DIVISION,
  POSITIVE,
  ofDoubles('cbrt', 'cbrt(a): the cube root', 1, Math.cbrt),
  strict('log10', 'log10(a): the logarithm to the base 10', log10),
  strict(
    'log',
    'log([base,] a): the logarithm, to the base 10 unless told',
    log10,
    overload([DOUBLE, DOUBLE], DOUBLE, logarithmTo),
  ),
  ofDoubles('log2', 'log2(a): the logarithm to the base 2', 1, logarithm(Math.log2)),
  ofDoubles('sin', 'sin(a): the sine of an angle in radians', 1, angle('sine', Math.sin)),
  ofDoubles('cos', 'cos(a): the cosine of an angle in radians', 1, angle('cosine', Math.cos)),
  ofDoubles('tan', 'tan(a): the tangent of an angle in radians', 1, angle('tangent', Math.tan)),
  ofDoubles('cot', 'cot(a): the cotangent of an angle in radians', 1, angle('cotangent', cotangent)),
  ofDoubles('asin', 'asin(a): the angle in radians that has this sine', 1, inverse('arcsine', Math.asin)),
  ofDoubles('acos', 'acos(a): the angle in radians that has this cosine', 1, inverse('arccosine', Math.acos)),
  ofDoubles('atan', 'atan(a): the angle in radians that has this tangent', 1, Math.atan),
  ofDoubles('atan2', 'atan2(y, x): the angle in radians of the point (x, y)', 2, Math.atan2),
  ofDoubles('sinh', 'sinh(a): the hyperbolic sine', 1, Math.sinh),
  ofDoubles('cosh', 'cosh(a): the hyperbolic cosine', 1, Math.cosh),
  ofDoubles('tanh', 'tanh(a): the hyperbolic tangent', 1, Math.tanh),
  ofDoubles('degrees', 'degrees(a): radians in degrees', 1, (value) => value * (180 / Math.PI)),
  ofDoubles('radians', 'radians(a): degrees in radians', 1, (value) => value * (Math.PI / 180)),
  strict(
    'pi',
    'pi(): the ratio of a circle to its diameter',
    overload([], DOUBLE, () => Math.PI),
  ),
  ofDoubles('even', 'even(a): the next even whole number, away from zero', 1, even),
  GCD,
  alias(GCD, 'greatest_common_divisor'),
  LCM,
  alias(LCM, 'least_common_multiple'),
  strict('factorial', 'factorial(n): the product of 1 to n, to 33', overload([INTEGER], FACTORIAL_TYPE, factorial)),
  RANDOM,
  floatTest('isnan', 'isnan(a): whether the number is NaN', Number.isNaN),
  floatTest(
    'isinf',
    'isinf(a): whether the number is infinite',
    (value) => Math.abs(value) === Number.POSITIVE_INFINITY,
  ),
  floatTest('isfinite', 'isfinite(a): whether the number is neither NaN nor infinite', Number.isFinite),
  SIGNBIT,
  strict(
    'width_bucket',
    'width_bucket(a, low, high, count): the bucket of `count` of equal width, from 1; 0 below, count + 1 above',
    overload([DOUBLE, DOUBLE, DOUBLE, INTEGER], INTEGER, widthBucket),
  ),
];
