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
import { checkUndetectedDamage } from './corpus/undetected-damage.ts';

const FILES = 150;
const CASES = 200;

const folder = mkdtempSync(join(tmpdir(), 'squall-parquet-'));
let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await openDuckDB();
  await loadZstdLibrary();
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(WRITERS)(`${FILES * CASES} damaged files by %s are read or refused`, async (writer) => {
  const fuzzer = new FileFuzzer();
  for (let n = 0; n < FILES; n++) {
    const file = await corpusFile(writer, seededRandom(1000 + n), 50 + 10 * (n % 20), { connection, folder });
    for (let seed = 0; seed < CASES; seed++) await fuzzer.run(file, 1_000_000 + n * 1000 + seed);
  }
  const counts = [...fuzzer.outcomes].toSorted(([a], [b]) => a.localeCompare(b));
  process.stdout.write(`${writer}: ${counts.map(([outcome, count]) => `${count} ${outcome}`).join(', ')}\n`);
  expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBe(FILES * CASES);
});

it('damage that shows in no error reads as DuckDB reads it', async () => {
  const outcomes = { refused: 0, right: 0, agreed: 0 };
  for (const writer of ['parquet-wasm', 'squall'] as const) {
    for (let n = 0; n < 40; n++) {
      const file = await corpusFile(writer, seededRandom(7000 + n), 50 + 10 * (n % 20), { connection, folder });
      // What DuckDB does not read.
      if (/LZ4 V|BYTE_STREAM_SPLIT/.test(file.title)) continue;
      for (let seed = 0; seed < 60; seed++) {
        outcomes[await checkUndetectedDamage(file, n * 100 + seed, { connection, folder })]++;
      }
    }
  }
  process.stdout.write(`changed pages: ${JSON.stringify(outcomes)}\n`);
  expect(outcomes.agreed).toBeGreaterThan(300);
});
