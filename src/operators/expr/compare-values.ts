import { assertNever } from '../../common/errors.ts';
import type { Interval, SqlType, Value } from '../../common/types.ts';
import { entryType } from '../../common/types.ts';
import { compareUtf8 } from '../../common/utf8-order.ts';

/** Negative, zero or positive as the first value is smaller, equal or greater. Never sees NULL. */
export type Comparator = (a: Value, b: Value) => number;

/**
 * The total order of a type's values: NaN equals itself and is the greatest, -0 equals 0, text by its UTF-8 bytes, intervals
 * with months of 30 days and days of 24 hours. Lists order by their first different elements, structs by their first different
 * fields, maps as lists of their entries; inside them NULL equals NULL and is the greatest.
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
      return listComparator(comparator(type.element));
    case 'struct':
      return structComparator(type.fields.map((field) => comparator(field.type)));
    case 'map':
      return listComparator(comparator(entryType(type)));
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

/** NULL equals NULL and comes after every value. */
const nullsLast =
  (compare: Comparator): Comparator =>
  (a, b) =>
    a === null || b === null ? Number(a === null) - Number(b === null) : compare(a, b);

/** Element by element; of two of which one begins with the other, the shorter comes first. */
function listComparator(element: Comparator): Comparator {
  const compare = nullsLast(element);
  return ((a: readonly Value[], b: readonly Value[]) => {
    const shared = Math.min(a.length, b.length);
    for (let i = 0; i < shared; i++) {
      const order = compare(a[i] as Value, b[i] as Value);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }) as Comparator;
}

function structComparator(fields: readonly Comparator[]): Comparator {
  const comparators = fields.map(nullsLast);
  return ((a: readonly Value[], b: readonly Value[]) => {
    for (let i = 0; i < comparators.length; i++) {
      const order = (comparators[i] as Comparator)(a[i] as Value, b[i] as Value);
      if (order !== 0) return order;
    }
    return 0;
  }) as Comparator;
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
