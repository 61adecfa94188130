import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { StorageError } from '../common/errors.ts';
import {
  BIGINT,
  DOUBLE,
  decimal,
  type Field,
  INTEGER,
  SMALLINT,
  type SqlType,
  TINYINT,
  VARCHAR,
} from '../common/types.ts';
import { LinearMemory } from '../wasm/linear-memory.ts';
import { CountingStore, ETAG, LOCATION } from './fixtures/counting-store.ts';
import { duckdbRows, openDuckDB } from './fixtures/duckdb.ts';
import { readValues } from './fixtures/read-values.ts';
import { readFooter } from './footer.ts';
import { openRowGroup } from './open-row-group.ts';
import { planRowGroup } from './plan-row-group.ts';
import { fetchRowGroup } from './read-row-group.ts';

const GOLDEN = join(import.meta.dirname, '../../datasets/golden');
const golden = (name: string) => new Uint8Array(readFileSync(join(GOLDEN, name)));
const files = readdirSync(GOLDEN).filter((name) => name.endsWith('.parquet'));

let duckdb: DuckDBConnection;
beforeAll(async () => {
  duckdb = await openDuckDB();
});

describe('golden files', () => {
  it('are there', () => {
    expect(files.length).toBeGreaterThanOrEqual(14);
  });

  it.each(files)('%s reads as DuckDB reads it', async (name) => {
    const ours = await readValues(golden(name));
    const names = Object.keys(ours);
    const select = names.map((column) => `"${column}"`).join(', ');
    const rows = await duckdbRows(duckdb, `select ${select} from read_parquet('${join(GOLDEN, name)}')`);
    for (const [i, column] of names.entries()) {
      expect(ours[column], column).toEqual(rows.map((row) => row[i]));
    }
  });
});

const open = async (bytes: Uint8Array) => {
  const store = new CountingStore(bytes);
  const { footer, etag, size } = await readFooter(store, LOCATION);
  store.gets.length = 0;
  return { store, footer, etag, size, uri: footer.uri };
};

describe('requests', () => {
  it('makes one GET for each range, with If-Match, and none for no columns', async () => {
    const { store, footer, ...file } = await open(golden('row-groups.parquet'));
    const plan = (columns: number[]) => planRowGroup({ footer, ...file, rowGroup: 1, columns });
    const input = plan([0, 3]);
    expect(input.ranges).toHaveLength(1);
    await fetchRowGroup(input, { store, location: LOCATION });
    const [range] = input.ranges;
    expect(store.gets).toEqual([{ range: { kind: 'range', ...range }, ifMatch: ETAG }]);

    store.gets.length = 0;
    const none = plan([]);
    const fetched = await fetchRowGroup(none, { store, location: LOCATION });
    const reader = await openRowGroup(none, fetched, { columns: [], memory: new LinearMemory() });
    expect([reader.next(2000)?.rows, reader.next(2000)?.rows, reader.next(2000)]).toEqual([2000, 48, null]);
    reader.close();
    expect(store.gets).toEqual([]);
  });

  it('joins a chunk that continues over ranges', async () => {
    const { store, footer, ...file } = await open(golden('row-groups.parquet'));
    const input = planRowGroup({ footer, ...file, rowGroup: 0, columns: [0, 1] });
    const [whole] = input.ranges as [{ offset: number; length: number }];
    const ranges = Array.from({ length: Math.ceil(whole.length / 100) }, (_, i) => ({
      offset: whole.offset + i * 100,
      length: Math.min(100, whole.length - i * 100),
    }));
    const split = { ...input, ranges };
    const fetched = await fetchRowGroup(split, { store, location: LOCATION });
    expect(store.gets).toHaveLength(ranges.length);
    const columns = footer.schema.slice(0, 2);
    const reader = await openRowGroup(split, fetched, { columns, memory: new LinearMemory() });
    const morsel = reader.next(5000);
    expect([0, 1].map((i) => morsel?.column(i).length)).toEqual([2048, 2048]);
    reader.close();
  });

  it('aborts the other reads when one fails, and leaves none under way', async () => {
    const { footer, ...file } = await open(golden('row-groups.parquet'));
    const input = planRowGroup({ footer, ...file, rowGroup: 0, columns: [0] });
    const { offset } = input.ranges[0] as { offset: number };
    const ranges = [0, 1, 2].map((i) => ({ offset: offset + i * 10, length: 10 }));
    let underWay = 0;
    const store = new CountingStore(new Uint8Array(1));
    store.getRange = async (_location, range, options = {}) => {
      if (range.kind === 'range' && range.offset === offset + 10) throw new StorageError('SQ5003', 'denied');
      underWay++;
      await new Promise((resolve) => options.signal?.addEventListener('abort', resolve));
      underWay--;
      throw options.signal?.reason;
    };
    const failing = fetchRowGroup({ ...input, ranges }, { store, location: LOCATION });
    await expect(failing).rejects.toMatchObject({ code: 'SQ5003', message: 'denied' });
    expect(underWay).toBe(0);
  });

  it('passes the abort on', async () => {
    const { footer, ...file } = await open(golden('row-groups.parquet'));
    const input = planRowGroup({ footer, ...file, rowGroup: 0, columns: [0] });
    const store = new CountingStore(new Uint8Array(1));
    const seen: unknown[] = [];
    store.getRange = async (_location, _range, options = {}) => {
      seen.push(options.signal?.reason);
      throw options.signal?.reason;
    };
    const signal = AbortSignal.abort(new StorageError('SQ5009', 'gone'));
    await expect(fetchRowGroup(input, { store, location: LOCATION, signal })).rejects.toMatchObject({ code: 'SQ5009' });
    expect(seen).toHaveLength(1);
  });

  it('names a body that is too short', async () => {
    const { footer, ...file } = await open(golden('row-groups.parquet'));
    const input = planRowGroup({ footer, ...file, rowGroup: 0, columns: [0] });
    const store = new CountingStore(golden('row-groups.parquet').subarray(0, 100));
    const length = input.ranges[0]?.length;
    await expect(fetchRowGroup(input, { store, location: LOCATION })).rejects.toMatchObject({
      code: 'SQ5010',
      message: `s3://b/k.parquet: 96 of ${length} bytes arrived`,
    });
  });
});

