import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import * as arrow from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExecutionError } from '../../common/errors.ts';
import { BIGINT, DATE, decimal, INTEGER, INTERVAL, type Schema, VARCHAR } from '../../common/types.ts';
import { arrowSchema } from './arrow-schema.ts';
import { type WriteParquetOptions, writeParquet } from './write-parquet.ts';

const SCHEMA: Schema = [
  { name: 'k', type: BIGINT, nullable: false },
  { name: 'price', type: decimal(15, 2), nullable: false },
  { name: 'day', type: DATE, nullable: false },
  { name: 'name', type: VARCHAR, nullable: true },
  { name: 'wide', type: decimal(38, 0), nullable: true },
];

function batch(first: number, rows: number): arrow.RecordBatch {
  const keys = Array.from({ length: rows }, (_, i) => BigInt(first + i));
  const table = new arrow.Table(arrowSchema(SCHEMA), {
    k: arrow.vectorFromArray(keys, new arrow.Int64()),
    price: arrow.makeVector(
      decimals(
        keys.map((key) => key * 3n - 50n),
        2,
        15,
      ),
    ),
    day: arrow.makeVector(
      arrow.makeData({ type: new arrow.DateDay(), length: rows, nullCount: 0, data: Int32Array.from(keys, Number) }),
    ),
    name: arrow.vectorFromArray(
      keys.map((key) => (key % 3n === 0n ? null : `n${key % 7n}`)),
      new arrow.Utf8(),
    ),
    wide: arrow.makeVector(
      decimals(
        keys.map((key) => key * 10n ** 30n),
        0,
        38,
      ),
    ),
  } as never);
  return table.batches[0] as arrow.RecordBatch;
}

function decimals(values: readonly bigint[], scale: number, precision: number): arrow.Data<arrow.Decimal> {
  const words = new BigInt64Array(values.length * 2);
  for (const [i, value] of values.entries()) {
    words[2 * i] = BigInt.asIntN(64, value);
    words[2 * i + 1] = value >> 64n;
  }
  const type = new arrow.Decimal(scale, precision, 128);
  return arrow.makeData({ type, length: values.length, nullCount: 0, data: new Uint32Array(words.buffer) });
}

let folder: string;
let file: string;
let duckdb: DuckDBInstance;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'squall-write-'));
  file = join(folder, 'a.parquet');
  duckdb = await DuckDBInstance.create();
});
afterAll(async () => {
  duckdb.closeSync();
  await rm(folder, { recursive: true });
});

async function query(sql: string) {
  const connection = await duckdb.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
  }
}

async function write(batches: Iterable<arrow.RecordBatch>, options?: WriteParquetOptions): Promise<number> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeParquet(SCHEMA, batches, options)) chunks.push(chunk);
  await writeFile(file, Buffer.concat(chunks));
  return chunks.length;
}

