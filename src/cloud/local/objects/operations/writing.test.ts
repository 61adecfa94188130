import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendSigned } from '../fixtures/signed-request.ts';
import { failure, startTestServer, type TestServer } from '../fixtures/test-server.ts';

const Bucket = 'bucket';
let test: TestServer;

beforeAll(async () => {
  test = await startTestServer();
  await test.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => test.close());

const put = (Key: string, Body: string, more: Partial<PutObjectCommandInput> = {}) =>
  test.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const body = async (Key: string) =>
  (await test.client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

describe('conditional writes', () => {
  it('If-None-Match: exactly one of sixteen racing writers wins, round after round', async () => {
    for (let round = 0; round < 4; round++) {
      const Key = `race/${round}`;
      const writers = Array.from({ length: 16 }, (_, i) => failure(put(Key, `writer ${i}`, { IfNoneMatch: '*' })));
      const outcomes = await Promise.all(writers);
      expect(outcomes.filter((one) => one === 'PreconditionFailed 412')).toHaveLength(15);
      expect(await body(Key)).toBe(`writer ${outcomes.indexOf('no failure')}`);
    }
  });

  it('If-Match: exactly one of sixteen racing writers wins', async () => {
    const { ETag } = await put('cas', 'first');
    const writers = Array.from({ length: 16 }, (_, i) =>
      failure(put('cas', `writer ${i}`, { IfMatch: ETag as string })),
    );
    const outcomes = await Promise.all(writers);
    expect(outcomes.filter((one) => one === 'PreconditionFailed 412')).toHaveLength(15);
    expect(await body('cas')).toBe(`writer ${outcomes.indexOf('no failure')}`);
  });

  it('need an object, or none', async () => {
    expect(await failure(put('absent', 'x', { IfMatch: '"abc"' }))).toBe('NoSuchKey 404');
    await put('present', 'x');
    expect(await failure(put('present', 'y', { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412');
    expect(await failure(put('present', 'y', { IfNoneMatch: '"abc"' }))).toBe('NotImplemented 501');
    expect(await body('present')).toBe('x');
    await test.client.send(new DeleteObjectCommand({ Bucket, Key: 'present' }));
    await put('present', 'z', { IfNoneMatch: '*' });
    const remove = new DeleteObjectCommand({ Bucket, Key: 'present', IfMatch: '"abc"' });
    expect(await failure(test.client.send(remove))).toBe('PreconditionFailed 412');
  });

  it('hold for names that share a path', async () => {
    await put('path', 'file');
    await put('path/below', 'below', { IfNoneMatch: '*' });
    expect(await failure(put('path', 'again', { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412');
    expect(await failure(put('path/below', 'again', { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412');
    expect([await body('path'), await body('path/below')]).toEqual(['file', 'below']);
  });
});

describe('copies', () => {
  const copy = (Key: string, more: Partial<CopyObjectCommandInput> = {}) =>
    test.client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `/${Bucket}/copy/a%2Bb%20%C3%A9`, ...more }));

  beforeAll(() =>
    put('copy/a+b é', 'content', { Metadata: { a: '1' }, ContentType: 'text/c', ChecksumAlgorithm: 'SHA256' }),
  );

  it('keep or replace metadata and keep checksums', async () => {
    const { CopyObjectResult } = await copy('copy/kept');
    expect(CopyObjectResult).toMatchObject({
      ETag: '"9a0364b9e99bb480dd25e1f0284c8555"',
      ChecksumSHA256: expect.any(String),
    });
    const kept = new HeadObjectCommand({ Bucket, Key: 'copy/kept', ChecksumMode: 'ENABLED' });
    expect(await test.client.send(kept)).toMatchObject({
      Metadata: { a: '1' },
      ContentType: 'text/c',
      ChecksumSHA256: CopyObjectResult?.ChecksumSHA256,
    });
    await copy('copy/kept', { MetadataDirective: 'REPLACE', Metadata: { b: '2' }, ChecksumAlgorithm: 'CRC32C' });
    const replaced = await test.client.send(kept);
    expect(replaced).toMatchObject({
      Metadata: { b: '2' },
      ContentType: 'binary/octet-stream',
      ChecksumCRC32C: expect.any(String),
    });
  });

  it('check the source', async () => {
    const ETag = '"9a0364b9e99bb480dd25e1f0284c8555"';
    await copy('copy/if', { CopySourceIfMatch: ETag, CopySourceIfModifiedSince: new Date(0) });
    expect(await failure(copy('copy/if', { CopySourceIfMatch: '"other"' }))).toBe('PreconditionFailed 412');
    expect(await failure(copy('copy/if', { CopySourceIfNoneMatch: ETag }))).toBe('PreconditionFailed 412');
    expect(await failure(copy('copy/if', { CopySourceIfUnmodifiedSince: new Date(0) }))).toBe('PreconditionFailed 412');
    expect(await failure(copy('copy/no', { CopySource: `${Bucket}/nothing` }))).toBe('NoSuchKey 404');
    expect(await failure(copy('copy/no', { CopySource: 'nowhere/nothing' }))).toBe('NoSuchBucket 404');
    expect(await failure(copy('copy/no', { CopySource: 'nothing' }))).toBe('InvalidArgument 400');
    expect(await failure(copy('copy/no', { CopySource: `${Bucket}/%zz` }))).toBe('InvalidArgument 400');
    expect(await failure(copy('copy/no', { MetadataDirective: 'MOVE' as 'COPY' }))).toBe('InvalidArgument 400');
  });

  it('to itself must change something', async () => {
    expect(await failure(copy('copy/a+b é'))).toBe('InvalidRequest 400');
    await copy('copy/a+b é', { MetadataDirective: 'REPLACE', Metadata: { a: '1' }, ContentType: 'text/c' });
  });
});

describe('batch deletes', () => {
  it('take a thousand keys of any kind', async () => {
    await Promise.all(['x<y', 'x&y', ' x '].map((key) => put(key, 'x')));
    const Objects = ['x<y', 'x&y', ' x ', ...Array.from({ length: 997 }, (_, i) => `none/${i}`)].map((Key) => ({
      Key,
    }));
    const { Deleted, Errors } = await test.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect([Deleted?.length, Errors]).toEqual([1000, undefined]);
    expect(await failure(body('x<y'))).toBe('NoSuchKey 404');
    expect(await failure(body(' x '))).toBe('NoSuchKey 404');
  });

  it('refuse more, none, and what is not proven', async () => {
    const Objects = Array.from({ length: 1001 }, (_, i) => ({ Key: String(i) }));
    const remove = (Delete: { Objects: { Key: string }[] }) =>
      failure(test.client.send(new DeleteObjectsCommand({ Bucket, Delete })));
    expect(await remove({ Objects })).toBe('MalformedXML 400');
    expect(await remove({ Objects: [] })).toBe('MalformedXML 400');
    const raw = { method: 'POST', target: '/bucket?delete', body: '<Delete><Object><Key>a</Key></Object></Delete>' };
    expect((await sendSigned(test.server.endpoint, raw)).code).toBe('InvalidRequest');
    const broken = { ...raw, body: '<Delete>', headers: { 'content-md5': 'oXP/DYTUYb9aE9ZlLVQXqQ==' } };
    expect((await sendSigned(test.server.endpoint, broken)).code).toBe('BadDigest');
  });

  it('tell what could not be deleted', async () => {
    const Objects = [{ Key: 'k'.repeat(1025) }, { Key: 'fine' }];
    const { Deleted, Errors } = await test.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted).toEqual([{ Key: 'fine' }]);
    expect(Errors).toMatchObject([{ Code: 'KeyTooLongError' }]);
  });
});
