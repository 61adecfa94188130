import { assertNever } from '../../../common/errors.ts';
import type { DecimalType, SqlType } from '../../../common/types.ts';
import {
  BIGINT,
  DOUBLE,
  decimal,
  INTEGER,
  isInteger,
  isNumeric,
  MAX_DECIMAL_PRECISION,
  SMALLINT,
} from '../../../common/types.ts';
import { asDecimal, commonType } from '../coerce.ts';
import { ratioToDouble } from '../exact-ratio.ts';
import {
  decimalMax,
  decimalText,
  divisionByZero,
  INTEGER_RANGES,
  type IntegerKind,
  isBigKind,
  isIntegerKind,
  outOfRange,
  pow10,
} from '../ranges.ts';
import type { Evaluator, Overload, ScalarFunction } from '../scalar-function.ts';

/**
 * Result types of arithmetic. With d = p - s, the digits before the point:
 *
 * | operands | `+` `-` | `*` | `/` | `%` |
 * | --- | --- | --- | --- | --- |
 * | integers | common integer type | common | common, truncated | common, sign of the left operand |
 * | decimal(p1,s1), decimal(p2,s2); integers count as decimals | decimal(max(d1,d2) + 1 + s, s), s = max(s1,s2) | decimal(p1 + p2, s1 + s2) | double, the exact quotient rounded once | decimal(max(d1,d2) + s, s) |
 * | real, real | real | real | real | real |
 * | a float and another number | double | double | double | double |
 *
 * Precisions are capped at 38. A scale above 38 is no type: the operator does not exist for such operands. ubigint with a
 * signed type counts as decimals. Results that do not fit are SQ3002, also when a finite float becomes infinite; division
 * by zero is SQ3003 for every type.
 */
type Operator = '+' | '-' | '*' | '/' | '%';

/** The overload of a numeric operator, null when an operand is not a number. An untyped NULL takes the other's type. */
export function numericOverload(operator: Operator, left: SqlType, right: SqlType): Overload | null {
  const a = left.kind === 'null' ? (right.kind === 'null' ? INTEGER : right) : left;
  const b = right.kind === 'null' ? a : right;
  if (!isNumeric(a) || !isNumeric(b)) return null;
  const common = commonType([a, b]);
  if (common === null) return null;
  if (isIntegerKind(common.kind)) {
    const evaluate = isBigKind(common.kind) ? bigOperator(operator, common) : smallOperator(operator, common);
    return { argTypes: [common, common], type: common, evaluate };
  }
  if (common.kind === 'real' || common.kind === 'double') {
    return { argTypes: [common, common], type: common, evaluate: floatOperator(operator, common) };
  }
  return decimalOverload(operator, asDecimal(a) as DecimalType, asDecimal(b) as DecimalType);
}

/** Integer types up to 32 bits: sums and quotients are exact in a double, and a product past 2^53 is out of range anyway. */
function smallOperator(operator: Operator, type: SqlType): Evaluator {
  const range = INTEGER_RANGES[type.kind as IntegerKind];
  const min = Number(range.min);
  const max = Number(range.max);
  const checked = (a: number, b: number, result: number) => {
    if (result < min || result > max) throw outOfRange(`${a} ${operator} ${b}`, type);
    return result + 0;
  };
  switch (operator) {
    case '+':
      return (a: number, b: number) => checked(a, b, a + b);
    case '-':
      return (a: number, b: number) => checked(a, b, a - b);
    case '*':
      return (a: number, b: number) => checked(a, b, a * b);
    case '/':
      return (a: number, b: number) => {
        if (b === 0) throw divisionByZero();
        return checked(a, b, Math.trunc(a / b));
      };
    case '%':
      return (a: number, b: number) => {
        if (b === 0) throw divisionByZero();
        return (a % b) + 0;
      };
    default:
      return assertNever(operator);
  }
}

function bigOperator(operator: Operator, type: SqlType): Evaluator {
  const { min, max } = INTEGER_RANGES[type.kind as IntegerKind];
  const checked = (a: bigint, b: bigint, result: bigint) => {
    if (result < min || result > max) throw outOfRange(`${a} ${operator} ${b}`, type);
    return result;
  };
  switch (operator) {
    case '+':
      return (a: bigint, b: bigint) => checked(a, b, a + b);
    case '-':
      return (a: bigint, b: bigint) => checked(a, b, a - b);
    case '*':
      return (a: bigint, b: bigint) => checked(a, b, a * b);
    case '/':
      return (a: bigint, b: bigint) => {
        if (b === 0n) throw divisionByZero();
        return checked(a, b, a / b);
      };
    case '%':
      return (a: bigint, b: bigint) => {
        if (b === 0n) throw divisionByZero();
        return a % b;
      };
    default:
      return assertNever(operator);
  }
}

const FLOAT_OPERATIONS: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

function floatOperator(operator: Operator, type: SqlType): Evaluator {
  const compute = FLOAT_OPERATIONS[operator];
  const divides = operator === '/' || operator === '%';
  const round = type.kind === 'real' ? Math.fround : (x: number) => x;
  return (a: number, b: number) => {
    if (divides && b === 0 && !Number.isNaN(a)) throw divisionByZero();
    const result = round(compute(a, b));
    if (!Number.isFinite(result) && Number.isFinite(a) && Number.isFinite(b)) {
      throw outOfRange(`${a} ${operator} ${b}`, type);
    }
    return result;
  };
}

