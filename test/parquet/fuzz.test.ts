import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import { loadZstdLibrary } from '../../src/parquet/codec/fixtures/zstd-library.ts';
import { openDuckDB } from '../../src/parquet/fixtures/duckdb.ts';
import { corpusFile, WRITERS } from './corpus/check-case.ts';
import { FileFuzzer } from './corpus/fuzz-file.ts';

const FILES = 5;
const CASES = 60;

const folder = mkdtempSync(join(tmpdir(), 'squall-parquet-'));
let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await openDuckDB();
  await loadZstdLibrary();
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(WRITERS)('damaged files by %s are read or refused', async (writer) => {
  const fuzzer = new FileFuzzer();
  for (let n = 0; n < FILES; n++) {
    const file = await corpusFile(writer, seededRandom(n), 200, { connection, folder });
    for (let seed = 0; seed < CASES; seed++) await fuzzer.run(file, n * 1000 + seed);
  }
  const counts = [...fuzzer.outcomes.values()];
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(FILES * CASES);
  expect(fuzzer.outcomes.get('right')).toBeGreaterThan(10);
  expect(fuzzer.outcomes.get('SQ3105')).toBeGreaterThan(10);
});
