import { DeleteObjectCommand, DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { outcome, type Subject } from '../harness.ts';

const removeMany = ({ client, bucket }: Subject, keys: readonly string[], Quiet: boolean) =>
  client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Quiet, Objects: keys.map((Key) => ({ Key })) } }));

async function removeAll(subject: Subject, keys: readonly string[], quiet: boolean) {
  const { Deleted = [], Errors = [] } = await removeMany(subject, keys, quiet);
  return { deleted: Deleted.map(({ Key }) => Key), errors: Errors.length };
}

async function left({ client, bucket }: Subject): Promise<(string | undefined)[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key }) => Key);
}

export const DELETES: readonly Case[] = [
  {
    name: 'delete: what is there and what is not',
    expected: { there: '204', again: '204', gone: '404 NoSuchKey', bucket: '404 NoSuchBucket' },
    run: async ({ client, bucket, put, get }) => {
      await put('k', 'body');
      const remove = (Bucket: string) => outcome(client.send(new DeleteObjectCommand({ Bucket, Key: 'k' })));
      return {
        there: await remove(bucket),
        again: await remove(bucket),
        gone: await outcome(get('k')),
        bucket: await remove('not-there'),
      };
    },
  },
  {
    name: 'delete: what is above and below stays',
    expected: ['a', 'a/b/c', 'a/d'],
    run: async (subject) => {
      for (const key of ['a', 'a/', 'a/b', 'a/b/c', 'a/d']) await subject.put(key, key);
      for (const key of ['a/', 'a/b', 'a/b/']) await subject.remove(key);
      return left(subject);
    },
  },
  {
    name: 'delete many: each is named, absent ones too',
    expected: { deleted: ['a', 'b', 'not there'], errors: 0, left: ['c'] },
    run: async (subject) => {
      for (const key of ['a', 'b', 'c']) await subject.put(key, '');
      const { deleted, errors } = await removeAll(subject, ['a', 'b', 'not there'], false);
      return { deleted: deleted.sort(), errors, left: await left(subject) };
    },
  },
  {
    name: 'delete many: quietly',
    expected: { deleted: [], errors: 0, left: ['c'] },
    run: async (subject) => {
      for (const key of ['a', 'b', 'c']) await subject.put(key, '');
      return { ...(await removeAll(subject, ['a', 'b', 'not there'], true)), left: await left(subject) };
    },
  },
  {
    name: 'delete many: odd keys',
    expected: { deleted: [' lead', '<k>&amp;', 'a  b', 'é"\''], left: ['&', 'a b'] },
    run: async (subject) => {
      const odd = [' lead', '<k>&amp;', 'a  b', 'é"\''];
      for (const key of [...odd, 'a b', '&']) await subject.put(key, '');
      const { deleted } = await removeAll(subject, odd, false);
      return { deleted: deleted.sort(), left: await left(subject) };
    },
  },
  {
    name: 'delete many: 1,000 at most, none is none',
    expected: { most: 1_000, more: '400 MalformedXML', none: '400 MalformedXML', left: ['k'] },
    run: async (subject) => {
      await subject.put('k', '');
      const keys = (count: number) => Array.from({ length: count }, (_, i) => `absent-${i}`);
      return {
        most: (await removeAll(subject, keys(1_000), false)).deleted.length,
        more: await outcome(removeMany(subject, ['k', ...keys(1_000)], true)),
        none: await outcome(removeMany(subject, [], true)),
        left: await left(subject),
      };
    },
  },
];
