import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { outcome } from '../harness.ts';

export const BUCKETS: readonly Case[] = [
  {
    name: 'bucket: made, there, removed, gone',
    expected: { made: '200', there: '200', removed: '204', gone: '404 NotFound', removedAgain: '404 NoSuchBucket' },
    run: async ({ client, bucket }) => {
      const Bucket = `${bucket}-more`;
      return {
        made: await outcome(client.send(new CreateBucketCommand({ Bucket }))),
        there: await outcome(client.send(new HeadBucketCommand({ Bucket }))),
        removed: await outcome(client.send(new DeleteBucketCommand({ Bucket }))),
        gone: await outcome(client.send(new HeadBucketCommand({ Bucket }))),
        removedAgain: await outcome(client.send(new DeleteBucketCommand({ Bucket }))),
      };
    },
  },
  {
    name: 'bucket: made twice by its owner, what it holds stays',
    expected: { again: '409 BucketAlreadyOwnedByYou', kept: 'here' },
    run: async ({ client, bucket, put, text }) => {
      await put('k', 'here');
      return { again: await outcome(client.send(new CreateBucketCommand({ Bucket: bucket }))), kept: await text('k') };
    },
  },
  {
    name: 'bucket: names that are not allowed',
    expected: Array(6).fill('400 InvalidBucketName'),
    run: async ({ client }) => {
      const names = ['Upper', 'ab', 'under_score', '192.168.1.1', '-dash', 'two..dots'];
      return Promise.all(names.map((Bucket) => outcome(client.send(new CreateBucketCommand({ Bucket })))));
    },
  },
  {
    name: 'bucket: not removed while it holds something',
    expected: { refused: '409 BucketNotEmpty', kept: 'here' },
    run: async ({ client, bucket, put, text }) => {
      await put('a/b', 'here');
      return {
        refused: await outcome(client.send(new DeleteBucketCommand({ Bucket: bucket }))),
        kept: await text('a/b'),
      };
    },
  },
  {
    name: 'bucket: one that is not there',
    expected: { head: '404 NotFound', list: '404 NoSuchBucket', get: '404 NoSuchBucket', put: '404 NoSuchBucket' },
    run: async ({ client, get, put }) => {
      const Bucket = 'not-there';
      return {
        head: await outcome(client.send(new HeadBucketCommand({ Bucket }))),
        list: await outcome(client.send(new ListObjectsV2Command({ Bucket }))),
        get: await outcome(get('k', { Bucket })),
        put: await outcome(put('k', 'body', { Bucket })),
      };
    },
  },
  {
    name: 'bucket: ListBuckets has it, with its date',
    expected: { found: true, dated: true },
    run: async ({ client, bucket }) => {
      const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
      const own = Buckets.find(({ Name }) => Name === bucket);
      return { found: own !== undefined, dated: own?.CreationDate instanceof Date };
    },
  },
  {
    name: 'bucket: GetBucketLocation',
    expected: '200',
    run: ({ client, bucket }) => outcome(client.send(new GetBucketLocationCommand({ Bucket: bucket }))),
  },
];
