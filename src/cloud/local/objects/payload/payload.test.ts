import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_SHA256, hmacSha256, sha256Hex } from '../../sigv4.ts';
import { type RawRequest, send, sendSigned, sign } from '../fixtures/signed-request.ts';
import { failure, startTestServer, type TestServer } from '../fixtures/test-server.ts';

const Bucket = 'bucket';
let test: TestServer;
let key = 0;
let target = '';

beforeAll(async () => {
  test = await startTestServer();
  await test.client.send(new CreateBucketCommand({ Bucket }));
});
beforeEach(() => {
  target = `/bucket/key-${key++}`;
});
afterAll(() => test.close());

const crc = (text: string) => {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(text));
  return value.toString('base64');
};
const put = (more: Partial<RawRequest>) =>
  sendSigned(test.server.endpoint, { method: 'PUT', target, body: 'hello', ...more });
const stored = async () => {
  const Key = target.slice('/bucket/'.length);
  const { Body } = await test.client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
};
const nothingStored = async () => expect(await failure(stored())).toBe('NoSuchKey 404');

describe('checksums', () => {
  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)('%s of the SDK', async (algorithm) => {
    const at = { Bucket, Key: `sdk-${algorithm}` };
    // Without a native CRC64NVME in the SDK its value is given, not computed.
    const given = algorithm === 'CRC64NVME' ? { ChecksumCRC64NVME: 'rosUhgp5mIg=' } : { ChecksumAlgorithm: algorithm };
    const body = '123456789';
    const answer = await test.client.send(new PutObjectCommand({ ...at, Body: body, ...given }));
    const field = `Checksum${algorithm}` as const;
    expect(answer[field]).toMatch(/^[\w+/]+=*$/);
    const head = await test.client.send(new HeadObjectCommand({ ...at, ChecksumMode: 'ENABLED' }));
    expect(head[field]).toBe(answer[field]);
    expect(head.ChecksumType).toBe('FULL_OBJECT');
    const { [field]: unasked } = await test.client.send(new HeadObjectCommand(at));
    expect(unasked).toBeUndefined();
  });

  it.each(['md5', 'sha512'])('%s in a header', async (algorithm) => {
    const header = `x-amz-checksum-${algorithm}`;
    const value = createHash(algorithm).update('hello').digest('base64');
    expect(await put({ headers: { [header]: value } })).toMatchObject({ status: 200, headers: { [header]: value } });
    expect((await put({ headers: { [header]: createHash(algorithm).digest('base64') } })).code).toBe('BadDigest');
  });

  it('of a stream travel in its trailer', async () => {
    const at = { Bucket, Key: 'stream' };
    const Body = Readable.from([Buffer.from('123456'), Buffer.from('789')]);
    const answer = await test.client.send(
      new PutObjectCommand({ ...at, Body, ContentLength: 9, ChecksumAlgorithm: 'CRC32' }),
    );
    expect(answer.ChecksumCRC32).toBe('y/Q5Jg==');
  });

  it('that are wrong store nothing', async () => {
    expect((await put({ headers: { 'x-amz-checksum-crc32': crc('other') } })).code).toBe('BadDigest');
    expect((await put({ headers: { 'content-md5': createHash('md5').update('other').digest('base64') } })).code).toBe(
      'BadDigest',
    );
    expect((await put({ payloadHash: sha256Hex('other') })).code).toBe('XAmzContentSHA256Mismatch');
    await nothingStored();
    expect(
      (await put({ headers: { 'x-amz-checksum-sha256': Buffer.from(sha256Hex('hello'), 'hex').toString('base64') } }))
        .status,
    ).toBe(200);
    expect(await stored()).toBe('hello');
  });

  it('that are no checksums', async () => {
    const refused = async (headers: Record<string, string>) => (await put({ headers })).code;
    expect(await refused({ 'x-amz-checksum-crc32': 'short' })).toBe('InvalidRequest');
    expect(await refused({ 'x-amz-checksum-xxhash3': 'AAAAAAAAAAA=' })).toBe('NotImplemented');
    expect(await refused({ 'content-md5': 'short' })).toBe('InvalidDigest');
    expect(await refused({ 'x-amz-sdk-checksum-algorithm': 'CRC32' })).toBe('InvalidRequest');
    expect(await refused({ 'x-amz-checksum-crc32': crc('hello'), 'x-amz-sdk-checksum-algorithm': 'SHA1' })).toBe(
      'InvalidRequest',
    );
    const two = {
      'x-amz-checksum-crc32': crc('hello'),
      'x-amz-checksum-sha1': createHash('sha1').update('hello').digest('base64'),
    };
    expect(await refused(two)).toBe('InvalidRequest');
    expect((await put({ payloadHash: 'nonsense' })).code).toBe('InvalidArgument');
    await nothingStored();
  });
});

describe('lengths', () => {
  it('must be told', async () => {
    const raw = { method: 'PUT', target, payloadHash: 'UNSIGNED-PAYLOAD' };
    const { headers } = sign(test.server.endpoint, raw);
    const chunked = await send(test.server.endpoint, raw, { ...headers, 'transfer-encoding': 'chunked' });
    expect(chunked).toMatchObject({ status: 501, code: 'NotImplemented' });
    await nothingStored();
  });

  it('may not exceed five gibibytes', async () => {
    const raw = { method: 'PUT', target, payloadHash: 'UNSIGNED-PAYLOAD' };
    const { headers } = sign(test.server.endpoint, raw);
    const length = { 'content-length': String(5 * 2 ** 30 + 1), expect: '100-continue' };
    expect((await send(test.server.endpoint, raw, { ...headers, ...length })).code).toBe('EntityTooLarge');
  });
});

