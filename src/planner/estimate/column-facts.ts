import { assertNever } from '../../common/errors.ts';
import type { SqlType, Value } from '../../common/types.ts';

/** What is supposed of a column of a plan's result. */
export interface ColumnFacts {
  /** Different values among the rows, NULL aside; at least 1. */
  readonly distinct: number;
  /** Different values of the column where it comes from, before any row was left out. */
  readonly base: number;
  /** Share of `base` that predicates on the column itself leave: 1 without any. */
  readonly kept: number;
  /** No value occurs twice where the column comes from. */
  readonly unique: boolean;
  /** Rows of the table that the column comes from, and its number in the query; null for a computed column. */
  readonly origin: Origin | null;
  /** Share of the rows that are NULL. */
  readonly nulls: number;
  readonly min?: Value;
  readonly max?: Value;
  /** Of computed values: what they lie around. */
  readonly spread?: Spread;
  /** Bytes of a value, decoded. */
  readonly bytes: number;
}

/** In the units in which values of the column's type are held. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

export interface Origin {
  readonly scan: number;
  readonly rows: number;
}

/** Share of a table's rows that an equality leaves when nothing is known of the column. */
export const UNKNOWN_EQUALITY = 0.1;
export const UNKNOWN_RANGE = 1 / 3;

/** A column of which nothing is known. */
export function unknownFacts(rows: number, type: SqlType): ColumnFacts {
  const distinct = type.kind === 'boolean' ? 2 : Math.max(1, rows * UNKNOWN_EQUALITY);
  return { distinct, base: distinct, kept: 1, unique: false, origin: null, nulls: 0, bytes: bytesOf(type) };
}

/**
 * Different values that are left of `distinct` when `share` of `rows` rows is left by a condition on other columns: each value
 * stands in rows/distinct of them and is lost when all of these are (Cardenas, "Analysis and performance of inverted data base
 * structures", CACM 1975).
 */
export function thinned(distinct: number, rows: number, share: number): number {
  if (share >= 1 || rows <= 0) return distinct;
  const rowsPerValue = Math.max(1, rows / distinct);
  return Math.max(1, distinct * (1 - (1 - share) ** rowsPerValue));
}

const TEXT_BYTES = 24;
const NESTED_BYTES = 64;

/** Bytes of a value in memory; a guess for those of no fixed width. */
export function bytesOf(type: SqlType): number {
  switch (type.kind) {
    case 'null':
    case 'boolean':
    case 'tinyint':
    case 'utinyint':
      return 1;
    case 'smallint':
    case 'usmallint':
      return 2;
    case 'integer':
    case 'uinteger':
    case 'real':
    case 'date':
      return 4;
    case 'bigint':
    case 'ubigint':
    case 'double':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return 8;
    case 'decimal':
      return type.precision <= 18 ? 8 : 16;
    case 'interval':
    case 'uuid':
      return 16;
    case 'varchar':
    case 'blob':
      return TEXT_BYTES;
    case 'list':
    case 'struct':
    case 'map':
      return NESTED_BYTES;
    default:
      return assertNever(type);
  }
}
