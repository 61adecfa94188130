import type { ErrorCode } from '../common/error-codes.ts';
import { ExecutionError, type SquallErrorOptions, UnsupportedError } from '../common/errors.ts';

/** An ExecutionError about a file: `<uri>: <why>`. */
export function parquetError(
  code: Extract<ErrorCode, `SQ31${string}`>,
  uri: string,
  why: string,
  options: SquallErrorOptions = {},
): ExecutionError {
  return new ExecutionError(code, `${uri}: ${why}`, { ...options, details: { object: uri, ...options.details } });
}

/** Valid Parquet that Squall does not read. */
export function unsupportedParquet(code: 'SQ2302' | 'SQ2303' | 'SQ2304', uri: string, why: string): UnsupportedError {
  return new UnsupportedError(code, `${uri}: ${why}`, { details: { object: uri } });
}
