import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stores } from '../../src/storage/stores.ts';
import { type GenerateOptions, generate } from '../../tpch/index.ts';

export interface TpchData {
  /** A folder whose folder `tpch` holds the tables: what an embedded S3 has as a bucket. */
  readonly folder: string;
  readonly base: string;
  remove(): Promise<void>;
}

export async function makeTpch(options: Omit<GenerateOptions, 'store' | 'base'>): Promise<TpchData> {
  const folder = await mkdtemp(join(tmpdir(), 'squall-tpch-'));
  const stores = new Stores();
  const base = `${folder}/tpch`;
  const { store, location } = stores.resolve(`${base}/`);
  await generate({ ...options, store, base: location });
  await stores.close();
  return { folder, base, remove: () => rm(folder, { recursive: true }) };
}
