import { createHash } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  type DeleteObjectCommandOutput,
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';

/** What every answer of the client has. */
export interface MetadataBearer {
  readonly $metadata: { readonly httpStatusCode?: number | undefined };
}

/** A running S3 server and who may use it. */
export interface Target {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What one case acts on. */
export interface Subject {
  readonly target: Target;
  readonly client: S3Client;
  /** Empty, and of this case alone. */
  readonly bucket: string;
  /** A further client, ended with the case. */
  connect(config: S3ClientConfig): S3Client;
  put(key: string, body: string | Uint8Array, more?: Partial<PutObjectCommandInput>): Promise<PutObjectCommandOutput>;
  get(key: string, more?: Partial<GetObjectCommandInput>): Promise<GetObjectCommandOutput>;
  /** The object's bytes. */
  read(key: string, more?: Partial<GetObjectCommandInput>): Promise<Buffer>;
  remove(key: string): Promise<DeleteObjectCommandOutput>;
  text(key: string, more?: Partial<GetObjectCommandInput>): Promise<string>;
}

/** The same bucket through another client. */
export const through = (subject: Subject, client: S3Client): Subject => ({
  ...subject,
  client,
  ...objects(client, subject.bucket),
});

let buckets = 0;

/** Runs `act` against a bucket of its own. Nothing is retried, so that a case sees what the server said. */
export async function withSubject<T>(target: Target, act: (subject: Subject) => Promise<T>): Promise<T> {
  const clients: S3Client[] = [];
  const connect = (config: S3ClientConfig) => {
    const { endpoint, region, accessKeyId, secretAccessKey } = target;
    const client = new S3Client({
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: true,
      maxAttempts: 1,
      ...config,
    });
    clients.push(client);
    return client;
  };
  const client = connect({});
  const bucket = `case-${++buckets}`;
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    return await act({ target, bucket, connect, client, ...objects(client, bucket) });
  } finally {
    for (const one of clients) one.destroy();
  }
}

function objects(client: S3Client, bucket: string) {
  const get: Subject['get'] = (key, more) => client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...more }));
  const read: Subject['read'] = async (key, more) => bytesOf(await get(key, more));
  const put: Subject['put'] = (key, body, more) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body), ...more }));
  return {
    put,
    get,
    read,
    text: async (key: string, more?: Partial<GetObjectCommandInput>) => (await read(key, more)).toString(),
    remove: (key: string) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })),
  };
}

/** The server's answer in one line: `200`, or `404 NoSuchKey`. Failures that are not an answer are thrown on. */
export async function outcome(request: Promise<MetadataBearer>): Promise<string> {
  try {
    return String(status(await request));
  } catch (error) {
    return refusal(error);
  }
}

/** Status and code of a refusal, as far as its answer has a body to name one; whatever else `error` may be is thrown. */
export function refusal(error: unknown): string {
  const at = status(error);
  if (!(error instanceof Error) || at === undefined) throw error;
  return error.name === 'Unknown' ? String(at) : `${at} ${error.name}`;
}

/** What an HTTP request of ours is answered: `200 the body`, or `403 AccessDenied`; of a HEAD only the status. */
export async function answered(url: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  return `${answer.status} ${answer.ok ? text : (/<Code>(.*?)<\/Code>/.exec(text)?.[1] ?? text)}`;
}

/** How often each outcome came. */
export async function tally(requests: readonly Promise<MetadataBearer>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const one of await Promise.all(requests.map(outcome))) counts[one] = (counts[one] ?? 0) + 1;
  return counts;
}

export async function bytesOf(answer: GetObjectCommandOutput): Promise<Buffer> {
  return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
}

/** The answer, its body read. */
export async function drained(request: Promise<GetObjectCommandOutput>): Promise<GetObjectCommandOutput> {
  const answer = await request;
  await bytesOf(answer);
  return answer;
}

/** Bytes of no short period, so that a piece of the wrong place is noticed. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
export const quoted = (etag: string): string => `"${etag}"`;

function status(answer: unknown): number | undefined {
  return (answer as Partial<MetadataBearer>).$metadata?.httpStatusCode;
}
