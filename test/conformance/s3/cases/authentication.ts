import { ListBucketsCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { answered, outcome, type Subject, through } from '../harness.ts';

const MINUTE = 60_000;

/** All of these are refused the same way, and nothing is written or removed. */
const refused = (name: string, code: string, stranger: (subject: Subject) => S3Client): Case => ({
  name: `authentication: ${name}`,
  expected: { get: code, list: code, buckets: code, put: code, remove: code, kept: '200', made: '404 NoSuchKey' },
  run: async (subject) => {
    await subject.put('k', 'kept');
    return attempts(subject, stranger(subject));
  },
});

async function attempts(subject: Subject, client: S3Client) {
  const { bucket } = subject;
  const stranger = through(subject, client);
  return {
    get: await outcome(stranger.get('k')),
    list: await outcome(client.send(new ListObjectsV2Command({ Bucket: bucket }))),
    buckets: await outcome(client.send(new ListBucketsCommand({}))),
    put: await outcome(stranger.put('new', 'body')),
    remove: await outcome(stranger.remove('k')),
    kept: await outcome(subject.get('k')),
    made: await outcome(subject.get('new')),
  };
}

/** A client that never learns the right time from the server's answers. */
function skewed(client: S3Client, offsetMs: number): S3Client {
  Object.defineProperty(client.config, 'systemClockOffset', { get: () => offsetMs, set: () => undefined });
  return client;
}

/** Changes a header after the request was signed. */
function forge(client: S3Client, header: string, value: string): S3Client {
  client.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers[header] = value;
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'forge' },
  );
  return client;
}

export const AUTHENTICATION: readonly Case[] = [
  refused('wrong secret', '403 SignatureDoesNotMatch', ({ connect, target: { accessKeyId } }) =>
    connect({ credentials: { accessKeyId, secretAccessKey: 'wrong' } }),
  ),
  refused('unknown key', '403 InvalidAccessKeyId', ({ connect, target: { secretAccessKey } }) =>
    connect({ credentials: { accessKeyId: 'AKIDNOBODY', secretAccessKey } }),
  ),
  refused('a clock 16 minutes slow', '403 RequestTimeTooSkewed', ({ connect }) => skewed(connect({}), -16 * MINUTE)),
  refused('a clock 16 minutes fast', '403 RequestTimeTooSkewed', ({ connect }) => skewed(connect({}), 16 * MINUTE)),
  refused('another region', '400 AuthorizationHeaderMalformed', ({ connect }) => connect({ region: 'mars-north-1' })),
  {
    name: 'authentication: a clock 10 minutes off is close enough',
    expected: ['200', '200'],
    run: async ({ connect, bucket }) => {
      const list = (offsetMs: number) =>
        outcome(skewed(connect({}), offsetMs).send(new ListObjectsV2Command({ Bucket: bucket })));
      return [await list(-10 * MINUTE), await list(10 * MINUTE)];
    },
  },
  {
    name: 'authentication: none at all',
    expected: {
      get: '403 AccessDenied',
      list: '403 AccessDenied',
      put: '403 AccessDenied',
      remove: '403 AccessDenied',
      kept: 'kept',
    },
    run: async ({ target, bucket, put, text }) => {
      await put('k', 'kept');
      const url = `${target.endpoint}/${bucket}`;
      return {
        get: await answered(`${url}/k`),
        list: await answered(`${url}?list-type=2`),
        put: await answered(`${url}/k`, { method: 'PUT', body: 'changed' }),
        remove: await answered(`${url}/k`, { method: 'DELETE' }),
        kept: await text('k'),
      };
    },
  },
  {
    name: 'authentication: a signed header changed on the way',
    expected: { put: '403 SignatureDoesNotMatch', absent: '404 NoSuchKey' },
    run: async (subject) => {
      const client = forge(subject.connect({}), 'x-amz-meta-role', 'admin');
      return {
        put: await outcome(through(subject, client).put('k', 'body', { Metadata: { role: 'guest' } })),
        absent: await outcome(subject.get('k')),
      };
    },
  },
  {
    name: 'authentication: what is no signature',
    expected: { get: '400 AuthorizationHeaderMalformed', kept: 'kept' },
    run: async (subject) => {
      await subject.put('k', 'kept');
      const client = forge(subject.connect({}), 'authorization', 'AWS4-HMAC-SHA256 nonsense');
      return { get: await outcome(through(subject, client).get('k')), kept: await subject.text('k') };
    },
  },
];
