import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { noSuchBucket, noSuchKey, S3Error } from '../s3-error.ts';
import { BucketFiles } from './bucket-files.ts';
import { makeDirectory } from './durable.ts';
import { KeyFiles, type OpenFile } from './key-files.ts';
import { MetaFiles } from './meta-files.ts';
import { type ObjectAttributes, type ObjectRecord, plainIdentity } from './object-record.ts';
import { isAbsent } from './real-path.ts';
import { StagedFile } from './staged-file.ts';
import { TempFiles } from './temp-files.ts';
import { Walk, type WalkedObject } from './walk.ts';

export interface OpenObject {
  readonly record: ObjectRecord;
  readonly handle: FileHandle;
}

interface OpenVersion extends OpenObject {
  readonly stat: BigIntStats;
}

export interface CommitOptions {
  /** Throws when the object must not be replaced. Runs alone among the writers of the key. */
  readonly check: (current: ObjectRecord | undefined) => void;
  /** The key must be free: also against other processes. */
  readonly onlyIfFree: boolean;
}

/** How often a file that changes under the reader is read again. */
const TRIES = 20;
/** Files somebody else put here have the MD5 of their bytes as ETag up to this size, bytes. */
const HASHED_BYTES = 1 << 20;

/**
 * Buckets and objects as directories and files below one root; everything else is kept in `ROOT/.squall`, which is no bucket.
 * An object appears, with its metadata, by one rename: readers and crashes see the old version or the new one.
 */
export class ObjectFiles {
  readonly buckets: BucketFiles;
  /** The folder of this server's own files. */
  readonly ownFolder: string;
  readonly #meta: MetaFiles;
  readonly #temp: TempFiles;
  readonly #now: () => number;

  private constructor(root: string, temp: TempFiles, now: () => number) {
    this.buckets = new BucketFiles(root);
    this.ownFolder = join(root, '.squall');
    this.#temp = temp;
    this.#meta = new MetaFiles(join(this.ownFolder, 'meta'), temp);
    this.#now = now;
  }

  /** Makes the root when it is missing and removes what a crash has left. */
  static async open(root: string, now: () => number): Promise<ObjectFiles> {
    await makeDirectory(root);
    const real = await realpath(root);
    return new ObjectFiles(real, await TempFiles.open(join(real, '.squall', 'tmp')), now);
  }

  async close(): Promise<void> {
    await this.#temp.close();
  }

  stage(): Promise<StagedFile> {
    return StagedFile.create(this.#temp.path());
  }

  temporaryPath(): string {
    return this.#temp.path();
  }

  /** Throws NoSuchBucket. */
  async requireBucket(bucket: string): Promise<void> {
    if (!(await this.buckets.find(bucket))) throw noSuchBucket(bucket);
  }

  /** The current version, open for reading. Throws NoSuchKey and NoSuchBucket. The caller closes the handle. */
  async open(bucket: string, key: string): Promise<OpenObject> {
    const object = await this.#openIfAny(bucket, key);
    if (object) return object;
    await this.requireBucket(bucket);
    throw noSuchKey(key);
  }

  /** What is known of the current version; undefined when there is no such key. */
  async find(bucket: string, key: string): Promise<ObjectRecord | undefined> {
    const object = await this.#openIfAny(bucket, key);
    await object?.handle.close();
    return object?.record;
  }

  /** The same for an object a walk has found, without opening its file where its metadata is known. */
  async describe(bucket: string, { key, path }: WalkedObject): Promise<ObjectRecord | undefined> {
    const stat = await statOf(path);
    if (!stat?.isFile()) return this.find(bucket, key);
    const attributes = await this.#meta.find(bucket, key, stat);
    return attributes ? record(stat, attributes) : this.find(bucket, key);
  }

  /** The objects below a prefix in byte order; see Walk. */
  walk(bucket: string, prefix: string, after: string): Walk {
    return new Walk(this.buckets.path(bucket), prefix, after);
  }

  /** Publishes a staged file as an object. Throws what `check` throws, or PreconditionFailed. */
  async commit(
    bucket: string,
    key: string,
    staged: StagedFile,
    attributes: ObjectAttributes,
    options: CommitOptions,
  ): Promise<ObjectRecord> {
    const files = this.#keyFiles(bucket);
    const stat = await staged.finish(this.#now());
    await files.lock(key, async () => {
      await this.requireBucket(bucket);
      const current = await this.#openIfAny(bucket, key);
      await current?.handle.close();
      options.check(current?.record);
      await this.#meta.publish(bucket, key, stat, attributes);
      let isPlaced = false;
      try {
        isPlaced = await files.place(staged.path, key, options.onlyIfFree);
      } finally {
        const gone = isPlaced ? current?.stat : stat;
        if (gone) await this.#meta.remove(bucket, key, gone);
      }
      if (isPlaced) return;
      throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
        fields: { Condition: 'If-None-Match' },
      });
    });
    return record(stat, attributes);
  }

