import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { outcome, quoted } from '../harness.ts';
import { begin, complete, FIRST, LAST, part, send } from './uploads.ts';

const NOBODY = '2~bm90LWFuLXVwbG9hZC1vZi1hbnlib2R5';

const misnamed = (
  how: string,
  code: string,
  named: (one: CompletedPart, two: CompletedPart) => CompletedPart[],
): Case => ({
  name: `multipart: parts named ${how}`,
  expected: { refused: code, absent: '404 NoSuchKey' },
  run: async (subject) => {
    const upload = await begin(subject);
    const [one, two] = [await part(subject, upload, 1, FIRST), await part(subject, upload, 2, LAST)];
    const refused = await outcome(complete(subject, upload, named(one, two)));
    return { refused, absent: await outcome(subject.get('k')) };
  },
});

export const MULTIPART_REFUSALS: readonly Case[] = [
  {
    name: 'multipart: aborted, it is gone',
    expected: {
      aborted: '204',
      again: '404 NoSuchUpload',
      part: '404 NoSuchUpload',
      parts: '404 NoSuchUpload',
      object: '404 NoSuchKey',
    },
    run: async (subject) => {
      const { client } = subject;
      const upload = await begin(subject);
      await part(subject, upload, 1, LAST);
      return {
        aborted: await outcome(client.send(new AbortMultipartUploadCommand(upload))),
        again: await outcome(client.send(new AbortMultipartUploadCommand(upload))),
        part: await outcome(send(subject, upload, 2, LAST)),
        parts: await outcome(client.send(new ListPartsCommand(upload))),
        object: await outcome(subject.get('k')),
      };
    },
  },
  {
    name: 'multipart: an upload nobody began',
    expected: {
      part: '404 NoSuchUpload',
      parts: '404 NoSuchUpload',
      complete: '404 NoSuchUpload',
      abort: '404 NoSuchUpload',
    },
    run: async (subject) => {
      const { client } = subject;
      const upload = { Bucket: subject.bucket, Key: 'k', UploadId: NOBODY };
      return {
        part: await outcome(send(subject, upload, 1, LAST)),
        parts: await outcome(client.send(new ListPartsCommand(upload))),
        complete: await outcome(complete(subject, upload, [{ PartNumber: 1, ETag: '"0"' }])),
        abort: await outcome(client.send(new AbortMultipartUploadCommand(upload))),
      };
    },
  },
  {
    name: 'multipart: the id of an upload of another key',
    expected: '404 NoSuchUpload',
    run: async (subject) => {
      const upload = await begin(subject);
      return outcome(send(subject, { ...upload, Key: 'another' }, 1, LAST));
    },
  },
  {
    name: 'multipart: parts that are too small',
    expected: { refused: '400 EntityTooSmall', absent: '404 NoSuchKey' },
    run: async (subject) => {
      const upload = await begin(subject);
      const parts = [await part(subject, upload, 1, LAST), await part(subject, upload, 2, LAST)];
      return { refused: await outcome(complete(subject, upload, parts)), absent: await outcome(subject.get('k')) };
    },
  },
  misnamed('out of order', '400 InvalidPartOrder', (one, two) => [two, one]),
  misnamed('twice', '400 InvalidPartOrder', (one) => [one, one]),
  misnamed('that were not sent', '400 InvalidPart', (one, two) => [one, { PartNumber: 3, ETag: two.ETag }]),
  misnamed('with a wrong ETag', '400 InvalidPart', (one) => [one, { PartNumber: 2, ETag: quoted('0'.repeat(32)) }]),
  misnamed('not at all', '400 MalformedXML', () => []),
  {
    name: 'multipart: part numbers outside 1 to 10,000',
    expected: ['400 InvalidArgument', '400 InvalidArgument'],
    run: async (subject) => {
      const upload = await begin(subject);
      return [await outcome(send(subject, upload, 0, LAST)), await outcome(send(subject, upload, 10_001, LAST))];
    },
  },
  {
    name: 'multipart: a part with a wrong checksum is refused and not there',
    expected: { refused: '400 BadDigest', parts: 0 },
    run: async (subject) => {
      const { client } = subject;
      const upload = await begin(subject);
      const refused = await outcome(
        client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: LAST, ChecksumCRC32: 'AAAAAA==' })),
      );
      const { Parts = [] } = await client.send(new ListPartsCommand(upload));
      return { refused, parts: Parts.length };
    },
  },
  {
    name: 'multipart: copying what is not there, or beyond it',
    expected: { absent: '404 NoSuchKey', beyond: '400 InvalidArgument' },
    run: async (subject) => {
      const { client, bucket } = subject;
      await subject.put('small', 'body');
      const upload = await begin(subject);
      const copy = (source: string, CopySourceRange: string) =>
        outcome(
          client.send(
            new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource: `${bucket}/${source}`, CopySourceRange }),
          ),
        );
      return { absent: await copy('nothing', 'bytes=0-1'), beyond: await copy('small', 'bytes=2-9') };
    },
  },
];
