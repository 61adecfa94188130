import { InternalError } from '../common/errors.ts';
import type { Value } from '../common/types.ts';

/**
 * Orders two values of one SQL type as Parquet orders them: strings by their UTF-8 bytes, bytes unsigned, -0 equal to +0.
 * Neither may be NULL, NaN or an interval.
 */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (isOrdered(a) && isOrdered(b)) return a < b ? -1 : a > b ? 1 : 0;
  throw new InternalError(`${String(a)} and ${String(b)} have no order`);
}

const isOrdered = (value: Value): value is number | bigint | boolean =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
