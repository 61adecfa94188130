import type { FileHandle } from 'node:fs/promises';
import { link, lstat, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Random } from '../common/clock.ts';
import { refused, type Subject } from './errors.ts';
import { isErrno } from './file-errors.ts';
import { etagOf, temporaryName } from './file-stat.ts';
import { pathOf } from './uri.ts';

/** How often a folder may vanish between its making and the first file in it. */
const MAKE_FOLDER_TRIES = 16;

/** A file on its way to become an object: unseen by readers until it is published. */
export class TemporaryFile {
  readonly #of: Subject;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #firstNewFolder: string | undefined;
  readonly #fsync: boolean;
  #state: 'open' | 'published' | 'discarded' = 'open';

  private constructor(
    of: Subject,
    path: string,
    handle: FileHandle,
    firstNewFolder: string | undefined,
    fsync: boolean,
  ) {
    this.#of = of;
    this.#path = path;
    this.#handle = handle;
    this.#firstNewFolder = firstNewFolder;
    this.#fsync = fsync;
  }

  /** Creates the folder where needed. */
  static async create(of: Subject, random: Random, fsync: boolean): Promise<TemporaryFile> {
    const folder = dirname(pathOf(of.location));
    const path = join(folder, temporaryName(random.bytes(8)));
    for (let attempt = 1; ; attempt++) {
      try {
        const firstNew = await mkdir(folder, { recursive: true });
        return new TemporaryFile(of, path, await open(path, 'wx'), firstNew, fsync);
      } catch (error) {
        if (!isErrno(error, 'ENOENT') || attempt === MAKE_FOLDER_TRIES) throw error;
      }
    }
  }

  async write(body: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < body.length; ) {
      const { bytesWritten } = await this.#handle.write(body, done, body.length - done, position + done);
      done += bytesWritten;
    }
  }

  /** Becomes the object, replacing one that is there. Returns its ETag. */
  async publish(): Promise<string> {
    const etag = await this.#finish();
    await rename(this.#path, this.#target);
    this.#state = 'published';
    await this.#syncFolders();
    return etag;
  }

  /** Becomes the object unless there is one; then undefined. link(2) decides, so one of several writers wins. */
  async publishIfAbsent(): Promise<string | undefined> {
    const etag = await this.#finish();
    try {
      await link(this.#path, this.#target);
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
      if (await isFolder(this.#target)) throw refused(this.#of, 'it is a folder', { cause: error });
      return undefined;
    }
    await this.#syncFolders();
    return etag;
  }

  /** Removes what was not renamed. Idempotent. */
  async discard(): Promise<void> {
    if (this.#state === 'discarded') return;
    const renamed = this.#state === 'published';
    this.#state = 'discarded';
    await this.#handle.close();
    if (!renamed) await unlink(this.#path);
  }

  get #target(): string {
    return pathOf(this.#of.location);
  }

  async #finish(): Promise<string> {
    if (this.#fsync) await this.#handle.sync();
    return etagOf(await this.#handle.stat({ bigint: true }));
  }

  /** A name survives a power cut once its folder is synced, a new folder once the one above it is. */
  async #syncFolders(): Promise<void> {
    if (!this.#fsync) return;
    const last = this.#firstNewFolder === undefined ? dirname(this.#target) : dirname(this.#firstNewFolder);
    for (let folder = dirname(this.#target); ; folder = dirname(folder)) {
      await syncFolder(folder);
      if (folder === last || folder === '/') return;
    }
  }
}

/** False when there is nothing: somebody deleted it meanwhile. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** A folder that is gone by now has nothing to keep: the object was deleted, and the folder with it. */
async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  } finally {
    await handle?.close();
  }
}
