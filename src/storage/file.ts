import { closeSync, constants, fstatSync, openSync, read } from 'node:fs';
import { rmdir, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { type Random, systemRandom } from '../common/clock.ts';
import { throwIfAborted } from '../common/errors.ts';
import { changed, notFound, refused, type Subject, shortBody, subject } from './errors.ts';
import { fileError, isErrno } from './file-errors.ts';
import { etagOf, infoOf } from './file-stat.ts';
import { FileUpload } from './file-upload.ts';
import { isCanonical, listedFiles } from './file-walk.ts';
import { TemporaryFile } from './file-write.ts';
import { foldPages } from './fold.ts';
import type {
  ByteRange,
  GetOptions,
  GetResult,
  ListOptions,
  ListPage,
  MultipartUpload,
  ObjectInfo,
  ObjectLocation,
  ObjectStore,
  PutIfAbsentResult,
  PutOptions,
  PutResult,
  RequestOptions,
} from './object-store.ts';
import { resolveRange } from './ranges.ts';
import { pathOf } from './uri.ts';

/** Bytes read between two looks at the abort signal. */
const READ_STEP = 8 << 20;

const readAsync = promisify(read);

export interface FileStoreOptions {
  readonly random?: Random;
  /** Writes survive a power cut (fsync of file and folder); default true. */
  readonly fsync?: boolean;
  /** `delete` also removes the folders that became empty, as if folders did not exist; default false. */
  readonly pruneFolders?: boolean;
}

/**
 * Objects as files of this computer: the bucket is '', the key an absolute path without its leading slash and without
 * '.', '..' or empty segments. Writes go to a temporary file in the same folder, which is then renamed (`put`) or linked
 * (`putIfAbsent`): a reader sees the old file, the new one, or none. Content type and metadata are not kept. A `put` on a
 * symbolic link replaces the link, not the file it points to.
 */
export class FileObjectStore implements ObjectStore {
  readonly #random: Random;
  readonly #fsync: boolean;
  readonly #pruneFolders: boolean;

  constructor(options: FileStoreOptions = {}) {
    this.#random = options.random ?? systemRandom;
    this.#fsync = options.fsync ?? true;
    this.#pruneFolders = options.pruneFolders ?? false;
  }

  async *list(options: ListOptions): AsyncGenerator<ListPage> {
    throwIfAborted(options.signal);
    checkBucket(subject('file', { bucket: options.bucket, key: options.prefix }));
    for await (const page of foldPages(listedFiles(options), options)) {
      yield page;
      throwIfAborted(options.signal);
    }
  }

  async head(location: ObjectLocation, options: RequestOptions = {}): Promise<ObjectInfo> {
    throwIfAborted(options.signal);
    const of = fileSubject(location);
    try {
      const stats = await stat(pathOf(location), { bigint: true });
      checkFile(of, stats);
      return infoOf(stats);
    } catch (error) {
      throw fileError(of, 'read', error);
    }
  }

  async getRange(location: ObjectLocation, range: ByteRange, options: GetOptions = {}): Promise<GetResult> {
    throwIfAborted(options.signal);
    const of = fileSubject(location);
    let file: number | undefined;
    try {
      // Opening takes microseconds, handing it to another thread ten times as long: only the bytes are waited for. Without O_NONBLOCK,
      // opening a pipe would wait for a writer.
      file = openSync(pathOf(location), constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = fstatSync(file, { bigint: true });
      checkFile(of, stats);
      const etag = etagOf(stats);
      if (options.ifMatch !== undefined && options.ifMatch !== etag) throw changed(of);
      const size = Number(stats.size);
      const { offset, length } = resolveRange(of, range, size);
      const body = await readFully(of, file, offset, length, options);
      if (etagOf(fstatSync(file, { bigint: true })) !== etag) throw changed(of);
      return { body, offset, size, etag };
    } catch (error) {
      throw fileError(of, 'read', error);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  async put(location: ObjectLocation, body: Uint8Array, options: PutOptions = {}): Promise<PutResult> {
    return this.#write(location, options, async (file) => {
      await file.write(body, 0);
      return { etag: await file.publish() };
    });
  }

  async putIfAbsent(location: ObjectLocation, body: Uint8Array, options: PutOptions = {}): Promise<PutIfAbsentResult> {
    return this.#write(location, options, async (file): Promise<PutIfAbsentResult> => {
      await file.write(body, 0);
      const etag = await file.publishIfAbsent();
      return etag === undefined ? { created: false } : { created: true, etag };
    });
  }

  async delete(bucket: string, keys: readonly string[], { signal }: RequestOptions = {}): Promise<void> {
    for (const key of keys) {
      throwIfAborted(signal);
      const of = fileSubject({ bucket, key });
      try {
        await unlink(pathOf(of.location));
      } catch (error) {
        if (isErrno(error, 'ENOENT', 'ENOTDIR')) continue;
        throw fileError(of, 'delete', error);
      }
      if (this.#pruneFolders) await prune(dirname(pathOf(of.location)));
    }
  }

  async multipart(location: ObjectLocation, options: PutOptions = {}): Promise<MultipartUpload> {
    throwIfAborted(options.signal);
    const of = fileSubject(location);
    try {
      return new FileUpload(await TemporaryFile.create(of, this.#random, this.#fsync), of);
    } catch (error) {
      throw fileError(of, 'write', error);
    }
  }

  async close(): Promise<void> {
    // No file stays open between calls.
  }

  async #write<T>(
    location: ObjectLocation,
    { signal }: PutOptions,
    fill: (file: TemporaryFile) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(signal);
    const of = fileSubject(location);
    try {
      const file = await TemporaryFile.create(of, this.#random, this.#fsync);
      try {
        throwIfAborted(signal);
        return await fill(file);
      } finally {
        await file.discard();
      }
    } catch (error) {
      throw fileError(of, 'write', error);
    }
  }
}

function fileSubject(location: ObjectLocation): Subject {
  const of = subject('file', location);
  checkBucket(of);
  if (location.key === '' || !isCanonical(location.key)) throw refused(of, 'its path has an empty, . or .. segment');
  return of;
}

function checkBucket(of: Subject): void {
  const { bucket } = of.location;
  if (bucket !== '') throw refused(of, `files have no bucket, but "${bucket}" was given`);
}

function checkFile(of: Subject, stats: { isFile(): boolean; isDirectory(): boolean }): void {
  if (stats.isFile()) return;
  if (stats.isDirectory()) throw notFound(of, { hint: `it is a folder: ${of.uri}/* means the files in it` });
  throw refused(of, 'it is not a regular file');
}

async function readFully(
  of: Subject,
  file: number,
  offset: number,
  length: number,
  { signal, allocate }: GetOptions,
): Promise<Uint8Array> {
  const body = allocate ? allocate(length) : new Uint8Array(length);
  let done = 0;
  while (done < length) {
    throwIfAborted(signal);
    const { bytesRead } = await readAsync(file, body, done, Math.min(READ_STEP, length - done), offset + done);
    if (bytesRead === 0) throw shortBody(of, done, length);
    done += bytesRead;
  }
  return body;
}

/** Removes a folder and those above it as long as they are empty. */
async function prune(folder: string): Promise<void> {
  for (let path = folder; path !== '/'; path = dirname(path)) {
    try {
      await rmdir(path);
    } catch (error) {
      if (isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT', 'EBUSY', 'EACCES', 'EPERM', 'EINVAL')) return;
      throw error;
    }
  }
}
