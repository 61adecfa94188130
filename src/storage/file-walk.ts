import { type BigIntStats, type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';
import { systemClock } from '../common/clock.ts';
import { type StorageError, throwIfAborted } from '../common/errors.ts';
import { refused, subject } from './errors.ts';
import { fileError, isErrno } from './file-errors.ts';
import { infoOf, isTemporary } from './file-stat.ts';
import { compareKeys } from './keys.ts';
import type { ListedObject, ListOptions } from './object-store.ts';
import { locationOf } from './uri.ts';

/** Files looked at before others have their turn; each further folder gives them one, too. */
const BATCH = 256;

/** A name in a folder. The key of a folder ends in a slash, so that it sorts as the files below it do. */
type Entry =
  | { readonly kind: 'folder'; readonly key: string }
  | { readonly kind: 'file'; readonly key: string }
  | { readonly kind: 'dangling'; readonly key: string; readonly lastModified: number };

/**
 * The files below a prefix in byte order of their keys. Only the folder the prefix names and what lies below is read; with
 * delimiter '/', one file stands for each folder. Symbolic links are followed, except to a folder they lie in, whose
 * files have shorter names. A link to nothing is listed with size 0: reading it fails, where leaving it out would shorten
 * a result. Pipes, sockets and devices are no objects, nor are, unless they are asked for, files still being written by a FileObjectStore.
 */
export async function* listedFiles(options: ListOptions): AsyncGenerator<ListedObject> {
  const folder = options.prefix.slice(0, options.prefix.lastIndexOf('/') + 1);
  if (isCanonical(folder.slice(0, -1))) yield* walk(folder, options);
}

/** True for '' and for paths without '.', '..' and empty segments: each file has exactly one key. */
export const isCanonical = (key: string) =>
  key === '' || key.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');

async function* walk(folder: string, options: ListOptions): AsyncGenerator<ListedObject> {
  const entries = entriesOf(folder, options).filter((entry) => concerns(entry, options));
  for (const [i, entry] of entries.entries()) {
    if (i % BATCH === BATCH - 1) await systemClock.turn();
    throwIfAborted(options.signal);
    if (entry.kind === 'folder') yield* below(entry.key, options);
    else if (entry.kind === 'dangling') yield { ...entry, size: 0, etag: '"dangling"' };
    else {
      const file = listedFile(entry.key);
      if (file) yield file;
    }
  }
}

async function* below(folder: string, options: ListOptions): AsyncGenerator<ListedObject> {
  const { delimiter, ...whole } = options;
  await systemClock.turn();
  for await (const object of walk(folder, whole)) {
    yield object;
    if (delimiter === '/') return;
  }
}

/** Looking at a folder or a file takes microseconds, handing that to another thread ten times as long. */
function entriesOf(folder: string, { unfinished = false }: ListOptions): Entry[] {
  let names: Dirent[];
  try {
    names = readdirSync(`/${folder}`, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT') && folder.includes('\uFFFD')) throw notUtf8(folder, error);
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw fileError(at(folder), 'list', error);
  }
  const entries: Entry[] = [];
  for (const name of names) {
    const key = folder + name.name;
    if (!unfinished && isTemporary(name.name)) continue;
    if (name.isDirectory()) entries.push({ kind: 'folder', key: `${key}/` });
    else if (name.isFile()) entries.push({ kind: 'file', key });
    else if (name.isSymbolicLink()) entries.push(...followed(key));
  }
  return entries.sort((a, b) => compareKeys(a.key, b.key));
}

/** What a symbolic link stands for; nothing for a device, or when the link is gone by now. */
function followed(key: string): Entry[] {
  const target = statOf(key, statSync);
  if (!target) {
    const link = statOf(key, lstatSync);
    return link ? [{ kind: 'dangling', key, lastModified: infoOf(link).lastModified }] : [];
  }
  if (target.isFile()) return [{ kind: 'file', key }];
  if (!target.isDirectory() || liesIn(key, target)) return [];
  return [{ kind: 'folder', key: `${key}/` }];
}

/** Whether one of the folders above `key` is `folder`. */
function liesIn(key: string, folder: BigIntStats): boolean {
  for (let end = key.lastIndexOf('/'); ; end = key.lastIndexOf('/', end - 1)) {
    const above = statOf(key.slice(0, Math.max(end, 0)), statSync);
    if (above && above.dev === folder.dev && above.ino === folder.ino) return true;
    if (end <= 0) return false;
  }
}

/** Undefined when the file is gone by now. */
function listedFile(key: string): ListedObject | undefined {
  const stats = statOf(key, statSync);
  if (!stats && key.includes('\uFFFD')) throw notUtf8(key);
  return stats && { key, ...infoOf(stats) };
}

function statOf(key: string, how: typeof statSync | typeof lstatSync): BigIntStats | undefined {
  try {
    return how(`/${key}`, { bigint: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw fileError(at(key), 'list', error);
  }
}

/** Whether the entry, or what lies below it, can be part of the listing. */
function concerns({ kind, key }: Entry, { prefix, startAfter }: ListOptions): boolean {
  if (!key.startsWith(prefix)) return false;
  if (startAfter === undefined || compareKeys(key, startAfter) > 0) return true;
  return kind === 'folder' && startAfter.startsWith(key);
}

const at = (key: string) => subject('file', locationOf(`/${key}`));

const notUtf8 = (key: string, cause?: unknown): StorageError =>
  refused(at(key), 'its name is not UTF-8', { cause, hint: 'rename the file' });
