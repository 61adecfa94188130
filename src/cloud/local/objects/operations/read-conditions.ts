import { S3Error } from '../s3-error.ts';
import type { ObjectRecord } from '../store/object-record.ts';
import { validators } from './object-headers.ts';

/** The four conditional headers; a copy names those of its source differently. */
export interface ReadConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

/** The conditions in the headers that begin with `prefix`. */
export function readConditions(header: (name: string) => string | undefined, prefix = ''): ReadConditions {
  return {
    ifMatch: header(`${prefix}if-match`),
    ifNoneMatch: header(`${prefix}if-none-match`),
    ifModifiedSince: header(`${prefix}if-modified-since`),
    ifUnmodifiedSince: header(`${prefix}if-unmodified-since`),
  };
}

/** RFC 9110, section 13.2.2. A date that cannot be read is no condition. */
export type Outcome = 'pass' | 'not-modified' | { readonly failed: string };

export function evaluate(conditions: ReadConditions, record: ObjectRecord): Outcome {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const modified = Math.floor(record.lastModified / 1000);
  if (ifMatch !== undefined) {
    if (!etagMatches(ifMatch, record.etag)) return { failed: 'If-Match' };
  } else if (modified > seconds(ifUnmodifiedSince, Number.POSITIVE_INFINITY)) return { failed: 'If-Unmodified-Since' };
  if (ifNoneMatch !== undefined) return etagMatches(ifNoneMatch, record.etag) ? 'not-modified' : 'pass';
  return modified <= seconds(ifModifiedSince, Number.NEGATIVE_INFINITY) ? 'not-modified' : 'pass';
}

/** Throws NotModified (304) or PreconditionFailed (412). */
export function requireConditions(conditions: ReadConditions, record: ObjectRecord): void {
  const outcome = evaluate(conditions, record);
  if (outcome === 'pass') return;
  if (outcome === 'not-modified') {
    const headers = Object.fromEntries(
      Object.entries(validators(record)).map(([name, value]) => [name, String(value)]),
    );
    throw new S3Error('NotModified', 'Not Modified', { headers });
  }
  throw preconditionFailed(outcome.failed);
}

export const preconditionFailed = (condition: string) =>
  new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    fields: { Condition: condition },
  });

/** Whether a list of ETags, quoted or not, or `*`, names this one. */
export function etagMatches(list: string, etag: string): boolean {
  return list
    .split(',')
    .map((one) => unquoted(one))
    .some((one) => one === '*' || one === etag);
}

export const unquoted = (etag: string): string =>
  etag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');

function seconds(httpDate: string | undefined, otherwise: number): number {
  const time = httpDate === undefined ? Number.NaN : Date.parse(httpDate);
  return Number.isNaN(time) ? otherwise : Math.floor(time / 1000);
}
