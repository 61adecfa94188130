import type { Exchange } from '../exchange.ts';
import type { S3Request } from '../request/s3-request.ts';
import { notImplemented, S3Error } from '../s3-error.ts';
import { decodeAwsChunked, malformedTrailer } from './aws-chunked.ts';
import { type ChecksumAlgorithm, checksumHeader, type RunningChecksum, startChecksum } from './checksum.ts';
import { checksumValue, type DeclaredChecksum, declaredChecksum, declaredMd5 } from './declared-checksum.ts';

export interface Received {
  readonly size: number;
  readonly md5: Buffer;
  /** The checksum the sender declared, found right, or the one asked for in `compute`. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: Buffer } | undefined;
}

export interface ReceiveOptions {
  /** Takes each piece over; the next one is read when it resolves. */
  readonly write: (bytes: Uint8Array) => Promise<void> | void;
  /** Most bytes to take. */
  readonly maxBytes: number;
  /** A checksum to compute where the sender declared none. */
  readonly compute?: ChecksumAlgorithm;
}

const UNSIGNED = 'UNSIGNED-PAYLOAD';
const STREAMING = {
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { isSigned: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { isSigned: true },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { isSigned: true },
} as const;

/**
 * Reads the body of a request and proves it: its length, its signed hash or chunk signatures, Content-MD5 and
 * `x-amz-checksum-*`. Throws S3Error when anything differs; what was written until then must not be published.
 */
export async function receive(exchange: Exchange, options: ReceiveOptions): Promise<Received> {
  const { request } = exchange;
  const payloadHash = request.headers['x-amz-content-sha256'] ?? UNSIGNED;
  const isChunked = payloadHash in STREAMING;
  const signedHash = isChunked ? undefined : plainHash(payloadHash);
  const declared = declaredChecksum(request);
  const expectedMd5 = declaredMd5(request);
  const length = contentLength(request, isChunked);
  if (length > options.maxBytes) throw tooLarge(length, options.maxBytes);

  const sums = new Sums(declared?.algorithm ?? options.compute, signedHash !== undefined);
  let trailers: ReadonlyMap<string, string> = new Map();
  const raw = wire(exchange);
  const source = isChunked
    ? decodeAwsChunked(raw, {
        signed: STREAMING[payloadHash as keyof typeof STREAMING].isSigned ? exchange.signed : undefined,
        onTrailers: (found) => {
          trailers = found;
        },
      })
    : raw;
  let size = 0;
  for await (const bytes of source) {
    size += bytes.length;
    exchange.meter.received(bytes.length);
    if (size > length) throw wrongLength();
    sums.update(bytes);
    await options.write(bytes);
  }
  if (size !== length) throw wrongLength();

  const md5 = sums.md5.digest();
  if (signedHash !== undefined) checkSignedHash(signedHash, sums.sha256Hex());
  if (expectedMd5 && !expectedMd5.equals(md5)) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
      fields: { ExpectedDigest: expectedMd5.toString('base64'), CalculatedDigest: md5.toString('base64') },
    });
  }
  return { size, md5, checksum: checkedChecksum(sums, declared, trailers) };
}

/** The hash that covers the body; undefined when the sender signed none. */
function plainHash(payloadHash: string): string | undefined {
  if (payloadHash === UNSIGNED) return undefined;
  if (/^[0-9a-f]{64}$/.test(payloadHash)) return payloadHash;
  if (payloadHash.startsWith('STREAMING-')) throw notImplemented(`x-amz-content-sha256: ${payloadHash}`);
  throw new S3Error(
    'InvalidArgument',
    `x-amz-content-sha256 must be ${UNSIGNED}, ${Object.keys(STREAMING).join(', ')}, or a valid sha256 value.`,
    { fields: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: payloadHash } },
  );
}

/** Bytes of the payload, as declared. */
function contentLength({ headers, method, key }: S3Request, isChunked: boolean): number {
  const name = isChunked ? 'x-amz-decoded-content-length' : 'content-length';
  const text = headers[name];
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  if (text !== undefined) throw new S3Error('InvalidArgument', `${name} must be a number of bytes`);
  if (!isChunked && headers['transfer-encoding'] !== undefined) throw notImplemented('Transfer-Encoding');
  // Without the header there is no body; S3 insists only where an object is written.
  if (!isChunked && (method === 'POST' || key === '')) return 0;
  throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
}

/** The bytes as they come. The request outlives an early end, so that it can still be answered. */
async function* wire({ incoming, response, request }: Exchange): AsyncGenerator<Buffer> {
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
  for await (const bytes of incoming.iterator({ destroyOnReturn: false })) yield bytes as Buffer;
}

/** The checksums of one body, computed in one pass. */
class Sums {
  readonly md5 = startChecksum('md5');
  readonly #algorithm: ChecksumAlgorithm | undefined;
  readonly #checksum: RunningChecksum | undefined;
  readonly #sha256: RunningChecksum | undefined;
  #checksumValue: Buffer | undefined;

  constructor(algorithm: ChecksumAlgorithm | undefined, isHashSigned: boolean) {
    this.#algorithm = algorithm;
    this.#checksum = algorithm && startChecksum(algorithm);
    if (isHashSigned && algorithm !== 'sha256') this.#sha256 = startChecksum('sha256');
  }

  update(bytes: Uint8Array): void {
    this.md5.update(bytes);
    this.#checksum?.update(bytes);
    this.#sha256?.update(bytes);
  }

  sha256Hex(): string {
    const value = this.#sha256 ? this.#sha256.digest() : this.checksum()?.value;
    return (value as Buffer).toString('hex');
  }

  checksum(): Received['checksum'] {
    if (!this.#algorithm) return undefined;
    this.#checksumValue ??= this.#checksum?.digest() as Buffer;
    return { algorithm: this.#algorithm, value: this.#checksumValue };
  }
}

function checkSignedHash(claimed: string, computed: string): void {
  if (claimed === computed) return;
  throw new S3Error(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { fields: { ClientComputedContentSHA256: claimed, S3ComputedContentSHA256: computed } },
  );
}

function checkedChecksum(
  sums: Sums,
  declared: DeclaredChecksum | undefined,
  trailers: ReadonlyMap<string, string>,
): Received['checksum'] {
  const computed = sums.checksum();
  const isInTrailer = declared !== undefined && declared.value === undefined;
  if (trailers.size !== (isInTrailer ? 1 : 0)) throw malformedTrailer();
  if (!declared || !computed) return computed;
  const { algorithm } = declared;
  const text = trailers.get(checksumHeader(algorithm));
  if (isInTrailer && text === undefined) throw malformedTrailer();
  const expected = declared.value ?? checksumValue(algorithm, text as string);
  if (expected.equals(computed.value)) return computed;
  throw new S3Error('BadDigest', `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`);
}

const wrongLength = () =>
  new S3Error('IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header.');

const tooLarge = (size: number, maxBytes: number) =>
  new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    fields: { ProposedSize: String(size), MaxSizeAllowed: String(maxBytes) },
  });
