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
 * | list, map | list | 4: i32 offset into the entries, one more than rows; a map's entries are struct(key, value) |
 * | struct | struct | nothing of its own: one vector a field |
 *
 * Rows that are null hold any bits, but a null list's two offsets still bound it, and a null view has a length of 0.
 */
export type Vector = FixedVector | ViewsVector | DictionaryVector | ListVector | StructVector;

export interface FixedVector {
  readonly kind: 'fixed';
  readonly type: SqlType;
  readonly width: 1 | 2 | 4 | 8 | 16;
  readonly length: number;
  readonly validity: Pointer;
  readonly data: Pointer;
  /** What the rows that are not null lie between, if it was measured while they were made; never what a file claims. */
  readonly bounds?: Bounds;
}

/** Inclusive, in the value's own unit (unscaled for decimals). Only for integers, decimals and the types held like them. */
export interface Bounds {
  readonly min: bigint;
  readonly max: bigint;
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
  /** `length` i32 codes into `dictionary`; a row that is null holds a valid code or 0. */
  readonly data: Pointer;
  /** Without nulls. The same object for all vectors that share it, so that work done per entry is kept by identity. */
  readonly dictionary: ViewsVector;
}

export interface ListVector {
  readonly kind: 'list';
  /** list or map. */
  readonly type: SqlType;
  readonly length: number;
  readonly validity: Pointer;
  /** `length + 1` i32 offsets into `entries`, ascending. */
  readonly offsets: Pointer;
  readonly entries: Vector;
}

export interface StructVector {
  readonly kind: 'struct';
  readonly type: SqlType;
  readonly length: number;
  readonly validity: Pointer;
  /** One per field of the type, each as long as the struct. */
  readonly fields: readonly Vector[];
}

/** Rows as columns of equal length. The schema says what the vectors mean. */
export interface Batch {
  readonly schema: readonly Field[];
  readonly length: number;
  readonly columns: readonly Vector[];
}
