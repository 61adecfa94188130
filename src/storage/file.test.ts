import { execFileSync } from 'node:child_process';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StorageError } from '../common/errors.ts';
import { FileObjectStore } from './file.ts';
import { locationOf } from './uri.ts';

const all = { kind: 'all' } as const;
const bytes = (text: string) => new TextEncoder().encode(text);

let folder: string;
let store: FileObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(join(await realpath(tmpdir()), 'squall-file-'));
  store = new FileObjectStore();
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string) => locationOf(join(folder, name));
const url = (name: string) => pathToFileURL(join(folder, name)).href;
const keys = async (prefix = '', delimiter?: string) => {
  const found: string[] = [];
  const listing = { bucket: '', prefix: `${folder.slice(1)}/${prefix}`, ...(delimiter && { delimiter }) };
  for await (const page of store.list(listing)) {
    found.push(...page.objects.map(({ key }) => key), ...page.commonPrefixes);
  }
  return found.map((key) => `/${key}`.slice(folder.length));
};
const failure = async (work: Promise<unknown>): Promise<StorageError> => {
  try {
    await work;
  } catch (error) {
    return error as StorageError;
  }
  throw new Error('it should have failed');
};

describe('FileObjectStore: writing', () => {
  it('leaves nothing but the object', async () => {
    await store.put(at('a/b/c'), bytes('1'));
    await store.putIfAbsent(at('a/b/d'), bytes('2'));
    await store.putIfAbsent(at('a/b/d'), bytes('3'));
    expect((await readdir(join(folder, 'a/b'))).sort()).toEqual(['c', 'd']);
    expect(await readFile(join(folder, 'a/b/d'), 'utf8')).toBe('2');
  });

  it('hides what is still being written', async () => {
    const upload = await store.multipart(at('m'));
    await upload.write(bytes('half'));
    expect(await keys()).toEqual([]);
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^\.squall-[0-9a-f]{16}\.tmp$/)]);
    await upload.abort();
    expect(await readdir(folder)).toEqual([]);
  });

  it('makes a new inode of every write, so that open readers keep the old file', async () => {
    await store.put(at('a'), bytes('old'));
    await link(join(folder, 'a'), join(folder, 'kept'));
    await store.put(at('a'), bytes('new'));
    expect(await readFile(join(folder, 'kept'), 'utf8')).toBe('old');
  });

  it('replaces a symbolic link, not the file behind it', async () => {
    await writeFile(join(folder, 'target'), 'precious');
    await symlink('target', join(folder, 'name'));
    await store.put(at('name'), bytes('new'));
    expect(await readFile(join(folder, 'target'), 'utf8')).toBe('precious');
    expect(await readFile(join(folder, 'name'), 'utf8')).toBe('new');
  });

  it('lists what a killed writer left, for who removes all below a prefix, and deletes it', async () => {
    await store.put(at('query/b/object'), bytes('1'));
    const left = ['query/.squall-fedcba9876543210.tmp', 'query/b/.squall-0123456789abcdef.tmp'];
    const others = ['.squall-0123456789abcdef.tmp', 'other/.squall-0123456789abcdef.tmp'];
    await mkdir(join(folder, 'other'));
    for (const name of [...left, ...others]) await writeFile(join(folder, name), 'half');
    expect(await keys('query/')).toEqual(['/query/b/object']);
    const found: string[] = [];
    for await (const page of store.list({ bucket: '', prefix: `${folder.slice(1)}/query/`, unfinished: true })) {
      found.push(...page.objects.map(({ key }) => key));
    }
    expect(found.map((key) => key.slice(folder.length))).toEqual([...left, 'query/b/object']);
    await store.delete('', found);
    expect((await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.tmp')).sort()).toEqual(others);
    expect(await keys()).toEqual([]);
  });

  it('removes its temporary file when it fails', async () => {
    await mkdir(join(folder, 'taken/full'), { recursive: true });
    expect(await failure(store.put(at('taken'), bytes('x')))).toMatchObject({
      code: 'SQ5014',
      message: `${url('taken')}: it is a folder`,
    });
    expect(await failure(store.putIfAbsent(at('taken'), bytes('x')))).toMatchObject({
      code: 'SQ5014',
      message: `${url('taken')}: it is a folder`,
    });
    expect(await readdir(folder)).toEqual(['taken']);
  });

  it('says that a folder on the path is a file', async () => {
    await store.put(at('file'), bytes('x'));
    expect(await failure(store.put(at('file/below'), bytes('y')))).toMatchObject({
      code: 'SQ5014',
      message: `${url('file/below')}: a folder on its path is a file`,
    });
    expect(await failure(store.head(at('file/below')))).toMatchObject({ code: 'SQ5001' });
  });

  it('removes emptied folders only when told to', async () => {
    await store.put(at('q/stage-0/task-0'), bytes('1'));
    await store.put(at('q/stage-1/task-0'), bytes('1'));
    await store.delete('', [at('q/stage-0/task-0').key]);
    expect(await readdir(join(folder, 'q'))).toEqual(['stage-0', 'stage-1']);
    const pruning = new FileObjectStore({ pruneFolders: true });
    await writeFile(join(folder, 'keeps the folder'), '');
    await pruning.delete('', [at('q/stage-1/task-0').key]);
    expect(await readdir(join(folder, 'q'))).toEqual(['stage-0']);
    await pruning.put(at('q/stage-0/x'), bytes('1'));
    await pruning.delete('', [at('q/stage-0/x').key]);
    expect(await readdir(folder)).toEqual(['keeps the folder']);
  });

  it('writes while others prune the same folder', async () => {
    const pruning = new FileObjectStore({ pruneFolders: true, fsync: false });
    await writeFile(join(folder, 'keeps the folder'), '');
    const worker = async (name: string) => {
      for (let i = 0; i < 30; i++) {
        await pruning.put(at(`busy/${name}`), bytes(name));
        await pruning.delete('', [at(`busy/${name}`).key]);
      }
    };
    await Promise.all(['a', 'b', 'c'].map(worker));
    expect(await readdir(folder)).toEqual(['keeps the folder']);
  });
});

