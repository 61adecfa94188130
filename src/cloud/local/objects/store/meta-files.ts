import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fsCode, S3Error } from '../s3-error.ts';
import { writeDurably } from './durable.ts';
import { type ObjectAttributes, ownIdentity, plainIdentity } from './object-record.ts';
import type { TempFiles } from './temp-files.ts';

interface Entry extends ObjectAttributes {
  readonly identity: string;
}

interface MetaFile {
  readonly version: 1;
  readonly key: string;
  readonly entries: readonly Entry[];
}

const CACHED_KEYS = 20_000;

/**
 * What a plain file cannot say about itself, in one small file per object below `.squall/meta`. An entry belongs to the
 * version of the data file whose identity it names. A writer publishes the new entry beside the current one before it
 * renames the data into place: the rename switches data and metadata at once, and a crash before it changes nothing.
 */
export class MetaFiles {
  readonly #folder: string;
  readonly #temp: TempFiles;
  readonly #cache = new Map<string, Entry>();

  constructor(folder: string, temp: TempFiles) {
    this.#folder = folder;
    this.#temp = temp;
  }

  /** The attributes of the version of `key` that `stat` describes; undefined when nobody wrote any for it. */
  async find(bucket: string, key: string, stat: BigIntStats): Promise<ObjectAttributes | undefined> {
    const cacheKey = `${bucket}/${key}`;
    const cached = this.#cache.get(cacheKey);
    if (cached && describes(cached, stat)) return cached;
    const entry = (await this.#read(bucket, key)).find((one) => describes(one, stat));
    if (entry) this.#remember(cacheKey, entry);
    return entry;
  }

  /** Adds the entry of the version that is about to appear, and keeps that of the current one. */
  async publish(
    bucket: string,
    key: string,
    next: { stat: BigIntStats; attributes: ObjectAttributes },
    current: BigIntStats | undefined,
  ): Promise<void> {
    const kept = current ? (await this.#read(bucket, key)).filter((entry) => describes(entry, current)) : [];
    const entry = { ...next.attributes, identity: ownIdentity(next.stat) };
    await this.#write(bucket, key, [entry, ...kept]);
  }

  /** Remembers, until this process ends, the ETag of a file that somebody else wrote. */
  rememberForeign(bucket: string, key: string, stat: BigIntStats, etag: string): ObjectAttributes {
    const headers = { 'content-type': 'binary/octet-stream' };
    const entry = { etag, headers, metadata: {}, identity: plainIdentity(stat) };
    this.#remember(`${bucket}/${key}`, entry);
    return entry;
  }

  async remove(bucket: string, key: string): Promise<void> {
    this.#cache.delete(`${bucket}/${key}`);
    await rm(this.#path(bucket, key), { force: true });
  }

  async removeBucket(bucket: string): Promise<void> {
    this.#cache.clear();
    await rm(join(this.#folder, bucket), { recursive: true, force: true });
  }

  #remember(cacheKey: string, entry: Entry): void {
    this.#cache.delete(cacheKey);
    this.#cache.set(cacheKey, entry);
    if (this.#cache.size > CACHED_KEYS) this.#cache.delete(this.#cache.keys().next().value as string);
  }

  #path(bucket: string, key: string): string {
    const name = createHash('sha256').update(key).digest('hex');
    return join(this.#folder, bucket, `${name}.json`);
  }

  async #write(bucket: string, key: string, entries: readonly Entry[]): Promise<void> {
    const file: MetaFile = { version: 1, key, entries };
    await writeDurably(this.#path(bucket, key), this.#temp.path(), JSON.stringify(file));
  }

  async #read(bucket: string, key: string): Promise<readonly Entry[]> {
    const path = this.#path(bucket, key);
    try {
      const file = JSON.parse(await readFile(path, 'utf8')) as MetaFile;
      return file.entries;
    } catch (error) {
      if (fsCode(error) === 'ENOENT') return [];
      throw new S3Error('InternalError', `The metadata of the object could not be read from ${path}`, { cause: error });
    }
  }
}

const describes = (entry: Entry, stat: BigIntStats): boolean =>
  entry.identity === ownIdentity(stat) || entry.identity === plainIdentity(stat);
