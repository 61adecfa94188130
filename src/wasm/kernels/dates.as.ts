// Fields of days and arithmetic on timestamps in the proleptic Gregorian calendar. Years count from March, so that the leap day
// is the last of the year, and 400 years are an era: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
// Days are those since 1970-01-01, timestamps microseconds. Nothing here traps, whatever the numbers are.

import * as int128 from './lib/int128.as';

const DAYS_PER_ERA: i64 = 146097;
const EPOCH_OFFSET: i64 = 719468;
const MICROS_PER_DAY: i64 = 86400000000;

// The day that `civil` took apart last.
let civilYear: i64 = 0;
let civilMonth: i64 = 0;
let civilDay: i64 = 0;

// @ts-ignore: decorator
@inline
function floorDivide(a: i64, b: i64): i64 {
  const q = a / b;
  return q - i64(a - q * b < 0);
}

function civil(days: i64): void {
  const z = days + EPOCH_OFFSET;
  const era = floorDivide(z, DAYS_PER_ERA);
  const dayOfEra = z - era * DAYS_PER_ERA;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const shifted = (5 * dayOfYear + 2) / 153;
  civilMonth = shifted + (shifted < 10 ? 3 : -9);
  civilYear = yearOfEra + era * 400 + i64(civilMonth <= 2);
  civilDay = dayOfYear - (153 * shifted + 2) / 5 + 1;
}

