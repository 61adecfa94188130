import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancelledError, type StorageError } from '../common/errors.ts';
import { CountedObjectStore } from './counted.ts';
import { FileObjectStore } from './file.ts';
import { expandGlob, globMatcher, globPrefix, hasGlob } from './glob.ts';
import { MemoryObjectStore } from './memory.ts';
import { parseUri } from './uri.ts';

describe('patterns', () => {
  it.each([
    ['a/b.parquet', false, 'a/b.parquet'],
    ['a/*.parquet', true, 'a/'],
    ['a/part-*.parquet', true, 'a/part-'],
    ['a/**/b', true, 'a/'],
    ['a/{b,c}/d', true, 'a/'],
    ['a/x?', true, 'a/x'],
    ['a/[xy]', true, 'a/'],
    ['a/\\*b*', true, 'a/*b'],
    ['(1)+@!.parquet', false, '(1)+@!.parquet'],
  ])('%s: pattern %s, prefix %s', (pattern, glob, prefix) => {
    expect(hasGlob(pattern)).toBe(glob);
    expect(globPrefix(pattern)).toBe(prefix);
  });

  it.each<[string, string[], string[]]>([
    [
      'a/*.parquet',
      ['a/b.parquet', 'a/b c.parquet'],
      ['a/b.parque', 'a/b/c.parquet', 'a/.b.parquet', 'a/.parquet', 'xa/b.parquet'],
    ],
    ['a/**/*.p', ['a/b.p', 'a/b/c.p', 'a/b/c/d.p'], ['b.p', 'a/b', 'a/.x/c.p']],
    ['a/**', ['a/b', 'a/b/c'], ['ab', 'b/a']],
    ['year=*/m=?/x', ['year=2020/m=1/x'], ['year=2020/m=11/x', 'year=2020/n/m=1/x']],
    ['x{1,2}.p', ['x1.p', 'x2.p'], ['x3.p', 'x12.p']],
    ['x{01..12}.p', ['x01.p', 'x12.p'], ['x13.p', 'x1.p']],
    ['x{8..12}.p', ['x8.p', 'x12.p'], ['x7.p', 'x08.p', 'x1.p']],
    ['x{a..c}.p', ['xa.p', 'xc.p'], ['xd.p', 'xab.p']],
    ['{a/b,c}/*.p', ['a/b/x.p', 'c/x.p'], ['a/x.p', 'b/x.p']],
    ['[ab]x', ['ax', 'bx'], ['cx', 'abx']],
    ['a[!ab]x', ['acx', 'a-x'], ['aax', 'a/x']],
    ['a[^b]x', ['acx'], ['abx', 'a/x']],
    ['[a-c]x', ['bx'], ['dx']],
    ['\\*x*', ['*xy'], ['axy']],
    ['data (1)*.p', ['data (1)a.p'], ['data 1a.p']],
    ['a+b@c!d|e$^*', ['a+b@c!d|e$^f'], ['aab', 'e']],
    ['!x*', ['!xy'], ['a', 'y']],
    ['ä*', ['äö'], ['a']],
  ])('%s matches %j and not %j', (pattern, yes, no) => {
    const matches = globMatcher(pattern);
    expect(yes.filter((key) => !matches(key))).toEqual([]);
    expect(no.filter((key) => matches(key))).toEqual([]);
  });
});

it.each(['x{a..12}', 'x{3..1}', 'x{1..100000}', 'x{-1..1}'])('%s is refused', (pattern) => {
  expect(() => globMatcher(pattern)).toThrow(/^".*" is not a pattern: .* is not a range$/);
});

const KEYS = [
  'data/.hidden.parquet',
  'data/_SUCCESS',
  'data/deep/er/3.parquet',
  'data/deep/2.parquet',
  'data/part-1.parquet',
  'data/part-10.parquet',
  'data/part-2.parquet',
  'data/readme.txt',
  'odd [1]/{a}/(x).parquet',
  'odd [1]/{a}/y.parquet',
  'other/x.parquet',
  'year=2020/m=1/a.parquet',
  'year=2020/m=2/b.parquet',
  'year=2021/m=1/c.parquet',
  'year=x',
];

