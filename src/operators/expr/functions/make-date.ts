import { ExecutionError } from '../../../common/errors.ts';
import type { Interval, SqlType } from '../../../common/types.ts';
import {
  BIGINT,
  DATE,
  DOUBLE,
  INTEGER,
  INTERVAL,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from '../../../common/types.ts';
import {
  addMonths,
  checkedDate,
  checkedTimestamp,
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  splitTimestamp,
} from '../calendar.ts';
import { roundHalfEven } from '../cast.ts';
import { ratioToDouble } from '../exact-ratio.ts';
import { outOfRange } from '../ranges.ts';
import type { ScalarFunction } from '../scalar-function.ts';
import { doubleText } from '../value-text.ts';
import { dayOfWeek } from './date-fields.ts';
import { interval } from './datetime.ts';
import { overload, strict } from './define.ts';

const invalid = (what: string) => new ExecutionError('SQ3007', what);

/** Negative years are before Christ; there is no year 0. */
function makeDate(year: bigint, month: bigint, day: bigint): number {
  const text = `make_date(${year}, ${month}, ${day})`;
  const y = Number(year < 0n ? year + 1n : year);
  if (Math.abs(y) > 6_000_000) throw outOfRange(text, DATE);
  if (year === 0n || month < 1n || month > 12n || day < 1n || day > daysInMonth(y, Number(month))) {
    throw invalid(`${text} is no date`);
  }
  return checkedDate(daysFromCivil({ year: y, month: Number(month), day: Number(day) }), () => text);
}

/** 24:00:00 is the end of the day, second 60 the start of the next minute. */
function timeOf(name: string, hour: bigint, minute: bigint, second: number): bigint {
  const fits = hour >= 0n && hour <= 24n && minute >= 0n && minute <= 59n && second >= 0 && second <= 60;
  if (!fits) throw invalid(`${name}: ${hour}:${minute}:${doubleText(second)} is no time of the day`);
  const micros = hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE + BigInt(roundHalfEven(second * 1e6));
  if (micros > MICROS_PER_DAY) throw invalid(`${name}: ${hour}:${minute}:${doubleText(second)} is no time of the day`);
  return micros;
}

function makeTimestamp(year: bigint, month: bigint, day: bigint, hour: bigint, minute: bigint, second: number): bigint {
  const days = BigInt(makeDate(year, month, day));
  const micros = days * MICROS_PER_DAY + timeOf('make_timestamp', hour, minute, second);
  return checkedTimestamp(micros, () => `make_timestamp(${year}, ${month}, ${day}, …)`);
}

/** Seconds with a fraction as microseconds, the nearest. */
function secondsToMicros(seconds: number, type: SqlType): bigint {
  const micros = roundHalfEven(seconds * 1e6);
  if (!(Math.abs(micros) < 2 ** 63)) throw outOfRange(`${doubleText(seconds)} s`, type);
  return BigInt(micros);
}

/** Years, months, weeks, days, hours, minutes, seconds; those that are left out are 0. */
function makeInterval(...parts: (bigint | number)[]): Interval {
  const [years = 0n, months = 0n, weeks = 0n, days = 0n, hours = 0n, minutes = 0n] = parts as bigint[];
  const seconds = secondsToMicros((parts[6] as number | undefined) ?? 0, INTERVAL);
  return interval(
    Number(years * 12n + months),
    Number(weeks * 7n + days),
    hours * MICROS_PER_HOUR + minutes * MICROS_PER_MINUTE + seconds,
    () => `make_interval(${parts.join(', ')})`,
  );
}

const MAKE_INTERVAL = strict(
  'make_interval',
  'make_interval(years, months, weeks, days, hours, minutes, seconds): the interval of these; the last ones may be left out',
  ...Array.from({ length: 7 }, (_, i) =>
    overload(
      Array.from({ length: i + 1 }, (_, part) => (part === 6 ? DOUBLE : BIGINT)),
      INTERVAL,
      makeInterval,
    ),
  ),
);

const floorDivide = (value: bigint, by: bigint) => (value - (((value % by) + by) % by)) / by;

/** `to_days(3)`: an interval of so many units. */
const units = (unit: string, make: (count: bigint) => readonly [months: bigint, days: bigint, micros: bigint]) =>
  strict(
    `to_${unit}`,
    `to_${unit}(n): an interval of so many ${unit}`,
    overload([BIGINT], INTERVAL, (count: bigint) => {
      const [months, days, micros] = make(count);
      return interval(Number(months), Number(days), micros, () => `to_${unit}(${count})`);
    }),
  );

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export const dayName = (days: number): string => DAYS[dayOfWeek(days)] as string;
export const monthName = (days: number): string => MONTHS[civilFromDays(days).month - 1] as string;

/** A function of the day of a date or timestamp. */
const ofDay = (
  name: string,
  doc: string,
  type: SqlType,
  compute: (days: number) => string | number,
): ScalarFunction => {
  const ofTimestamp = (micros: bigint) => compute(splitTimestamp(micros).days);
  return strict(
    name,
    doc,
    overload([DATE], type, compute),
    overload([TIMESTAMP], type, ofTimestamp),
    overload([TIMESTAMPTZ], type, ofTimestamp),
  );
};

function lastDay(days: number): number {
  const { day } = civilFromDays(days);
  return checkedDate(addMonths(days - day + 1, 1) - 1, () => 'last_day');
}

/** The other way round too: of a number the moment, of a moment the number. */
const epochOf = (unit: string, name: string, size: bigint): ScalarFunction =>
  strict(
    name,
    `${name}(a): the ${unit} of a timestamp since 1970, rounded down; of a number the timestamp`,
    overload([BIGINT], TIMESTAMP, (count: bigint) => checkedTimestamp(count * size, () => `${name}(${count})`)),
    overload([TIMESTAMP], BIGINT, (micros: bigint) => floorDivide(micros, size)),
    overload([TIMESTAMPTZ], BIGINT, (micros: bigint) => floorDivide(micros, size)),
  );

const seconds = (micros: bigint) => ratioToDouble(micros, MICROS_PER_SECOND);

export const MAKE_DATE: readonly ScalarFunction[] = [
  strict(
    'make_date',
    'make_date(year, month, day): the date; negative years are before Christ',
    overload([BIGINT, BIGINT, BIGINT], DATE, makeDate),
  ),
  strict(
    'make_time',
    'make_time(hour, minute, second): the time of day',
    overload([BIGINT, BIGINT, DOUBLE], TIME, (hour: bigint, minute: bigint, second: number) =>
      timeOf('make_time', hour, minute, second),
    ),
  ),
  strict(
    'make_timestamp',
    'make_timestamp(year, month, day, hour, minute, second): the timestamp',
    overload([BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, DOUBLE], TIMESTAMP, makeTimestamp),
  ),
  MAKE_INTERVAL,
  units('years', (n) => [n * 12n, 0n, 0n]),
  units('months', (n) => [n, 0n, 0n]),
  units('weeks', (n) => [0n, n * 7n, 0n]),
  units('days', (n) => [0n, n, 0n]),
  units('hours', (n) => [0n, 0n, n * MICROS_PER_HOUR]),
  units('minutes', (n) => [0n, 0n, n * MICROS_PER_MINUTE]),
  strict(
    'to_seconds',
    'to_seconds(n): an interval of so many seconds',
    overload([DOUBLE], INTERVAL, (n: number) => ({ months: 0, days: 0, micros: secondsToMicros(n, INTERVAL) })),
  ),
  units('milliseconds', (n) => [0n, 0n, n * 1000n]),
  units('microseconds', (n) => [0n, 0n, n]),
  strict(
    'to_timestamp',
    'to_timestamp(seconds): the timestamp with time zone so many seconds after 1970-01-01 00:00:00 UTC',
    overload([DOUBLE], TIMESTAMPTZ, (value: number) => secondsToMicros(value, TIMESTAMPTZ)),
  ),
  strict(
    'epoch',
    'epoch(a): the seconds of a timestamp since 1970 as a double',
    overload([TIMESTAMP], DOUBLE, seconds),
    overload([TIMESTAMPTZ], DOUBLE, seconds),
    overload([TIME], DOUBLE, seconds),
  ),
  epochOf('milliseconds', 'epoch_ms', 1000n),
  epochOf('microseconds', 'epoch_us', 1n),
  ofDay('last_day', 'last_day(a): the last day of the month', DATE, lastDay),
  ofDay('dayname', 'dayname(a): the English name of the day of the week', VARCHAR, dayName),
  ofDay('monthname', 'monthname(a): the English name of the month', VARCHAR, monthName),
  ofDay('days_in_month', 'days_in_month(a): how many days the month has', INTEGER, (days) => {
    const { year, month } = civilFromDays(days);
    return daysInMonth(year, month);
  }),
];
