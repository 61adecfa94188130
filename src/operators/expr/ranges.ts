import { ExecutionError } from '../../common/errors.ts';
import type { DecimalType, ScalarKind, SqlType } from '../../common/types.ts';
import { typeName } from '../../common/types.ts';

export type IntegerKind = Extract<ScalarKind, `${'' | 'u'}${'tinyint' | 'smallint' | 'integer' | 'bigint'}`>;

interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

const signed = (bits: bigint): IntegerRange => ({ min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n });
const unsigned = (bits: bigint): IntegerRange => ({ min: 0n, max: (1n << bits) - 1n });

export const INTEGER_RANGES: Readonly<Record<IntegerKind, IntegerRange>> = {
  tinyint: signed(8n),
  smallint: signed(16n),
  integer: signed(32n),
  bigint: signed(64n),
  utinyint: unsigned(8n),
  usmallint: unsigned(16n),
  uinteger: unsigned(32n),
  ubigint: unsigned(64n),
};

export const isIntegerKind = (kind: string): kind is IntegerKind => Object.hasOwn(INTEGER_RANGES, kind);

/** True for the integer types whose values are bigints in JavaScript; the others are numbers. */
export const isBigKind = (kind: IntegerKind) => kind === 'bigint' || kind === 'ubigint';

const POWERS = Array.from({ length: 78 }, (_, n) => 10n ** BigInt(n));

/** 10^n as a bigint; 1 for a negative n. */
export const pow10 = (n: number): bigint => (n <= 0 ? 1n : (POWERS[n] ?? 10n ** BigInt(n)));

/** The largest unscaled value of a decimal type; its negative is the smallest. */
export const decimalMax = (type: DecimalType): bigint => pow10(type.precision) - 1n;

/** SQ3002. `what` is the value or the operation, as SQL writes it. */
export function outOfRange(what: string, type: SqlType): ExecutionError {
  return new ExecutionError('SQ3002', `${what} is out of range for ${typeName(type)}`);
}

/** SQ3003. */
export function divisionByZero(): ExecutionError {
  return new ExecutionError('SQ3003', 'division by zero');
}

/** An unscaled decimal as SQL writes it: `decimalText(-5n, 2)` is `-0.05`. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return unscaled.toString();
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** numerator / denominator, rounded half away from zero. The denominator is positive. */
export function divideHalfAway(numerator: bigint, denominator: bigint): bigint {
  const doubled = 2n * numerator;
  return (numerator < 0n ? doubled - denominator : doubled + denominator) / (2n * denominator);
}
