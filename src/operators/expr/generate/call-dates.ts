import type { SqlType } from '../../../common/types.ts';
import type { Bounds } from '../../../wasm/vector.ts';
import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../calendar.ts';
import { DATE_FIELDS, fieldName, TRUNCATIONS } from '../functions/date-fields.ts';
import { type CallEmitter, exactAt, literalAt, strict } from './call-emitter.ts';
import { daysOf, timeOf } from './casts.ts';
import type { CodeWriter, Guard } from './code-writer.ts';
import { add, divide, multiply, subtract } from './exact-arithmetic.ts';
import { decimalToFloat, wholeToFloat } from './float-arithmetic.ts';
import { type ExactOperand, exactConstant, INT64, INT128, NotGenerated } from './operand.ts';

const FREE: Guard = { failWhen: () => undefined };
const YEARS: Bounds = { min: -5_900_000n, max: 5_900_000n };

/** Fields of a day, by a kernel of the same name, and what they lie between. */
const OF_DAYS: Readonly<Record<string, Bounds>> = {
  year: YEARS,
  isoyear: YEARS,
  decade: YEARS,
  century: YEARS,
  millennium: YEARS,
  quarter: { min: 1n, max: 4n },
  month: { min: 1n, max: 12n },
  day: { min: 1n, max: 31n },
  dow: { min: 0n, max: 6n },
  isodow: { min: 1n, max: 7n },
  doy: { min: 1n, max: 366n },
  week: { min: 1n, max: 53n },
};

/** Fields of the time of day: the unit they count, and after how many they start again. */
const OF_TIME: Readonly<Record<string, { readonly unit: bigint; readonly wrap: bigint | null }>> = {
  hour: { unit: MICROS_PER_HOUR, wrap: null },
  minute: { unit: MICROS_PER_MINUTE, wrap: 60n },
  second: { unit: 1n, wrap: MICROS_PER_MINUTE },
  milliseconds: { unit: 1n, wrap: MICROS_PER_MINUTE },
  microseconds: { unit: 1n, wrap: MICROS_PER_MINUTE },
};

function days(w: CodeWriter, value: ExactOperand, type: SqlType): ExactOperand {
  if (type.kind === 'date') return value;
  return type.kind === 'time' ? exactConstant(0n) : daysOf(w, value);
}

function time(w: CodeWriter, value: ExactOperand, type: SqlType): ExactOperand {
  if (type.kind === 'date') return exactConstant(0n);
  return type.kind === 'time' ? value : timeOf(w, value);
}

function field(w: CodeWriter, name: string, value: ExactOperand, type: SqlType): ExactOperand {
  if (name === 'epoch')
    return type.kind === 'date' ? multiply(w, value, exactConstant(MICROS_PER_DAY), INT128, FREE) : value;
  const bounds = OF_DAYS[name];
  if (bounds) {
    const code = w.kernel('dates', name, ['i64'], 'i64', days(w, value, type).low());
    return { kind: 'exact', wide: false, low: w.keep(code, name), bounds };
  }
  const of = OF_TIME[name];
  if (!of) throw new NotGenerated(name);
  const moment = time(w, value, type);
  const count = of.unit === 1n ? moment : divide(w, 'quotient', moment, exactConstant(of.unit), INT64, FREE);
  return of.wrap === null ? count : divide(w, 'remainder', count, exactConstant(of.wrap), INT64, FREE);
}

const typeAt = (args: readonly { readonly type: SqlType }[], index: number) => (args[index] as { type: SqlType }).type;

const extraction = (name: string): CallEmitter =>
  strict((w, args, _, call) => field(w, name, exactAt(args, 0), typeAt(call.args, 0)));

/** Which fields a type has: those of the day, those of the time, or both. */
const MOMENTS: Readonly<Record<string, readonly string[]>> = {
  date: ['date', 'both'],
  time: ['time', 'both'],
  timestamp: ['date', 'time', 'both'],
  timestamptz: ['date', 'time', 'both'],
};

const datePart = strict((w, args, _, call) => {
  const unit = literalAt(call, 0);
  const type = typeAt(call.args, 1);
  const name = typeof unit === 'string' ? fieldName(unit) : null;
  const found = name === null ? undefined : DATE_FIELDS[name];
  if (name === null || !found || !MOMENTS[type.kind]?.includes(found.of)) throw new NotGenerated('unknown unit');
  const value = field(w, name, exactAt(args, 1), type);
  return found.type.kind === 'decimal'
    ? decimalToFloat(w, value, found.type.scale, 'f64')
    : wholeToFloat(w, value, 'f64');
});

const SMALL_UNITS: Readonly<Record<string, bigint>> = {
  hour: MICROS_PER_HOUR,
  minute: MICROS_PER_MINUTE,
  second: MICROS_PER_SECOND,
  milliseconds: 1000n,
  microseconds: 1n,
};

const dateTrunc = strict((w, args, guard, call) => {
  const unit = literalAt(call, 0);
  const type = typeAt(call.args, 1);
  const name = typeof unit === 'string' ? fieldName(unit) : null;
  if (name === null || !Object.hasOwn(TRUNCATIONS, name)) throw new NotGenerated('unknown unit');
  const value = exactAt(args, 1);
  const small = SMALL_UNITS[name];
  if (small !== undefined && type.kind !== 'date') {
    return subtract(
      w,
      value,
      divide(w, 'remainder', time(w, value, type), exactConstant(small), INT64, FREE),
      INT64,
      guard,
    );
  }
  const day = days(w, value, type);
  const start = small !== undefined || name === 'day' ? day : startOf(w, name, day);
  return add(w, multiply(w, start, exactConstant(MICROS_PER_DAY), INT128, FREE), exactConstant(0n), INT64, guard);
});

function startOf(w: CodeWriter, unit: string, day: ExactOperand): ExactOperand {
  const code = w.kernel('dates', `trunc_${unit}`, ['i64'], 'i64', day.low());
  const { min, max } = day.bounds;
  const longest = 366_000n;
  return { kind: 'exact', wide: false, low: w.keep(code, 'start'), bounds: { min: min - longest, max } };
}

export const DATES: Readonly<Record<string, CallEmitter>> = {
  ...Object.fromEntries(Object.keys(DATE_FIELDS).map((name) => [`extract_${name}`, extraction(name)])),
  date_part: datePart,
  date_trunc: dateTrunc,
};