/** To a scale that is larger by so many digits. */
function lifting(digits: number): (unscaled: bigint) => bigint {
  const factor = pow10(digits);
  return digits === 0 ? (unscaled) => unscaled : (unscaled) => unscaled * factor;
}

function decimalOverload(operator: Operator, a: DecimalType, b: DecimalType): Overload | null {
  const argTypes = [a, b];
  const scale = Math.max(a.scale, b.scale);
  const digits = Math.max(a.precision - a.scale, b.precision - b.scale);
  const capped = (precision: number, s: number) => decimal(Math.min(precision, MAX_DECIMAL_PRECISION), s);
  const [liftA, liftB] = [lifting(scale - a.scale), lifting(scale - b.scale)];
  const text = (x: bigint, y: bigint) => `${decimalText(x, a.scale)} ${operator} ${decimalText(y, b.scale)}`;
  const checked = (type: DecimalType, compute: (x: bigint, y: bigint) => bigint): Overload => {
    const max = decimalMax(type);
    const evaluate = (x: bigint, y: bigint) => {
      const result = compute(x, y);
      if (result > max || result < -max) throw outOfRange(text(x, y), type);
      return result;
    };
    return { argTypes, type, evaluate };
  };
  switch (operator) {
    case '+':
      return checked(capped(digits + 1 + scale, scale), (x, y) => liftA(x) + liftB(y));
    case '-':
      return checked(capped(digits + 1 + scale, scale), (x, y) => liftA(x) - liftB(y));
    case '*':
      if (a.scale + b.scale > MAX_DECIMAL_PRECISION) return null;
      return checked(capped(a.precision + b.precision, a.scale + b.scale), (x, y) => x * y);
    case '/': {
      const evaluate = (x: bigint, y: bigint) => {
        if (y === 0n) throw divisionByZero();
        return ratioToDouble(liftA(x), liftB(y));
      };
      return { argTypes, type: DOUBLE, evaluate };
    }
    case '%':
      return checked(capped(digits + scale, scale), (x, y) => {
        if (y === 0n) throw divisionByZero();
        return liftA(x) % liftB(y);
      });
    default:
      return assertNever(operator);
  }
}

/** What the negative of an unsigned integer fits. */
const NEGATED: Readonly<Record<string, SqlType>> = {
  utinyint: SMALLINT,
  usmallint: INTEGER,
  uinteger: BIGINT,
  ubigint: decimal(20, 0),
};

/** An operation on one number that keeps its type and can leave the range only at the smallest integer. */
function unary(
  describe: (value: number | bigint) => string,
  small: (value: number) => number,
  big: (value: bigint) => bigint,
): (type: SqlType) => Overload {
  return (type) => {
    const range = isIntegerKind(type.kind) ? INTEGER_RANGES[type.kind] : null;
    const max = range?.max;
    const evaluate = (value: number | bigint) => {
      const result = typeof value === 'bigint' ? big(value) : small(value);
      if (max !== undefined && result > max) throw outOfRange(describe(value), type);
      return result;
    };
    return { argTypes: [type], type, evaluate };
  };
}

const floatNegation = unary(
  (value) => `-(${value})`,
  (value) => -value,
  (value) => -value,
);
const wholeNegation = unary(
  (value) => `-(${value})`,
  (value) => 0 - value,
  (value) => -value,
);
const absolute = unary(
  (value) => `abs(${value})`,
  Math.abs,
  (value) => (value < 0n ? -value : value),
);

const orInteger = (type: SqlType | undefined) => (type?.kind === 'null' ? INTEGER : type);

/** Unary minus of numbers, or of the other types that `others` knows. */
export function negation(others: ScalarFunction['resolve']): ScalarFunction {
  return {
    name: 'negate',
    doc: '-a: the negative of a number or interval; an unsigned integer becomes the next wider signed type',
    nulls: 'strict',
    resolve: (args) => {
      const type = orInteger(args[0]);
      if (args.length !== 1 || type === undefined) return null;
      if (!isNumeric(type)) return others(args);
      const operand = NEGATED[type.kind] ?? type;
      return isInteger(operand) ? wholeNegation(operand) : floatNegation(operand);
    },
  };
}

export const ABS: ScalarFunction = {
  name: 'abs',
  doc: 'abs(a): the absolute value',
  nulls: 'strict',
  resolve: (args) => {
    const type = orInteger(args[0]);
    return args.length === 1 && type !== undefined && isNumeric(type) ? absolute(type) : null;
  },
};

/** An operator on two numbers, or on the pairs of other types that `others` knows. */
export function operatorFunction(operator: Operator, doc: string, others?: ScalarFunction['resolve']): ScalarFunction {
  return {
    name: operator,
    doc,
    nulls: 'strict',
    resolve: (args) => {
      const [a, b] = args;
      if (a === undefined || b === undefined || args.length !== 2) return null;
      return numericOverload(operator, a, b) ?? others?.(args) ?? null;
    },
  };
}