function daysFromCivil(year: i64, month: i64, day: i64): i64 {
  const y = year - i64(month <= 2);
  const era = floorDivide(y, 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - EPOCH_OFFSET;
}

function daysInMonth(year: i64, month: i64): i64 {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** The day so many months later; a day that the month lacks becomes its last. */
function addMonths(days: i64, months: i64): i64 {
  civil(days);
  const index = civilYear * 12 + (civilMonth - 1) + months;
  const year = floorDivide(index, 12);
  const month = index - year * 12 + 1;
  return daysFromCivil(year, month, min(civilDay, daysInMonth(year, month)));
}

/** There is no year 0: the year before 1 is -1. */
export function year(days: i64): i64 {
  civil(days);
  return civilYear > 0 ? civilYear : civilYear - 1;
}

export function quarter(days: i64): i64 {
  civil(days);
  return (civilMonth + 2) / 3;
}

export function month(days: i64): i64 {
  civil(days);
  return civilMonth;
}

export function day(days: i64): i64 {
  civil(days);
  return civilDay;
}

/** 0 is Sunday; 1970-01-01 was a Thursday. */
export function dow(days: i64): i64 {
  const rest = (days + 4) % 7;
  return rest < 0 ? rest + 7 : rest;
}

export function isodow(days: i64): i64 {
  const sundayFirst = dow(days);
  return sundayFirst == 0 ? 7 : sundayFirst;
}

export function doy(days: i64): i64 {
  civil(days);
  return days - daysFromCivil(civilYear, 1, 1) + 1;
}

// The ISO week belongs to the year of its Thursday.
function thursday(days: i64): i64 {
  return days - isodow(days) + 4;
}

export function week(days: i64): i64 {
  return (doy(thursday(days)) + 6) / 7;
}

export function isoyear(days: i64): i64 {
  return year(thursday(days));
}

export function decade(days: i64): i64 {
  civil(days);
  return floorDivide(civilYear, 10);
}

// Years 1 to 100 are the first century.
function period(days: i64, length: i64): i64 {
  const y = year(days);
  return y > 0 ? (y + length - 1) / length : -((length - 1 - y) / length);
}

export function century(days: i64): i64 {
  return period(days, 100);
}

export function millennium(days: i64): i64 {
  return period(days, 1000);
}

export function trunc_millennium(days: i64): i64 {
  civil(days);
  return daysFromCivil(floorDivide(civilYear - 1, 1000) * 1000 + 1, 1, 1);
}

export function trunc_century(days: i64): i64 {
  civil(days);
  return daysFromCivil(floorDivide(civilYear - 1, 100) * 100 + 1, 1, 1);
}

export function trunc_decade(days: i64): i64 {
  civil(days);
  return daysFromCivil(floorDivide(civilYear, 10) * 10, 1, 1);
}

export function trunc_year(days: i64): i64 {
  civil(days);
  return daysFromCivil(civilYear, 1, 1);
}

export function trunc_quarter(days: i64): i64 {
  civil(days);
  return daysFromCivil(civilYear, civilMonth - ((civilMonth - 1) % 3), 1);
}

export function trunc_month(days: i64): i64 {
  civil(days);
  return days - civilDay + 1;
}

export function trunc_week(days: i64): i64 {
  return days - isodow(days) + 1;
}

// A timestamp and an interval that is added `sign` times: months first, then days, then microseconds. 1 when the result leaves
// 64 bits; else it is at `out`.
function move(days: i64, time: i64, months: i32, count: i32, micros: i64, sign: i32, out: usize): i32 {
  assert(out != 0);
  const factor = <i64>sign;
  const start = months == 0 ? days : addMonths(days, factor * <i64>months);
  const moved = start + factor * <i64>count;
  // |moved| < 2^42 and a day has less than 2^37 microseconds.
  int128.multiply64(<u64>(moved < 0 ? -moved : moved), <u64>MICROS_PER_DAY);
  let low = int128.low;
  let high = int128.high;
  if (moved < 0) {
    int128.negate(low, high);
    low = int128.low;
    high = int128.high;
  }
  let sum = low + <u64>time;
  high += u64(sum < low);
  low = sum;
  if (sign > 0) {
    sum = low + <u64>micros;
    high += <u64>(micros >> 63) + u64(sum < low);
  } else {
    sum = low - <u64>micros;
    high -= <u64>(micros >> 63) + u64(low < <u64>micros);
  }
  store<i64>(out, <i64>sum);
  return i32(<i64>high != <i64>sum >> 63);
}

export function moveTimestamp(at: i64, months: i32, days: i32, micros: i64, sign: i32, out: usize): i32 {
  const whole = floorDivide(at, MICROS_PER_DAY);
  return move(whole, at - whole * MICROS_PER_DAY, months, days, micros, sign, out);
}

export function moveDate(at: i64, months: i32, days: i32, micros: i64, sign: i32, out: usize): i32 {
  return move(at, 0, months, days, micros, sign, out);
}

/** Times wrap around midnight. */
export function moveTime(at: i64, micros: i64, sign: i32): i64 {
  const rest = (at % MICROS_PER_DAY + <i64>sign * (micros % MICROS_PER_DAY)) % MICROS_PER_DAY;
  return rest < 0 ? rest + MICROS_PER_DAY : rest;
}

/** a - b in days of 24 hours at `out`, and the microseconds left behind it, both with the sign of the difference. */
export function timestampDifference(a: i64, b: i64, out: usize): void {
  assert(out != 0);
  // The difference may need 65 bits: days and rests are subtracted apart, then brought to one sign.
  let days = a / MICROS_PER_DAY - b / MICROS_PER_DAY;
  let rest = a % MICROS_PER_DAY - b % MICROS_PER_DAY;
  if (rest >= MICROS_PER_DAY) {
    rest -= MICROS_PER_DAY;
    days++;
  } else if (rest <= -MICROS_PER_DAY) {
    rest += MICROS_PER_DAY;
    days--;
  }
  if (days > 0 && rest < 0) {
    days--;
    rest += MICROS_PER_DAY;
  } else if (days < 0 && rest > 0) {
    days++;
    rest -= MICROS_PER_DAY;
  }
  store<i64>(out, days);
  store<i64>(out, rest, 8);
}

// Microseconds of an interval, a month being 30 days, in `int128.low` and `int128.high`.
function total(months: i32, days: i32, micros: i64): void {
  const count = <i64>months * 30 + <i64>days;
  int128.multiply64(<u64>(count < 0 ? -count : count), <u64>MICROS_PER_DAY);
  if (count < 0) int128.negate(int128.low, int128.high);
  const low = int128.low;
  const sum = low + <u64>micros;
  int128.set(sum, int128.high + <u64>(micros >> 63) + u64(sum < low));
}

/** Negative, zero or positive as the first interval is shorter, equal or longer. */
export function compareIntervals(
  months: i32,
  days: i32,
  micros: i64,
  otherMonths: i32,
  otherDays: i32,
  otherMicros: i64,
): i32 {
  total(months, days, micros);
  const low = int128.low;
  const high = <i64>int128.high;
  total(otherMonths, otherDays, otherMicros);
  const otherHigh = <i64>int128.high;
  if (high != otherHigh) return high < otherHigh ? -1 : 1;
  return low < int128.low ? -1 : i32(low > int128.low);
}
