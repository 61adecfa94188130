import { type GetObjectCommandInput, HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { drained, outcome, quoted } from '../harness.ts';

const PAST = new Date('2020-01-01T00:00:00Z');
const OTHER = quoted('0'.repeat(32));

type Conditions = Pick<GetObjectCommandInput, 'IfMatch' | 'IfNoneMatch' | 'IfModifiedSince' | 'IfUnmodifiedSince'>;

const condition = (name: string, expected: string, conditions: (etag: string, written: Date) => Conditions): Case => ({
  name: `conditional read: ${name}`,
  expected: { get: expected, head: expected.slice(0, 3) },
  run: async ({ client, bucket, put, get }) => {
    const { ETag = '' } = await put('k', 'body');
    const { LastModified } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
    const input = conditions(ETag, LastModified as Date);
    return {
      get: await outcome(drained(get('k', input))),
      head: await outcome(client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k', ...input }))),
    };
  },
});

export const CONDITIONAL_READS: readonly Case[] = [
  condition('If-Match of its ETag', '200', (IfMatch) => ({ IfMatch })),
  condition('If-Match of another ETag', '412 PreconditionFailed', () => ({ IfMatch: OTHER })),
  condition('If-Match of any', '200', () => ({ IfMatch: '*' })),
  condition('If-None-Match of its ETag', '304', (IfNoneMatch) => ({ IfNoneMatch })),
  condition('If-None-Match of another ETag', '200', () => ({ IfNoneMatch: OTHER })),
  condition('If-Modified-Since a date before', '200', () => ({ IfModifiedSince: PAST })),
  condition('If-Modified-Since its own date', '304', (_, IfModifiedSince) => ({ IfModifiedSince })),
  condition('If-Unmodified-Since a date before', '412 PreconditionFailed', () => ({ IfUnmodifiedSince: PAST })),
  condition('If-Unmodified-Since its own date', '200', (_, IfUnmodifiedSince) => ({ IfUnmodifiedSince })),
  condition('If-Match holds, If-Unmodified-Since does not: the ETag decides', '200', (IfMatch) => ({
    IfMatch,
    IfUnmodifiedSince: PAST,
  })),
  condition('If-None-Match does not hold, If-Modified-Since does: the ETag decides', '304', (IfNoneMatch) => ({
    IfNoneMatch,
    IfModifiedSince: PAST,
  })),
  {
    name: 'conditional read: of what is not there',
    expected: { match: '404 NoSuchKey', noneMatch: '404 NoSuchKey' },
    run: async ({ get }) => ({
      match: await outcome(get('k', { IfMatch: OTHER })),
      noneMatch: await outcome(get('k', { IfNoneMatch: OTHER })),
    }),
  },
];
