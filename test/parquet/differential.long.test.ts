import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadZstdLibrary } from '../../src/parquet/codec/fixtures/zstd-library.ts';
import { openDuckDB } from '../../src/parquet/fixtures/duckdb.ts';
import { checkCase, WRITERS } from './corpus/check-case.ts';

const SIZES = [0, 1, 7, 8, 33, 500, 1000, 1000, 2500, 5000];
const LARGE_ROWS = 50_000;
const CASES = 500;

const folder = mkdtempSync(join(tmpdir(), 'squall-parquet-'));
let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await openDuckDB();
  await loadZstdLibrary();
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(WRITERS)(`${CASES} files by %s are read as they were written`, async (writer) => {
  let compared = 0;
  for (let seed = 1000; seed < 1000 + CASES; seed++) {
    const rows = seed % 100 === 0 ? LARGE_ROWS : (SIZES[seed % SIZES.length] as number);
    compared += await checkCase(writer, seed, rows, { connection, folder });
  }
  process.stdout.write(`${writer}: ${compared} values of ${CASES} files compared\n`);
  expect(compared).toBeGreaterThan(1_000_000);
});
