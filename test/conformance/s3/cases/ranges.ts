import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { bytesOf, outcome, pattern, type Subject } from '../harness.ts';

const LENGTH = 100_000;

/** What a range of an object of `LENGTH` bytes gives: `from` and `to` (exclusive) of the bytes it must be. */
const range = (name: string, header: string, from: number, to: number): Case => ({
  name: `range: ${name}`,
  expected: { status: 206, contentRange: `bytes ${from}-${to - 1}/${LENGTH}`, length: to - from, same: true },
  run: async (subject) => {
    const body = pattern(LENGTH);
    await subject.put('k', body);
    const answer = await subject.get('k', { Range: header });
    const bytes = await bytesOf(answer);
    return {
      status: answer.$metadata.httpStatusCode,
      contentRange: answer.ContentRange,
      length: answer.ContentLength,
      same: bytes.equals(body.subarray(from, to)),
    };
  },
});

const whole = (name: string, header: string): Case => ({
  name: `range: ${name} is no range`,
  expected: { status: 200, contentRange: undefined, same: true },
  run: async ({ put, get }) => {
    const body = pattern(LENGTH);
    await put('k', body);
    const answer = await get('k', { Range: header });
    const bytes = await bytesOf(answer);
    return { status: answer.$metadata.httpStatusCode, contentRange: answer.ContentRange, same: bytes.equals(body) };
  },
});

const refused = (name: string, length: number, header: string): Case => ({
  name: `range: ${name}`,
  expected: '416 InvalidRange',
  run: async ({ put, get }: Subject) => {
    await put('k', pattern(length));
    return outcome(get('k', { Range: header }));
  },
});

export const RANGES: readonly Case[] = [
  range('the first byte', 'bytes=0-0', 0, 1),
  range('from the middle', 'bytes=1000-1999', 1_000, 2_000),
  range('the last byte', `bytes=${LENGTH - 1}-${LENGTH - 1}`, LENGTH - 1, LENGTH),
  range('open', 'bytes=99000-', 99_000, LENGTH),
  range('everything', `bytes=0-${LENGTH - 1}`, 0, LENGTH),
  range('clipped at the end', 'bytes=99990-200000', 99_990, LENGTH),
  range('suffix', 'bytes=-8', LENGTH - 8, LENGTH),
  range('suffix longer than the object', 'bytes=-200000', 0, LENGTH),
  refused('beyond the end', LENGTH, `bytes=${LENGTH}-${LENGTH + 5}`),
  refused('beyond the end, open', LENGTH, `bytes=${LENGTH}-`),
  refused('suffix of nothing', LENGTH, 'bytes=-0'),
  refused('of an empty object', 0, 'bytes=0-0'),
  refused('suffix of an empty object', 0, 'bytes=-5'),
  whole('backwards', 'bytes=5-2'),
  whole('what is no number', 'bytes=a-b'),
  whole('another unit', 'lines=1-2'),
  {
    name: 'range: HEAD answers for it',
    expected: { status: 206, length: 10, contentRange: `bytes 5-14/${LENGTH}` },
    run: async ({ client, bucket, put }) => {
      await put('k', pattern(LENGTH));
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k', Range: 'bytes=5-14' }));
      return { status: head.$metadata.httpStatusCode, length: head.ContentLength, contentRange: head.ContentRange };
    },
  },
  {
    name: 'range: with If-Match of the object it was planned for',
    expected: { held: 206, changed: '412 PreconditionFailed' },
    run: async ({ put, get }) => {
      const { ETag } = await put('k', pattern(LENGTH));
      const held = await get('k', { Range: 'bytes=0-9', IfMatch: ETag });
      await bytesOf(held);
      await put('k', pattern(LENGTH, 2));
      return {
        held: held.$metadata.httpStatusCode,
        changed: await outcome(get('k', { Range: 'bytes=0-9', IfMatch: ETag })),
      };
    },
  },
];
