import { createHash } from 'node:crypto';
import { EMPTY_SHA256, hmacSha256, sha256Hex } from '../../sigv4.ts';
import type { Signed } from '../request/authenticate.ts';
import { S3Error } from '../s3-error.ts';

export interface ChunkedOptions {
  /** The signature of the request when every chunk, and the trailer, must be signed after it. */
  readonly signed: Signed | undefined;
  /** Receives the trailers, names in lower case. */
  readonly onTrailers: (trailers: ReadonlyMap<string, string>) => void;
}

const CHUNK_HEADER = /^([0-9a-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/i;
const MAX_LINE_BYTES = 8 * 1024;
const MAX_TRAILERS = 32;
const TRAILER_SIGNATURE = 'x-amz-trailer-signature';

/**
 * The payload inside the framing `aws-chunked`:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html. A chunk is passed on before its signature
 * is known; the caller must not publish anything before the end.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  options: ChunkedOptions,
): AsyncGenerator<Buffer> {
  const input = new Input(source);
  const signatures = options.signed && new SignatureChain(options.signed);
  for (;;) {
    const line = await input.line();
    const match = CHUNK_HEADER.exec(line);
    if (!match) throw malformed(`a chunk begins with ${JSON.stringify(line.slice(0, 100))}`);
    const size = Number.parseInt(match[1] as string, 16);
    const hash = signatures && createHash('sha256');
    for (let left = size; left > 0; ) {
      const bytes = await input.some(left);
      left -= bytes.length;
      hash?.update(bytes);
      yield bytes;
    }
    signatures?.check('PAYLOAD', `${EMPTY_SHA256}\n${hash?.digest('hex')}`, match[2]);
    if (size === 0) break;
    if ((await input.line()) !== '') throw malformed('a chunk is longer than its size says');
  }
  const trailers = await readTrailers(input, signatures);
  if (!(await input.atEnd())) throw malformed('bytes follow the last chunk');
  options.onTrailers(trailers);
}

async function readTrailers(input: Input, signatures: SignatureChain | undefined): Promise<Map<string, string>> {
  const trailers = new Map<string, string>();
  for (let line = await input.line(); line !== ''; line = await input.line()) {
    const colon = line.indexOf(':');
    if (colon < 1 || trailers.size === MAX_TRAILERS) throw malformedTrailer();
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    // Some clients end the trailers of a request with no blank line but the end of the body.
    if (await input.atEnd()) break;
  }
  const signature = trailers.get(TRAILER_SIGNATURE);
  trailers.delete(TRAILER_SIGNATURE);
  const text = [...trailers].map(([name, value]) => `${name}:${value}\n`).join('');
  if (trailers.size > 0 || signature !== undefined) signatures?.check('TRAILER', sha256Hex(text), signature);
  return trailers;
}

/** Each signature covers the one before it. */
class SignatureChain {
  readonly #signed: Signed;
  #previous: string;

  constructor(signed: Signed) {
    this.#signed = signed;
    this.#previous = signed.signature;
  }

  check(what: 'PAYLOAD' | 'TRAILER', hashes: string, signature: string | undefined): void {
    const { amzDate, scope, signingKey } = this.#signed;
    const text = [`AWS4-HMAC-SHA256-${what}`, amzDate, scope, this.#previous, hashes].join('\n');
    const expected = hmacSha256(signingKey, text).toString('hex');
    if (signature?.toLowerCase() !== expected) {
      throw new S3Error(
        'SignatureDoesNotMatch',
        'The chunk signature we calculated does not match the signature you provided.',
      );
    }
    this.#previous = expected;
  }
}

/** Lines and bytes of a stream. */
class Input {
  readonly #source: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async atEnd(): Promise<boolean> {
    while (this.#buffer.length === 0) if (!(await this.#more())) return true;
    return false;
  }

  /** At least one byte and at most `limit`. */
  async some(limit: number): Promise<Buffer> {
    if (await this.atEnd()) throw incomplete();
    const bytes = this.#buffer.subarray(0, limit);
    this.#buffer = this.#buffer.subarray(bytes.length);
    return bytes;
  }

  /** Up to a line feed, without it and the carriage return before it. */
  async line(): Promise<string> {
    let end = this.#buffer.indexOf(10);
    while (end < 0) {
      if (this.#buffer.length > MAX_LINE_BYTES) throw malformed('a line is too long');
      if (!(await this.#more())) throw incomplete();
      end = this.#buffer.indexOf(10);
    }
    const line = this.#buffer.subarray(0, end).toString('latin1');
    this.#buffer = this.#buffer.subarray(end + 1);
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done) return false;
    this.#buffer = this.#buffer.length === 0 ? value : Buffer.concat([this.#buffer, value]);
    return true;
  }
}

const incomplete = () =>
  new S3Error('IncompleteBody', 'The request body terminated unexpectedly: the last chunk is missing');
const malformed = (why: string) => new S3Error('InvalidRequest', `The aws-chunked body is malformed: ${why}`);
export const malformedTrailer = () =>
  new S3Error(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  );