  /** Deletes an object; a missing one is no error. Throws what `check` throws. */
  async remove(bucket: string, key: string, check?: (current: ObjectRecord | undefined) => void): Promise<void> {
    const files = this.#keyFiles(bucket);
    await files.lock(key, async () => {
      if (check) check(await this.find(bucket, key));
      const file = await files.open(key);
      await file?.handle.close();
      await files.remove(key);
      if (file) await this.#meta.remove(bucket, key, file.stat);
    });
  }

  /** Makes a bucket unless it is there. */
  async ensureBucket(bucket: string): Promise<void> {
    if (!(await this.buckets.find(bucket))) await this.buckets.create(bucket);
  }

  async removeBucket(bucket: string): Promise<void> {
    await this.requireBucket(bucket);
    await this.buckets.remove(bucket);
    await this.#meta.removeBucket(bucket);
  }

  #keyFiles(bucket: string): KeyFiles {
    return new KeyFiles(bucket, this.buckets.path(bucket));
  }

  async #openIfAny(bucket: string, key: string): Promise<OpenVersion | undefined> {
    const files = this.#keyFiles(bucket);
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const file = await files.open(key);
      if (!file) return undefined;
      try {
        let attributes = await this.#meta.find(bucket, key, file.stat);
        // No metadata: somebody else wrote the file, or it has been replaced since it was opened.
        if (!attributes && (await isCurrent(files, key, file))) {
          const etag = await foreignEtag(file);
          if (etag !== undefined) attributes = this.#meta.rememberForeign(bucket, key, file.stat, etag);
        }
        if (attributes) return { handle: file.handle, stat: file.stat, record: record(file.stat, attributes) };
      } catch (error) {
        await file.handle.close();
        throw error;
      }
      await file.handle.close();
    }
    throw new S3Error('InternalError', 'The file of the object changes faster than it can be read');
  }
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function isCurrent(files: KeyFiles, key: string, file: OpenFile): Promise<boolean> {
  const current = await files.open(key);
  await current?.handle.close();
  return current !== undefined && plainIdentity(current.stat) === plainIdentity(file.stat);
}

function record(stat: BigIntStats, attributes: ObjectAttributes): ObjectRecord {
  const { etag, headers, metadata, checksum, partSizes } = attributes;
  return {
    etag,
    headers,
    metadata,
    ...(checksum && { checksum }),
    ...(partSizes && { partSizes }),
    size: Number(stat.size),
    lastModified: Number(stat.mtimeNs / 1_000_000n),
  };
}

/**
 * The ETag of a file somebody else wrote; undefined when the file changed meanwhile. The MD5 of a small file. For a large
 * one it says which version of the file it is, without reading it, and ends in `-1`, the sign that it is no MD5.
 */
async function foreignEtag({ handle, stat }: OpenFile): Promise<string | undefined> {
  if (stat.size > HASHED_BYTES) return `${createHash('md5').update(plainIdentity(stat)).digest('hex')}-1`;
  const bytes = Buffer.alloc(Number(stat.size));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  const after = await handle.stat({ bigint: true });
  return plainIdentity(after) === plainIdentity(stat) ? createHash('md5').update(bytes).digest('hex') : undefined;
}
