import { assertNever } from '../../../common/errors.ts';
import { MAX_INT64_DECIMAL_PRECISION, type SqlType } from '../../../common/types.ts';
import { type Code, f32, f64, i32, i64, type ValueType } from '../../../wasm/emit/code.ts';
import type { Bounds } from '../../../wasm/vector.ts';
import { decimalMax, INTEGER_RANGES, isIntegerKind } from '../ranges.ts';

/** Makes the code of a value that is computed already: a variable or a constant, made anew for every use. */
export type Thunk<T extends ValueType> = () => Code<T>;

/**
 * A value under construction. Every whole number, decimal, date and time is `exact`: 64 bits wherever its bounds fit them,
 * whatever its type, else 128 bits. A view always lies in memory that can be read, when it is null too.
 */
export type Operand =
  | BooleanOperand
  | ExactOperand
  | FloatOperand<'f32'>
  | FloatOperand<'f64'>
  | UuidOperand
  | IntervalOperand
  | ViewOperand;

export interface BooleanOperand {
  readonly kind: 'boolean';
  readonly value: Thunk<'i32'>;
}

export type ExactOperand = Exact64 | Exact128;

export interface Exact64 {
  readonly kind: 'exact';
  readonly wide: false;
  readonly low: Thunk<'i64'>;
  readonly bounds: Bounds;
}

export interface Exact128 {
  readonly kind: 'exact';
  readonly wide: true;
  readonly low: Thunk<'i64'>;
  readonly high: Thunk<'i64'>;
  readonly bounds: Bounds;
}

export interface FloatOperand<T extends 'f32' | 'f64'> {
  readonly kind: T;
  readonly value: Thunk<T>;
  /** False when the value cannot be NaN. */
  readonly mayBeNan: boolean;
}

export interface UuidOperand {
  readonly kind: 'uuid';
  readonly low: Thunk<'i64'>;
  readonly high: Thunk<'i64'>;
}

export interface IntervalOperand {
  readonly kind: 'interval';
  readonly months: Thunk<'i32'>;
  readonly days: Thunk<'i32'>;
  readonly micros: Thunk<'i64'>;
}

export interface ViewOperand {
  readonly kind: 'view';
  readonly pointer: Thunk<'i32'>;
  readonly length: Thunk<'i32'>;
  /** The bytes, when they are a literal's. */
  readonly literal?: Uint8Array;
}

/** A value and whether it is NULL; null when it never is. */
export interface Computed {
  readonly value: Operand;
  readonly isNull: Thunk<'i32'> | null;
}

/** What an expression without generated form is answered with; never leaves the generator's folder. */
export class NotGenerated extends Error {}

export const INT64: Bounds = { min: -(1n << 63n), max: (1n << 63n) - 1n };
export const INT128: Bounds = { min: -(1n << 127n), max: (1n << 127n) - 1n };
const INT32: Bounds = { min: -(1n << 31n), max: (1n << 31n) - 1n };

export const within = (inner: Bounds, outer: Bounds) => inner.min >= outer.min && inner.max <= outer.max;

export const intersect = (a: Bounds, b: Bounds): Bounds => ({
  min: largest(a.min, b.min),
  max: smallest(a.max, b.max),
});

export const unite = (a: Bounds, b: Bounds): Bounds => ({
  min: smallest(a.min, b.min),
  max: largest(a.max, b.max),
});

export function smallest(...numbers: readonly bigint[]): bigint {
  return numbers.reduce((least, number) => {
    if (number < least) return number;
    return least;
  });
}

export function largest(...numbers: readonly bigint[]): bigint {
  return numbers.reduce((most, number) => {
    if (number > most) return number;
    return most;
  });
}

/** What the values of a type that is held as a whole number lie between; null for every other type. */
export function rangeOf(type: SqlType): Bounds | null {
  if (isIntegerKind(type.kind)) return INTEGER_RANGES[type.kind];
  switch (type.kind) {
    case 'decimal': {
      const max = decimalMax(type);
      return { min: -max, max };
    }
    case 'date':
      return INT32;
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return INT64;
    default:
      return null;
  }
}

/** A whole number known when the code is generated. */
export function exactConstant(value: bigint): ExactOperand {
  const bounds = { min: value, max: value };
  const low = () => i64.const(BigInt.asIntN(64, value));
  if (within(bounds, INT64)) return { kind: 'exact', wide: false, low, bounds };
  return { kind: 'exact', wide: true, low, high: () => i64.const(BigInt.asIntN(64, value >> 64n)), bounds };
}

/** The upper half of a number, whatever its width. */
export const highOf = (operand: ExactOperand): Code<'i64'> =>
  operand.wide ? operand.high() : i64.shrS(operand.low(), i64.const(63n));

const ZERO32 = () => i32.const(0);
const ZERO64 = () => i64.const(0n);

/** What a NULL of the type holds. */
export function placeholder(type: SqlType): Operand {
  const range = rangeOf(type);
  if (range) return { kind: 'exact', wide: false, low: ZERO64, bounds: { min: 0n, max: 0n } };
  switch (type.kind) {
    case 'boolean':
    case 'null':
      return { kind: 'boolean', value: ZERO32 };
    case 'real':
      return { kind: 'f32', value: () => f32.const(0), mayBeNan: false };
    case 'double':
      return { kind: 'f64', value: () => f64.const(0), mayBeNan: false };
    case 'uuid':
      return { kind: 'uuid', low: ZERO64, high: ZERO64 };
    case 'interval':
      return { kind: 'interval', months: ZERO32, days: ZERO32, micros: ZERO64 };
    case 'varchar':
    case 'blob':
      return { kind: 'view', pointer: ZERO32, length: ZERO32 };
    default:
      throw new NotGenerated(type.kind);
  }
}

/** How a value of a type is held outside the generator. */
export type Representation = 'i32' | 'i64' | 'i128' | 'f32' | 'f64' | 'interval' | 'view';

export function representationOf(type: SqlType): Representation {
  switch (type.kind) {
    case 'null':
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'date':
      return 'i32';
    case 'bigint':
    case 'ubigint':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return 'i64';
    case 'decimal':
      return type.precision <= MAX_INT64_DECIMAL_PRECISION ? 'i64' : 'i128';
    case 'uuid':
      return 'i128';
    case 'real':
      return 'f32';
    case 'double':
      return 'f64';
    case 'interval':
      return 'interval';
    case 'varchar':
    case 'blob':
      return 'view';
    case 'list':
    case 'struct':
    case 'map':
      throw new NotGenerated(type.kind);
    default:
      return assertNever(type);
  }
}
