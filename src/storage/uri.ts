import { resolve } from 'node:path';
import { InternalError, StorageError } from '../common/errors.ts';
import type { ObjectLocation } from './object-store.ts';
import { withoutSignature } from './redact.ts';

export const SCHEMES = ['s3', 'file', 'memory'] as const;

export type Scheme = (typeof SCHEMES)[number];

/** Where something is: an object, a prefix, or a pattern that `expandGlob` understands. */
export interface StorageUri {
  readonly scheme: Scheme;
  readonly location: ObjectLocation;
}

/**
 * `s3://bucket/key`, `memory://bucket/key`, `file:///abs`, an absolute or a relative path. Keys of s3 and memory are taken
 * literally; file URLs are percent-decoded; paths are made absolute against `cwd` and lose `.` and `..`. A slash at the end
 * stays: it says "everything below".
 * @throws StorageError SQ5012
 */
export function parseUri(text: string, options: { readonly cwd?: string } = {}): StorageUri {
  if (text === '') throw bad(text, 'it is empty');
  if (text.includes('\0')) throw bad(text.replaceAll('\0', '\\0'), 'it contains a NUL');
  if (/\p{Surrogate}/u.test(text)) throw bad(text, 'it is not well-formed Unicode');
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    if (/^[a-zA-Z]:[\\/]/.test(text)) throw bad(text, 'Windows paths are not supported');
    return fromPath(text, options.cwd ?? process.cwd());
  }
  const rest = text.slice(scheme.length + '://'.length);
  switch (scheme) {
    case 's3':
    case 'memory':
      return { scheme, location: bucketAndKey(text, rest) };
    case 'file':
      return fromFileUrl(text, rest);
    case 's3a':
    case 's3n':
      throw bad(text, `the scheme ${scheme} is Hadoop's`, `write s3://${rest}`);
    default:
      throw bad(text, `the scheme ${scheme} is unknown`, `known are ${SCHEMES.join(', ')}, and paths`);
  }
}

/** The inverse of parseUri for a location without pattern. */
export function formatUri(scheme: Scheme, { bucket, key }: ObjectLocation): string {
  if (scheme !== 'file') return `${scheme}://${bucket}/${key}`;
  return `file:///${encodeURI(key).replaceAll('?', '%3F').replaceAll('#', '%23')}`;
}

/** The absolute path of a file store's location. */
export const pathOf = ({ key }: ObjectLocation) => `/${key}`;

/** The location of an absolute path in the file store. */
export function locationOf(path: string): ObjectLocation {
  if (!path.startsWith('/')) throw new InternalError(`${path} is not an absolute path`);
  return { bucket: '', key: path.slice(1) };
}

function fromPath(text: string, cwd: string): StorageUri {
  const path = resolve(cwd, text);
  const below = /(^|\/)\.{0,2}$/.test(text) && path !== '/' ? '/' : '';
  return { scheme: 'file', location: locationOf(path + below) };
}

function fromFileUrl(text: string, rest: string): StorageUri {
  const slash = rest.indexOf('/');
  const host = slash < 0 ? rest : rest.slice(0, slash);
  if (host !== '' && host !== 'localhost') {
    throw bad(text, `a file URL names no host, but this one names ${host}`, `write file:///${rest}`);
  }
  if (slash < 0) throw bad(text, 'the path is missing');
  const path = decoded(text, rest.slice(slash));
  if (path.includes('\0')) throw bad(text, 'it contains a NUL');
  return fromPath(path, '/');
}

function decoded(text: string, path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw bad(text, 'a % is not followed by two hexadecimal digits of UTF-8', 'write % as %25', cause);
  }
}

function bucketAndKey(text: string, rest: string): ObjectLocation {
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  if (bucket === '') throw bad(text, 'the bucket is missing');
  if (bucket.startsWith('arn:')) throw bad(text, 'ARNs are not supported', "use the access point's alias");
  if (!/^[A-Za-z0-9._-]{1,255}$/.test(bucket)) throw bad(text, `"${bucket}" is not a bucket name`);
  return { bucket, key: slash < 0 ? '' : rest.slice(slash + 1) };
}

function bad(text: string, why: string, hint?: string, cause?: unknown): StorageError {
  const shown = withoutSignature(text);
  return new StorageError('SQ5012', `${JSON.stringify(shown)} is not a location: ${why}`, {
    ...(hint !== undefined && { hint }),
    ...(cause !== undefined && { cause }),
    details: { object: shown },
  });
}
