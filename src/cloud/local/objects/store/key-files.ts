import { type BigIntStats, constants, fstatSync } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fsCode, noSuchBucket, S3Error } from '../s3-error.ts';
import { makeDirectory, moveIfFree, renameDurably, syncDirectory } from './durable.ts';
import { withLock } from './key-lock.ts';
import { directoryNames, keyPath } from './key-path.ts';
import { moving } from './moves.ts';
import { isAbsent, isRealDirectory, isRealPathNow } from './real-path.ts';

export interface OpenFile {
  readonly handle: FileHandle;
  readonly path: string;
  readonly stat: BigIntStats;
}

/** How often a change of the tree by somebody else is met by another try. */
const TRIES = 100;

/**
 * Where the file of a key is, and how it gets there and away. An object `a` whose plain name is needed for a directory
 * (`a/b`) yields to its escaped name; nothing else ever moves.
 */
export class KeyFiles {
  readonly #bucketPath: string;
  readonly #bucket: string;

  constructor(bucket: string, bucketPath: string) {
    this.#bucket = bucket;
    this.#bucketPath = bucketPath;
  }

  lock<T>(key: string, work: () => Promise<T>): Promise<T> {
    return withLock(`${this.#bucketPath}/${key}`, work);
  }

  /** Opens the file of a key for reading; undefined when there is none. The caller closes the handle. */
  async open(key: string): Promise<OpenFile | undefined> {
    for (const path of this.#candidates(key)) {
      const file = await openRegular(path);
      if (file) return file;
    }
    return undefined;
  }

  /** Moves a finished file into place. Answers false when `onlyIfFree` and the key exists. Call it under the key's lock. */
  async place(from: string, key: string, onlyIfFree: boolean): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        const target = await this.#target(key);
        if (!onlyIfFree) {
          await renameDurably(from, target);
          return true;
        }
        if (await moveIfFree(from, target)) return true;
        if ((await isRegular(target)) || attempt === TRIES) return false;
      } catch (error) {
        // A directory came or went between finding the target and moving there.
        const isRace = ['ENOENT', 'EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].includes(fsCode(error) ?? '');
        if (fsCode(error) === 'ENAMETOOLONG')
          throw new S3Error('KeyTooLongError', 'Your key is too long', { cause: error });
        if (!isRace || attempt === TRIES) throw error;
      }
    }
  }

  /** Removes the file of a key and the directories that are empty then. Call it under the key's lock. */
  async remove(key: string): Promise<void> {
    for (const path of this.#candidates(key)) {
      if (!(await isRealDirectory(dirname(path))) || !(await isRegular(path))) continue;
      await rm(path, { force: true });
      await this.#syncNearest(dirname(path));
      await this.#prune(dirname(path));
    }
  }

  #candidates(key: string): string[] {
    const { directories, plain, escaped } = keyPath(key);
    const folder = join(this.#bucketPath, ...directories);
    return [...(plain === undefined ? [] : [join(folder, plain)]), join(folder, ...escaped)];
  }

  /** The path to write a key to, its directories made: where the object is now, else its plain name if that is free. */
  async #target(key: string): Promise<string> {
    const { directories, plain, escaped } = keyPath(key);
    const folder = join(this.#bucketPath, ...directories);
    if (!(await isRealDirectory(folder))) await this.#makeFolder(key);
    const escapedPath = join(folder, ...escaped);
    if (plain !== undefined) {
      const path = join(folder, plain);
      const stat = await statOf(path);
      if (stat?.isFile()) return path;
      if (!stat && !(await isRegular(escapedPath))) return path;
      if (stat && !stat.isDirectory()) throw notServed(path);
    }
    for (let i = 1; i < escaped.length; i++) {
      const piece = join(folder, ...escaped.slice(0, i));
      await this.#makeDirectory(piece, () => Promise.reject(notServed(piece)));
    }
    return escapedPath;
  }

  /** Makes the directories of a key, below a bucket that must be there. */
  async #makeFolder(key: string): Promise<void> {
    let path = this.#bucketPath;
    if (!(await isRealDirectory(path))) throw noSuchBucket(this.#bucket);
    const segments = key.split('/');
    for (let i = 0; i < segments.length - 1; i++) {
      for (const name of directoryNames(segments[i] as string)) {
        path = join(path, name);
        const here = path;
        await this.#makeDirectory(here, () => this.#yieldName(segments.slice(0, i + 1).join('/'), here));
      }
    }
  }

  async #makeDirectory(path: string, yieldName: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await mkdir(path);
        return await syncDirectory(dirname(path));
      } catch (error) {
        if (fsCode(error) !== 'EEXIST' || attempt === TRIES) throw error;
      }
      const stat = await statOf(path);
      if (stat?.isDirectory()) return;
      if (stat && !stat.isFile()) throw notServed(path);
      if (stat) await yieldName();
    }
  }

  /** Moves the object `key`, whose plain name is `path`, to its escaped name. */
  async #yieldName(key: string, path: string): Promise<void> {
    const { directories, plain, escaped } = keyPath(key);
    if (plain === undefined || join(this.#bucketPath, ...directories, plain) !== path) throw notServed(path);
    await this.lock(key, async () => {
      if (!(await isRegular(path))) return;
      const target = join(dirname(path), ...escaped);
      await makeDirectory(dirname(target));
      await moving(() => rename(path, target));
      await syncDirectory(dirname(path));
    });
  }

  /** Another request may prune directories that this one has just left empty. */
  async #syncNearest(folder: string): Promise<void> {
    for (let path = folder; ; path = dirname(path)) {
      try {
        return await syncDirectory(path);
      } catch (error) {
        if (!isAbsent(error) || path === this.#bucketPath) throw error;
      }
    }
  }

  async #prune(folder: string): Promise<void> {
    for (let path = folder; path !== this.#bucketPath; path = dirname(path)) {
      try {
        await rmdir(path);
      } catch (error) {
        if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(fsCode(error) ?? '')) return;
        throw error;
      }
    }
  }
}

const notServed = (path: string) =>
  new S3Error('AccessDenied', `Access Denied: ${path} is neither a file nor a directory`);

async function statOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (fsCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function isRegular(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/**
 * Opens a file that no symbolic link leads to; does not wait for the other end of a FIFO. What has just been opened is in
 * the caches of the system: looking at it synchronously takes microseconds, a trip to the thread pool many times that.
 */
async function openRegular(path: string): Promise<OpenFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsent(error) || fsCode(error) === 'ENXIO') return undefined;
    if (fsCode(error) === 'EACCES') throw new S3Error('AccessDenied', 'Access Denied', { cause: error });
    throw error;
  }
  try {
    const stat = fstatSync(handle.fd, { bigint: true });
    if (stat.isFile() && isRealPathNow(path)) return { handle, path, stat };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}
