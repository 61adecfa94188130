import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../../common/utf8-order.ts';
import { sign } from '../fixtures/signed-request.ts';
import { CREDENTIALS, failure, REGION, startTestServer, type TestServer } from '../fixtures/test-server.ts';
import { startObjectServer } from '../object-server.ts';
import { keyPath, readEntry } from './key-path.ts';

const Bucket = 'bucket';
let test: TestServer;

beforeAll(async () => {
  test = await startTestServer();
  await test.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => test.close());

const put = (Key: string, Body = Key, more: object = {}) =>
  test.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const body = async (Key: string) =>
  (await test.client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const remove = (Key: string) => test.client.send(new DeleteObjectCommand({ Bucket, Key }));
const keys = async (Prefix = '') => {
  const { Contents } = await test.client.send(new ListObjectsV2Command({ Bucket, Prefix, EncodingType: 'url' }));
  return (Contents ?? []).map(({ Key }) => decodeURIComponent(Key as string));
};
const inBucket = (...names: string[]) => join(test.root, Bucket, ...names);

const ODD = [
  ' ',
  'a b',
  'a+b',
  'a%b',
  'a%2Fb',
  'a&b',
  '<a>',
  '"',
  "'",
  'a?b',
  'a#b',
  'a\\b',
  'tab\t',
  'line\n',
  '\u0001',
  '\u0000',
  '\u0000/\u0000',
  'ü',
  '€',
  '😀',
  '\uffff',
  '/',
  '//',
  '///x',
  'x//y',
  'slash/',
  'slash//',
  '.',
  '..',
  './x',
  '../x',
  'x/..',
  'x/../../../y',
  '.squall',
  '.squall/tmp',
  '%~',
  '%+',
  '%=',
  '%~x/y',
  '%+x',
  '%=x/y',
  '%+%25',
  'n'.repeat(255),
  'n'.repeat(256),
  'n'.repeat(1024),
  'é'.repeat(512),
  '%'.repeat(1024),
  '/'.repeat(1024),
  `${'d'.repeat(300)}/${'f'.repeat(300)}`,
];

describe('keys', () => {
  it('may be any text', async () => {
    await Promise.all(ODD.map((key) => put(key)));
    for (const key of ODD) expect(await body(key)).toBe(key);
    expect(await keys()).toEqual([...ODD].sort(compareUtf8));
    expect((await readdir(test.root)).sort()).toEqual(['.squall', Bucket]);
    await Promise.all(ODD.map(remove));
    expect(await keys()).toEqual([]);
    expect(await readdir(inBucket())).toEqual([]);
  });

  it('may be folders of each other, in whatever order they come and go', async () => {
    const nested = ['a', 'a/b', 'a/b/c', 'a/', 'a/b/'];
    for (const order of [nested, [...nested].reverse()]) {
      for (const key of order) await put(key);
      expect(await keys()).toEqual([...nested].sort(compareUtf8));
      for (const key of nested) expect(await body(key)).toBe(key);
      for (const key of order) {
        await remove(key);
        expect(await failure(body(key))).toBe('NoSuchKey 404');
      }
      expect(await readdir(inBucket())).toEqual([]);
    }
  });

  it('may come and go at once, also where one is a folder of another', async () => {
    const names = ['r', 'r/a', 'r/a/b', 'r/c', 'r/', 'r/a'];
    const visitor = async (i: number) => {
      const key = names[i % names.length] as string;
      for (let round = 0; round < 5; round++) {
        await put(key);
        if (i < names.length) await keys('r');
        await remove(key);
      }
    };
    await Promise.all(Array.from({ length: 2 * names.length }, (_, i) => visitor(i)));
    expect(await keys('r')).toEqual([]);
  });

  it('may not be longer than 1,024 bytes', async () => {
    expect(await failure(put('k'.repeat(1025)))).toBe('KeyTooLongError 400');
    expect(await failure(put('é'.repeat(513)))).toBe('KeyTooLongError 400');
  });

  it('have paths of their own that lead back to them, below the bucket', () => {
    const segment = fc.oneof(
      fc.constantFrom('', '.', '..', '%~', '%+a', '%=', '%25', '\0'),
      fc.string({ unit: 'grapheme', maxLength: 400 }),
    );
    const key = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
    fc.assert(
      fc.property(key, (text) => {
        const { directories, plain, escaped } = keyPath(text);
        for (const name of [...directories, ...(plain === undefined ? [] : [plain]), ...escaped]) {
          expect(name).not.toMatch(/^\.{0,2}$|[/\0]/);
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
        }
        const last = text.slice(text.lastIndexOf('/') + 1);
        if (plain !== undefined) expect(readEntry(plain, 'file', '')).toEqual({ kind: 'whole', segment: last });
        const pieces = escaped
          .slice(0, -1)
          .map((name) => name.slice(2))
          .join('');
        expect(readEntry(escaped.at(-1) as string, 'file', pieces)).toEqual({ kind: 'whole', segment: last });
      }),
      { numRuns: 300 },
    );
  });

  it('sort as their UTF-8 does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
      { numRuns: 60 },
    );
  });
});

