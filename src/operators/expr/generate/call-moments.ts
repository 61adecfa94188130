import type { SqlType } from '../../../common/types.ts';
import { type Code, i32, i64 } from '../../../wasm/emit/code.ts';
import { MICROS_PER_DAY } from '../calendar.ts';
import type { CallExpr } from '../expr.ts';
import type { CodeWriter, Guard } from './code-writer.ts';
import { add, multiply, subtract } from './exact-arithmetic.ts';
import {
  type ExactOperand,
  exactConstant,
  INT64,
  type IntervalOperand,
  NotGenerated,
  type Operand,
  rangeOf,
} from './operand.ts';

/** Sums, differences and products of dates, times and intervals. */
type Emitter = (w: CodeWriter, args: readonly Operand[], guard: Guard, call: CallExpr) => Operand;

const kindsOf = ({ args }: CallExpr) => args.map(({ type }) => type.kind);
const isWhole = ({ kind }: SqlType) => kind === 'integer' || kind === 'bigint';
const INT32 = { min: -(1n << 31n), max: (1n << 31n) - 1n };
/** Intervals made of other values never hold the least months or days. */
const SYMMETRIC32 = { min: -(1n << 31n) + 1n, max: (1n << 31n) - 1n };

export const addMoments: Emitter = (w, args, guard, call) => moved(w, args, guard, call, 1);

export const subtractMoments: Emitter = (w, args, guard, call) => {
  const [a, b] = args as readonly [Operand, Operand];
  const [from, by] = kindsOf(call);
  if (a.kind === 'exact' && b.kind === 'exact' && from === by) {
    if (from === 'date') return subtract(w, a, b, SYMMETRIC32, guard);
    if (from === 'time') return interval(() => i64.const(0n), subtract(w, a, b, INT64, guard).low);
    return timestampDifference(w, a, b, guard);
  }
  return moved(w, args, guard, call, -1);
};

function timestampDifference(w: CodeWriter, a: ExactOperand, b: ExactOperand, guard: Guard): Operand {
  if (a.wide || b.wide) throw new NotGenerated('timestamps');
  const bounds = { min: a.bounds.min - b.bounds.max, max: a.bounds.max - b.bounds.min };
  if (bounds.min < INT64.min || bounds.max > INT64.max) {
    const at = w.scratch();
    w.push(w.kernel('dates', 'timestampDifference', ['i64', 'i64', 'i32'], 'void', a.low(), b.low(), at));
    const days = w.keep(i64.load(w.scratch()), 'days');
    return interval(days, w.keep(i64.load(w.scratch(), 8), 'micros'));
  }
  const difference = subtract(w, a, b, INT64, guard);
  const size = () => i64.const(MICROS_PER_DAY);
  return interval(
    w.keep(i64.divS(difference.low(), size()), 'days'),
    w.keep(i64.remS(difference.low(), size()), 'micros'),
  );
}

const interval = (days: () => Code<'i64'>, micros: () => Code<'i64'>): IntervalOperand => ({
  kind: 'interval',
  months: () => i32.const(0),
  days: () => i32.wrapI64(days()),
  micros,
});

function moved(w: CodeWriter, args: readonly Operand[], guard: Guard, call: CallExpr, sign: 1 | -1): Operand {
  const [first, second] = args as readonly [Operand, Operand];
  const [a, b] = call.args.map(({ type }) => type) as [SqlType, SqlType];
  const combine = sign > 0 ? add : subtract;
  const limits = rangeOf(call.type);
  if (first.kind === 'exact' && second.kind === 'exact' && limits) {
    if (a.kind === 'date' && isWhole(b)) return combine(w, first, second, limits, guard);
    if (b.kind === 'date' && isWhole(a)) return add(w, first, second, limits, guard);
    if (a.kind === 'date' && b.kind === 'time') return add(w, micros(w, first), second, limits, guard);
    if (a.kind === 'time' && b.kind === 'date') return add(w, first, micros(w, second), limits, guard);
  }
  if (first.kind === 'interval' && second.kind === 'interval') return intervalSum(w, first, second, guard, sign);
  const at = first.kind === 'exact' ? first : second;
  const by = first.kind === 'interval' ? first : second;
  const type = first.kind === 'exact' ? a : b;
  if (at.kind !== 'exact' || by.kind !== 'interval') throw new NotGenerated('moments');
  if (type.kind === 'time') return movedTime(w, at, by, sign);
  return movedTimestamp(w, at, by, type, guard, sign);
}

