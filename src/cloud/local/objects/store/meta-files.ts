import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fsCode, S3Error } from '../s3-error.ts';
import { writeDurably } from './durable.ts';
import { type ObjectAttributes, ownIdentity, plainIdentity } from './object-record.ts';
import type { TempFiles } from './temp-files.ts';

interface MetaFile {
  readonly version: 1;
  readonly key: string;
  readonly attributes: ObjectAttributes;
}

interface Known {
  readonly identity: string;
  readonly attributes: ObjectAttributes;
}

const CACHED_KEYS = 20_000;

/**
 * What a plain file cannot say about itself: a small file below `.squall/meta` for each version of an object, named after
 * its key and the identity of its data file. It is there before the data is renamed into place, so that the rename switches
 * data and metadata at once, and no writer, of this process or another, touches that of another version but to remove it.
 */
export class MetaFiles {
  readonly #folder: string;
  readonly #temp: TempFiles;
  readonly #cache = new Map<string, Known>();

  constructor(folder: string, temp: TempFiles) {
    this.#folder = folder;
    this.#temp = temp;
  }

  /** The attributes of the version of `key` that `stat` describes; undefined when nobody wrote any for it. */
  async find(bucket: string, key: string, stat: BigIntStats): Promise<ObjectAttributes | undefined> {
    const known = this.#cache.get(`${bucket}/${key}`);
    if (known && (known.identity === ownIdentity(stat) || known.identity === plainIdentity(stat))) {
      return known.attributes;
    }
    const attributes = await this.#read(bucket, key, stat);
    if (attributes) this.#remember(bucket, key, { identity: ownIdentity(stat), attributes });
    return attributes;
  }

  /** Writes the attributes of a version that is about to appear. */
  async publish(bucket: string, key: string, stat: BigIntStats, attributes: ObjectAttributes): Promise<void> {
    const file: MetaFile = { version: 1, key, attributes };
    await writeDurably(this.#path(bucket, key, stat), this.#temp.path(), JSON.stringify(file));
  }

  /** Remembers, until this process ends, the ETag of a file that somebody else wrote. */
  rememberForeign(bucket: string, key: string, stat: BigIntStats, etag: string): ObjectAttributes {
    const attributes = { etag, headers: { 'content-type': 'binary/octet-stream' }, metadata: {} };
    this.#remember(bucket, key, { identity: plainIdentity(stat), attributes });
    return attributes;
  }

  /** Forgets a version that is gone. */
  async remove(bucket: string, key: string, stat: BigIntStats): Promise<void> {
    await rm(this.#path(bucket, key, stat), { force: true });
  }

  async removeBucket(bucket: string): Promise<void> {
    await rm(join(this.#folder, bucket), { recursive: true, force: true });
  }

  #remember(bucket: string, key: string, known: Known): void {
    const name = `${bucket}/${key}`;
    this.#cache.delete(name);
    this.#cache.set(name, known);
    if (this.#cache.size > CACHED_KEYS) this.#cache.delete(this.#cache.keys().next().value as string);
  }

  #path(bucket: string, key: string, stat: BigIntStats): string {
    const name = createHash('sha256').update(key).digest('hex');
    return join(this.#folder, bucket, `${name}.${ownIdentity(stat)}.json`);
  }

  async #read(bucket: string, key: string, stat: BigIntStats): Promise<ObjectAttributes | undefined> {
    const path = this.#path(bucket, key, stat);
    try {
      return (JSON.parse(await readFile(path, 'utf8')) as MetaFile).attributes;
    } catch (error) {
      if (fsCode(error) === 'ENOENT') return undefined;
      throw new S3Error('InternalError', `The metadata of the object could not be read from ${path}`, { cause: error });
    }
  }
}
