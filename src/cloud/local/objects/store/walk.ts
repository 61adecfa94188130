import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareUtf8 } from '../../../../common/utf8-order.ts';
import { fsCode, S3Error } from '../s3-error.ts';
import { directoryNames, readEntry } from './key-path.ts';
import { whileNothingMoves } from './moves.ts';
import { isRealDirectory } from './real-path.ts';

export interface WalkedObject {
  readonly key: string;
  /** Absolute path of the file. */
  readonly path: string;
}

interface Entry {
  /** The key of a file; the key text of a directory, with its slash. */
  readonly key: string;
  readonly path: string;
  readonly isDirectory: boolean;
}

/**
 * The objects of a bucket in byte order of their keys, lazily: only directories that can hold a wanted key are read.
 * Not a snapshot: objects that come or go meanwhile may or may not be seen, as on S3.
 */
export class Walk {
  readonly #bucketPath: string;
  readonly #prefix: string;
  readonly #after: string;
  #skipped: string | undefined;

  /** Keys that begin with `prefix` and come after `after`. */
  constructor(bucketPath: string, prefix: string, after: string) {
    this.#bucketPath = bucketPath;
    this.#prefix = prefix;
    this.#after = after;
  }

  /** From now on passes over every key that begins with `text`. */
  skip(text: string): void {
    this.#skipped = text;
  }

  async *objects(): AsyncGenerator<WalkedObject> {
    const base = this.#prefix.slice(0, this.#prefix.lastIndexOf('/') + 1);
    const names = base.split('/').slice(0, -1).flatMap(directoryNames);
    const path = join(this.#bucketPath, ...names);
    if (await isRealDirectory(path)) yield* this.#below(path, base);
  }

  async *#below(path: string, base: string): AsyncGenerator<WalkedObject> {
    const entries = await whileNothingMoves(() => readEntries(path, base, ''));
    entries.sort((a, b) => compareUtf8(a.key, b.key));
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] as Entry;
      if (!this.#wanted(entry)) continue;
      if (entry.isDirectory) yield* this.#below(entry.path, entry.key);
      // An object may be found under its plain and its escaped name for a moment: the plain one sorts first and counts.
      else if (entries[i - 1]?.key !== entry.key) yield { key: entry.key, path: entry.path };
    }
  }

  #wanted({ key, isDirectory }: Entry): boolean {
    if (this.#skipped !== undefined && key.startsWith(this.#skipped)) return false;
    if (isDirectory) {
      if (!key.startsWith(this.#prefix) && !this.#prefix.startsWith(key)) return false;
      return compareUtf8(key, this.#after) > 0 || this.#after.startsWith(key);
    }
    return key.startsWith(this.#prefix) && compareUtf8(key, this.#after) > 0;
  }
}

/** The entries of one directory, plain names before escaped ones; those of piece directories are its own. */
async function readEntries(path: string, base: string, pieces: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const escaped: Entry[] = [];
  for (const dirent of await readDirectory(path)) {
    const type = dirent.isFile() ? 'file' : dirent.isDirectory() ? 'directory' : undefined;
    if (type === undefined) continue;
    const name = utf8Name(dirent.name, path);
    const child = join(path, name);
    const meaning = readEntry(name, type, pieces);
    if (meaning.kind === 'piece') escaped.push(...(await readEntries(child, base, meaning.text)));
    if (meaning.kind !== 'whole') continue;
    const isDirectory = type === 'directory';
    const entry = { key: base + meaning.segment + (isDirectory ? '/' : ''), path: child, isDirectory };
    (name === meaning.segment ? entries : escaped).push(entry);
  }
  return [...entries, ...escaped];
}

async function readDirectory(path: string): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(path, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(fsCode(error) ?? '')) return [];
    throw error;
  }
}

function utf8Name(bytes: Buffer, folder: string): string {
  const name = bytes.toString('utf8');
  if (Buffer.from(name, 'utf8').equals(bytes)) return name;
  throw new S3Error(
    'InternalError',
    `A file name in ${folder} is not UTF-8 and cannot be a key: ${bytes.toString('latin1')}`,
  );
}
