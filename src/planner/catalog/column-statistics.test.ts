import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIGINT, INTEGER, type SqlType, VARCHAR } from '../../common/types.ts';
import { CountingStore, LOCATION } from '../../parquet/fixtures/counting-store.ts';
import { openDuckDB } from '../../parquet/fixtures/duckdb.ts';
import { readFooter } from '../../parquet/footer.ts';
import type { ParquetFooter } from '../../parquet/parse-footer.ts';
import { columnStatistics } from './column-statistics.ts';

const folder = mkdtempSync(join(tmpdir(), 'squall-column-statistics-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ROWS = 20_000;
const opened = async (bytes: Uint8Array) => (await readFooter(new CountingStore(bytes), LOCATION)).footer;

/** Column, what it holds, how many different values that are, whether all are different. */
const COLUMNS: readonly (readonly [string, string, number, boolean])[] = [
  ['key', 'i::integer', ROWS, true],
  ['sparse', '(i * 7)::bigint', ROWS, true],
  ['sorted', '(i // 4)::integer', ROWS / 4, false],
  ['foreign', '((i * 7919) % 3000)::integer', 3000, false],
  ['word', "'word ' || (i % 40)", 40, false],
  ['letter', 'chr((65 + i % 3)::integer)', 3, false],
  ['name', "'name ' || i", ROWS, true],
  ['half', 'case when i % 2 = 0 then i end', ROWS / 2, true],
  ['price', '(i % 100)::decimal(10, 2)', 100, false],
  ['day', "date '2020-01-01' + (i % 365)::integer", 365, false],
  ['yes', 'i % 2 = 0', 2, false],
  ['nothing', 'null::integer', 0, false],
];

let duckdb: ParquetFooter;
beforeAll(async () => {
  const connection = await openDuckDB();
  const path = join(folder, 'duckdb.parquet');
  const columns = COLUMNS.map(([name, expr]) => `${expr} as ${name}`);
  await connection.run(
    `copy (select ${columns.join(', ')} from range(${ROWS}) r(i)) to '${path}' (format parquet, row_group_size 4096)`,
  );
  duckdb = await opened(new Uint8Array(readFileSync(path)));
});

const statisticsOf = (footer: ParquetFooter, name: string, type?: SqlType) => {
  const position = footer.schema.findIndex((column) => column.name === name);
  return columnStatistics([{ footer, position }], type ?? (footer.schema[position] as { type: SqlType }).type);
};

describe('different values, of files that DuckDB writes', () => {
  it.each(COLUMNS)('%s: %s', (name, _expr, distinct, unique) => {
    const statistics = statisticsOf(duckdb, name);
    expect(statistics?.unique).toBe(unique);
    expect(statistics?.distinct).toBeGreaterThanOrEqual(distinct * 0.6);
    expect(statistics?.distinct).toBeLessThanOrEqual(distinct * 1.6);
  });
});

it('knows bounds and NULLs of the whole table, over files that lack the column', () => {
  const position = duckdb.schema.findIndex(({ name }) => name === 'half');
  const twice = columnStatistics(
    [
      { footer: duckdb, position },
      { footer: duckdb, position: null },
    ],
    BIGINT,
  );
  expect(twice).toMatchObject({ min: 0n, max: 19_998n, nullCount: ROWS + ROWS / 2 });
  expect(columnStatistics([{ footer: duckdb, position: null }], BIGINT)).toBeNull();
  expect(columnStatistics([], BIGINT)).toBeNull();
});

it('has no bounds in another type than the file has', () => {
  const statistics = statisticsOf(duckdb, 'key', BIGINT);
  expect([statistics?.min, statistics?.max]).toEqual([undefined, undefined]);
  expect(statistics?.nullCount).toBe(0);
});

it('says that bounds speak of all rows only where every row group was looked at', () => {
  const position = duckdb.schema.findIndex(({ name }) => name === 'key');
  const { type } = duckdb.schema[position] as { type: SqlType };
  const bounds = (files: number) =>
    columnStatistics(
      Array.from({ length: files }, () => ({ footer: duckdb, position })),
      type,
    );
  expect(bounds(1)?.boundsAll).toBe(true);
  const many = bounds(Math.ceil(513 / duckdb.rowGroupCount));
  expect(many?.min).toBe(bounds(1)?.min);
  expect(many).not.toHaveProperty('boundsAll');
  expect(statisticsOf(duckdb, 'key', BIGINT)).not.toHaveProperty('boundsAll');
});

it('measures texts', () => {
  expect(statisticsOf(duckdb, 'letter')?.bytes).toBe(1);
  expect(statisticsOf(duckdb, 'name')?.bytes).toBeCloseTo(9, 0);
  expect(statisticsOf(duckdb, 'key')).not.toHaveProperty('bytes');
});

it('tells dictionaries by their size where no number is written', async () => {
  const buffer = parquetWriteBuffer({
    rowGroupSize: 5000,
    columnData: [
      { name: 'few', type: 'STRING', data: Array.from({ length: ROWS }, (_, i) => `text ${(i * 31) % 50}`) },
      { name: 'plain', type: 'INT32', data: Array.from({ length: ROWS }, (_, i) => i) },
    ],
  });
  const footer = await opened(new Uint8Array(buffer));
  expect(footer.statistics(0, 0)?.distinctCount).toBeUndefined();
  const few = statisticsOf(footer, 'few', VARCHAR);
  expect(few?.distinct).toBeGreaterThan(30);
  expect(few?.distinct).toBeLessThan(70);
  expect(statisticsOf(footer, 'plain', INTEGER)).toMatchObject({ distinct: ROWS, unique: true });
});

it('parses the metadata of the columns that are asked for, once', () => {
  const asked: string[] = [];
  const footer: ParquetFooter = {
    ...duckdb,
    rowGroup: (index) => ({
      ...duckdb.rowGroup(index),
      column: (column) => {
        asked.push(`${index}.${duckdb.schema[column]?.name}`);
        return duckdb.rowGroup(index).column(column);
      },
    }),
  };
  const first = statisticsOf(footer, 'word');
  expect(asked).toEqual(['0.word', '1.word', '2.word', '3.word', '4.word']);
  expect(statisticsOf(footer, 'word')).toEqual(first);
  expect(asked).toHaveLength(5);
});
