import type { ErrorCode } from '../common/error-codes.ts';
import { assertNever, type SquallErrorOptions, StorageError } from '../common/errors.ts';
import type { ByteRange, ObjectLocation } from './object-store.ts';
import { formatUri, type Scheme } from './uri.ts';

type StorageErrorCode = Extract<ErrorCode, `SQ50${string}`>;

/** Failures after which the same request may succeed if it is simply sent again. */
const RETRYABLE: ReadonlySet<StorageErrorCode> = new Set(['SQ5008', 'SQ5009', 'SQ5010']);

/** A StorageError, retryable when its code is, unless told otherwise. */
export function storageError(code: StorageErrorCode, message: string, options: SquallErrorOptions = {}): StorageError {
  return new StorageError(code, message, { retryable: RETRYABLE.has(code), ...options });
}

/** An object as errors and logs name it. */
export interface Subject {
  readonly uri: string;
  readonly location: ObjectLocation;
}

export const subject = (scheme: Scheme, location: ObjectLocation): Subject => ({
  uri: formatUri(scheme, location),
  location,
});

/** The details every error about an object carries. */
export const about = ({ uri, location }: Subject) => ({
  object: uri,
  bucket: location.bucket,
  key: location.key,
});

export function notFound(of: Subject, options: SquallErrorOptions = {}): StorageError {
  return storageError('SQ5001', `${of.uri} does not exist`, {
    ...options,
    details: { ...about(of), ...options.details },
  });
}

export function changed(of: Subject, options: SquallErrorOptions = {}): StorageError {
  return storageError('SQ5005', `${of.uri} has changed since it was first looked at`, {
    hint: 'run the query again; it will see the new version',
    ...options,
    details: { ...about(of), ...options.details },
  });
}

/** @param size Bytes of the object, where known. */
export function outside(of: Subject, range: ByteRange, size?: number, options: SquallErrorOptions = {}): StorageError {
  const has = size === undefined ? '' : `, which has ${size} bytes`;
  return storageError('SQ5007', `${rangeText(range)} lie outside ${of.uri}${has}`, {
    ...options,
    details: { ...about(of), ...options.details },
  });
}

export function shortBody(of: Subject, got: number, expected: number, options: SquallErrorOptions = {}): StorageError {
  return storageError('SQ5010', `${of.uri}: ${got} of ${expected} bytes arrived`, {
    ...options,
    details: { ...about(of), ...options.details },
  });
}

export function refused(of: Subject, why: string, options: SquallErrorOptions = {}): StorageError {
  return storageError('SQ5014', `${of.uri}: ${why}`, { ...options, details: { ...about(of), ...options.details } });
}

function rangeText(range: ByteRange): string {
  switch (range.kind) {
    case 'range':
      return `${range.length} bytes from ${range.offset}`;
    case 'suffix':
      return `the last ${range.length} bytes`;
    case 'all':
      return 'all bytes';
    default:
      return assertNever(range);
  }
}