describe('writeParquet', () => {
  it('writes what DuckDB reads back', async () => {
    await write([batch(0, 700), batch(700, 300)]);
    expect(
      await query(
        `select count(*) n, sum(k) k, sum(price) price, min(day)::varchar as d0, max(day)::varchar as d1, count(name) as names,
                max(name) as name, sum(wide)::varchar as wide from '${file}'`,
      ),
    ).toEqual([
      {
        n: '1000',
        k: '499500',
        price: '14485.00',
        d0: '1970-01-01',
        d1: '1972-09-26',
        names: '666',
        name: 'n6',
        wide: `499500${'0'.repeat(30)}`,
      },
    ]);
  });

  it('keeps types and nullability', async () => {
    await write([batch(0, 10)]);
    const columns = await query(
      `select name, type, repetition_type, duckdb_type from parquet_schema('${file}') where column_id > 0`,
    );
    expect(columns).toEqual([
      { name: 'k', type: 'INT64', repetition_type: 'REQUIRED', duckdb_type: 'BIGINT' },
      { name: 'price', type: 'INT64', repetition_type: 'REQUIRED', duckdb_type: 'DECIMAL(15,2)' },
      { name: 'day', type: 'INT32', repetition_type: 'REQUIRED', duckdb_type: 'DATE' },
      { name: 'name', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL', duckdb_type: 'VARCHAR' },
      { name: 'wide', type: 'FIXED_LEN_BYTE_ARRAY', repetition_type: 'OPTIONAL', duckdb_type: 'DECIMAL(38,0)' },
    ]);
  });

  it('cuts row groups across batches and writes statistics', async () => {
    await write([batch(0, 700), batch(700, 300)], { rowGroupRows: 400 });
    const groups = await query(
      `select row_group_num_rows as rows, stats_min_value as low, stats_max_value as high, stats_null_count as nulls
       from parquet_metadata('${file}') where path_in_schema = 'k' order by row_group_id`,
    );
    expect(groups).toEqual([
      { rows: '400', low: '0', high: '399', nulls: '0' },
      { rows: '400', low: '400', high: '799', nulls: '0' },
      { rows: '200', low: '800', high: '999', nulls: '0' },
    ]);
    const [names] = await query(
      `select stats_min_value as low, stats_max_value as high, stats_null_count as nulls
       from parquet_metadata('${file}') where path_in_schema = 'name' order by row_group_id limit 1`,
    );
    expect(names).toEqual({ low: 'n0', high: 'n6', nulls: '134' });
  });

  it.each([
    ['none', 'UNCOMPRESSED'],
    ['snappy', 'SNAPPY'],
    ['zstd', 'ZSTD'],
  ] as const)('compresses with %s', async (compression, name) => {
    await write([batch(0, 1000)], { compression });
    expect(await query(`select distinct compression from parquet_metadata('${file}')`)).toEqual([
      { compression: name },
    ]);
    expect(await query(`select sum(k) k from '${file}'`)).toEqual([{ k: '499500' }]);
  });

  it('uses dictionaries except for plain columns', async () => {
    await write([batch(0, 1000)], { plainColumns: ['k'] });
    const encodings = await query(
      `select path_in_schema as name, encodings from parquet_metadata('${file}') where path_in_schema in ('k', 'name')`,
    );
    expect(encodings).toEqual([
      { name: 'k', encodings: 'PLAIN, RLE' },
      { name: 'name', encodings: 'PLAIN, RLE, RLE_DICTIONARY' },
    ]);
  });

  it('writes a file without rows', async () => {
    await write([]);
    expect(await query(`select count(*) n from '${file}'`)).toEqual([{ n: '0' }]);
    expect(await query(`select count(*) n from parquet_schema('${file}')`)).toEqual([{ n: '6' }]);
  });

  it('streams: the first bytes come before the last batch', async () => {
    let made = 0;
    function* batches() {
      for (; made < 10; made++) yield batch(made * 100, 100);
    }
    const output = writeParquet(SCHEMA, batches(), { rowGroupRows: 100 });
    await output.next();
    expect(made).toBeLessThan(10);
    for await (const _ of output);
    expect(made).toBe(10);
  });

  it('closes the batches when the reader stops early', async () => {
    let closed = false;
    function* batches() {
      try {
        for (let i = 0; ; i++) yield batch(i * 100, 100);
      } finally {
        closed = true;
      }
    }
    for await (const _ of writeParquet(SCHEMA, batches(), { rowGroupRows: 100 })) break;
    expect(closed).toBe(true);
  });

  it('throws the error of the batches, and can be used again', async () => {
    const failure = new ExecutionError('SQ3004', 'no more');
    function* batches() {
      yield batch(0, 100);
      throw failure;
    }
    await expect(write(batches())).rejects.toBe(failure);
    await write([batch(0, 100)]);
    expect(await query(`select count(*) n from '${file}'`)).toEqual([{ n: '100' }]);
  });

  it('refuses a batch of another schema', async () => {
    const other = new arrow.Table({ k: arrow.vectorFromArray([1], new arrow.Int32()) }).batches[0] as arrow.RecordBatch;
    await expect(write([batch(0, 10), other])).rejects.toThrow(
      'a batch has the schema Schema<{ 0: k: Int32 }> instead of Schema<{',
    );
  });

  it('stops when cancelled', async () => {
    const controller = new AbortController();
    function* batches() {
      for (let i = 0; ; i++) {
        if (i === 5) controller.abort();
        yield batch(i * 100, 100);
      }
    }
    await expect(write(batches(), { signal: controller.signal })).rejects.toThrow('the query was cancelled');
  });

  it('refuses a type that has no Parquet column', async () => {
    const schema: Schema = [
      { name: 'a', type: INTEGER, nullable: false },
      { name: 'b', type: INTERVAL, nullable: false },
    ];
    await expect(writeParquet(schema, []).next()).rejects.toThrow(
      'a Parquet column of type interval cannot be written',
    );
  });
});