describe('types of the table', () => {
  const read = (name: string, type: SqlType, nullable = true) => {
    const field: Field = { name, type, nullable };
    return readValues(golden('types-snappy.parquet'), { columns: () => [field] });
  };
  const plain = async (name: string) => (await readValues(golden('types-snappy.parquet')))[name];

  it.each<[string, SqlType]>([
    ['tinyint', SMALLINT],
    ['tinyint', INTEGER],
    ['smallint', INTEGER],
    ['utinyint', SMALLINT],
    ['usmallint', { kind: 'uinteger' }],
    ['real', DOUBLE],
    ['tinyint', DOUBLE],
    ['integer', DOUBLE],
    ['uinteger', DOUBLE],
  ])('%s widens to %o', async (name, type) => {
    expect((await read(name, type))[name]).toEqual(await plain(name));
  });

  it.each<[string, SqlType]>([
    ['integer', BIGINT],
    ['uinteger', BIGINT],
    ['tinyint', BIGINT],
    ['uinteger', { kind: 'ubigint' }],
  ])('%s widens to 64 bits', async (name, type) => {
    const expected = (await plain(name))?.map((value) => (value === null ? null : BigInt(value as number)));
    expect((await read(name, type))[name]).toEqual(expected);
  });

  it.each([
    ['decimal4', 4, 1, 5, 1],
    ['decimal4', 4, 1, 18, 10],
    ['decimal9', 9, 2, 38, 20],
    ['decimal18', 18, 2, 18, 2],
    ['decimal18', 18, 2, 30, 2],
    ['decimal18', 18, 2, 38, 12],
  ])('%s(%i,%i) widens to (%i,%i)', async (name, _precision, scale, precision, wider) => {
    const factor = 10n ** BigInt(wider - scale);
    const expected = (await plain(name))?.map((value) => (value === null ? null : (value as bigint) * factor));
    expect((await read(name, decimal(precision, wider)))[name]).toEqual(expected);
  });

  it.each([
    ['tinyint', 3, 0],
    ['smallint', 18, 13],
    ['uinteger', 12, 2],
    ['bigint', 19, 0],
    ['bigint', 38, 19],
    ['ubigint', 20, 0],
  ])('%s widens to decimal(%i,%i)', async (name, precision, scale) => {
    const factor = 10n ** BigInt(scale);
    const expected = (await plain(name))?.map((value) => (value === null ? null : BigInt(value as number) * factor));
    expect((await read(name, decimal(precision, scale)))[name]).toEqual(expected);
  });

  it('reads a column that the file lacks as NULL', async () => {
    expect((await read('nothing', VARCHAR)).nothing).toEqual(Array.from({ length: 40 }, () => null));
    expect((await read('nothing', decimal(30, 1))).nothing).toEqual(Array.from({ length: 40 }, () => null));
  });

  it.each<[string, SqlType, boolean, string]>([
    ['integer', TINYINT, true, 'has type integer, which cannot be read as tinyint'],
    ['bigint', INTEGER, true, 'has type bigint, which cannot be read as integer'],
    ['tinyint', { kind: 'ubigint' }, true, 'has type tinyint, which cannot be read as ubigint'],
    ['decimal9', decimal(9, 3), true, 'has type decimal(9,2), which cannot be read as decimal(9,3)'],
    ['bigint', DOUBLE, true, 'has type bigint, which cannot be read as double'],
    ['integer', { kind: 'real' }, true, 'has type integer, which cannot be read as real'],
    ['integer', decimal(11, 2), true, 'has type integer, which cannot be read as decimal(11,2)'],
    ['decimal4', DOUBLE, true, 'has type decimal(4,1), which cannot be read as double'],
    ['varchar', { kind: 'blob' }, true, 'has type varchar, which cannot be read as blob'],
  ])('%s is not read as %o', async (name, type, nullable, why) => {
    await expect(read(name, type, nullable)).rejects.toMatchObject({
      name: 'ExecutionError',
      code: 'SQ3107',
      message: `s3://b/k.parquet: column "${name}" ${why}`,
    });
  });

  it('refuses NULLs where the table says there are none', async () => {
    await expect(read('varchar', VARCHAR, false)).rejects.toMatchObject({
      code: 'SQ3107',
      message: 's3://b/k.parquet: column "varchar" of row group 0 has NULLs, but the table says it has none',
    });
    await expect(read('nothing', VARCHAR, false)).rejects.toMatchObject({
      code: 'SQ3107',
      message: 's3://b/k.parquet: there is no column "nothing", which cannot be NULL',
    });
  });
});

