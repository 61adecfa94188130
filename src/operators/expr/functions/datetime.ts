import { ExecutionError } from '../../../common/errors.ts';
import type { Interval, SqlType } from '../../../common/types.ts';
import {
  BIGINT,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from '../../../common/types.ts';
import {
  addInterval,
  checkedDate,
  checkedTimestamp,
  MICROS_PER_DAY,
  negateInterval,
  splitTimestamp,
} from '../calendar.ts';
import { canImplicitlyCast } from '../coerce.ts';
import { ratioToDouble } from '../exact-ratio.ts';
import { INTEGER_RANGES, outOfRange, pow10 } from '../ranges.ts';
import { firstFitting, type Overload, type ScalarFunction } from '../scalar-function.ts';
import { dateText, intervalText, timestampText, timeText } from '../value-text.ts';
import { DATE_FIELDS, type DateField, fieldName, INTERVAL_FIELDS, type Moment, TRUNCATIONS } from './date-fields.ts';
import { overload } from './define.ts';

const whole = (value: number | bigint) => Number(value);

function movedDate(days: number, count: number, sign: 1 | -1): number {
  return checkedDate(days + sign * count, () => `${dateText(days)} ${sign > 0 ? '+' : '-'} ${count}`);
}

function movedTimestamp(micros: bigint, interval: Interval, sign: 1 | -1): bigint {
  const moved = addInterval(micros, sign > 0 ? interval : negateInterval(interval));
  return checkedTimestamp(
    moved,
    () => `${timestampText(micros, '')} ${sign > 0 ? '+' : '-'} ${intervalText(interval)}`,
  );
}

/** Times wrap around midnight; months and days do not matter. */
function movedTime(time: bigint, micros: bigint): bigint {
  const moved = (time + micros) % MICROS_PER_DAY;
  return moved < 0n ? moved + MICROS_PER_DAY : moved;
}

export function interval(months: number, days: number, micros: bigint, what: () => string): Interval {
  const { min, max } = INTEGER_RANGES.bigint;
  const fits = Math.abs(months) < 2 ** 31 && Math.abs(days) < 2 ** 31 && micros >= min && micros <= max;
  if (!fits) throw outOfRange(what(), INTERVAL);
  return { months: months + 0, days: days + 0, micros };
}

const dateToTimestamp = (days: number) => BigInt(days) * MICROS_PER_DAY;

const atTime = (days: number, time: bigint) =>
  checkedTimestamp(dateToTimestamp(days) + time, () => `${dateText(days)} + ${timeText(time)}`);

/** Differences of timestamps count days of 24 hours, never months. */
function timestampDifference(a: bigint, b: bigint): Interval {
  const micros = a - b;
  return interval(0, Number(micros / MICROS_PER_DAY), micros % MICROS_PER_DAY, () => 'the difference of timestamps');
}

function moving(sign: 1 | -1): Overload[] {
  return [
    overload([DATE, INTEGER], DATE, (days: number, count: number) => movedDate(days, count, sign)),
    overload([DATE, BIGINT], DATE, (days: number, count: bigint) => movedDate(days, whole(count), sign)),
    overload([DATE, INTERVAL], TIMESTAMP, (days: number, by: Interval) =>
      movedTimestamp(dateToTimestamp(days), by, sign),
    ),
    overload([TIMESTAMP, INTERVAL], TIMESTAMP, (at: bigint, by: Interval) => movedTimestamp(at, by, sign)),
    overload([TIMESTAMPTZ, INTERVAL], TIMESTAMPTZ, (at: bigint, by: Interval) => movedTimestamp(at, by, sign)),
    overload([TIME, INTERVAL], TIME, (at: bigint, by: Interval) => movedTime(at, sign > 0 ? by.micros : -by.micros)),
    overload([INTERVAL, INTERVAL], INTERVAL, (a: Interval, b: Interval) =>
      interval(
        a.months + sign * b.months,
        a.days + sign * b.days,
        sign > 0 ? a.micros + b.micros : a.micros - b.micros,
        () => `${intervalText(a)} ${sign > 0 ? '+' : '-'} ${intervalText(b)}`,
      ),
    ),
  ];
}

const flipped = ({ argTypes, type, evaluate }: Overload): Overload =>
  overload([...argTypes].reverse(), type, (a, b) => evaluate(b, a));

const additions = moving(1);

/** `+` of dates, times and intervals, in either order. */
export const addMoments = firstFitting(
  [
    ...additions,
    ...additions.map(flipped),
    overload([DATE, TIME], TIMESTAMP, atTime),
    overload([TIME, DATE], TIMESTAMP, (time: bigint, days: number) => atTime(days, time)),
  ],
  canImplicitlyCast,
);

/** `-` of dates, times and intervals. */
export const subtractMoments = firstFitting(
  [
    overload([DATE, DATE], INTEGER, (a: number, b: number) => {
      if (Math.abs(a - b) >= 2 ** 31) throw outOfRange(`${dateText(a)} - ${dateText(b)}`, INTEGER);
      return a - b;
    }),
    overload([TIMESTAMP, TIMESTAMP], INTERVAL, timestampDifference),
    overload([TIMESTAMPTZ, TIMESTAMPTZ], INTERVAL, timestampDifference),
    overload([TIME, TIME], INTERVAL, (a: bigint, b: bigint) => ({ months: 0, days: 0, micros: a - b })),
    ...moving(-1),
  ],
  canImplicitlyCast,
);

const repeated = overload([INTERVAL, BIGINT], INTERVAL, (by: Interval, count: bigint) =>
  interval(by.months * whole(count), by.days * whole(count), by.micros * count, () => `${intervalText(by)} * ${count}`),
);

/** `*` of an interval and a whole number. */
export const multiplyIntervals = firstFitting([repeated, flipped(repeated)], canImplicitlyCast);

export const negateMoment = firstFitting(
  [
    overload([INTERVAL], INTERVAL, (by: Interval) => {
      const { months, days, micros } = negateInterval(by);
      return interval(months, days, micros, () => `-(${intervalText(by)})`);
    }),
  ],
  canImplicitlyCast,
);

/** Values of the types that have fields, taken apart. */
const MOMENTS: readonly { type: SqlType; of: DateField['of']; split(value: number | bigint): Moment }[] = [
  { type: DATE, of: 'date', split: (days) => ({ days: days as number, time: 0n }) },
  { type: TIMESTAMP, of: 'both', split: (micros) => splitTimestamp(micros as bigint) },
  { type: TIMESTAMPTZ, of: 'both', split: (micros) => splitTimestamp(micros as bigint) },
  { type: TIME, of: 'time', split: (time) => ({ days: 0, time: time as bigint }) },
];

const hasField = (of: DateField['of'], field: DateField) => of === 'both' || field.of === 'both' || of === field.of;

/** The seconds of the longest interval have 18 digits. */
const ofInterval = (name: string, type: SqlType): readonly Overload[] => {
  const compute = INTERVAL_FIELDS[name];
  return compute ? [overload([INTERVAL], name === 'epoch' ? decimal(24, 6) : type, compute)] : [];
};

const asDouble = (value: bigint, type: SqlType) =>
  ratioToDouble(value, pow10(type.kind === 'decimal' ? type.scale : 0));

function extraction(name: string, field: DateField): ScalarFunction {
  return {
    name: `extract_${name}`,
    doc: `EXTRACT(${name.toUpperCase()} FROM a): the field of a date, time, timestamp or interval`,
    nulls: 'strict',
    resolve: firstFitting(
      [
        ...MOMENTS.filter(({ of }) => hasField(of, field)).map(({ type, split }) =>
          overload([type], field.type, (value: number | bigint) => field.compute(split(value))),
        ),
        ...ofInterval(name, field.type),
      ],
      canImplicitlyCast,
    ),
  };
}

export function unknownUnit(what: string, unit: string): ExecutionError {
  return new ExecutionError('SQ3007', `${what} does not know the unit '${unit.slice(0, 60)}'`);
}

const DATE_PART: ScalarFunction = {
  name: 'date_part',
  doc: "date_part('field', a): EXTRACT with the field as text, as double",
  nulls: 'strict',
  resolve: firstFitting(
    [
      ...MOMENTS.map(({ type, of, split }) =>
        overload([VARCHAR, type], DOUBLE, (unit: string, value: number | bigint) => {
          const field = DATE_FIELDS[fieldName(unit) ?? ''];
          if (!field || !hasField(of, field)) throw unknownUnit('date_part', unit);
          return asDouble(field.compute(split(value)), field.type);
        }),
      ),
      overload([VARCHAR, INTERVAL], DOUBLE, (unit: string, value: Interval) => {
        const name = fieldName(unit) ?? '';
        const compute = INTERVAL_FIELDS[name];
        if (!compute) throw unknownUnit('date_part', unit);
        return asDouble(compute(value), (DATE_FIELDS[name] as DateField).type);
      }),
    ],
    canImplicitlyCast,
  ),
};

function truncated(unit: string, moment: Moment): bigint {
  const name = fieldName(unit);
  if (name === null || !Object.hasOwn(TRUNCATIONS, name)) throw unknownUnit('date_trunc', unit);
  const { days, time } = (TRUNCATIONS[name] as (moment: Moment) => Moment)(moment);
  return checkedTimestamp(dateToTimestamp(days) + time, () => `date_trunc('${unit}', …)`);
}

const DATE_TRUNC: ScalarFunction = {
  name: 'date_trunc',
  doc: "date_trunc('unit', a): the start of the unit that a lies in; a date becomes a timestamp",
  nulls: 'strict',
  resolve: firstFitting(
    [
      overload([VARCHAR, DATE], TIMESTAMP, (unit: string, days: number) => truncated(unit, { days, time: 0n })),
      overload([VARCHAR, TIMESTAMP], TIMESTAMP, (unit: string, at: bigint) => truncated(unit, splitTimestamp(at))),
      overload([VARCHAR, TIMESTAMPTZ], TIMESTAMPTZ, (unit: string, at: bigint) => truncated(unit, splitTimestamp(at))),
    ],
    canImplicitlyCast,
  ),
};

/** The fields that are functions by themselves too, as in DuckDB; the epoch is another one, a double. */
const BY_NAME = Object.keys(DATE_FIELDS).filter((name) => name !== 'epoch');
const OTHER_NAMES = ['dayofweek', 'weekday', 'dayofyear', 'dayofmonth', 'weekofyear', 'millisecond', 'microsecond'];

const named = (name: string, field: string): ScalarFunction => ({
  ...extraction(field, DATE_FIELDS[field] as DateField),
  name,
  aliasOf: `extract_${field}`,
  doc: `${name}(a): EXTRACT(${field.toUpperCase()} FROM a)`,
});

export const DATETIME: readonly ScalarFunction[] = [
  ...Object.entries(DATE_FIELDS).map(([name, field]) => extraction(name, field)),
  ...BY_NAME.map((name) => named(name, name)),
  ...OTHER_NAMES.map((name) => named(name, fieldName(name) as string)),
  DATE_PART,
  { ...DATE_PART, name: 'datepart', aliasOf: 'date_part', doc: "datepart('field', a): date_part" },
  DATE_TRUNC,
  { ...DATE_TRUNC, name: 'datetrunc', aliasOf: 'date_trunc', doc: "datetrunc('unit', a): date_trunc" },
];
