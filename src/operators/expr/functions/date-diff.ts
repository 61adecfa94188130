import type { Interval, SqlType } from '../../../common/types.ts';
import { BIGINT, DATE, INTERVAL, TIME, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from '../../../common/types.ts';
import {
  addMonths,
  civilFromDays,
  daysInMonth,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  splitTimestamp,
} from '../calendar.ts';
import { canImplicitlyCast } from '../coerce.ts';
import { firstFitting, type ScalarFunction } from '../scalar-function.ts';
import { fieldName, type Moment, TRUNCATIONS, thursday } from './date-fields.ts';
import { addMoments, unknownUnit } from './datetime.ts';
import { alias, overload, strict } from './define.ts';

/** Units that are so many months. */
const MONTHS: Readonly<Record<string, number>> = {
  month: 1,
  quarter: 3,
  year: 12,
  decade: 120,
  century: 1200,
  millennium: 12_000,
};

/** Units that are so many microseconds. */
const MICROS: Readonly<Record<string, bigint>> = {
  week: 7n * MICROS_PER_DAY,
  day: MICROS_PER_DAY,
  hour: MICROS_PER_HOUR,
  minute: MICROS_PER_MINUTE,
  second: MICROS_PER_SECOND,
  milliseconds: 1000n,
  microseconds: 1n,
};

const microsOf = ({ days, time }: Moment) => BigInt(days) * MICROS_PER_DAY + time;

const monthIndex = (days: number) => {
  const { year, month } = civilFromDays(days);
  return year * 12 + month;
};

type Difference = (name: string, unit: string, a: Moment, b: Moment) => bigint;

/** How many starts of the unit lie between: the distance of what date_trunc gives. */
const boundaries: Difference = (name, unit, a, b) => {
  if (unit === 'isoyear') return BigInt(civilFromDays(thursday(b.days)).year - civilFromDays(thursday(a.days)).year);
  const start = TRUNCATIONS[unit] as (moment: Moment) => Moment;
  const months = MONTHS[unit];
  if (months) return BigInt((monthIndex(start(b).days) - monthIndex(start(a).days)) / months);
  const micros = MICROS[unit];
  if (micros) return (microsOf(start(b)) - microsOf(start(a))) / micros;
  throw unknownUnit(name, unit);
};

/** How many whole units lie between; months are counted as adding them does, the last day of a month being a whole one. */
const wholeUnits: Difference = (name, unit, a, b) => {
  if (microsOf(a) > microsOf(b)) return -wholeUnits(name, unit, b, a);
  const micros = MICROS[unit];
  if (micros) return (microsOf(b) - microsOf(a)) / micros;
  const size = MONTHS[unit];
  if (!size) throw unknownUnit(name, unit);
  let months = monthIndex(b.days) - monthIndex(a.days);
  if (microsOf({ ...a, days: addMonths(a.days, months) }) > microsOf(b)) months--;
  return BigInt(Math.trunc(months / size));
};

const KINDS: readonly (readonly [SqlType, (value: number | bigint) => Moment])[] = [
  [DATE, (days) => ({ days: days as number, time: 0n })],
  [TIMESTAMP, (micros) => splitTimestamp(micros as bigint)],
  [TIMESTAMPTZ, (micros) => splitTimestamp(micros as bigint)],
  [TIME, (time) => ({ days: 0, time: time as bigint })],
];

function difference(name: string, doc: string, compute: Difference): ScalarFunction {
  const overloads = KINDS.map(([type, split]) =>
    overload([VARCHAR, type, type], BIGINT, (unit: string, a: number | bigint, b: number | bigint) => {
      const field = fieldName(unit) ?? '';
      const known = Object.hasOwn(MONTHS, field) || Object.hasOwn(MICROS, field) || field === 'isoyear';
      const ofTime = type.kind === 'time' && (!Object.hasOwn(MICROS, field) || field === 'day' || field === 'week');
      if (!known || ofTime) throw unknownUnit(name, unit);
      return compute(name, field, split(a), split(b));
    }),
  );
  return strict(name, doc, ...overloads);
}

/**
 * The difference field by field, from years to microseconds, as PostgreSQL has it: a day is borrowed from the month that the
 * earlier one lies in.
 */
function age(a: bigint, b: bigint): Interval {
  if (a < b) {
    const { months, days, micros } = age(b, a);
    return { months: 0 - months, days: 0 - days, micros: -micros };
  }
  const [to, from] = [splitTimestamp(a), splitTimestamp(b)];
  const [end, start] = [civilFromDays(to.days), civilFromDays(from.days)];
  let months = (end.year - start.year) * 12 + end.month - start.month;
  let days = end.day - start.day;
  let micros = to.time - from.time;
  if (micros < 0n) {
    micros += MICROS_PER_DAY;
    days--;
  }
  if (days < 0) {
    days += daysInMonth(start.year, start.month);
    months--;
  }
  return { months, days, micros };
}

const DATE_DIFF = difference(
  'date_diff',
  "date_diff('unit', from, to): how many starts of the unit lie between, as date_trunc places them; weeks begin on Monday",
  boundaries,
);
const DATE_SUB = difference('date_sub', "date_sub('unit', from, to): how many whole units lie between", wholeUnits);

export const DATE_DIFFERENCES: readonly ScalarFunction[] = [
  DATE_DIFF,
  alias(DATE_DIFF, 'datediff'),
  DATE_SUB,
  alias(DATE_SUB, 'datesub'),
  {
    name: 'age',
    doc: 'age(a, b): a - b in years, months, days and time',
    nulls: 'strict',
    resolve: firstFitting(
      [overload([TIMESTAMP, TIMESTAMP], INTERVAL, age), overload([TIMESTAMPTZ, TIMESTAMPTZ], INTERVAL, age)],
      canImplicitlyCast,
    ),
  },
  {
    name: 'date_add',
    aliasOf: '+',
    doc: 'date_add(a, interval): a + interval',
    nulls: 'strict',
    resolve: (args) => (KINDS.some(([{ kind }]) => kind === args[0]?.kind) ? addMoments(args) : null),
  },
];
