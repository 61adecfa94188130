import { checksumHeader } from '../payload/checksum.ts';
import type { S3Request } from '../request/s3-request.ts';
import type { ResponseHeaders } from '../response/send.ts';
import { notImplemented, S3Error } from '../s3-error.ts';
import type { ObjectRecord } from '../store/object-record.ts';

/** S3's limit for user metadata, bytes of names and values. */
const MAX_METADATA_BYTES = 2048;
const KEPT = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires'] as const;
const METADATA = 'x-amz-meta-';
const DEFAULT_TYPE = 'binary/octet-stream';

/** Headers of a write that would change what S3 does, with the values that change nothing. */
const UNSUPPORTED: Readonly<Record<string, readonly string[]>> = {
  'x-amz-acl': ['private', 'bucket-owner-full-control'],
  'x-amz-grant-full-control': [],
  'x-amz-grant-read': [],
  'x-amz-grant-read-acp': [],
  'x-amz-grant-write-acp': [],
  'x-amz-object-lock-legal-hold': [],
  'x-amz-object-lock-mode': [],
  'x-amz-object-lock-retain-until-date': [],
  'x-amz-server-side-encryption': [],
  'x-amz-server-side-encryption-customer-algorithm': [],
  'x-amz-storage-class': ['STANDARD'],
  'x-amz-tagging': [],
  'x-amz-website-redirect-location': [],
  'x-amz-write-offset-bytes': [],
};

export interface WrittenHeaders {
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a write says about its object. Throws S3Error for what this server cannot keep. */
export function readWrittenHeaders(request: S3Request): WrittenHeaders {
  refuseUnsupported(request);
  const headers: Record<string, string> = { 'content-type': request.headers['content-type'] ?? DEFAULT_TYPE };
  for (const name of KEPT) {
    const value = name === 'content-encoding' ? contentEncoding(request) : request.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  return { headers, metadata: readMetadata(request) };
}

export function refuseUnsupported(request: S3Request): void {
  for (const [name, harmless] of Object.entries(UNSUPPORTED)) {
    const value = request.header(name);
    if (value !== undefined && !harmless.includes(value)) throw notImplemented(name);
  }
}

/** Without `aws-chunked`, which frames the request and not the object. */
function contentEncoding(request: S3Request): string | undefined {
  const encodings = request.headers['content-encoding']?.split(',').map((one) => one.trim());
  const kept = encodings?.filter((one) => one !== '' && one.toLowerCase() !== 'aws-chunked');
  return kept && kept.length > 0 ? kept.join(',') : undefined;
}

function readMetadata(request: S3Request): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of [...request.query, ...Object.entries(request.headers)]) {
    if (name.startsWith(METADATA) && name.length > METADATA.length) metadata[name.slice(METADATA.length)] = value;
  }
  const text = Object.entries(metadata).flat().join('');
  if (Buffer.byteLength(text, 'latin1') <= MAX_METADATA_BYTES) return metadata;
  throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
    fields: { Size: String(Buffer.byteLength(text, 'latin1')), MaxSizeAllowed: String(MAX_METADATA_BYTES) },
  });
}

const OVERRIDES = {
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
  'response-content-language': 'content-language',
  'response-content-type': 'content-type',
  'response-expires': 'expires',
} as const;

/** What GET and HEAD say about an object, but for its length. */
export function describingHeaders(request: S3Request, record: ObjectRecord): ResponseHeaders {
  const headers: Record<string, string> = { ...record.headers };
  for (const [parameter, name] of Object.entries(OVERRIDES)) {
    const value = request.query.get(parameter);
    if (value !== undefined) headers[name] = value;
  }
  for (const [name, value] of Object.entries(record.metadata)) headers[METADATA + name] = value;
  return { ...headers, ...validators(record), 'Accept-Ranges': 'bytes' };
}

export const validators = (record: ObjectRecord): ResponseHeaders => ({
  ETag: quoted(record.etag),
  'Last-Modified': new Date(record.lastModified).toUTCString(),
});

export const quoted = (etag: string): string => `"${etag}"`;

export const checksumHeaders = ({ checksum }: Pick<ObjectRecord, 'checksum'>): ResponseHeaders =>
  checksum ? { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type } : {};
