import { Readable } from 'node:stream';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { bytesOf, md5, outcome, pattern, quoted } from '../harness.ts';

const METADATA = { plain: 'value', 'with-dash': 'a b  c', Upper: 'Kept As Is', empty: '' };
const HEADERS = {
  ContentType: 'text/csv; charset=utf-8',
  CacheControl: 'max-age=60',
  ContentDisposition: 'attachment; filename="a b.csv"',
  ContentEncoding: 'identity',
  ContentLanguage: 'en',
};

const putOfBuffer = (name: string, length: number): Case => ({
  name: `PUT of a buffer: ${name}`,
  expected: { etag: quoted(md5(pattern(length))), same: true },
  run: async ({ put, read }) => {
    const body = pattern(length);
    const { ETag } = await put('k', body);
    return { etag: ETag, same: body.equals(await read('k')) };
  },
});

export const OBJECTS: readonly Case[] = [
  putOfBuffer('empty', 0),
  putOfBuffer('one byte', 1),
  putOfBuffer('6 MiB and a bit', 6_291_463),
  {
    name: 'PUT of a stream of known length',
    expected: { etag: quoted(md5(pattern(300_000))), same: true },
    run: async ({ connect, bucket, read }) => {
      const body = pattern(300_000);
      const client = connect({ requestChecksumCalculation: 'WHEN_REQUIRED' });
      const { ETag } = await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: 'k',
          Body: Readable.from([body.subarray(0, 7), body.subarray(7, 100_000), body.subarray(100_000)]),
          ContentLength: body.length,
        }),
      );
      return { etag: ETag, same: body.equals(await read('k')) };
    },
  },
  {
    name: 'PUT over an object: the last one stays, with its metadata alone',
    expected: { text: 'second', metadata: { b: '2' } },
    run: async ({ put, get }) => {
      await put('k', 'first, and longer', { Metadata: { a: '1' } });
      await put('k', 'second', { Metadata: { b: '2' } });
      const answer = await get('k');
      return { text: (await bytesOf(answer)).toString(), metadata: answer.Metadata };
    },
  },
  {
    name: 'HEAD: length, ETag, date, ranges',
    expected: { status: 200, length: 1234, etag: quoted(md5(pattern(1234))), recent: true, ranges: 'bytes' },
    run: async ({ client, bucket, put }) => {
      const before = Date.now();
      await put('k', pattern(1234));
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
      const age = (head.LastModified?.getTime() ?? 0) - before;
      return {
        status: head.$metadata.httpStatusCode,
        length: head.ContentLength,
        etag: head.ETag,
        recent: age > -2_000 && age < 60_000,
        ranges: head.AcceptRanges,
      };
    },
  },
  {
    name: 'HEAD and GET of what is not there',
    expected: { head: '404 NotFound', get: '404 NoSuchKey', below: '404 NoSuchKey', above: '404 NoSuchKey' },
    run: async ({ client, bucket, put, get }) => {
      await put('a/b', 'here');
      return {
        head: await outcome(client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }))),
        get: await outcome(get('k')),
        below: await outcome(get('a/b/c')),
        above: await outcome(get('a')),
      };
    },
  },
  {
    name: 'an error has message, resource and request id',
    expected: { message: true, requestId: true },
    run: async ({ get }) => {
      const error = await get('k').catch((one: unknown) => one as Error & { $metadata: { requestId?: string } });
      if (!(error instanceof Error)) throw new Error('the object is there');
      return { message: error.message !== '', requestId: (error.$metadata.requestId ?? '') !== '' };
    },
  },
  {
    name: 'metadata: user metadata and headers come back by GET and HEAD',
    expected: {
      get: { plain: 'value', 'with-dash': 'a b  c', upper: 'Kept As Is', empty: '' },
      getHeaders: HEADERS,
      head: { plain: 'value', 'with-dash': 'a b  c', upper: 'Kept As Is', empty: '' },
      headHeaders: HEADERS,
    },
    run: async ({ client, bucket, put, get }) => {
      await put('k', 'body', { Metadata: METADATA, ...HEADERS });
      const headers = ({
        ContentType,
        CacheControl,
        ContentDisposition,
        ContentEncoding,
        ContentLanguage,
      }: HeaderFields) => ({
        ContentType,
        CacheControl,
        ContentDisposition,
        ContentEncoding,
        ContentLanguage,
      });
      const got = await get('k');
      await bytesOf(got);
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
      return { get: got.Metadata, getHeaders: headers(got), head: head.Metadata, headHeaders: headers(head) };
    },
  },
  {
    name: 'metadata: over 2 KB is refused',
    expected: { most: '200', more: '400 MetadataTooLarge', absent: '404 NoSuchKey' },
    run: async ({ put, get }) => ({
      most: await outcome(put('most', 'body', { Metadata: { k: 'v'.repeat(2_047) } })),
      more: await outcome(put('more', 'body', { Metadata: { k: 'v'.repeat(2_048) } })),
      absent: await outcome(get('more')),
    }),
  },
  {
    name: 'GET with the headers the caller asks for',
    expected: { type: 'text/plain', disposition: 'inline', control: 'no-store' },
    run: async ({ put, get }) => {
      await put('k', 'body', { ContentType: 'text/csv' });
      const answer = await get('k', {
        ResponseContentType: 'text/plain',
        ResponseContentDisposition: 'inline',
        ResponseCacheControl: 'no-store',
      });
      await bytesOf(answer);
      return { type: answer.ContentType, disposition: answer.ContentDisposition, control: answer.CacheControl };
    },
  },
];

interface HeaderFields {
  readonly ContentType?: string | undefined;
  readonly CacheControl?: string | undefined;
  readonly ContentDisposition?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly ContentLanguage?: string | undefined;
}
