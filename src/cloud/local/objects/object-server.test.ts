import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendSigned } from './fixtures/signed-request.ts';
import { failure, startTestServer, type TestServer } from './fixtures/test-server.ts';

const Bucket = 'bucket';
let test: TestServer;

beforeAll(async () => {
  test = await startTestServer();
  await test.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => test.close());

const put = (Key: string, Body: string | Buffer = 'body') =>
  test.client.send(new PutObjectCommand({ Bucket, Key, Body }));
const get = async (Key: string) => {
  const { Body, ...rest } = await test.client.send(new GetObjectCommand({ Bucket, Key }));
  return { ...rest, bytes: Buffer.from(await (Body as NonNullable<typeof Body>).transformToByteArray()) };
};

describe('buckets', () => {
  it('are made, listed, located and removed', async () => {
    const { client, root } = test;
    await client.send(
      new CreateBucketCommand({ Bucket: 'other', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
    );
    const { Buckets } = await client.send(new ListBucketsCommand());
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['bucket', 'other']);
    expect((await client.send(new GetBucketLocationCommand({ Bucket: 'other' }))).LocationConstraint).toBe('eu-west-1');
    expect((await client.send(new HeadBucketCommand({ Bucket: 'other' }))).BucketRegion).toBe('eu-west-1');
    await client.send(new PutObjectCommand({ Bucket: 'other', Key: 'a/b', Body: 'x' }));
    expect(await failure(client.send(new DeleteBucketCommand({ Bucket: 'other' })))).toBe('BucketNotEmpty 409');
    await client.send(new DeleteObjectCommand({ Bucket: 'other', Key: 'a/b' }));
    await client.send(new DeleteBucketCommand({ Bucket: 'other' }));
    expect(await readdir(root)).toEqual(['.squall', 'bucket']);
    expect(await failure(client.send(new HeadBucketCommand({ Bucket: 'other' })))).toBe('NotFound 404');
  });

  it('must have S3 names and be new', async () => {
    const { client } = test;
    expect(await failure(client.send(new CreateBucketCommand({ Bucket })))).toBe('BucketAlreadyOwnedByYou 409');
    expect(await failure(client.send(new CreateBucketCommand({ Bucket: 'Upper' })))).toBe('InvalidBucketName 400');
    expect(await failure(client.send(new CreateBucketCommand({ Bucket: '.squall' })))).toBe('InvalidBucketName 400');
  });

  it('that are missing refuse objects', async () => {
    const { client } = test;
    const nowhere = { Bucket: 'nowhere', Key: 'k' };
    expect(await failure(client.send(new PutObjectCommand({ ...nowhere, Body: 'x' })))).toBe('NoSuchBucket 404');
    expect(await failure(client.send(new GetObjectCommand(nowhere)))).toBe('NoSuchBucket 404');
    expect(await failure(client.send(new HeadObjectCommand(nowhere)))).toBe('NotFound 404');
    expect(await failure(client.send(new ListObjectsV2Command({ Bucket: 'nowhere' })))).toBe('NoSuchBucket 404');
  });
});

describe('buckets made by the first write', () => {
  it('only where that is asked for, and only by writes', async () => {
    const generous = await startTestServer({ autoCreateBuckets: true, region: 'us-east-1' });
    try {
      const client = generous.newClient({ region: 'us-east-1' });
      const list = new ListObjectsV2Command({ Bucket: 'fresh' });
      expect(await failure(client.send(list))).toBe('NoSuchBucket 404');
      await Promise.all(
        ['a', 'b'].map((Key) => client.send(new PutObjectCommand({ Bucket: 'fresh', Key, Body: 'x' }))),
      );
      expect((await client.send(list)).KeyCount).toBe(2);
      await client.send(new CreateMultipartUploadCommand({ Bucket: 'multi', Key: 'k' }));
      await client.send(new CopyObjectCommand({ Bucket: 'copy', Key: 'k', CopySource: 'fresh/a' }));
      const { Buckets } = await client.send(new ListBucketsCommand());
      expect(Buckets?.map(({ Name }) => Name)).toEqual(['copy', 'fresh', 'multi']);
      const upper = new PutObjectCommand({ Bucket: 'Upper', Key: 'k', Body: 'x' });
      expect(await failure(client.send(upper))).toBe('InvalidBucketName 400');
      // As in S3's first region, and only there.
      await client.send(new CreateBucketCommand({ Bucket: 'fresh' }));
    } finally {
      await generous.close();
    }
  });
});

describe('requests', () => {
  it('may name the bucket in the host', async () => {
    await put('hosted', 'by name');
    const headers = { host: `${Bucket}.localhost:${test.server.port}` };
    const answer = await sendSigned(test.server.endpoint, { method: 'GET', target: '/hosted', headers });
    expect(answer).toMatchObject({ status: 200, body: 'by name' });
  });

  it('that are refused before their body leave the connection usable, or closed', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const client = test.newClient({ requestHandler: { httpAgent: agent } });
    const large = Buffer.alloc(4 << 20);
    for (let i = 0; i < 3; i++) {
      const refused = new PutObjectCommand({ Bucket: 'nowhere', Key: 'k', Body: large });
      expect(await failure(client.send(refused))).toBe('NoSuchBucket 404');
      const wrong = new PutObjectCommand({ Bucket, Key: 'k', Body: large, ContentMD5: '1B2M2Y8AsgTpgAmY7PhCfg==' });
      expect(await failure(client.send(wrong))).toBe('BadDigest 400');
      await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: large }));
    }
    agent.destroy();
  });
});

