import type { SqlType } from '../../../common/types.ts';
import { type Code, f32, f64, i32, i64, select } from '../../../wasm/emit/code.ts';
import type { Bounds } from '../../../wasm/vector.ts';
import type { CallExpr } from '../expr.ts';
import { pow10 } from '../ranges.ts';
import { type CallEmitter, exactAt, literalAt, strict } from './call-emitter.ts';
import { addMoments, multiplyInterval, negateInterval, subtractMoments } from './call-moments.ts';
import type { CodeWriter, Guard } from './code-writer.ts';
import {
  absolute,
  add,
  divide,
  isLess,
  multiply,
  negate,
  type Rounding,
  scaledDown,
  scaledUp,
  subtract,
} from './exact-arithmetic.ts';
import { type FloatOperator, floatOperation, ratio, roundedHalfEven } from './float-arithmetic.ts';
import { type ExactOperand, exactConstant, type FloatOperand, NotGenerated, type Operand, rangeOf } from './operand.ts';

type Moments = (w: CodeWriter, args: readonly Operand[], guard: Guard, call: CallExpr) => Operand;

const isNumber = (type: SqlType) =>
  type.kind === 'decimal' || (/int|real|double/.test(type.kind) && type.kind !== 'interval');

const arithmetic = (operator: FloatOperator, moments: Moments): CallEmitter =>
  strict((w, args, guard, call) => {
    const [a, b] = args as readonly [Operand, Operand];
    if (!call.args.every(({ type }) => isNumber(type))) return moments(w, args, guard, call);
    if (a.kind === 'f32' || a.kind === 'f64') return floatOperation(w, operator, a, b as typeof a, guard);
    return exactOperation(w, operator, exactAt(args, 0), exactAt(args, 1), guard, call);
  });

const scaleOf = (type: SqlType | undefined) => (type?.kind === 'decimal' ? type.scale : 0);

function exactOperation(
  w: CodeWriter,
  operator: FloatOperator,
  a: ExactOperand,
  b: ExactOperand,
  guard: Guard,
  call: CallExpr,
): Operand {
  const [x, y] = [scaleOf(call.args[0]?.type), scaleOf(call.args[1]?.type)];
  const scale = Math.max(x, y);
  const lifted = () => [scaledUp(w, a, pow10(scale - x)), scaledUp(w, b, pow10(scale - y))] as const;
  const limits = rangeOf(call.type);
  if (limits === null) {
    if (operator !== '/') throw new NotGenerated(operator);
    const [numerator, denominator] = lifted();
    guard.failWhen(isZero(denominator));
    return ratio(w, numerator, denominator, 'f64');
  }
  switch (operator) {
    case '+':
      return add(w, ...lifted(), limits, guard);
    case '-':
      return subtract(w, ...lifted(), limits, guard);
    case '*':
      return multiply(w, a, b, limits, guard);
    case '/':
      return divide(w, 'quotient', a, b, limits, guard);
    case '%':
      return divide(w, 'remainder', ...lifted(), limits, guard);
  }
}

const isZero = (value: ExactOperand): Code<'i32'> =>
  i64.eqz(value.wide ? i64.or(value.low(), value.high()) : value.low());

const none: Moments = () => {
  throw new NotGenerated('no such operands');
};

const negation = strict((w, args, guard, call) => {
  const [value] = args;
  switch (value?.kind) {
    case 'exact':
      return negate(w, value, rangeOf(call.type) as Bounds, guard);
    case 'f32':
      return { ...value, value: w.keep(f32.neg(value.value()), 'negative') };
    case 'f64':
      return { ...value, value: w.keep(f64.neg(value.value()), 'negative') };
    default:
      return negateInterval(w, args, guard, call);
  }
});

const absoluteValue = strict((w, [value], guard, call) => {
  switch (value?.kind) {
    case 'exact':
      return absolute(w, value, rangeOf(call.type) as Bounds, guard);
    case 'f32':
      return { ...value, value: w.keep(f32.abs(value.value()), 'absolute') };
    case 'f64':
      return { ...value, value: w.keep(f64.abs(value.value()), 'absolute') };
    default:
      throw new NotGenerated('abs');
  }
});

const FLOAT_ROUNDING: Readonly<Record<Rounding, (value: () => Code<'f64'>) => Code<'f64'>>> = {
  round: roundedHalfEven,
  trunc: (value) => f64.trunc(value()),
  floor: (value) => f64.floor(value()),
  ceil: (value) => f64.ceil(value()),
};

const rounding = (name: Rounding): CallEmitter =>
  strict((w, [value], _, call) => {
    if (call.args.length === 2) return roundedTo(w, name, value as Operand, call);
    if (value?.kind === 'f64') {
      return { ...value, value: w.keep(FLOAT_ROUNDING[name](value.value), 'rounded') };
    }
    if (value?.kind !== 'exact') throw new NotGenerated(name);
    return scaledDown(w, value, pow10(scaleOf(call.args[0]?.type)), name);
  });

/** With a literal count of digits that keeps some of them; the result keeps its scale. */
function roundedTo(w: CodeWriter, name: Rounding, value: Operand, call: CallExpr): Operand {
  const digits = literalAt(call, 1);
  const type = call.args[0]?.type;
  if (typeof digits !== 'number' || type?.kind !== 'decimal' || value.kind !== 'exact') throw new NotGenerated(name);
  if (digits >= type.scale) return value;
  const drop = type.scale - digits;
  if (drop > type.precision) return exactConstant(0n);
  if (call.type.kind !== 'decimal' || call.type.precision !== type.precision + 1) throw new NotGenerated('capped');
  return scaledUp(w, scaledDown(w, value, pow10(drop), name), pow10(drop));
}

const sign = strict((w, [value]) => {
  if (value?.kind === 'f64') return { ...value, value: w.keep(signOfDouble(value), 'sign') };
  if (value?.kind !== 'exact') throw new NotGenerated('sign');
  const zero = exactConstant(0n);
  const difference = i32.sub(isLess(zero, value), isLess(value, zero));
  return { kind: 'exact', wide: false, low: w.keep(i64.extendI32S(difference), 'sign'), bounds: { min: -1n, max: 1n } };
});

/** NaN and both zeros are their own signs. */
function signOfDouble({ value }: FloatOperand<'f64'>): Code<'f64'> {
  const own = i32.or(f64.ne(value(), value()), f64.eq(value(), f64.const(0)));
  return select(value(), f64.copysign(f64.const(1), value()), own);
}

const squareRoot = strict((w, [value], guard) => {
  if (value?.kind !== 'f64') throw new NotGenerated('sqrt');
  guard.failWhen(f64.lt(value.value(), f64.const(0)));
  return { kind: 'f64', value: w.keep(f64.sqrt(value.value()), 'root'), mayBeNan: true };
});

export const ARITHMETIC: Readonly<Record<string, CallEmitter>> = {
  '+': arithmetic('+', addMoments),
  '-': arithmetic('-', subtractMoments),
  '*': arithmetic('*', multiplyInterval),
  '/': arithmetic('/', none),
  '%': arithmetic('%', none),
  negate: negation,
  abs: absoluteValue,
  round: rounding('round'),
  floor: rounding('floor'),
  ceil: rounding('ceil'),
  ceiling: rounding('ceil'),
  trunc: rounding('trunc'),
  sign,
  sqrt: squareRoot,
};
