import type { IncomingMessage } from 'node:http';
import { S3Error } from '../s3-error.ts';

/** A request taken apart, before anything is believed of it. */
export interface S3Request {
  readonly method: string;
  /** The request target up to `?`, still percent-encoded. */
  readonly rawPath: string;
  /** The request target after `?`, still percent-encoded. */
  readonly rawQuery: string;
  /** Empty for requests to the service. */
  readonly bucket: string;
  /** Empty for requests to a bucket. */
  readonly key: string;
  /** The first value of each parameter. */
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string>>;
  /** A header, or the parameter of a presigned URL that stands for it. */
  header(name: string): string | undefined;
}

/** S3's limit for keys, bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;
const HOSTED_BUCKET = /^(.+)\.localhost(?::\d+)?$/i;
/** What a presigned URL says about the body was said before there was a body. */
const OF_THE_BODY = /^x-amz-(?:checksum-|sdk-checksum-|trailer$|content-sha256$|decoded-content-length$)/;

/** Throws S3Error when the request line is not one of S3's. */
export function readS3Request(message: IncomingMessage): S3Request {
  const url = message.url ?? '/';
  const at = url.indexOf('?');
  const rawPath = at < 0 ? url : url.slice(0, at);
  const rawQuery = at < 0 ? '' : url.slice(at + 1);
  if (!rawPath.startsWith('/')) throw invalidUri();
  const headers = headersOf(message);
  const query = readQuery(rawQuery);
  const { bucket, key } = address(decode(rawPath), headers.host ?? '');
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', 'Your key is too long', {
      fields: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(MAX_KEY_BYTES) },
    });
  }
  return {
    method: message.method ?? 'GET',
    rawPath,
    rawQuery,
    bucket,
    key,
    query,
    headers,
    header: (name) =>
      headers[name] ?? (name.startsWith('x-amz-') && !OF_THE_BODY.test(name) ? query.get(name) : undefined),
  };
}

function headersOf(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(',');
  }
  return headers;
}

/** `/bucket/key`, or `/key` of the bucket in a host name such as `bucket.localhost`. */
function address(path: string, host: string): { bucket: string; key: string } {
  const hosted = HOSTED_BUCKET.exec(host)?.[1];
  if (hosted !== undefined) return { bucket: hosted, key: path.slice(1) };
  const slash = path.indexOf('/', 1);
  if (slash < 0) return { bucket: path.slice(1), key: '' };
  return { bucket: path.slice(1, slash), key: path.slice(slash + 1) };
}

function readQuery(rawQuery: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const part of rawQuery.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = decode(at < 0 ? part : part.slice(0, at));
    if (!query.has(name)) query.set(name, at < 0 ? '' : decode(part.slice(at + 1)));
  }
  return query;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalidUri(cause);
  }
}

const invalidUri = (cause?: unknown) => new S3Error('InvalidURI', "Couldn't parse the specified URI.", { cause });
