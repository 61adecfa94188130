import { assertNever, UnsupportedError } from '../../common/errors.ts';
import type { Interval, SqlType, Value } from '../../common/types.ts';
import { typeName } from '../../common/types.ts';
import { compareUtf8 } from '../../common/utf8-order.ts';

/** Negative, zero or positive as the first value is smaller, equal or greater. Never sees NULL. */
export type Comparator = (a: Value, b: Value) => number;

/**
 * The total order of a type's values: NaN equals itself and is the greatest, -0 equals 0, text by its UTF-8 bytes, intervals
 * with months of 30 days and days of 24 hours. Throws UnsupportedError SQ2301 for types without an order.
 */
export function comparator(type: SqlType): Comparator {
  switch (type.kind) {
    case 'real':
    case 'double':
      return compareFloats as Comparator;
    case 'varchar':
      return compareUtf8 as Comparator;
    case 'blob':
      return compareBytes as Comparator;
    case 'interval':
      return compareIntervals as Comparator;
    case 'list':
    case 'struct':
    case 'map':
      throw new UnsupportedError('SQ2301', `values of type ${typeName(type)} cannot be compared`);
    case 'null':
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
    case 'decimal':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'uuid':
      return comparePlain as Comparator;
    default:
      return assertNever(type);
  }
}

/** Booleans, whole numbers and bigints, all values of one type; uuids, whose text orders as their bytes do. */
function comparePlain(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareFloats(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

const MICROS_PER_DAY = 86_400_000_000n;

/** An interval as microseconds, a month being 30 days. */
export function intervalMicros(interval: Interval): bigint {
  return (BigInt(interval.months) * 30n + BigInt(interval.days)) * MICROS_PER_DAY + interval.micros;
}

function compareIntervals(a: Interval, b: Interval): number {
  const [x, y] = [intervalMicros(a), intervalMicros(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
