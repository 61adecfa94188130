import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stores } from '../../src/storage/stores.ts';
import { generate } from '../../tpch/index.ts';

export interface Data {
  /** A folder with `tpch/`, the tables nation and lineitem at scale factor 0.01. */
  readonly folder: string;
  remove(): void;
}

/** TPC-H data for the command line, lineitem in four files of three row groups each. */
export async function makeData(): Promise<Data> {
  const folder = mkdtempSync(join(tmpdir(), 'squall-data-'));
  const stores = new Stores();
  const { store, location } = stores.resolve(`${folder}/tpch/`);
  const size = { rowsPerFile: 15_000, rowGroupRows: 5_000 };
  await generate({ scale: 0.01, tables: ['nation', 'lineitem'], ...size, store, base: location, threads: 1 });
  await stores.close();
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
