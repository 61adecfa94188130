import { randomBytes } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareUtf8 } from '../../../../common/utf8-order.ts';
import { type ChecksumAlgorithm, isChecksumAlgorithm } from '../payload/checksum.ts';
import { fsCode, S3Error } from '../s3-error.ts';
import { makeDirectory, renameDurably, writeDurably } from './durable.ts';
import { withLock } from './key-lock.ts';
import type { ObjectFiles } from './object-files.ts';
import type { StagedFile } from './staged-file.ts';

/** What CreateMultipartUpload said about the object to come. */
export interface UploadRecord {
  readonly key: string;
  /** ms since the Unix epoch. */
  readonly initiated: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: 'FULL_OBJECT' | 'COMPOSITE' };
}

export interface Upload extends UploadRecord {
  readonly bucket: string;
  readonly id: string;
}

export interface PartRecord {
  readonly number: number;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: Buffer } | undefined;
  /** ms since the Unix epoch. */
  readonly lastModified: number;
}

export interface StoredPart extends PartRecord {
  readonly path: string;
}

const ID = /^[0-9a-f]{48}$/;
/** `number.md5[.algorithm.checksum]`: all there is to know about a part is in its name. */
const PART = /^(\d{1,5})\.([0-9a-f]{32})(?:\.([a-z0-9]+)\.([\w-]+))?$/;
const RECORD = 'upload.json';

/** Multipart uploads under way: a directory each, `.squall/uploads/BUCKET/ID`, of one file per part. */
export class UploadFiles {
  readonly #folder: string;
  readonly #store: ObjectFiles;

  constructor(store: ObjectFiles) {
    this.#store = store;
    this.#folder = join(store.ownFolder, 'uploads');
  }

  async create(bucket: string, record: UploadRecord): Promise<string> {
    const id = record.initiated.toString(16).padStart(16, '0') + randomBytes(16).toString('hex');
    const path = join(this.#folder, bucket, id);
    await makeDirectory(path);
    await writeDurably(join(path, RECORD), this.#store.temporaryPath(), JSON.stringify(record));
    return id;
  }

  /** Throws NoSuchUpload. */
  async find(bucket: string, key: string, id: string): Promise<Upload> {
    const upload = ID.test(id) ? await this.#read(bucket, id) : undefined;
    if (!upload || upload.key !== key) throw noSuchUpload(id);
    return upload;
  }

  /** In the order of their keys, then of their ids. */
  async list(bucket: string): Promise<Upload[]> {
    const ids = (await entries(join(this.#folder, bucket))).map(({ name }) => name).filter((name) => ID.test(name));
    const uploads = await Promise.all(ids.map((id) => this.#read(bucket, id)));
    return uploads
      .filter((upload) => upload !== undefined)
      .sort((a, b) => compareUtf8(a.key, b.key) || compareUtf8(a.id, b.id));
  }

  /** Runs `work` while no other request changes the upload. */
  exclusively<T>(upload: Upload, work: () => Promise<T>): Promise<T> {
    return withLock(`upload ${this.#path(upload)}`, work);
  }

  /** Keeps a part, in place of the one with its number. Throws NoSuchUpload when the upload has ended meanwhile. */
  async keepPart(
    upload: Upload,
    staged: StagedFile,
    part: Pick<PartRecord, 'number' | 'etag' | 'checksum'>,
    nowMs: number,
  ): Promise<void> {
    await staged.finish(nowMs);
    await this.exclusively(upload, async () => {
      const name = partName(part);
      const replaced = (await entries(this.#path(upload))).filter(
        (entry) => entry.name !== name && PART.exec(entry.name)?.[1] === String(part.number),
      );
      try {
        await renameDurably(staged.path, join(this.#path(upload), name));
      } catch (error) {
        if (fsCode(error) === 'ENOENT') throw noSuchUpload(upload.id);
        throw error;
      }
      for (const entry of replaced) await rm(join(this.#path(upload), entry.name), { force: true });
    });
  }

  /** In the order of their numbers; of two with one number, which only a crash leaves, the newer one. */
  async parts(upload: Upload): Promise<StoredPart[]> {
    const parts = new Map<number, StoredPart>();
    for (const { name } of await entries(this.#path(upload))) {
      const part = readPartName(name);
      if (!part) continue;
      const path = join(this.#path(upload), name);
      const { size, mtimeMs } = await stat(path);
      const known = parts.get(part.number);
      if (!known || known.lastModified < mtimeMs) {
        parts.set(part.number, { ...part, path, size, lastModified: mtimeMs });
      }
    }
    return [...parts.values()].sort((a, b) => a.number - b.number);
  }

  readPart(part: StoredPart): AsyncIterable<Buffer> {
    return createReadStream(part.path, { highWaterMark: 1 << 20 });
  }

  /** Ends an upload and drops its parts. */
  async remove(upload: Upload): Promise<void> {
    // The record first: without it there is no upload, however little of the rest a crash leaves.
    await rm(join(this.#path(upload), RECORD), { force: true });
    await rm(this.#path(upload), { recursive: true, force: true });
  }

  async removeBucket(bucket: string): Promise<void> {
    await rm(join(this.#folder, bucket), { recursive: true, force: true });
  }

  /** Removes directories of uploads whose record is missing. */
  async sweep(): Promise<void> {
    for (const bucket of await entries(this.#folder)) {
      for (const { name } of await entries(join(this.#folder, bucket.name))) {
        if (await this.#read(bucket.name, name)) continue;
        await rm(join(this.#folder, bucket.name, name), { recursive: true, force: true });
      }
    }
  }

  #path({ bucket, id }: Pick<Upload, 'bucket' | 'id'>): string {
    return join(this.#folder, bucket, id);
  }

  async #read(bucket: string, id: string): Promise<Upload | undefined> {
    try {
      const text = await readFile(join(this.#path({ bucket, id }), RECORD), 'utf8');
      return { ...(JSON.parse(text) as UploadRecord), bucket, id };
    } catch (error) {
      if (fsCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}

function partName({ number, etag, checksum }: Pick<PartRecord, 'number' | 'etag' | 'checksum'>): string {
  const suffix = checksum ? `.${checksum.algorithm}.${checksum.value.toString('base64url')}` : '';
  return `${number}.${etag}${suffix}`;
}

function readPartName(name: string): Pick<PartRecord, 'number' | 'etag' | 'checksum'> | undefined {
  const match = PART.exec(name);
  if (!match) return undefined;
  const [, number, etag, algorithm, value] = match;
  const isKnown = algorithm !== undefined && value !== undefined && isChecksumAlgorithm(algorithm);
  const checksum = isKnown ? { algorithm, value: Buffer.from(value, 'base64url') } : undefined;
  return { number: Number(number), etag: etag as string, checksum };
}

async function entries(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (fsCode(error) === 'ENOENT') return [];
    throw error;
  }
}

const noSuchUpload = (id: string) =>
  new S3Error(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { fields: { UploadId: id } },
  );
