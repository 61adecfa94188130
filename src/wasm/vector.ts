import type { Field, SqlType } from '../common/types.ts';

/** Address in the worker's linear memory, bytes from 0. */
export type Pointer = number;

/**
 * One column of one batch in linear memory. `validity` points to a bitmap, one bit a row, least significant bit first,
 * 1 = not null (Arrow's layout); 0 means that no row is null.
 *
 * | SQL type | kind | width and content of a row |
 * | --- | --- | --- |
 * | boolean | fixed | 1: 0 or 1 |
 * | tinyint, utinyint | fixed | 1 |
 * | smallint, usmallint | fixed | 2 |
 * | integer, uinteger, date, real | fixed | 4 |
 * | bigint, ubigint, time, timestamp, timestamptz, double, decimal(p <= 18) | fixed | 8 |
 * | decimal(p > 18), uuid | fixed | 16: low 64 bits, high 64 bits |
 * | interval | fixed | 16: i32 months, i32 days, i64 microseconds |
 * | varchar, blob | views, or dictionary | 8: u32 pointer, u32 byte length; or an i32 code |
 *
 * Rows that are null hold any bits.
 */
export type Vector = FixedVector | ViewsVector | DictionaryVector;

export interface FixedVector {
  readonly kind: 'fixed';
  readonly type: SqlType;
  readonly width: 1 | 2 | 4 | 8 | 16;
  readonly length: number;
  readonly validity: Pointer;
  readonly data: Pointer;
}

export interface ViewsVector {
  readonly kind: 'views';
  readonly type: SqlType;
  readonly length: number;
  readonly validity: Pointer;
  /** `length` pairs of u32 pointer and u32 byte length. */
  readonly data: Pointer;
}

export interface DictionaryVector {
  readonly kind: 'dictionary';
  readonly type: SqlType;
  readonly length: number;
  readonly validity: Pointer;
  /** `length` i32 codes into `dictionary`. */
  readonly data: Pointer;
  readonly dictionary: ViewsVector;
}

/** Rows as columns of equal length. The schema says what the vectors mean. */
export interface Batch {
  readonly schema: readonly Field[];
  readonly length: number;
  readonly columns: readonly Vector[];
}
