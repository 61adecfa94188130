import { ExecutionError, type SquallErrorOptions, UnsupportedError } from '../common/errors.ts';

/** Every way a Parquet file can be wrong. */
export const PARQUET_ERRORS = {
  SQ3101: 'not a Parquet file',
  SQ3102: 'the footer cannot be parsed',
  SQ3103: 'the footer contradicts itself',
  SQ3104: 'a column chunk lies where it cannot lie',
  SQ3105: 'pages cannot be decoded',
  SQ3106: 'decoded rows differ from declared rows',
  SQ3107: 'a column has another type than the table says',
  SQ3108: 'a value does not fit its SQL type',
  SQ3109: 'a page has another checksum than its header says',
} as const;

export type ParquetErrorCode = keyof typeof PARQUET_ERRORS;

/** An ExecutionError about a file: `<uri>: <why>`. */
export function parquetError(
  code: ParquetErrorCode,
  uri: string,
  why: string,
  options: SquallErrorOptions = {},
): ExecutionError {
  return new ExecutionError(code, `${uri}: ${why}`, { ...options, details: { object: uri, ...options.details } });
}

/** Valid Parquet that Squall does not read: SQ2302 encryption, SQ2303 a column's type, SQ2304 a codec or a layout. */
export function unsupportedParquet(code: 'SQ2302' | 'SQ2303' | 'SQ2304', uri: string, why: string): UnsupportedError {
  return new UnsupportedError(code, `${uri}: ${why}`, { details: { object: uri } });
}
