import type { Local, Statement } from '../../../wasm/emit/code.ts';
import type { Bounds } from '../../../wasm/vector.ts';

/**
 * The value of an expression in the current row, in variables of the function. By SQL type:
 *
 * | type | value |
 * | --- | --- |
 * | boolean, tinyint … integer, date, utinyint … uinteger | i32; a boolean is 0 or 1; sign- or zero-extended |
 * | bigint, ubigint, time, timestamp, timestamptz, decimal(p <= 18) | i64 |
 * | decimal(p > 18), uuid | i128; of a decimal emitted `narrow` an i64 where its bounds fit |
 * | real, double | f32, f64 |
 * | interval | interval |
 * | varchar, blob | view |
 *
 * `bounds` (unscaled) hold for every row that is not null; null when the type has no such bounds. When the row is null the
 * variables hold anything.
 */
export type EmittedValue =
  | { readonly kind: 'i32'; readonly local: Local<'i32'>; readonly bounds: Bounds | null }
  | { readonly kind: 'i64'; readonly local: Local<'i64'>; readonly bounds: Bounds | null }
  | { readonly kind: 'f32'; readonly local: Local<'f32'> }
  | { readonly kind: 'f64'; readonly local: Local<'f64'> }
  | {
      readonly kind: 'i128';
      readonly low: Local<'i64'>;
      readonly high: Local<'i64'>;
      readonly bounds: Bounds | null;
    }
  | {
      readonly kind: 'interval';
      readonly months: Local<'i32'>;
      readonly days: Local<'i32'>;
      readonly micros: Local<'i64'>;
    }
  | { readonly kind: 'view'; readonly pointer: Local<'i32'>; readonly length: Local<'i32'> };

export interface Emitted {
  /** Computes the value; runs once per row, before the value is read. What was emitted before it may be read in it. */
  readonly code: readonly Statement[];
  readonly value: EmittedValue;
  /** 1 when the value is NULL, else 0; null when it never is. */
  readonly isNull: Local<'i32'> | null;
}
