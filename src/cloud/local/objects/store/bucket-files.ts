import { lstat, mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareUtf8 } from '../../../../common/utf8-order.ts';
import { fsCode, S3Error } from '../s3-error.ts';
import { syncDirectory } from './durable.ts';
import { isAbsent } from './real-path.ts';
import { Walk } from './walk.ts';

export interface BucketRecord {
  readonly name: string;
  /** ms since the Unix epoch. */
  readonly created: number;
}

/** Names S3 lets one create. */
const CREATABLE = /^(?!\d+\.\d+\.\d+\.\d+$)(?!xn--)[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]$/;
/** Directories that are buckets: older S3 names too, such as `TPCH_SF1`; never a hidden directory. */
const USABLE = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/;

/** The directories below the root, as buckets. */
export class BucketFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  path(bucket: string): string {
    if (!USABLE.test(bucket))
      throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', { fields: { BucketName: bucket } });
    return join(this.#root, bucket);
  }

  /** When the bucket was created; undefined when there is none. */
  async find(bucket: string): Promise<BucketRecord | undefined> {
    try {
      const stat = await lstat(this.path(bucket));
      if (!stat.isDirectory()) return undefined;
      return { name: bucket, created: stat.birthtimeMs > 0 ? stat.birthtimeMs : stat.ctimeMs };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  async list(): Promise<BucketRecord[]> {
    const names = (await readdir(this.#root)).filter((name) => USABLE.test(name)).sort(compareUtf8);
    const found = await Promise.all(names.map((name) => this.find(name)));
    return found.filter((bucket) => bucket !== undefined);
  }

  /** Answers false when the bucket is there already. */
  async create(bucket: string): Promise<boolean> {
    if (!CREATABLE.test(bucket))
      throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', { fields: { BucketName: bucket } });
    try {
      await mkdir(this.path(bucket));
    } catch (error) {
      if (fsCode(error) === 'EEXIST') return false;
      throw error;
    }
    await syncDirectory(this.#root);
    return true;
  }

  /** Removes the directory with the empty ones in it. Throws BucketNotEmpty when it holds anything else. */
  async remove(bucket: string): Promise<void> {
    const path = this.path(bucket);
    const first = await new Walk(path, '', '').objects().next();
    if (!first.done) throw bucketNotEmpty(bucket);
    try {
      await removeEmptyDirectories(path);
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(fsCode(error) ?? '')) throw bucketNotEmpty(bucket);
      throw error;
    }
    await syncDirectory(this.#root);
  }
}

const bucketNotEmpty = (bucket: string) =>
  new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty', { fields: { BucketName: bucket } });

async function removeEmptyDirectories(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeEmptyDirectories(join(path, entry.name));
  }
  await rmdir(path);
}
