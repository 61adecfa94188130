import { CopyObjectCommand, type CopyObjectCommandInput, CreateBucketCommand } from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { bytesOf, md5, outcome, pattern, quoted, type Subject } from '../harness.ts';
import { begin, complete, PART, part } from './uploads.ts';

const copy = ({ client, bucket }: Subject, source: string, more: Partial<CopyObjectCommandInput> = {}) =>
  client.send(
    new CopyObjectCommand({
      Bucket: bucket,
      Key: 'copy',
      CopySource: `${bucket}/${source.split('/').map(encodeURIComponent).join('/')}`,
      ...more,
    }),
  );

export const COPIES: readonly Case[] = [
  {
    name: 'copy: bytes, metadata and type',
    expected: { etag: quoted(md5(pattern(70_000))), dated: true, same: true, metadata: { a: '1' }, type: 'text/csv' },
    run: async (subject) => {
      await subject.put('source', pattern(70_000), { Metadata: { a: '1' }, ContentType: 'text/csv' });
      const { CopyObjectResult } = await copy(subject, 'source');
      const got = await subject.get('copy');
      return {
        etag: CopyObjectResult?.ETag,
        dated: CopyObjectResult?.LastModified instanceof Date,
        same: pattern(70_000).equals(await bytesOf(got)),
        metadata: got.Metadata,
        type: got.ContentType,
      };
    },
  },
  {
    name: 'copy: with metadata of its own',
    expected: { metadata: { b: '2' }, type: 'text/plain' },
    run: async (subject) => {
      await subject.put('source', 'body', { Metadata: { a: '1' }, ContentType: 'text/csv' });
      await copy(subject, 'source', { MetadataDirective: 'REPLACE', Metadata: { b: '2' }, ContentType: 'text/plain' });
      const got = await subject.get('copy');
      await bytesOf(got);
      return { metadata: got.Metadata, type: got.ContentType };
    },
  },
  {
    name: 'copy: onto itself only with new metadata',
    expected: { same: '400 InvalidRequest', changed: '200', metadata: { b: '2' }, text: 'body' },
    run: async (subject) => {
      await subject.put('k', 'body', { Metadata: { a: '1' } });
      const same = await outcome(copy(subject, 'k', { Key: 'k' }));
      const changed = await outcome(
        copy(subject, 'k', { Key: 'k', MetadataDirective: 'REPLACE', Metadata: { b: '2' } }),
      );
      const got = await subject.get('k');
      return { same, changed, metadata: got.Metadata, text: (await bytesOf(got)).toString() };
    },
  },
  {
    name: 'copy: from another bucket',
    expected: 'over there',
    run: async (subject) => {
      const { client, bucket } = subject;
      const other = `${bucket}-source`;
      await client.send(new CreateBucketCommand({ Bucket: other }));
      await subject.put('k', 'over there', { Bucket: other });
      await copy(subject, '', { CopySource: `/${other}/k` });
      return subject.text('copy');
    },
  },
  {
    name: 'copy: from a key of odd characters',
    expected: ['one', 'two', 'three'],
    run: async (subject) => {
      const bodies = { 'a b+c%20&d/é': 'one', 'a b c%20&d/é': 'two', 'a b+c &d/é': 'three' };
      const found = [];
      for (const [key, body] of Object.entries(bodies)) await subject.put(key, body);
      for (const key of Object.keys(bodies)) {
        await copy(subject, key);
        found.push(await subject.text('copy'));
      }
      return found;
    },
  },
  {
    name: 'copy: of what is not there',
    expected: { key: '404 NoSuchKey', bucket: '404 NoSuchBucket' },
    run: async (subject) => ({
      key: await outcome(copy(subject, 'nothing')),
      bucket: await outcome(copy(subject, '', { CopySource: 'not-there/k' })),
    }),
  },
  {
    name: 'copy: on conditions of the source',
    expected: {
      match: '200',
      stale: '412 PreconditionFailed',
      noneMatch: '412 PreconditionFailed',
      other: '200',
      since: '412 PreconditionFailed',
    },
    run: async (subject) => {
      const { ETag } = await subject.put('source', 'body');
      const attempt = (more: Partial<CopyObjectCommandInput>) => outcome(copy(subject, 'source', more));
      return {
        match: await attempt({ CopySourceIfMatch: ETag }),
        stale: await attempt({ CopySourceIfMatch: quoted('0'.repeat(32)) }),
        noneMatch: await attempt({ CopySourceIfNoneMatch: ETag }),
        other: await attempt({ CopySourceIfNoneMatch: quoted('0'.repeat(32)) }),
        since: await attempt({ CopySourceIfUnmodifiedSince: new Date('2020-01-01T00:00:00Z') }),
      };
    },
  },
  {
    name: 'copy: of an object of several parts is one part',
    expected: { etag: quoted(md5(pattern(PART + 10))), same: true },
    run: async (subject) => {
      const body = pattern(PART + 10);
      const upload = await begin(subject);
      const parts = [
        await part(subject, upload, 1, body.subarray(0, PART)),
        await part(subject, upload, 2, body.subarray(PART)),
      ];
      await complete(subject, upload, parts);
      const { CopyObjectResult } = await copy(subject, 'k');
      return { etag: CopyObjectResult?.ETag, same: body.equals(await subject.read('copy')) };
    },
  },
];
