import {
  CreateBucketCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendSigned } from '../fixtures/signed-request.ts';
import { failure, startTestServer, type TestServer } from '../fixtures/test-server.ts';

const Bucket = 'bucket';
/** In no order; among them names that are folders of others, and characters beyond the basic plane. */
const KEYS = [
  'b',
  'a/x',
  'a',
  'a-b',
  'a/',
  'a//y',
  'a0',
  'Z',
  '😀',
  '\uffee',
  'é',
  'e',
  'a/x/1',
  'a/x/2',
  'a.b',
  'a b',
  'a+b',
  '<&>',
];
const bytewise = (keys: readonly string[]) => [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
let test: TestServer;

beforeAll(async () => {
  test = await startTestServer();
  await test.client.send(new CreateBucketCommand({ Bucket }));
  await Promise.all(KEYS.map((Key) => test.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }))));
});
afterAll(() => test.close());

interface Listed {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  readonly pages: number;
}

async function list(input: Partial<ListObjectsV2CommandInput>): Promise<Listed> {
  const [keys, prefixes]: [string[], string[]] = [[], []];
  let pages = 0;
  for (let token: string | undefined; ; ) {
    const page = await test.client.send(
      new ListObjectsV2Command({ Bucket, ...input, ...(token && { ContinuationToken: token }) }),
    );
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key as string));
    prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix as string));
    pages++;
    expect(page.KeyCount).toBe((page.Contents ?? []).length + (page.CommonPrefixes ?? []).length);
    expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
    token = page.NextContinuationToken;
    if (token === undefined) return { keys, prefixes, pages };
  }
}

/** What S3 would list, from its documentation. */
function model(prefix: string, delimiter: string, after: string): Omit<Listed, 'pages'> {
  const keys: string[] = [];
  const prefixes = new Set<string>();
  for (const key of bytewise(KEYS)) {
    if (!key.startsWith(prefix) || Buffer.compare(Buffer.from(key), Buffer.from(after)) <= 0) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (at < 0) keys.push(key);
    else prefixes.add(key.slice(0, at + delimiter.length));
  }
  return { keys, prefixes: [...prefixes] };
}

describe('version 2', () => {
  it('lists in byte order with what there is to say', async () => {
    expect((await list({})).keys).toEqual(bytewise(KEYS));
    const { Contents } = await test.client.send(new ListObjectsV2Command({ Bucket, Prefix: '😀', FetchOwner: true }));
    expect(Contents).toMatchObject([
      {
        Key: '😀',
        Size: 4,
        StorageClass: 'STANDARD',
        ETag: expect.stringMatching(/^"\w{32}"$/),
        Owner: { ID: 'squall' },
      },
    ]);
  });

  const prefixes = ['', 'a', 'a/', 'a/x', 'a//', '\uffee', 'none'];
  const cases = prefixes.flatMap((prefix) =>
    ['', '/', 'x', '/x'].map((delimiter): [string, string] => [prefix, delimiter]),
  );

  it.each(cases)('prefix %j, delimiter %j, in pages of any size', async (Prefix, Delimiter) => {
    const expected = model(Prefix, Delimiter, '');
    for (const MaxKeys of [1, 2, 3, 1000]) {
      const found = await list({ Prefix, ...(Delimiter !== '' && { Delimiter }), MaxKeys });
      expect(found).toMatchObject(expected);
      const entries = expected.keys.length + expected.prefixes.length;
      expect(found.pages).toBe(Math.max(1, Math.ceil(entries / MaxKeys)));
    }
  });

  it('starts after any key, also in the middle of a common prefix', async () => {
    for (const StartAfter of ['A', 'a', 'a ', 'a/w', 'a/x', 'a/x/1', 'é', '\uffee', '😀', '😁']) {
      expect(await list({ StartAfter, MaxKeys: 2 })).toMatchObject(model('', '', StartAfter));
      expect(await list({ StartAfter, Delimiter: '/', MaxKeys: 2 })).toMatchObject(model('', '/', StartAfter));
    }
  });

  it('encodes keys on request', async () => {
    const answer = await sendSigned(test.server.endpoint, {
      method: 'GET',
      target: '/bucket?encoding-type=url&list-type=2&prefix=a%2B',
    });
    expect(answer.body).toContain('<Key>a%2Bb</Key>');
    expect(answer.body).toContain('<Prefix>a%2B</Prefix>');
    expect(answer.body).toContain('<EncodingType>url</EncodingType>');
  });

  it('refuses what is no number, token or encoding', async () => {
    const code = async (parameters: string) =>
      (await sendSigned(test.server.endpoint, { method: 'GET', target: `/bucket?${parameters}` })).code;
    expect(await code('list-type=2&max-keys=-1')).toBe('InvalidArgument');
    expect(await code('list-type=2&max-keys=x')).toBe('InvalidArgument');
    expect(await code('list-type=2&continuation-token=x')).toBe('InvalidArgument');
    expect(await code('list-type=2&encoding-type=xml')).toBe('InvalidArgument');
    expect(await code('list-type=3')).toBe('InvalidArgument');
    const { Contents, IsTruncated } = await test.client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
    expect([Contents, IsTruncated]).toEqual([undefined, false]);
    expect(await failure(list({ Bucket: 'nowhere' }))).toBe('NoSuchBucket 404');
  });
});

describe('version 1', () => {
  it.each(['', '/'])('goes on at its markers, delimiter %j', async (Delimiter) => {
    const [keys, prefixes]: [string[], string[]] = [[], []];
    for (let Marker = ''; ; ) {
      const page = await test.client.send(
        new ListObjectsCommand({ Bucket, Marker, MaxKeys: 2, ...(Delimiter !== '' && { Delimiter }) }),
      );
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key as string));
      prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix as string));
      expect(page.NextMarker === undefined).toBe(!page.IsTruncated || Delimiter === '');
      if (!page.IsTruncated) break;
      Marker = page.NextMarker ?? (keys.at(-1) as string);
    }
    expect({ keys, prefixes }).toEqual(model('', Delimiter, ''));
  });
});
