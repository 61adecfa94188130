import type { S3Request } from '../request/s3-request.ts';
import { notImplemented, S3Error } from '../s3-error.ts';
import {
  CHECKSUM_ALGORITHMS,
  CHECKSUM_BYTES,
  type ChecksumAlgorithm,
  checksumHeader,
  isChecksumAlgorithm,
} from './checksum.ts';

/** A checksum the sender promises: its value now, or in the trailer. */
export interface DeclaredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: Buffer | undefined;
}

const PREFIX = 'x-amz-checksum-';
/** Headers that begin like a checksum and are none. */
const OTHERS: ReadonlySet<string> = new Set([`${PREFIX}algorithm`, `${PREFIX}mode`, `${PREFIX}type`]);

/** The checksum of the body that a request declares. Throws S3Error when it declares a broken one, or more than one. */
export function declaredChecksum(request: S3Request): DeclaredChecksum | undefined {
  const found = checksumHeaders(request);
  const trailer = request.headers['x-amz-trailer'];
  if (trailer !== undefined) found.push({ algorithm: trailerAlgorithm(trailer), value: undefined });
  if (found.length > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const sdkAlgorithm = request.headers['x-amz-sdk-checksum-algorithm']?.toLowerCase();
  if (sdkAlgorithm !== undefined && sdkAlgorithm !== found[0]?.algorithm) {
    throw new S3Error(
      'InvalidRequest',
      found.length === 0
        ? 'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.'
        : 'Value for x-amz-sdk-checksum-algorithm header is invalid.',
    );
  }
  return found[0];
}

function checksumHeaders({ headers }: S3Request): DeclaredChecksum[] {
  return Object.keys(headers)
    .filter((name) => name.startsWith(PREFIX) && !OTHERS.has(name))
    .map((name) => {
      const algorithm = name.slice(PREFIX.length);
      if (!isChecksumAlgorithm(algorithm)) throw notImplemented(name);
      return { algorithm, value: checksumValue(algorithm, headers[name] as string) };
    });
}

/** The binary value of a checksum in base64. */
export function checksumValue(algorithm: ChecksumAlgorithm, text: string): Buffer {
  const value = Buffer.from(text, 'base64');
  if (value.length === CHECKSUM_BYTES[algorithm] && value.toString('base64') === text) return value;
  throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
}

function trailerAlgorithm(trailer: string): ChecksumAlgorithm {
  const name = trailer.trim().toLowerCase();
  const algorithm = CHECKSUM_ALGORITHMS.find((one) => checksumHeader(one) === name);
  if (algorithm) return algorithm;
  throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
}

/** The binary value of a Content-MD5 header. */
export function declaredMd5(request: S3Request): Buffer | undefined {
  const text = request.headers['content-md5'];
  if (text === undefined) return undefined;
  const value = Buffer.from(text, 'base64');
  if (value.length === 16 && value.toString('base64') === text) return value;
  throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.', {
    fields: { 'Content-MD5': text },
  });
}