describe('FileObjectStore: reading', () => {
  it('notices that a file was changed in place', async () => {
    await writeFile(join(folder, 'a'), 'one');
    const { etag } = await store.head(at('a'));
    await writeFile(join(folder, 'a'), 'two');
    await utimes(join(folder, 'a'), 1, 1);
    expect(await failure(store.getRange(at('a'), all, { ifMatch: etag }))).toMatchObject({
      code: 'SQ5005',
      message: `${url('a')} has changed since it was first looked at`,
      hint: 'run the query again; it will see the new version',
    });
  });

  it('says that it is a folder', async () => {
    await mkdir(join(folder, 'dir'));
    for (const work of [() => store.head(at('dir')), () => store.getRange(at('dir'), all)]) {
      expect(await failure(work())).toMatchObject({
        code: 'SQ5001',
        message: `${url('dir')} does not exist`,
        hint: `it is a folder: ${url('dir')}/* means the files in it`,
      });
    }
  });

  it('does not wait for the writer of a pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await failure(store.getRange(at('pipe'), all))).toMatchObject({
      code: 'SQ5014',
      message: `${url('pipe')}: it is not a regular file`,
    });
    expect(await keys()).toEqual([]);
  });

  it.each(['a/../b', 'a//b', './a', 'a/', ''])('refuses the key %j', async (key) => {
    expect(await failure(store.head({ bucket: '', key }))).toMatchObject({ code: 'SQ5014' });
  });

  it('refuses a bucket', async () => {
    expect((await failure(store.head({ bucket: 'b', key: 'k' }))).message).toBe(
      'file:///k: files have no bucket, but "b" was given',
    );
  });

  if (process.getuid?.() !== 0)
    it('says that access was denied', async () => {
      await store.put(at('secret'), bytes('x'));
      await chmod(join(folder, 'secret'), 0);
      expect(await failure(store.getRange(at('secret'), all))).toMatchObject({ code: 'SQ5003' });
    });
});

describe('FileObjectStore: links and odd names', () => {
  it('follows links to files and folders', async () => {
    await store.put(at('real/x'), bytes('1'));
    await symlink('real', join(folder, 'also'));
    await symlink('real/x', join(folder, 'z'));
    expect(await keys()).toEqual(['/also/x', '/real/x', '/z']);
    expect((await store.head(at('also/x'))).size).toBe(1);
  });

  it('does not walk in circles', async () => {
    await store.put(at('a/x'), bytes('1'));
    await symlink('.', join(folder, 'a/self'));
    await symlink('..', join(folder, 'a/up'));
    await symlink('/', join(folder, 'a/root'));
    await symlink('loop', join(folder, 'loop'));
    expect(await failure(keys())).toMatchObject({
      code: 'SQ5014',
      message: `${url('loop')}: its symbolic links lead in a circle`,
    });
    await rm(join(folder, 'loop'));
    expect(await keys()).toEqual(['/a/x']);
  });

  it('lists a link to nothing, so that reading it fails', async () => {
    await symlink('gone', join(folder, 'part-1'));
    expect(await keys()).toEqual(['/part-1']);
    expect(await failure(store.getRange(at('part-1'), all))).toMatchObject({ code: 'SQ5001' });
  });

  it('sorts folders as their files sort', async () => {
    for (const name of ['a/b', 'a-b', 'a.b', 'a0', 'a/c/d', 'a/c-d']) await store.put(at(name), bytes(name));
    expect(await keys()).toEqual(['/a-b', '/a.b', '/a/b', '/a/c-d', '/a/c/d', '/a0']);
    expect(await keys('', '/')).toEqual(['/a-b', '/a.b', '/a0', '/a/']);
    expect(await keys('a', '/')).toEqual(['/a-b', '/a.b', '/a0', '/a/']);
    expect(await keys('a/', '/')).toEqual(['/a/b', '/a/c-d', '/a/c/']);
  });

  it('knows no empty folders', async () => {
    await mkdir(join(folder, 'empty/er'), { recursive: true });
    await store.put(at('full/er/x'), bytes('1'));
    expect(await keys()).toEqual(['/full/er/x']);
    expect(await keys('', '/')).toEqual(['/full/']);
  });

  it('does not leave out a file whose name is not UTF-8', async () => {
    const name = Buffer.concat([Buffer.from(`${folder}/bad-`), Buffer.of(0xff)]);
    await writeFile(name, 'x');
    expect(await failure(keys())).toMatchObject({ code: 'SQ5014', hint: 'rename the file' });
  });

  it('lists a thousand files in pages', async () => {
    await Promise.all(Array.from({ length: 1_205 }, (_, i) => writeFile(join(folder, `f${i}`), '')));
    const pages: number[] = [];
    for await (const page of store.list({ bucket: '', prefix: `${folder.slice(1)}/` })) pages.push(page.objects.length);
    expect(pages).toEqual([1_000, 205]);
  });

  it('tells the size of a file that is being appended to as it is', async () => {
    await writeFile(join(folder, 'log'), '12345');
    expect((await store.head(at('log'))).lastModified).toBeCloseTo((await stat(join(folder, 'log'))).mtimeMs, -1);
  });
});
