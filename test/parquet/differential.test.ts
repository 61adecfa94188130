import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { init } from '@bokuweb/zstd-wasm';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDuckDB } from '../../src/parquet/fixtures/duckdb.ts';
import { checkCase, WRITERS } from './corpus/check-case.ts';

const SIZES = [0, 1, 7, 100, 1000, 3000];
const CASES = 12;

const folder = mkdtempSync(join(tmpdir(), 'squall-parquet-'));
let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await openDuckDB();
  await init();
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(WRITERS)('files by %s are read as they were written', async (writer) => {
  let compared = 0;
  for (let seed = 1; seed <= CASES; seed++) {
    compared += await checkCase(writer, seed, SIZES[seed % SIZES.length] as number, { connection, folder });
  }
  expect(compared).toBeGreaterThan(100_000);
});