const micros = (w: CodeWriter, days: ExactOperand) =>
  multiply(
    w,
    days,
    exactConstant(MICROS_PER_DAY),
    { min: -(1n << 127n), max: (1n << 127n) - 1n },
    { failWhen: () => undefined },
  );

function movedTime(w: CodeWriter, at: ExactOperand, by: IntervalOperand, sign: 1 | -1): Operand {
  const kernel = w.kernel('dates', 'moveTime', ['i64', 'i64', 'i32'], 'i64', at.low(), by.micros(), i32.const(sign));
  return { kind: 'exact', wide: false, low: w.keep(kernel, 'time'), bounds: INT64 };
}

function movedTimestamp(
  w: CodeWriter,
  at: ExactOperand,
  by: IntervalOperand,
  type: SqlType,
  guard: Guard,
  sign: 1 | -1,
): Operand {
  const name = type.kind === 'date' ? 'moveDate' : 'moveTimestamp';
  const failed = w.keep(
    w.kernel(
      'dates',
      name,
      ['i64', 'i32', 'i32', 'i64', 'i32', 'i32'],
      'i32',
      at.low(),
      by.months(),
      by.days(),
      by.micros(),
      i32.const(sign),
      w.scratch(),
    ),
    'failed',
  );
  guard.failWhen(failed());
  return { kind: 'exact', wide: false, low: w.keep(i64.load(w.scratch()), 'timestamp'), bounds: INT64 };
}

const whole = (low: () => Code<'i64'>, bounds: { min: bigint; max: bigint }): ExactOperand => ({
  kind: 'exact',
  wide: false,
  low,
  bounds,
});

const partsOf = (w: CodeWriter, { months, days, micros: time }: IntervalOperand) => ({
  months: whole(w.keep(i64.extendI32S(months()), 'months'), INT32),
  days: whole(w.keep(i64.extendI32S(days()), 'days'), INT32),
  micros: whole(time, INT64),
});

function intervalSum(w: CodeWriter, a: IntervalOperand, b: IntervalOperand, guard: Guard, sign: 1 | -1): Operand {
  const [x, y] = [partsOf(w, a), partsOf(w, b)];
  const combine = sign > 0 ? add : subtract;
  return ofParts(
    w,
    combine(w, x.months, y.months, SYMMETRIC32, guard),
    combine(w, x.days, y.days, SYMMETRIC32, guard),
    combine(w, x.micros, y.micros, INT64, guard),
  );
}

function ofParts(w: CodeWriter, months: ExactOperand, days: ExactOperand, time: ExactOperand): IntervalOperand {
  return {
    kind: 'interval',
    months: w.keep(i32.wrapI64(months.low()), 'months'),
    days: w.keep(i32.wrapI64(days.low()), 'days'),
    micros: time.low,
  };
}

export const multiplyInterval: Emitter = (w, args, guard) => {
  const [first, second] = args as readonly [Operand, Operand];
  const by = first.kind === 'interval' ? first : second;
  const count = first.kind === 'interval' ? second : first;
  if (by.kind !== 'interval' || count.kind !== 'exact') throw new NotGenerated('interval');
  const { months, days, micros: time } = partsOf(w, by);
  return ofParts(
    w,
    multiply(w, months, count, SYMMETRIC32, guard),
    multiply(w, days, count, SYMMETRIC32, guard),
    multiply(w, time, count, INT64, guard),
  );
};

export const negateInterval: Emitter = (w, [value], guard) => {
  if (value?.kind !== 'interval') throw new NotGenerated('negate');
  const { months, days, micros: time } = partsOf(w, value);
  const zero = exactConstant(0n);
  return ofParts(
    w,
    subtract(w, zero, months, SYMMETRIC32, guard),
    subtract(w, zero, days, SYMMETRIC32, guard),
    subtract(w, zero, time, INT64, guard),
  );
};
