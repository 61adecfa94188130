import {
  CreateBucketCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendSigned } from '../fixtures/signed-request.ts';
import { failure, startTestServer, type TestServer } from '../fixtures/test-server.ts';

const at = { Bucket: 'bucket', Key: 'digits' };
const ETAG = '"781e5e245d69b566979b86e28d23f2c7"';
let test: TestServer;

beforeAll(async () => {
  test = await startTestServer();
  await test.client.send(new CreateBucketCommand({ Bucket: at.Bucket }));
  await test.client.send(new PutObjectCommand({ ...at, Body: '0123456789' }));
  await test.client.send(new PutObjectCommand({ ...at, Key: 'empty', Body: '' }));
});
afterAll(() => test.close());

const read = async (input: Partial<GetObjectCommandInput>) => {
  const { Body, $metadata, ContentRange, ContentLength } = await test.client.send(
    new GetObjectCommand({ ...at, ...input }),
  );
  const text = await (Body as NonNullable<typeof Body>).transformToString();
  expect(ContentLength).toBe(text.length);
  return [$metadata.httpStatusCode, text, ContentRange];
};

describe('ranges', () => {
  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
  ])('%s', async (Range, text, contentRange) => {
    expect(await read({ Range })).toEqual([206, text, contentRange]);
    const head = await test.client.send(new HeadObjectCommand({ ...at, Range }));
    expect([head.ContentLength, head.ContentRange]).toEqual([text.length, contentRange]);
  });

  it.each(['bytes=4-2', 'bytes=1-2,4-5', 'bytes=-', 'lines=1-2', 'bytes=a-b'])('%s means the whole', async (Range) => {
    expect(await read({ Range })).toEqual([200, '0123456789', undefined]);
  });

  it.each(['bytes=10-', 'bytes=10-20', 'bytes=-0'])('%s is none', async (range) => {
    const answer = await sendSigned(test.server.endpoint, {
      method: 'GET',
      target: '/bucket/digits',
      headers: { range },
    });
    expect(answer).toMatchObject({ status: 416, code: 'InvalidRange', headers: { 'content-range': 'bytes */10' } });
    expect(answer.body).toContain(`<RangeRequested>${range}</RangeRequested><ActualObjectSize>10</ActualObjectSize>`);
  });

  it('of an empty object', async () => {
    expect(await read({ Key: 'empty' })).toEqual([200, '', undefined]);
    expect(await failure(read({ Key: 'empty', Range: 'bytes=0-' }))).toBe('InvalidRange 416');
    expect(await failure(read({ Key: 'empty', Range: 'bytes=-1' }))).toBe('InvalidRange 416');
  });

  it('by part number', async () => {
    expect(await read({ PartNumber: 1 })).toEqual([206, '0123456789', 'bytes 0-9/10']);
    expect(await failure(read({ PartNumber: 2 }))).toBe('InvalidPartNumber 416');
    expect(await failure(read({ PartNumber: 1, Range: 'bytes=0-1' }))).toBe('InvalidRequest 400');
  });

  it('if the object is the same', async () => {
    const target = '/bucket/digits';
    const ranged = (headers: Record<string, string>) =>
      sendSigned(test.server.endpoint, { method: 'GET', target, headers: { range: 'bytes=0-1', ...headers } });
    expect((await ranged({ 'if-range': ETAG })).body).toBe('01');
    expect((await ranged({ 'if-range': '"other"' })).body).toBe('0123456789');
  });
});

describe('conditions', () => {
  const before = new Date(Date.now() - 86_400_000);
  const after = new Date(Date.now() + 86_400_000);

  it.each<[string, Partial<GetObjectCommandInput>]>([
    ['If-Match', { IfMatch: ETAG }],
    ['If-Match of any', { IfMatch: '*' }],
    ['If-Match of several', { IfMatch: `"other", ${ETAG}` }],
    ['If-None-Match', { IfNoneMatch: '"other"' }],
    ['If-Modified-Since', { IfModifiedSince: before }],
    ['If-Unmodified-Since', { IfUnmodifiedSince: after }],
    ['If-Match before If-Unmodified-Since', { IfMatch: ETAG, IfUnmodifiedSince: before }],
    ['If-None-Match before If-Modified-Since', { IfNoneMatch: '"other"', IfModifiedSince: after }],
  ])('that hold: %s', async (_, conditions) => {
    expect(await read(conditions)).toEqual([200, '0123456789', undefined]);
  });

  it.each<[string, Partial<GetObjectCommandInput>, string]>([
    ['If-Match', { IfMatch: '"other"' }, 'PreconditionFailed 412'],
    ['If-Unmodified-Since', { IfUnmodifiedSince: before }, 'PreconditionFailed 412'],
    ['If-None-Match', { IfNoneMatch: ETAG }, '304 304'],
    ['If-Modified-Since', { IfModifiedSince: after }, '304 304'],
  ])('that do not hold: %s', async (_, conditions, expected) => {
    const outcome = await failure(read(conditions));
    expect(outcome.split(' ')[1]).toBe(expected.split(' ')[1]);
    if (!expected.startsWith('304')) expect(outcome).toBe(expected);
  });

  it('304 says which version the client has', async () => {
    const headers = { 'if-none-match': ETAG };
    const answer = await sendSigned(test.server.endpoint, { method: 'GET', target: '/bucket/digits', headers });
    expect(answer).toMatchObject({ status: 304, body: '', headers: { etag: ETAG } });
    expect(Date.parse(answer.headers['last-modified'] as string)).not.toBeNaN();
  });
});

it('refuses what it does not do', async () => {
  const code = async (method: string, target: string, headers: Record<string, string> = {}) => {
    const answer = await sendSigned(test.server.endpoint, { method, target, headers });
    return `${answer.status} ${answer.code}`;
  };
  expect(await code('GET', '/bucket?acl')).toBe('501 NotImplemented');
  expect(await code('GET', '/bucket/digits?tagging')).toBe('501 NotImplemented');
  expect(await code('PUT', '/bucket?versioning')).toBe('501 NotImplemented');
  expect(await code('POST', '/bucket')).toBe('501 NotImplemented');
  expect(await code('PATCH', '/bucket/digits')).toBe('405 MethodNotAllowed');
  expect(await code('GET', '/bucket/digits?versionId=1')).toBe('400 InvalidArgument');
  expect(await code('GET', '/bucket/digits?versionId=null')).toBe('200 undefined');
  expect(await code('PUT', '/bucket/x', { 'x-amz-tagging': 'a=b' })).toBe('501 NotImplemented');
  expect(await code('PUT', '/bucket/x', { 'x-amz-server-side-encryption': 'aws:kms' })).toBe('501 NotImplemented');
  expect(await code('PUT', '/bucket/x', { 'x-amz-meta-a': 'b'.repeat(2048) })).toBe('400 MetadataTooLarge');
});

it('describes errors', async () => {
  const answer = await sendSigned(test.server.endpoint, { method: 'GET', target: '/bucket/a%26b' });
  const id = answer.headers['x-amz-request-id'] as string;
  expect(answer.headers['content-type']).toBe('application/xml');
  expect(answer.body).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&amp;b</Key><Resource>/bucket/a%26b</Resource><RequestId>${id}</RequestId><HostId>${answer.headers['x-amz-id-2']}</HostId></Error>`,
  );
});
