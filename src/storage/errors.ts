import { type SquallErrorOptions, StorageError } from '../common/errors.ts';
import type { ByteRange, ObjectLocation } from './object-store.ts';
import { formatUri, type Scheme } from './uri.ts';

/** Every way storage fails. `retryable`: the same request may succeed if it is simply sent again. */
export const STORAGE_ERRORS = {
  SQ5001: { meaning: 'the object does not exist', retryable: false },
  SQ5002: { meaning: 'the bucket does not exist', retryable: false },
  SQ5003: { meaning: 'access denied', retryable: false },
  SQ5004: { meaning: 'credentials are missing, expired, unknown, or the clock is wrong', retryable: false },
  SQ5005: { meaning: 'the object has changed', retryable: false },
  SQ5006: { meaning: 'the bucket is in another region', retryable: false },
  SQ5007: { meaning: 'the range lies outside the object', retryable: false },
  SQ5008: { meaning: 'the store asks to slow down', retryable: true },
  SQ5009: { meaning: 'the store could not be reached, or failed', retryable: true },
  SQ5010: { meaning: 'the answer is short or damaged', retryable: true },
  SQ5011: { meaning: 'no object matches the pattern', retryable: false },
  SQ5012: { meaning: 'not a location Squall can read', retryable: false },
  SQ5013: { meaning: 'it is unknown whether a conditional write took place', retryable: false },
  SQ5014: { meaning: 'the store refused the request', retryable: false },
  SQ5015: { meaning: 'the disk is full or read-only', retryable: false },
  SQ5016: { meaning: 'some keys were not deleted', retryable: false },
} as const;

export type StorageErrorCode = keyof typeof STORAGE_ERRORS;

/** A StorageError, retryable as the table says unless told otherwise. */
export function storageError(code: StorageErrorCode, message: string, options: SquallErrorOptions = {}): StorageError {
  return new StorageError(code, message, { retryable: STORAGE_ERRORS[code].retryable, ...options });
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
  }
}