it('frees what the decoder allocates, also when rows are refused', async () => {
  const bytes = golden('types-snappy.parquet');
  const wanted: Field = { name: 'varchar', type: VARCHAR, nullable: false };
  const memory = new LinearMemory({ poison: true });
  for (let i = 0; i < 3; i++) {
    await readValues(bytes, { memory });
    await expect(readValues(bytes, { memory, columns: () => [wanted] })).rejects.toMatchObject({ code: 'SQ3107' });
    expect(memory.used).toBe(0);
  }
});

it('stays within its memory, or says what was too much', async () => {
  const memory = new LinearMemory({ maxBytes: 65536 });
  await expect(readValues(golden('row-groups.parquet'), { memory })).rejects.toMatchObject({
    code: 'SQ4001',
    message: 'the task needs more memory than its budget of 65536 bytes',
  });
  expect(memory.used).toBe(0);
});

it('stops when it is told to', async () => {
  const { store, footer, ...file } = await open(golden('row-groups.parquet'));
  const input = planRowGroup({ footer, ...file, rowGroup: 0, columns: [0] });
  const fetched = await fetchRowGroup(input, { store, location: LOCATION });
  const options = { columns: footer.schema.slice(0, 1), memory: new LinearMemory() };
  const aborted = { ...options, signal: AbortSignal.abort() };
  await expect(openRowGroup(input, fetched, aborted)).rejects.toMatchObject({ name: 'CancelledError' });
  const controller = new AbortController();
  const reader = await openRowGroup(input, fetched, { ...options, signal: controller.signal });
  const first = reader.next(100);
  controller.abort();
  expect(() => reader.next(100)).toThrow(expect.objectContaining({ name: 'CancelledError' }));
  reader.close();
  expect(() => first?.column(0)).toThrow('a column of a morsel that has been released');
});
