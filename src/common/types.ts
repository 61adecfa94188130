import { assertNever } from './errors.ts';

/** A SQL type. Plain data: travels in plans and Tasks, compared with `sameType`. */
export type SqlType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'list'; readonly element: SqlType }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }
  | { readonly kind: 'map'; readonly key: SqlType; readonly value: SqlType };

export type ScalarKind =
  | 'null'
  | 'boolean'
  | 'tinyint'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'utinyint'
  | 'usmallint'
  | 'uinteger'
  | 'ubigint'
  | 'real'
  | 'double'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'interval'
  | 'varchar'
  | 'blob'
  | 'uuid';

/** A named, typed column. */
export interface Field {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
}

export type Schema = readonly Field[];

/**
 * One SQL value in JavaScript, as the reference interpreter and the result edge see it. NULL is null.
 *
 * | SQL | JavaScript |
 * | --- | --- |
 * | boolean | boolean |
 * | tinyint … integer, utinyint … uinteger | number (whole) |
 * | bigint, ubigint | bigint |
 * | real, double | number |
 * | decimal(p, s) | bigint, the value times 10^s |
 * | date | number, days since 1970-01-01 |
 * | time | bigint, microseconds since midnight |
 * | timestamp, timestamptz | bigint, microseconds since 1970-01-01 (UTC for timestamptz) |
 * | interval | Interval |
 * | varchar, uuid | string |
 * | blob | Uint8Array |
 * | list | array of its elements |
 * | struct | array of its fields' values, in the order of the type's fields |
 * | map | array of its entries, each an array of key and value; keys are not NULL and all different |
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | Interval | readonly Value[];

/** True for the types whose values are arrays: list, struct and map. */
export const isNested = (type: SqlType): type is NestedType =>
  type.kind === 'list' || type.kind === 'struct' || type.kind === 'map';

export type NestedType = Extract<SqlType, { kind: 'list' | 'struct' | 'map' }>;

export type StructType = Extract<SqlType, { kind: 'struct' }>;

/** What an entry of a map is: the vector of a map is a list of these. */
export const entryType = ({ key, value }: Extract<SqlType, { kind: 'map' }>): StructType => ({
  kind: 'struct',
  fields: [
    { name: 'key', type: key, nullable: false },
    { name: 'value', type: value, nullable: true },
  ],
});

/** Months, days and microseconds do not convert into each other. */
export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

const scalar = <K extends ScalarKind>(kind: K): { readonly kind: K } => Object.freeze({ kind });

export const NULL = scalar('null');
export const BOOLEAN = scalar('boolean');
export const TINYINT = scalar('tinyint');
export const SMALLINT = scalar('smallint');
export const INTEGER = scalar('integer');
export const BIGINT = scalar('bigint');
export const UTINYINT = scalar('utinyint');
export const USMALLINT = scalar('usmallint');
export const UINTEGER = scalar('uinteger');
export const UBIGINT = scalar('ubigint');
export const REAL = scalar('real');
export const DOUBLE = scalar('double');
export const DATE = scalar('date');
export const TIME = scalar('time');
export const TIMESTAMP = scalar('timestamp');
export const TIMESTAMPTZ = scalar('timestamptz');
export const INTERVAL = scalar('interval');
export const VARCHAR = scalar('varchar');
export const BLOB = scalar('blob');
export const UUID = scalar('uuid');

export type DecimalType = Extract<SqlType, { kind: 'decimal' }>;

/** decimal(precision, scale), 1 <= precision <= 38, 0 <= scale <= precision. */
export const decimal = (precision: number, scale: number): DecimalType => ({ kind: 'decimal', precision, scale });

/** The largest precision a decimal can have: it fits 128 bits. */
export const MAX_DECIMAL_PRECISION = 38;
/** The largest precision whose unscaled values fit a signed 64-bit integer. */
export const MAX_INT64_DECIMAL_PRECISION = 18;

export function sameType(a: SqlType, b: SqlType): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

const INTEGER_KINDS: ReadonlySet<string> = new Set<ScalarKind>([
  'tinyint',
  'smallint',
  'integer',
  'bigint',
  'utinyint',
  'usmallint',
  'uinteger',
  'ubigint',
]);

export const isInteger = (type: SqlType) => INTEGER_KINDS.has(type.kind);
export const isFloat = (type: SqlType) => type.kind === 'real' || type.kind === 'double';
export const isNumeric = (type: SqlType) => isInteger(type) || isFloat(type) || type.kind === 'decimal';

/** The type as SQL writes it: `decimal(15,2)`, `integer[]`, `struct(a integer)`. */
export function typeName(type: SqlType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'list':
      return `${typeName(type.element)}[]`;
    case 'struct':
      return `struct(${type.fields.map((f) => `${f.name} ${typeName(f.type)}`).join(', ')})`;
    case 'map':
      return `map(${typeName(type.key)}, ${typeName(type.value)})`;
    case 'timestamptz':
      return 'timestamp with time zone';
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
    case 'real':
    case 'double':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'interval':
    case 'varchar':
    case 'blob':
    case 'uuid':
      return type.kind;
    default:
      return assertNever(type);
  }
}
