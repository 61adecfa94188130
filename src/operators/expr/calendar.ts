import type { Interval } from '../../common/types.ts';
import { DATE, TIMESTAMP } from '../../common/types.ts';
import { INTEGER_RANGES, outOfRange } from './ranges.ts';

export const MICROS_PER_SECOND = 1_000_000n;
export const MICROS_PER_MINUTE = 60n * MICROS_PER_SECOND;
export const MICROS_PER_HOUR = 60n * MICROS_PER_MINUTE;
export const MICROS_PER_DAY = 24n * MICROS_PER_HOUR;

/** A day of the proleptic Gregorian calendar; the year before 1 is 0. */
export interface Civil {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** From 1. */
  readonly day: number;
}

const DAYS_PER_ERA = 146_097;
/** From 0000-03-01 to 1970-01-01. */
const EPOCH_OFFSET = 719_468;

/**
 * Days since 1970-01-01. Years count from March, so that the leap day is the last of the year; 400 years are an era.
 * After H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
export function daysFromCivil({ year, month, day }: Civil): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - EPOCH_OFFSET;
}

/** The inverse of daysFromCivil. */
export function civilFromDays(days: number): Civil {
  const z = days + EPOCH_OFFSET;
  const era = Math.floor(z / DAYS_PER_ERA);
  const dayOfEra = z - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted + (shifted < 10 ? 3 : -9);
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The day so many months later; a day that the month lacks becomes its last. */
export function addMonths(days: number, months: number): number {
  const { year, month, day } = civilFromDays(days);
  const index = year * 12 + (month - 1) + months;
  const to = { year: Math.floor(index / 12), month: index - Math.floor(index / 12) * 12 + 1 };
  return daysFromCivil({ ...to, day: Math.min(day, daysInMonth(to.year, to.month)) });
}

/** A timestamp as whole days since the epoch and microseconds into the day. */
export function splitTimestamp(micros: bigint): { days: number; time: bigint } {
  let time = micros % MICROS_PER_DAY;
  if (time < 0n) time += MICROS_PER_DAY;
  return { days: Number((micros - time) / MICROS_PER_DAY), time };
}

/** Days as a date; SQ3002 when they leave its range. `what` is the operation, for the message. */
export function checkedDate(days: number, what: () => string): number {
  if (days < -2147483648 || days > 2147483647) throw outOfRange(what(), DATE);
  return days + 0;
}

/** Microseconds as a timestamp; SQ3002 when they leave its range. */
export function checkedTimestamp(micros: bigint, what: () => string): bigint {
  if (micros < INTEGER_RANGES.bigint.min || micros > INTEGER_RANGES.bigint.max) throw outOfRange(what(), TIMESTAMP);
  return micros;
}

/** Months first, clipped to the month's last day, then days, then microseconds. The result may leave the range. */
export function addInterval(micros: bigint, interval: Interval): bigint {
  const { days, time } = splitTimestamp(micros);
  const moved = (interval.months === 0 ? days : addMonths(days, interval.months)) + interval.days;
  return BigInt(moved) * MICROS_PER_DAY + time + interval.micros;
}

export function negateInterval({ months, days, micros }: Interval): Interval {
  return { months: 0 - months, days: 0 - days, micros: -micros };
}