describe.each(['memory', 'file'] as const)('expandGlob over %s', (kind) => {
  let folder: string;
  let store: CountedObjectStore;
  let base: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'squall-glob-'));
    base = kind === 'file' ? `${folder}/` : 'memory://b/';
    const memory = new MemoryObjectStore();
    for (const key of KEYS) {
      if (kind === 'memory') await memory.put({ bucket: 'b', key }, new TextEncoder().encode(key));
      else {
        await mkdir(dirname(join(folder, key)), { recursive: true });
        await writeFile(join(folder, key), key);
      }
    }
    store = new CountedObjectStore(kind === 'memory' ? memory : new FileObjectStore());
  });
  afterAll(() => rm(folder, { recursive: true }));

  const expand = async (pattern: string, signal?: AbortSignal) => {
    const before = store.counts().LIST.requests;
    const uri = parseUri(base + pattern);
    const root = parseUri(base).location.key;
    const found = await expandGlob(store, uri, signal);
    for (const { location, key } of found) expect(location).toEqual({ bucket: uri.location.bucket, key });
    return { keys: found.map(({ key }) => key.slice(root.length)), lists: store.counts().LIST.requests - before };
  };

  it.each<[string, string[], number, number]>([
    ['data/*.parquet', ['data/part-1.parquet', 'data/part-10.parquet', 'data/part-2.parquet'], 1, 1],
    ['data/part-1*', ['data/part-1.parquet', 'data/part-10.parquet'], 1, 1],
    [
      'data/**/*.parquet',
      [
        'data/deep/2.parquet',
        'data/deep/er/3.parquet',
        'data/part-1.parquet',
        'data/part-10.parquet',
        'data/part-2.parquet',
      ],
      1,
      1,
    ],
    ['*/x.parquet', ['other/x.parquet'], 1, 6],
    ['odd [1]/{a}/(x).parquet', ['odd [1]/{a}/(x).parquet'], 1, 3],
    ['odd \\[1\\]/\\{a\\}/*.parquet', ['odd [1]/{a}/(x).parquet', 'odd [1]/{a}/y.parquet'], 1, 3],
    ['year=*/m=1/*.parquet', ['year=2020/m=1/a.parquet', 'year=2021/m=1/c.parquet'], 1, 5],
    ['year={2020,2021}/m=[2-9]/?.parquet', ['year=2020/m=2/b.parquet'], 1, 4],
    ['data/deep/', ['data/deep/2.parquet', 'data/deep/er/3.parquet'], 1, 1],
    ['data/.h*', ['data/.hidden.parquet'], 1, 1],
  ])('%s', async (pattern, keys, listsInBucket, listsOfFiles) => {
    expect(await expand(pattern)).toEqual({ keys, lists: kind === 'file' ? listsOfFiles : listsInBucket });
  });

  if (kind === 'file') {
    it('takes the special characters of the working directory as they are', async () => {
      const cwd = join(folder, 'odd [1]/{a}');
      const found = async (pattern: string) => {
        const matches = await expandGlob(store, parseUri(pattern, { cwd }));
        return matches.map(({ key }) => key.slice(cwd.length));
      };
      expect(await found('*.parquet')).toEqual(['(x).parquet', 'y.parquet']);
      expect(await found('./y.parquet')).toEqual(['y.parquet']);
      expect(await found('../**/*.parquet')).toEqual(['(x).parquet', 'y.parquet']);
      expect(await found('.')).toEqual(['(x).parquet', 'y.parquet']);
    });
  }

  it('looks at one object without special characters', async () => {
    const before = store.counts();
    const [match] = await expandGlob(store, parseUri(`${base}data/part-1.parquet`));
    expect(match).toMatchObject({ size: 19, etag: expect.stringMatching(/^".+"$/) });
    expect(store.counts().HEAD.requests - before.HEAD.requests).toBe(1);
    expect(store.counts().LIST.requests).toBe(before.LIST.requests);
  });

  it('says what it looked at when nothing matches', async () => {
    const error = await expand('data/*.csv').catch((thrown: unknown) => thrown as StorageError);
    expect(error).toMatchObject({
      code: 'SQ5011',
      message: `no object matches ${base}data/*.csv: none of 6 objects matches (looked below ${base}data/)`,
      hint: 'check the pattern; ** matches any number of folders',
      details: { seen: 6 },
    });
    expect(await expand('none/*').catch((thrown: unknown) => thrown as StorageError)).toMatchObject({
      code: 'SQ5011',
      message: `no object matches ${base}none/*: there are no objects (looked below ${base}none/)`,
      hint: 'check the path',
    });
  });

  it('says that the one object does not exist', async () => {
    await expect(expand('data/none.parquet')).rejects.toMatchObject({ code: 'SQ5001' });
  });

  it('can be cancelled', async () => {
    await expect(expand('data/*', AbortSignal.abort())).rejects.toBeInstanceOf(CancelledError);
  });
});
