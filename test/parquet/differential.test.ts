import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import { loadZstdLibrary } from '../../src/parquet/codec/fixtures/zstd-library.ts';
import { openDuckDB } from '../../src/parquet/fixtures/duckdb.ts';
import { checkCase, WRITERS } from './corpus/check-case.ts';
import { duckdbColumns } from './corpus/duckdb-values.ts';
import { openFile, readMorselwise, readThroughParquetWasm } from './corpus/read-file.ts';

const SIZES = [0, 1, 7, 100, 1000, 2000];
const CASES = 8;

const folder = mkdtempSync(join(tmpdir(), 'squall-parquet-'));
let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await openDuckDB();
  await loadZstdLibrary();
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(WRITERS)('files by %s are read as they were written', async (writer) => {
  let compared = 0;
  for (let seed = 1; seed <= CASES; seed++) {
    compared += await checkCase(writer, seed, SIZES[seed % SIZES.length] as number, { connection, folder });
  }
  expect(compared).toBeGreaterThan(50_000);
});

it('INT32 deltas of 33 bits, which DuckDB writes in files of version 2, are read', async () => {
  const path = join(folder, 'deltas.parquet');
  const values = '(case when i % 2 = 0 then -2147483648 + i else 2147483647 - i end)::integer as i';
  await connection.run(
    `copy (select ${values} from range(3000) r(i)) to '${path}' (format parquet, parquet_version v2, dictionary_size_limit 1)`,
  );
  const file = await openFile(new Uint8Array(readFileSync(path)));
  expect(file.footer.rowGroup(0).column(0).encodings).toContain('DELTA_BINARY_PACKED');
  const read = await readMorselwise(file, seededRandom(1));
  const expected = await duckdbColumns(connection, `select * from '${path}'`);
  expect(read.get('i')).toEqual(expected.get('i'));
  expect(read.get('i')?.slice(0, 3)).toEqual([-2147483648, 2147483646, -2147483646]);
  await expect(readThroughParquetWasm(file, 'i')).rejects.toThrow(/too large|bit width 33/);
});
