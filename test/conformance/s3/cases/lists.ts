import { ListObjectsV2Command, type ListObjectsV2CommandInput, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { md5, outcome, quoted, type Subject } from '../harness.ts';

/** In the order of their UTF-8 bytes; in UTF-16 order the last two would change places. */
const ORDERED = [
  '-',
  'A',
  'B',
  'Z',
  'a',
  'a b',
  'a-',
  'a/',
  'a/b',
  'a/z',
  'a0',
  'aa',
  'b',
  'z',
  '~',
  'é',
  '日',
  '\uFFFD',
  '😀',
];
const TREE = ['a', 'a/1', 'a/2', 'a/b/3', 'b/4', 'c', 'd/5', 'd/6', 'e'];

async function fill(subject: Subject, keys: readonly string[], body = ''): Promise<void> {
  await Promise.all(keys.map((key) => subject.put(key, body)));
}

async function page({ client, bucket }: Subject, more: Partial<ListObjectsV2CommandInput> = {}) {
  const answer = await client.send(new ListObjectsV2Command({ Bucket: bucket, ...more }));
  return {
    keys: (answer.Contents ?? []).map(({ Key }) => Key),
    prefixes: (answer.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
    count: answer.KeyCount,
    truncated: answer.IsTruncated,
    token: answer.NextContinuationToken,
  };
}

/** The pages of a whole listing, each as its keys, then its common prefixes. */
async function pages({ client, bucket }: Subject, more: Partial<ListObjectsV2CommandInput>): Promise<unknown[]> {
  const found = [];
  for await (const answer of paginateListObjectsV2({ client }, { Bucket: bucket, ...more })) {
    const keys = (answer.Contents ?? []).map(({ Key }) => Key);
    const prefixes = (answer.CommonPrefixes ?? []).map(({ Prefix }) => Prefix);
    if (answer.KeyCount !== keys.length + prefixes.length) throw new Error(`KeyCount is ${answer.KeyCount}`);
    found.push([...keys, ...prefixes]);
  }
  return found;
}

const listing = (
  name: string,
  keys: readonly string[],
  input: Partial<ListObjectsV2CommandInput>,
  expected: object,
): Case => ({
  name: `list: ${name}`,
  expected: { prefixes: [], truncated: false, token: undefined, ...expected },
  run: async (subject) => {
    await fill(subject, keys);
    return page(subject, input);
  },
});

const paged = (name: string, input: Partial<ListObjectsV2CommandInput>, expected: readonly unknown[]): Case => ({
  name: `list in pages: ${name}`,
  expected,
  run: async (subject) => {
    await fill(subject, TREE);
    return pages(subject, input);
  },
});

export const LISTS: readonly Case[] = [
  listing('an empty bucket', [], {}, { keys: [], count: 0 }),
  listing('in the order of UTF-8 bytes', [...ORDERED].reverse(), {}, { keys: ORDERED, count: ORDERED.length }),
  listing('by prefix', TREE, { Prefix: 'a' }, { keys: ['a', 'a/1', 'a/2', 'a/b/3'], count: 4 }),
  listing('by a prefix nothing has', TREE, { Prefix: 'x/' }, { keys: [], count: 0 }),
  listing('by a prefix that is a key', TREE, { Prefix: 'a/1' }, { keys: ['a/1'], count: 1 }),
  listing(
    'with a delimiter',
    TREE,
    { Delimiter: '/' },
    { keys: ['a', 'c', 'e'], prefixes: ['a/', 'b/', 'd/'], count: 6 },
  ),
  listing(
    'with prefix and delimiter',
    TREE,
    { Prefix: 'a/', Delimiter: '/' },
    { keys: ['a/1', 'a/2'], prefixes: ['a/b/'], count: 3 },
  ),
  listing(
    'with a prefix that ends before the delimiter',
    TREE,
    { Prefix: 'a', Delimiter: '/' },
    { keys: ['a'], prefixes: ['a/'], count: 2 },
  ),
  listing(
    'with a delimiter of several characters',
    ['a--1', 'a--2', 'a-b', 'c--3'],
    { Delimiter: '--' },
    { keys: ['a-b'], prefixes: ['a--', 'c--'], count: 3 },
  ),
  listing(
    'with the key of a folder',
    ['f/', 'f/1'],
    { Prefix: 'f/', Delimiter: '/' },
    { keys: ['f/', 'f/1'], count: 2 },
  ),
  listing('after a key', TREE, { StartAfter: 'b/4' }, { keys: ['c', 'd/5', 'd/6', 'e'], count: 4 }),
  listing(
    'after what is no key',
    TREE,
    { StartAfter: 'a/9' },
    { keys: ['a/b/3', 'b/4', 'c', 'd/5', 'd/6', 'e'], count: 6 },
  ),
  listing('after the last key', TREE, { StartAfter: 'e' }, { keys: [], count: 0 }),
  listing('after a key, by prefix', TREE, { StartAfter: 'a/1', Prefix: 'a/' }, { keys: ['a/2', 'a/b/3'], count: 2 }),
  listing(
    'after the last key of a common prefix',
    TREE,
    { StartAfter: 'a/b/3', Delimiter: '/' },
    { keys: ['c', 'e'], prefixes: ['b/', 'd/'], count: 4 },
  ),
  listing('at most as many as there are', TREE, { MaxKeys: 9 }, { keys: TREE, count: 9 }),
  listing('none at all', TREE, { MaxKeys: 0 }, { keys: [], count: 0 }),
  {
    name: 'list: what is told of an object',
    expected: { Key: 'k', Size: 4, ETag: quoted(md5(Buffer.from('body'))), StorageClass: 'STANDARD', dated: true },
    run: async ({ client, bucket, put }) => {
      await put('k', 'body');
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      const { Key, Size, ETag, StorageClass, LastModified } = Contents?.[0] ?? {};
      return { Key, Size, ETag, StorageClass, dated: LastModified instanceof Date };
    },
  },
  {
    name: 'list: keys encoded for URLs',
    expected: ['a b', 'a%20b', 'a&b', 'a+b', 'a<b', 'é'],
    run: async (subject) => {
      await fill(subject, ['a b', 'a+b', 'a%20b', 'a&b', 'a<b', 'é']);
      const { keys } = await page(subject, { EncodingType: 'url' });
      return keys.map((key) => decodeURIComponent(key?.replaceAll('+', ' ') ?? ''));
    },
  },
  paged(
    'of one',
    { MaxKeys: 1 },
    TREE.map((key) => [key]),
  ),
  paged('of four', { MaxKeys: 4 }, [TREE.slice(0, 4), TREE.slice(4, 8), TREE.slice(8)]),
  paged('by prefix', { MaxKeys: 2, Prefix: 'a/' }, [['a/1', 'a/2'], ['a/b/3']]),
  paged('after a key', { MaxKeys: 2, StartAfter: 'c' }, [['d/5', 'd/6'], ['e']]),
  paged('with a delimiter, one at a time', { MaxKeys: 1, Delimiter: '/' }, [
    ['a'],
    ['a/'],
    ['b/'],
    ['c'],
    ['d/'],
    ['e'],
  ]),
  paged('with a delimiter, four at a time', { MaxKeys: 4, Delimiter: '/' }, [
    ['a', 'c', 'a/', 'b/'],
    ['e', 'd/'],
  ]),
  paged('with prefix and delimiter', { MaxKeys: 2, Prefix: 'a/', Delimiter: '/' }, [['a/1', 'a/2'], ['a/b/']]),
  {
    name: 'list in pages: 1,000 keys at most, whatever is asked for',
    expected: { pages: [1_000, 5], keys: 1_005, ordered: true },
    run: async (subject) => {
      const keys = Array.from({ length: 1_005 }, (_, i) => `part-${String(i).padStart(5, '0')}`);
      for (let at = 0; at < keys.length; at += 32) await fill(subject, keys.slice(at, at + 32));
      const found = await pages(subject, { MaxKeys: 5_000 });
      const all = (found as string[][]).flat();
      return {
        pages: (found as string[][]).map((one) => one.length),
        keys: new Set(all).size,
        ordered: all.join() === keys.join(),
      };
    },
  },
  {
    name: 'list in pages: what is removed or added between two pages',
    expected: [['a', 'a/1'], ['a/b/3', 'b/3'], ['b/4', 'c'], ['d/5', 'd/6'], ['e']],
    run: async (subject) => {
      await fill(subject, TREE);
      const found = [];
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client: subject.client, pageSize: 2 },
        { Bucket: subject.bucket },
      )) {
        found.push(Contents.map(({ Key }) => Key));
        if (found.length > 1) continue;
        await subject.remove('a/2');
        await subject.put('0', '');
        await subject.put('b/3', '');
      }
      return found;
    },
  },
  {
    name: 'list: a token of no listing',
    expected: '400 InvalidArgument',
    run: ({ client, bucket }) =>
      outcome(client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: 'not a token' }))),
  },
];
