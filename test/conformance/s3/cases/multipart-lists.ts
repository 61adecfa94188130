import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  ListPartsCommand,
} from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { md5, pattern, quoted } from '../harness.ts';
import { begin, complete, part } from './uploads.ts';

export const MULTIPART_LISTS: readonly Case[] = [
  {
    name: 'ListParts: number, size, ETag, date',
    expected: [
      { PartNumber: 1, Size: 100, ETag: quoted(md5(pattern(100, 1))), dated: true },
      { PartNumber: 4, Size: 200, ETag: quoted(md5(pattern(200, 2))), dated: true },
    ],
    run: async (subject) => {
      const upload = await begin(subject);
      await part(subject, upload, 4, pattern(200, 2));
      await part(subject, upload, 1, pattern(100, 1));
      const { Parts = [] } = await subject.client.send(new ListPartsCommand(upload));
      return Parts.map(({ PartNumber, Size, ETag, LastModified }) => ({
        PartNumber,
        Size,
        ETag,
        dated: LastModified instanceof Date,
      }));
    },
  },
  {
    name: 'ListParts: in pages',
    expected: [
      { numbers: [1, 2], truncated: true },
      { numbers: [3, 4], truncated: true },
      { numbers: [11], truncated: false },
    ],
    run: async (subject) => {
      const upload = await begin(subject);
      for (const number of [11, 4, 3, 2, 1]) await part(subject, upload, number, pattern(10));
      const pages = [];
      let marker: string | undefined;
      do {
        const answer = await subject.client.send(
          new ListPartsCommand({ ...upload, MaxParts: 2, ...(marker && { PartNumberMarker: marker }) }),
        );
        pages.push({
          numbers: (answer.Parts ?? []).map(({ PartNumber }) => PartNumber),
          truncated: answer.IsTruncated,
        });
        marker = answer.IsTruncated ? answer.NextPartNumberMarker : undefined;
      } while (marker !== undefined && pages.length < 10);
      return pages;
    },
  },
  {
    name: 'ListMultipartUploads: those that are open, by key; ListObjectsV2 has none of them',
    expected: { open: ['a', 'b', 'c'], some: ['b'], left: ['c'], objects: ['a'] },
    run: async (subject) => {
      const { client, bucket } = subject;
      const [c, a, b] = [
        await begin(subject, { Key: 'c' }),
        await begin(subject, { Key: 'a' }),
        await begin(subject, { Key: 'b' }),
      ];
      const list = async (Prefix = '') => {
        const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix }));
        const known = [a, b, c];
        return Uploads.map(({ Key, UploadId }) =>
          known.some((one) => one.Key === Key && one.UploadId === UploadId) ? Key : 'unknown',
        );
      };
      const open = await list();
      const some = await list('b');
      await client.send(new AbortMultipartUploadCommand(b));
      await complete(subject, a, [await part(subject, a, 1, pattern(10))]);
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      return { open, some, left: await list(), objects: Contents.map(({ Key }) => Key) };
    },
  },
  {
    name: 'ListMultipartUploads: in pages, several uploads of one key',
    expected: { keys: ['a', 'b', 'b', 'b', 'c'], ids: 5, pages: 3 },
    run: async (subject) => {
      const { client, bucket } = subject;
      for (const Key of ['b', 'c', 'b', 'a', 'b']) await begin(subject, { Key });
      const found = [];
      let pages = 0;
      let markers: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> | undefined = {};
      while (markers !== undefined && pages < 10) {
        const answer: ListMultipartUploadsCommandOutput = await client.send(
          new ListMultipartUploadsCommand({ Bucket: bucket, MaxUploads: 2, ...markers }),
        );
        pages++;
        found.push(...(answer.Uploads ?? []));
        markers = answer.IsTruncated
          ? { KeyMarker: answer.NextKeyMarker, UploadIdMarker: answer.NextUploadIdMarker }
          : undefined;
      }
      return {
        keys: found.map(({ Key }) => Key),
        ids: new Set(found.map(({ UploadId }) => UploadId)).size,
        pages,
      };
    },
  },
];
