import { Readable, Transform } from 'node:stream';
import {
  type ChecksumAlgorithm,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { bytesOf, outcome, pattern } from '../harness.ts';

const BODY = pattern(200_000);

/** `BODY`'s checksums as other programs give them, base64. */
const VALUES = {
  CRC32: 'tKAzWw==',
  CRC32C: '8le8rQ==',
  CRC64NVME: 'EvCugYdyZXU=',
  SHA1: 'THKAKR74487GLat4kGorH0czETQ=',
  SHA256: 'gAaZOTiqKOshiBYzUaq8sg/oqHeytrEj0lm2lwDICuw=',
} as const;
type Algorithm = keyof typeof VALUES;
const ALGORITHMS = Object.keys(VALUES) as Algorithm[];

const field = (algorithm: Algorithm) => `Checksum${algorithm}` as const;

/** The same length in base64, but of other bits. */
const wrong = (value: string) => (value.startsWith('A') ? 'B' : 'A') + value.slice(1);

/** Changes what goes over the wire after it was signed. */
function tamper(client: S3Client, change: (body: unknown) => unknown): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: unknown };
      request.body = change(request.body);
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'tamper' },
  );
}

/** A stream with the first occurrence of `from` replaced by `to`, which is as long. */
function replacing(stream: Readable, from: Buffer, to: Buffer): Readable {
  const chunks: Buffer[] = [];
  return stream.pipe(
    new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk);
        done();
      },
      flush(done) {
        const all = Buffer.concat(chunks);
        const at = all.indexOf(from);
        if (at < 0) return done(new Error('nothing to replace'));
        to.copy(all, at);
        this.push(all);
        done();
      },
    }),
  );
}

const stream = () => Readable.from([BODY.subarray(0, 70_000), BODY.subarray(70_000)]);

const putStream = (bucket: string, algorithm: ChecksumAlgorithm): PutObjectCommandInput => ({
  Bucket: bucket,
  Key: 'k',
  Body: stream(),
  ContentLength: BODY.length,
  ChecksumAlgorithm: algorithm,
});

const ofAlgorithm = (algorithm: Algorithm): readonly Case[] => [
  {
    name: `checksum ${algorithm} in the header: answered, kept, given back by GET and HEAD`,
    expected: { put: VALUES[algorithm], get: VALUES[algorithm], same: true, head: VALUES[algorithm] },
    run: async ({ client, bucket, put, get }) => {
      const answer = await put('k', BODY, { ChecksumAlgorithm: algorithm });
      const got = await get('k', { ChecksumMode: 'ENABLED' });
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
      return {
        put: answer[field(algorithm)],
        get: got[field(algorithm)],
        same: BODY.equals(await bytesOf(got)),
        head: head[field(algorithm)],
      };
    },
  },
  {
    name: `checksum ${algorithm} in the header: a wrong one is refused, nothing stays`,
    expected: { put: '400 BadDigest', absent: '404 NoSuchKey' },
    run: async ({ put, get }) => ({
      put: await outcome(put('k', BODY, { [field(algorithm)]: wrong(VALUES[algorithm]) })),
      absent: await outcome(get('k')),
    }),
  },
  {
    name: `checksum ${algorithm} in the trailer of a stream: kept, no chunk frames in the data`,
    expected: { put: VALUES[algorithm], get: VALUES[algorithm], same: true },
    run: async ({ client, bucket, get }) => {
      const answer = await client.send(new PutObjectCommand(putStream(bucket, algorithm)));
      const got = await get('k', { ChecksumMode: 'ENABLED' });
      return { put: answer[field(algorithm)], get: got[field(algorithm)], same: BODY.equals(await bytesOf(got)) };
    },
  },
  {
    name: `checksum ${algorithm} in the trailer of a stream: a wrong one is refused, nothing stays`,
    expected: { put: '400 BadDigest', absent: '404 NoSuchKey' },
    run: async ({ connect, bucket, get }) => {
      const client = connect({});
      const value = VALUES[algorithm];
      tamper(client, (body) => replacing(body as Readable, Buffer.from(value), Buffer.from(wrong(value))));
      return {
        put: await outcome(client.send(new PutObjectCommand(putStream(bucket, algorithm)))),
        absent: await outcome(get('k')),
      };
    },
  },
];

export const CHECKSUMS: readonly Case[] = [
  ...ALGORITHMS.flatMap(ofAlgorithm),
  {
    name: 'checksum in the trailer: a byte changed on the way is refused, what was there stays',
    expected: { put: '400 BadDigest', kept: 'before' },
    run: async ({ connect, bucket, put, text }) => {
      await put('k', 'before');
      const client = connect({});
      const piece = BODY.subarray(1_000, 1_016);
      tamper(client, (body) => replacing(body as Readable, piece, Buffer.from(piece).reverse()));
      return {
        put: await outcome(client.send(new PutObjectCommand(putStream(bucket, 'CRC32')))),
        kept: await text('k'),
      };
    },
  },
  {
    name: 'checksum of the payload in the signature: a byte changed on the way is refused',
    expected: { put: '400 XAmzContentSHA256Mismatch', absent: '404 NoSuchKey' },
    run: async ({ connect, bucket, get }) => {
      const client = connect({ requestChecksumCalculation: 'WHEN_REQUIRED' });
      tamper(client, () => Buffer.from(BODY).reverse());
      return {
        put: await outcome(client.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: BODY }))),
        absent: await outcome(get('k')),
      };
    },
  },
  {
    name: 'checksum: Content-MD5 right, wrong, and no MD5 at all',
    expected: {
      right: '200',
      wrong: '400 BadDigest',
      none: '400 InvalidDigest',
      absent: ['404 NoSuchKey', '404 NoSuchKey'],
    },
    run: async ({ put, get }) => ({
      right: await outcome(put('right', 'hello', { ContentMD5: 'XUFAKrxLKna5cZ2REBfFkg==' })),
      wrong: await outcome(put('wrong', 'hullo', { ContentMD5: 'XUFAKrxLKna5cZ2REBfFkg==' })),
      none: await outcome(put('none', 'hello', { ContentMD5: 'no md5' })),
      absent: [await outcome(get('wrong')), await outcome(get('none'))],
    }),
  },
  {
    name: 'checksum: GET checks it, a range has none',
    expected: { whole: VALUES.CRC32, range: undefined },
    run: async ({ put, get }) => {
      await put('k', BODY);
      const whole = await get('k', { ChecksumMode: 'ENABLED' });
      await bytesOf(whole);
      const range = await get('k', { ChecksumMode: 'ENABLED', Range: 'bytes=0-9' });
      await bytesOf(range);
      return { whole: whole.ChecksumCRC32, range: range.ChecksumCRC32 };
    },
  },
];