describe('files that somebody else put there', () => {
  it('are objects, also as they change', async () => {
    await mkdir(inBucket('hand'));
    await writeFile(inBucket('hand', 'small'), 'hello');
    await writeFile(inBucket('hand', 'large'), Buffer.alloc(3_000_000));
    const head = (Key: string) => test.client.send(new HeadObjectCommand({ Bucket, Key }));
    expect(await head('hand/small')).toMatchObject({
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      ContentLength: 5,
      ContentType: 'binary/octet-stream',
    });
    const { ETag } = await head('hand/large');
    expect(ETag).toMatch(/^"\w{32}-1"$/);
    expect((await head('hand/large')).ETag).toBe(ETag);
    await utimes(inBucket('hand', 'large'), 1, 1);
    expect((await head('hand/large')).ETag).not.toBe(ETag);
    await writeFile(inBucket('hand', 'new'), 'other');
    await rename(inBucket('hand', 'new'), inBucket('hand', 'small'));
    expect(await body('hand/small')).toBe('other');
    await put('hand/small', 'through S3', { Metadata: { a: 'b' } });
    expect(await readFile(inBucket('hand', 'small'), 'utf8')).toBe('through S3');
    await writeFile(inBucket('hand', 'small'), 'by hand again');
    expect(await head('hand/small')).toMatchObject({ Metadata: {}, ContentLength: 13 });
    expect(await keys('hand/')).toEqual(['hand/large', 'hand/small']);
    await rm(inBucket('hand'), { recursive: true });
    expect(await failure(head('hand/small'))).toBe('NotFound 404');
  });

  it('are no way out of the directory', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'squall-outside-'));
    await writeFile(join(outside, 'secret'), 'secret');
    await mkdir(inBucket('links'));
    await symlink(join(outside, 'secret'), inBucket('links', 'file'));
    await symlink(outside, inBucket('links', 'folder'));
    await symlink(outside, join(test.root, 'linked-bucket'));
    expect(await failure(body('links/file'))).toBe('NoSuchKey 404');
    expect(await failure(body('links/folder/secret'))).toBe('NoSuchKey 404');
    expect(await keys('links/')).toEqual([]);
    expect(await failure(put('links/folder/new'))).toBe('AccessDenied 403');
    expect(await failure(put('links/file'))).toBe('AccessDenied 403');
    const linked = { Bucket: 'linked-bucket', Key: 'secret' };
    expect(await failure(test.client.send(new GetObjectCommand(linked)))).toBe('NoSuchBucket 404');
    expect(await failure(test.client.send(new PutObjectCommand({ ...linked, Body: 'x' })))).toBe('NoSuchBucket 404');
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(await readdir(outside)).toEqual(['secret']);
    await rm(outside, { recursive: true });
    await rm(inBucket('links'), { recursive: true });
    await rm(join(test.root, 'linked-bucket'));
  });
});

it('keeps what it knows of the current version only', async () => {
  const meta = async () => (await readdir(join(test.root, '.squall', 'meta', Bucket))).length;
  const before = await meta();
  for (let i = 0; i < 3; i++) await put('overwritten', `version ${i}`);
  expect(await failure(put('overwritten', 'x', { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412');
  expect(await meta()).toBe(before + 1);
  await remove('overwritten');
  expect(await meta()).toBe(before);
});

it('shares its directory with servers of other processes', async () => {
  const again = await startObjectServer({ root: test.root, credentials: CREDENTIALS, region: REGION });
  const other = test.newClient({ endpoint: again.endpoint });
  for (let i = 0; i < 5; i++) {
    const client = i % 2 === 0 ? test.client : other;
    await client.send(new PutObjectCommand({ Bucket, Key: 'shared', Body: `body ${i}`, Metadata: { i: String(i) } }));
    for (const reader of [test.client, other]) {
      const found = await reader.send(new GetObjectCommand({ Bucket, Key: 'shared' }));
      expect([await found.Body?.transformToString(), found.Metadata]).toEqual([`body ${i}`, { i: String(i) }]);
    }
  }
  await again.close();
});

describe('a crash', () => {
  it('leaves no half object, and what it leaves is cleaned at the next start', async () => {
    await put('kept', 'content', { Metadata: { a: 'b' }, ContentType: 'text/k' });
    const at = { Bucket, Key: 'multi' };
    const { UploadId } = await test.client.send(new CreateMultipartUploadCommand(at));
    await test.client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'part' }));
    const dead = join(test.root, '.squall', 'tmp', '999999999-abc');
    await mkdir(dead);
    await writeFile(join(dead, '0'), 'half an object');
    const half = join(test.root, '.squall', 'uploads', Bucket, 'f'.repeat(48));
    await mkdir(half);
    const again = await startObjectServer({ root: test.root, credentials: CREDENTIALS, region: REGION });
    const client = test.newClient({ endpoint: again.endpoint });
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'kept' }))).toMatchObject({
      Metadata: { a: 'b' },
      ContentType: 'text/k',
    });
    const { Parts } = await client.send(new ListPartsCommand({ ...at, UploadId }));
    expect(Parts).toMatchObject([{ PartNumber: 1, Size: 4, ETag: expect.any(String) }]);
    await expect(stat(dead)).rejects.toThrow('ENOENT');
    await expect(stat(half)).rejects.toThrow('ENOENT');
    await again.close();
    expect(await body('kept')).toBe('content');
  });

  it('of a client leaves nothing', async () => {
    const raw = { method: 'PUT', target: '/bucket/broken-off', payloadHash: 'UNSIGNED-PAYLOAD' };
    const { headers } = sign(test.server.endpoint, raw);
    const head = Object.entries({ ...headers, 'content-length': '1000000' }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const socket = connect(test.server.port, '127.0.0.1');
    socket.write(`PUT ${raw.target} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\nonly the beginning`);
    const temporary = async () => {
      const folders = await readdir(join(test.root, '.squall', 'tmp'));
      const files = await Promise.all(folders.map((folder) => readdir(join(test.root, '.squall', 'tmp', folder))));
      return files.flat().length;
    };
    await expect.poll(temporary).toBe(1);
    socket.destroy();
    await expect.poll(temporary).toBe(0);
    expect(await failure(body('broken-off'))).toBe('NoSuchKey 404');
  });
});
