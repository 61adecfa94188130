import { Readable } from 'node:stream';
import { HeadObjectCommand, UploadPartCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Case } from '../cases.ts';
import { bytesOf, md5, outcome, pattern, quoted } from '../harness.ts';
import { begin, complete, FIRST, LAST, PART, part, SECOND } from './uploads.ts';

const joinedEtag = (parts: readonly Uint8Array[]) =>
  quoted(`${md5(Buffer.concat(parts.map((one) => Buffer.from(md5(one), 'hex'))))}-${parts.length}`);

export const MULTIPART: readonly Case[] = [
  {
    name: 'multipart: three parts, the last one small',
    expected: { etag: joinedEtag([FIRST, SECOND, LAST]), head: joinedEtag([FIRST, SECOND, LAST]), same: true },
    run: async (subject) => {
      const upload = await begin(subject);
      const parts = [
        await part(subject, upload, 1, FIRST),
        await part(subject, upload, 2, SECOND),
        await part(subject, upload, 3, LAST),
      ];
      const { ETag } = await complete(subject, upload, parts);
      const { ETag: head } = await subject.client.send(new HeadObjectCommand({ Bucket: subject.bucket, Key: 'k' }));
      return { etag: ETag, head, same: Buffer.concat([FIRST, SECOND, LAST]).equals(await subject.read('k')) };
    },
  },
  {
    name: 'multipart: one part of one byte',
    expected: { etag: joinedEtag([LAST.subarray(0, 1)]), length: 1 },
    run: async (subject) => {
      const upload = await begin(subject);
      await complete(subject, upload, [await part(subject, upload, 1, LAST.subarray(0, 1))]);
      const { ETag, ContentLength } = await subject.client.send(
        new HeadObjectCommand({ Bucket: subject.bucket, Key: 'k' }),
      );
      return { etag: ETag, length: ContentLength };
    },
  },
  {
    name: 'multipart: numbers with gaps, sent at once and out of order',
    expected: true,
    run: async (subject) => {
      const upload = await begin(subject);
      const parts = await Promise.all([
        part(subject, upload, 10_000, LAST),
        part(subject, upload, 7, SECOND),
        part(subject, upload, 2, FIRST),
      ]);
      await complete(subject, upload, parts.reverse());
      return Buffer.concat([FIRST, SECOND, LAST]).equals(await subject.read('k'));
    },
  },
  {
    name: 'multipart: a part sent again counts alone, one not named is left out',
    expected: { stale: '400 InvalidPart', text: 'new' },
    run: async (subject) => {
      const upload = await begin(subject);
      const old = await part(subject, upload, 1, Buffer.from('old'));
      const fresh = await part(subject, upload, 1, Buffer.from('new'));
      await part(subject, upload, 2, Buffer.from('left out'));
      const stale = await outcome(complete(subject, upload, [old]));
      await complete(subject, upload, [fresh]);
      return { stale, text: await subject.text('k') };
    },
  },
  {
    name: 'multipart: metadata of the beginning is on the object',
    expected: { metadata: { made: 'early' }, type: 'text/plain' },
    run: async (subject) => {
      const upload = await begin(subject, { Metadata: { made: 'early' }, ContentType: 'text/plain' });
      await complete(subject, upload, [await part(subject, upload, 1, LAST)]);
      const answer = await subject.get('k');
      await bytesOf(answer);
      return { metadata: answer.Metadata, type: answer.ContentType };
    },
  },
  {
    name: 'multipart: nothing is seen before the end, what was there stays until then',
    expected: { absent: '404 NoSuchKey', before: 'before', after: 'after' },
    run: async (subject) => {
      const fresh = await begin(subject);
      await part(subject, fresh, 1, LAST);
      const absent = await outcome(subject.get('k'));
      await subject.put('k', 'before');
      const upload = await begin(subject);
      const one = await part(subject, upload, 1, Buffer.from('after'));
      const before = await subject.text('k');
      await complete(subject, upload, [one]);
      return { absent, before, after: await subject.text('k') };
    },
  },
  {
    name: 'multipart: GET and HEAD of one part',
    expected: { status: 206, same: true, count: 2, head: SECOND.length, none: '416 InvalidPartNumber' },
    run: async (subject) => {
      const upload = await begin(subject);
      const parts = [await part(subject, upload, 1, FIRST), await part(subject, upload, 2, SECOND)];
      await complete(subject, upload, parts);
      const got = await subject.get('k', { PartNumber: 2 });
      const same = SECOND.equals(await bytesOf(got));
      const head = await subject.client.send(
        new HeadObjectCommand({ Bucket: subject.bucket, Key: 'k', PartNumber: 2 }),
      );
      return {
        status: got.$metadata.httpStatusCode,
        same,
        count: got.PartsCount,
        head: head.ContentLength,
        none: await outcome(subject.get('k', { PartNumber: 3 })),
      };
    },
  },
  {
    name: 'multipart: ranges across the border of two parts',
    expected: { across: true, suffix: true },
    run: async (subject) => {
      const upload = await begin(subject);
      const parts = [await part(subject, upload, 1, FIRST), await part(subject, upload, 2, SECOND)];
      await complete(subject, upload, parts);
      const all = Buffer.concat([FIRST, SECOND]);
      const across = await subject.read('k', { Range: `bytes=${PART - 100}-${PART + 99}` });
      const suffix = await subject.read('k', { Range: `bytes=-${SECOND.length + 50}` });
      return {
        across: across.equals(all.subarray(PART - 100, PART + 100)),
        suffix: suffix.equals(all.subarray(PART - 50)),
      };
    },
  },
  {
    name: 'multipart: parts copied whole and by range',
    expected: { same: true, etag: quoted(md5(FIRST)) },
    run: async (subject) => {
      const { client, bucket } = subject;
      await subject.put('source/a b+c', FIRST);
      await subject.put('source/second', SECOND);
      const upload = await begin(subject);
      const copied = async (PartNumber: number, source: string, CopySourceRange?: string) => {
        const { CopyPartResult } = await client.send(
          new UploadPartCopyCommand({
            ...upload,
            PartNumber,
            CopySource: `${bucket}/${source}`,
            ...(CopySourceRange && { CopySourceRange }),
          }),
        );
        return { PartNumber, ETag: CopyPartResult?.ETag };
      };
      const parts = [await copied(1, 'source/a%20b%2Bc'), await copied(2, 'source/second', 'bytes=10-109')];
      await complete(subject, upload, parts);
      const expected = Buffer.concat([FIRST, SECOND.subarray(10, 110)]);
      return { same: expected.equals(await subject.read('k')), etag: parts[0]?.ETag };
    },
  },
  {
    name: 'multipart: the checksum of the checksums of the parts',
    expected: { type: 'COMPOSITE', checksum: '8IMCCtFU0fvFwj/6ovaSRwenaKvDFE+8Q76rQKZdhXI=-2' },
    run: async (subject) => {
      const { client } = subject;
      const upload = await begin(subject, { ChecksumAlgorithm: 'SHA256' });
      const sent = async (PartNumber: number, Body: Uint8Array) => {
        const answer = await client.send(
          new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumAlgorithm: 'SHA256' }),
        );
        return { PartNumber, ETag: answer.ETag, ChecksumSHA256: answer.ChecksumSHA256 };
      };
      const done = await complete(subject, upload, [await sent(1, FIRST), await sent(2, LAST)]);
      return { type: done.ChecksumType, checksum: done.ChecksumSHA256 };
    },
  },
  {
    name: 'multipart: the checksum of the whole object, made from those of the parts',
    expected: { type: 'FULL_OBJECT', checksum: '5PWE1Zwtqek=', get: '5PWE1Zwtqek=' },
    run: async (subject) => {
      const { client } = subject;
      const upload = await begin(subject, { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' });
      const sent = async (PartNumber: number, Body: Uint8Array) => {
        const answer = await client.send(
          new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumAlgorithm: 'CRC64NVME' }),
        );
        return { PartNumber, ETag: answer.ETag, ChecksumCRC64NVME: answer.ChecksumCRC64NVME };
      };
      const parts = [await sent(1, FIRST), await sent(2, LAST)];
      const done = await complete(subject, upload, parts, { ChecksumType: 'FULL_OBJECT' });
      const got = await subject.get('k', { ChecksumMode: 'ENABLED' });
      await bytesOf(got);
      return { type: done.ChecksumType, checksum: done.ChecksumCRC64NVME, get: got.ChecksumCRC64NVME };
    },
  },
  {
    name: 'lib-storage: a stream of unknown length in parts',
    expected: { same: true, etag: true },
    run: async ({ client, bucket, read }) => {
      const pieces = Array.from({ length: 120 }, (_, i) => pattern(100_003, i));
      const upload = new Upload({ client, params: { Bucket: bucket, Key: 'k', Body: Readable.from(pieces) } });
      await upload.done();
      const { ETag = '' } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
      return { same: Buffer.concat(pieces).equals(await read('k')), etag: /^"[0-9a-f]{32}-3"$/.test(ETag) };
    },
  },
  {
    name: 'lib-storage: a short stream is one PUT',
    expected: { text: 'short', etag: quoted(md5(Buffer.from('short'))) },
    run: async ({ client, bucket, get }) => {
      await new Upload({ client, params: { Bucket: bucket, Key: 'k', Body: Readable.from(['sh', 'ort']) } }).done();
      const answer = await get('k');
      return { text: (await bytesOf(answer)).toString(), etag: answer.ETag };
    },
  },
];