describe('aws-chunked', () => {
  const unsigned = (body: string, length: number, headers: Record<string, string> = {}) =>
    put({
      body,
      payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      headers: { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': String(length), ...headers },
    });
  const trailer = { 'x-amz-trailer': 'x-amz-checksum-crc32' };

  it('unframes and checks the trailer', async () => {
    const answer = await unsigned(
      `2\r\nhe\r\n3\r\nllo\r\n0\r\nx-amz-checksum-crc32:${crc('hello')}\r\n\r\n`,
      5,
      trailer,
    );
    expect(answer).toMatchObject({ status: 200, headers: { 'x-amz-checksum-crc32': crc('hello') } });
    expect(await stored()).toBe('hello');
    const head = await test.client.send(new HeadObjectCommand({ Bucket, Key: target.slice(8) }));
    expect(head.ContentEncoding).toBeUndefined();
  });

  it.each([
    ['a wrong checksum', `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc('other')}\r\n\r\n`, 5, 'BadDigest'],
    ['a checksum of another kind', '5\r\nhello\r\n0\r\nx-amz-checksum-sha1:abc=\r\n\r\n', 5, 'MalformedTrailerError'],
    ['no trailer', '5\r\nhello\r\n0\r\n\r\n', 5, 'MalformedTrailerError'],
    ['a trailer without a value', '5\r\nhello\r\n0\r\nnonsense\r\n\r\n', 5, 'MalformedTrailerError'],
    ['no last chunk', '5\r\nhello\r\n', 5, 'IncompleteBody'],
    ['half a chunk', '5\r\nhel', 5, 'IncompleteBody'],
    ['a chunk longer than it says', '4\r\nhello\r\n0\r\n\r\n', 5, 'InvalidRequest'],
    ['no chunk', 'hello', 5, 'IncompleteBody'],
    ['a chunk of no size', 'zz\r\nhello\r\n', 5, 'InvalidRequest'],
    ['a negative size', '-5\r\nhello\r\n', 5, 'InvalidRequest'],
    [
      'less than the declared length',
      `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc('hello')}\r\n\r\n`,
      6,
      'IncompleteBody',
    ],
    [
      'more than the declared length',
      `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc('hello')}\r\n\r\n`,
      4,
      'IncompleteBody',
    ],
    ['bytes after the end', `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc('hello')}\r\n\r\nmore`, 5, 'InvalidRequest'],
  ])('refuses %s', async (_, body, length, code) => {
    expect((await unsigned(body, length, trailer)).code).toBe(code);
    await nothingStored();
  });

  it('refuses trailers nobody announced, and unknown ones', async () => {
    const body = `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc('hello')}\r\n\r\n`;
    expect((await unsigned(body, 5)).code).toBe('MalformedTrailerError');
    expect((await unsigned(body, 5, { 'x-amz-trailer': 'x-other' })).code).toBe('InvalidRequest');
    const { status, code } = await put({ body, payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', headers: trailer });
    expect([status, code]).toEqual([411, 'MissingContentLength']);
    expect((await put({ payloadHash: 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD' })).code).toBe('NotImplemented');
    await nothingStored();
  });

  /** Frames and signs `chunks` as the documentation of S3 says. */
  async function signedChunks(
    chunks: readonly string[],
    options: { trailer?: string; spoil?: 'chunk' | 'trailer' } = {},
  ) {
    const withTrailer = options.trailer !== undefined;
    const raw = {
      method: 'PUT',
      target,
      payloadHash: `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${withTrailer ? '-TRAILER' : ''}`,
      headers: {
        'x-amz-decoded-content-length': String(chunks.join('').length),
        ...(withTrailer && { 'x-amz-trailer': 'x-amz-checksum-crc32' }),
      },
    };
    const head = sign(test.server.endpoint, raw);
    let previous = head.signature;
    const next = (what: string, hashes: string) => {
      const text = [`AWS4-HMAC-SHA256-${what}`, head.amzDate, head.scope, previous, hashes].join('\n');
      previous = hmacSha256(head.key, text).toString('hex');
      return previous;
    };
    let body = '';
    for (const chunk of [...chunks, '']) {
      body += `${chunk.length.toString(16)};chunk-signature=${next('PAYLOAD', `${EMPTY_SHA256}\n${sha256Hex(chunk)}`)}\r\n`;
      body += chunk === '' ? '' : `${options.spoil === 'chunk' ? chunk.toUpperCase() : chunk}\r\n`;
    }
    if (withTrailer) {
      const line = `x-amz-checksum-crc32:${options.trailer}`;
      const signature = next('TRAILER', sha256Hex(`${line}\n`));
      body += `${line}\r\nx-amz-trailer-signature:${options.spoil === 'trailer' ? head.signature : signature}\r\n`;
    }
    return send(test.server.endpoint, { ...raw, body: `${body}\r\n` }, head.headers);
  }

  it('checks the signature of every chunk', async () => {
    expect((await signedChunks(['hel', 'lo'])).status).toBe(200);
    expect(await stored()).toBe('hello');
    expect(await signedChunks(['hel', 'lo'], { spoil: 'chunk' })).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
    expect(await stored()).toBe('hello');
  });

  it('checks the signature of the trailer', async () => {
    expect((await signedChunks(['hello'], { trailer: crc('hello'), spoil: 'trailer' })).code).toBe(
      'SignatureDoesNotMatch',
    );
    expect((await signedChunks(['hello'], { trailer: crc('other') })).code).toBe('BadDigest');
    await nothingStored();
    expect((await signedChunks(['hello'], { trailer: crc('hello') })).status).toBe(200);
  });
});