describe('objects', () => {
  it('come back as they were put, with their metadata', async () => {
    const Metadata = { 'some-key': 'some value' };
    const headers = {
      ContentType: 'text/x',
      CacheControl: 'no-cache',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      ContentDisposition: 'inline',
    };
    const { ETag } = await test.client.send(
      new PutObjectCommand({ Bucket, Key: 'plain', Body: 'hello', Metadata, ...headers }),
    );
    expect(ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    const found = await get('plain');
    expect(found.bytes.toString()).toBe('hello');
    expect(found).toMatchObject({ ETag, Metadata, ...headers, ContentLength: 5, AcceptRanges: 'bytes' });
    const head = await test.client.send(new HeadObjectCommand({ Bucket, Key: 'plain' }));
    expect(head).toMatchObject({ ETag, Metadata, ...headers, ContentLength: 5 });
  });

  it('may be streams, empty, and larger than any buffer', async () => {
    const large = Buffer.alloc(9_000_000, 'abcdefg');
    await test.client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'large',
        Body: Readable.from([large.subarray(0, 5), large.subarray(5)]),
        ContentLength: large.length,
      }),
    );
    expect((await get('large')).bytes.equals(large)).toBe(true);
    await put('empty', '');
    expect((await get('empty')).bytes.length).toBe(0);
  });

  it('that are missing', async () => {
    expect(await failure(get('nothing'))).toBe('NoSuchKey 404');
    expect(await failure(test.client.send(new HeadObjectCommand({ Bucket, Key: 'nothing' })))).toBe('NotFound 404');
    await test.client.send(new DeleteObjectCommand({ Bucket, Key: 'nothing' }));
  });

  it('are deleted one by one and many at once', async () => {
    await Promise.all(['d/1', 'd/2', 'd/3'].map((key) => put(key)));
    await test.client.send(new DeleteObjectCommand({ Bucket, Key: 'd/1' }));
    const Delete = { Objects: [{ Key: 'd/2' }, { Key: 'd/never' }] };
    const { Deleted } = await test.client.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(Deleted?.map(({ Key }) => Key)).toEqual(['d/2', 'd/never']);
    const quiet = await test.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'd/3' }], Quiet: true } }),
    );
    expect(quiet.Deleted).toBeUndefined();
    expect(await failure(get('d/3'))).toBe('NoSuchKey 404');
  });

  it('are copied', async () => {
    await test.client.send(new PutObjectCommand({ Bucket, Key: 'from here', Body: 'copied', Metadata: { a: '1' } }));
    const CopySource = `${Bucket}/from%20here`;
    await test.client.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource }));
    expect((await get('to')).Metadata).toEqual({ a: '1' });
    await test.client.send(
      new CopyObjectCommand({ Bucket, Key: 'to', CopySource, MetadataDirective: 'REPLACE', Metadata: { b: '2' } }),
    );
    const found = await get('to');
    expect(found.Metadata).toEqual({ b: '2' });
    expect(found.bytes.toString()).toBe('copied');
  });

  it('are the files somebody put there', async () => {
    await mkdir(join(test.root, Bucket, 'by', 'hand'), { recursive: true });
    await writeFile(join(test.root, Bucket, 'by', 'hand', 'file'), 'hello');
    expect((await get('by/hand/file')).ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    await writeFile(join(test.root, Bucket, 'by', 'hand', 'file'), 'other text');
    expect((await get('by/hand/file')).bytes.toString()).toBe('other text');
    const { Contents } = await test.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'by/' }));
    expect(Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([['by/hand/file', 10]]);
  });
});

describe('multipart uploads', () => {
  it('of lib-storage', async () => {
    const body = Buffer.alloc(12_000_000, '0123456789abc');
    const upload = new Upload({ client: test.client, params: { Bucket, Key: 'multi', Body: Readable.from([body]) } });
    await upload.done();
    const found = await get('multi');
    expect(found.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    expect(found.bytes.equals(body)).toBe(true);
  });

  it('by hand', async () => {
    const at = { Bucket, Key: 'by hand' };
    const { UploadId } = await test.client.send(new CreateMultipartUploadCommand({ ...at, ContentType: 'text/y' }));
    const Body = Buffer.alloc(5 << 20, 'z');
    const one = await test.client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body }));
    const two = await test.client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 7, Body: 'end' }));
    const Parts = [
      { PartNumber: 1, ETag: one.ETag, ChecksumCRC32: one.ChecksumCRC32 },
      { PartNumber: 7, ETag: two.ETag, ChecksumCRC32: two.ChecksumCRC32 },
    ];
    await test.client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
    const found = await get('by hand');
    expect(found).toMatchObject({ ContentLength: Body.length + 3, ContentType: 'text/y' });
  });
});
