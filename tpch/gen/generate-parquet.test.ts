import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileObjectStore } from '../../src/storage/file.ts';
import { Oracle } from '../../test/oracle/duckdb.ts';
import { TPCH_SCHEMA, TPCH_TABLES, type TpchTable } from '../schema.ts';
import { type GenerateProgress, generate } from './generate.ts';
import { TextPool } from './text-pool.ts';

const SCALE = 0.01;
const COUNTS: Readonly<Record<TpchTable, number>> = {
  region: 5,
  nation: 25,
  supplier: 100,
  customer: 1_500,
  part: 2_000,
  partsupp: 8_000,
  orders: 15_000,
  lineitem: 60_175,
};

const pool = new TextPool();
let folder: string;
let oracle: Oracle;
const file = (path: string) => join(folder, path);
const base = (path: string) => ({ bucket: '', key: file(path).slice(1) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'squall-tpch-'));
  oracle = await Oracle.open();
  await oracle.run('PRAGMA enable_optimizer');
});

afterAll(async () => {
  oracle.close();
  await rm(folder, { recursive: true });
});

describe('generate', () => {
  it('writes Parquet that DuckDB reads as the same rows', async () => {
    const store = new FileObjectStore();
    const progress: GenerateProgress[] = [];
    const result = await generate({
      scale: SCALE,
      store,
      base: base('parquet'),
      rowsPerFile: 5_000,
      rowGroupRows: 2_000,
      threads: 1,
      pool,
      onProgress: (event) => progress.push(event),
    });
    await generate({ scale: SCALE, format: 'tbl', store, base: base('tbl'), threads: 1, pool });
    expect(progress.at(-1)).toEqual({
      rows: result.rows,
      totalRows: result.rows,
      bytes: result.bytes,
      files: result.files.length,
      totalFiles: result.files.length,
    });
    for (const table of TPCH_TABLES) {
      const written = result.files.filter((one) => one.table === table);
      expect(
        written.reduce((sum, one) => sum + one.rows, 0),
        table,
      ).toBe(COUNTS[table]);
      const parquet = `read_parquet('${file(`parquet/${table}/*.parquet`)}')`;
      const columns = TPCH_SCHEMA[table].schema.map(({ name, type }) => `'${name}': '${duckdbType(type)}'`);
      const tbl = `read_csv('${file(`tbl/${table}.tbl`)}', delim = '|', header = false, columns = {${columns.join(', ')}, 'end': 'VARCHAR'})`;
      const names = TPCH_SCHEMA[table].schema.map(({ name }) => name).join(', ');
      const difference = `select count(*) from ((select ${names} from ${parquet} except all select ${names} from ${tbl})
        union all (select ${names} from ${tbl} except all select ${names} from ${parquet}))`;
      expect(await oracle.rows(difference), table).toEqual([[0n]]);
      const types = await oracle.rows(`select column_name, column_type from (describe select * from ${parquet})`);
      expect(types, table).toEqual(TPCH_SCHEMA[table].schema.map(({ name, type }) => [name, duckdbType(type)]));
    }
  });
});

function duckdbType(type: (typeof TPCH_SCHEMA)[TpchTable]['schema'][number]['type']): string {
  return type.kind === 'decimal' ? `DECIMAL(${type.precision},${type.scale})` : type.kind.toUpperCase();
}
