import type { Interval, SqlType } from '../../../common/types.ts';
import { BIGINT, decimal } from '../../../common/types.ts';
import {
  addMonths,
  type Civil,
  civilFromDays,
  daysFromCivil,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from '../calendar.ts';

/** A moment taken apart: of a date the time is 0, of a time the days are 0. */
export interface Moment {
  readonly days: number;
  /** Microseconds into the day. */
  readonly time: bigint;
}

/** One field of EXTRACT. */
export interface DateField {
  readonly type: SqlType;
  /** The value of the field, unscaled when the type is a decimal. */
  compute(moment: Moment): bigint;
  /** Whether it is a field of dates, of times, or (both) of timestamps only in part. */
  readonly of: 'date' | 'time' | 'both';
}

/** PostgreSQL has no year 0: the year before 1 is -1. */
const yearOf = (days: number) => {
  const { year } = civilFromDays(days);
  return year > 0 ? year : year - 1;
};

const ofDate = (compute: (days: number) => number): DateField => ({
  type: BIGINT,
  compute: ({ days }) => BigInt(compute(days)),
  of: 'date',
});

const ofTime = (type: SqlType, compute: (time: bigint) => bigint): DateField => ({
  type,
  compute: ({ time }) => compute(time),
  of: 'time',
});

/** 0 is Sunday; 1970-01-01 was a Thursday. */
export const dayOfWeek = (days: number) => (((days + 4) % 7) + 7) % 7;

export const isoDayOfWeek = (days: number) => dayOfWeek(days) || 7;

/** The ISO week belongs to the year of its Thursday. */
export const thursday = (days: number) => days - isoDayOfWeek(days) + 4;

export const dayOfYear = (days: number) => days - daysFromCivil({ ...civilFromDays(days), month: 1, day: 1 }) + 1;

/** Years 1 to 100 are the first century. */
const era = (days: number, length: number) => {
  const year = yearOf(days);
  return year > 0 ? Math.floor((year + length - 1) / length) : -Math.floor((length - 1 - year) / length);
};

const MICROS_OF_SECOND = MICROS_PER_MINUTE;

/** By the name that EXTRACT gives them. */
export const DATE_FIELDS: Readonly<Record<string, DateField>> = {
  year: ofDate(yearOf),
  quarter: ofDate((days) => Math.ceil(civilFromDays(days).month / 3)),
  month: ofDate((days) => civilFromDays(days).month),
  day: ofDate((days) => civilFromDays(days).day),
  dow: ofDate(dayOfWeek),
  isodow: ofDate(isoDayOfWeek),
  doy: ofDate(dayOfYear),
  week: ofDate((days) => Math.ceil(dayOfYear(thursday(days)) / 7)),
  isoyear: ofDate((days) => yearOf(thursday(days))),
  decade: ofDate((days) => Math.floor(civilFromDays(days).year / 10)),
  century: ofDate((days) => era(days, 100)),
  millennium: ofDate((days) => era(days, 1000)),
  hour: ofTime(BIGINT, (time) => time / MICROS_PER_HOUR),
  minute: ofTime(BIGINT, (time) => (time / MICROS_PER_MINUTE) % 60n),
  second: ofTime(decimal(8, 6), (time) => time % MICROS_OF_SECOND),
  milliseconds: ofTime(decimal(8, 3), (time) => time % MICROS_OF_SECOND),
  microseconds: ofTime(BIGINT, (time) => time % MICROS_OF_SECOND),
  epoch: { type: decimal(21, 6), compute: ({ days, time }) => BigInt(days) * MICROS_PER_DAY + time, of: 'both' },
};

const wholeMonths = (count: number) => (interval: Interval) => BigInt(Math.trunc(interval.months / count));

/** What an interval has of each field, unscaled when the field's type is a decimal. Months, days and time do not carry. */
export const INTERVAL_FIELDS: Readonly<Record<string, (interval: Interval) => bigint>> = {
  millennium: wholeMonths(12_000),
  century: wholeMonths(1200),
  decade: wholeMonths(120),
  year: wholeMonths(12),
  quarter: ({ months }) => BigInt(Math.trunc((months % 12) / 3) + 1),
  month: ({ months }) => BigInt(months % 12),
  day: ({ days }) => BigInt(days),
  hour: ({ micros }) => micros / MICROS_PER_HOUR,
  minute: ({ micros }) => (micros / MICROS_PER_MINUTE) % 60n,
  second: ({ micros }) => micros % MICROS_OF_SECOND,
  milliseconds: ({ micros }) => micros % MICROS_OF_SECOND,
  microseconds: ({ micros }) => micros % MICROS_OF_SECOND,
  // A year of 365.25 days, other months of 30.
  epoch: ({ months, days, micros }) =>
    (BigInt(Math.trunc(months / 12)) * 1461n * MICROS_PER_DAY) / 4n +
    BigInt((months % 12) * 30 + days) * MICROS_PER_DAY +
    micros,
};

const ALIASES: Readonly<Record<string, string>> = {
  years: 'year',
  quarters: 'quarter',
  months: 'month',
  mon: 'month',
  days: 'day',
  weeks: 'week',
  decades: 'decade',
  centuries: 'century',
  millennia: 'millennium',
  hours: 'hour',
  minutes: 'minute',
  seconds: 'second',
  millisecond: 'milliseconds',
  microsecond: 'microseconds',
  dayofweek: 'dow',
  weekday: 'dow',
  dayofyear: 'doy',
  dayofmonth: 'day',
  weekofyear: 'week',
  ...Object.fromEntries(['y', 'yr', 'yrs'].map((name) => [name, 'year'])),
  mons: 'month',
  d: 'day',
  w: 'week',
  ...Object.fromEntries(['h', 'hr', 'hrs'].map((name) => [name, 'hour'])),
  ...Object.fromEntries(['m', 'min', 'mins'].map((name) => [name, 'minute'])),
  ...Object.fromEntries(['s', 'sec', 'secs'].map((name) => [name, 'second'])),
  ...Object.fromEntries(['ms', 'msec', 'msecs'].map((name) => [name, 'milliseconds'])),
  ...Object.fromEntries(['us', 'usec', 'usecs'].map((name) => [name, 'microseconds'])),
};

/** The canonical name of a field as SQL text writes it, in any case; null when there is no such field. */
export function fieldName(text: string): string | null {
  const name = text.toLowerCase();
  if (Object.hasOwn(DATE_FIELDS, name)) return name;
  return Object.hasOwn(ALIASES, name) ? (ALIASES[name] as string) : null;
}

/** The registry's function for `EXTRACT(field FROM …)`: `extract_year`; null when there is no such field. */
export function extractFunction(field: string): string | null {
  const name = fieldName(field);
  return name && `extract_${name}`;
}

const startOfYears = (days: number, first: (year: number) => number) =>
  daysFromCivil({ year: first(civilFromDays(days).year), month: 1, day: 1 });

const startOfMonths = (days: number, count: number) => {
  const civil: Civil = civilFromDays(days);
  return addMonths(daysFromCivil({ ...civil, day: 1 }), -((civil.month - 1) % count));
};

const wholeDays = (start: (days: number) => number) => (moment: Moment) => ({ days: start(moment.days), time: 0n });
const wholeMicros =
  (size: bigint) =>
  ({ days, time }: Moment) => ({ days, time: time - (time % size) });

/** date_trunc by unit: the start of the unit that the moment lies in. */
export const TRUNCATIONS: Readonly<Record<string, (moment: Moment) => Moment>> = {
  millennium: wholeDays((days) => startOfYears(days, (year) => Math.floor((year - 1) / 1000) * 1000 + 1)),
  century: wholeDays((days) => startOfYears(days, (year) => Math.floor((year - 1) / 100) * 100 + 1)),
  decade: wholeDays((days) => startOfYears(days, (year) => Math.floor(year / 10) * 10)),
  year: wholeDays((days) => startOfYears(days, (year) => year)),
  quarter: wholeDays((days) => startOfMonths(days, 3)),
  month: wholeDays((days) => startOfMonths(days, 1)),
  week: wholeDays((days) => days - isoDayOfWeek(days) + 1),
  day: wholeDays((days) => days),
  hour: wholeMicros(MICROS_PER_HOUR),
  minute: wholeMicros(MICROS_PER_MINUTE),
  second: wholeMicros(MICROS_PER_SECOND),
  milliseconds: wholeMicros(1000n),
  microseconds: wholeMicros(1n),
};
