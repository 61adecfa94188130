import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BIGINT, INTEGER, VARCHAR } from '../../common/types.ts';
import { MemoryObjectStore } from '../../storage/memory.ts';
import { Stores } from '../../storage/stores.ts';
import { ParquetCatalog } from './parquet-catalog.ts';
import type { TableSource } from './table-source.ts';

let folder: string;
const memory = new MemoryObjectStore();

/** a: integers from 0 on in three row groups; b: bigints from 100,000 on in two, and a column that a lacks. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'squall-catalog-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const files = {
    a: "select i::integer as n, 'a' || i as s from range(6144) t(i)",
    b: "select (100000 + i)::bigint as n, 'b' || i as s, i % 7 as c from range(4096) t(i)",
  };
  for (const [name, query] of Object.entries(files)) {
    const path = join(folder, `${name}.parquet`);
    await connection.run(`copy (${query}) to '${path}' (format parquet, row_group_size 2048)`);
    await memory.put({ bucket: 'lake', key: `t/${name}.parquet` }, await readFile(path));
  }
  await memory.put({ bucket: 'lake', key: 'bad.parquet' }, new TextEncoder().encode('this is no Parquet file'));
  connection.closeSync();
  instance.closeSync();
  await rm(folder, { recursive: true });
});

const stores = new Stores({}, { transports: { memory } });
afterAll(() => stores.close());

const catalog = () =>
  new ParquetCatalog({
    stores,
    tables: {
      Both: 'memory://lake/t/*.parquet',
      one: { files: ['memory://lake/t/a.parquet'], schema: [{ name: 'n', type: BIGINT, nullable: false }] },
    },
  });

const named = (name: string, quoted = false) => ({ kind: 'name', path: [{ name, quoted }] }) as const;
const files = (...uris: string[]) => ({ kind: 'files', uris }) as const;

it('reads a pattern as one table, with one request a file and one for the listing', async () => {
  const before = stores.requests();
  const tables = catalog();
  const table = (await tables.resolve(files('memory://lake/t/*.parquet'))) as TableSource;
  expect(table.schema).toEqual([
    { name: 'n', type: BIGINT, nullable: true },
    { name: 's', type: VARCHAR, nullable: true },
    { name: 'c', type: BIGINT, nullable: true },
  ]);
  expect([table.name, table.rows]).toEqual(['memory://lake/t/*.parquet', 10_240]);
  expect(table.requests).toMatchObject({ LIST: 1, GET: 2, HEAD: 0 });
  const again = (await tables.resolve(named('both'))) as TableSource;
  expect([again.name, again.requests]).toMatchObject(['Both', { LIST: 1, GET: 0, HEAD: 0 }]);
  const after = stores.requests();
  expect([after.LIST.requests - before.LIST.requests, after.GET.requests - before.GET.requests]).toEqual([2, 2]);
});

it('reads one file with one request, and looks whether it has changed', async () => {
  const tables = catalog();
  expect((await tables.resolve(files('memory://lake/t/a.parquet')))?.requests).toMatchObject({
    LIST: 0,
    GET: 1,
    HEAD: 0,
  });
  expect((await tables.resolve(files('memory://lake/t/a.parquet')))?.requests).toMatchObject({
    LIST: 0,
    GET: 0,
    HEAD: 1,
  });
  await memory.put(
    { bucket: 'lake', key: 'x.parquet' },
    (await memory.getRange({ bucket: 'lake', key: 't/a.parquet' }, { kind: 'all' })).body,
  );
  expect((await tables.resolve(files('memory://lake/x.parquet')))?.rows).toBe(6144);
  await memory.put(
    { bucket: 'lake', key: 'x.parquet' },
    (await memory.getRange({ bucket: 'lake', key: 't/b.parquet' }, { kind: 'all' })).body,
  );
  const changed = await tables.resolve(files('memory://lake/x.parquet'));
  expect([changed?.rows, changed?.requests]).toMatchObject([4096, { GET: 1, HEAD: 1 }]);
});

it('leaves out files and row groups that cannot match', async () => {
  const table = (await catalog().resolve(named('Both'))) as TableSource;
  const chosen = (constraints: Parameters<TableSource['splits']>[0]['constraints']) => {
    const { files, applied } = table.splits({ columns: [0], constraints });
    const groups = files.map((file) => `${file.uri.at(-9)}:${file.rowGroups.map(({ rowGroup }) => rowGroup)}`);
    return `${groups.join(' ')} by ${applied.length}`;
  };
  expect(chosen([])).toBe('a:0,1,2 b:0,1 by 0');
  // a holds integers: its statistics are not compared with bigints.
  expect(chosen([{ column: 0, kind: 'range', min: { value: 103_000n, inclusive: true } }])).toBe('a:0,1,2 b:1 by 1');
  // a lacks the column: every row has NULL there.
  expect(chosen([{ column: 2, kind: 'notNull' }])).toBe('b:0,1 by 1');
  expect(chosen([{ column: 2, kind: 'isNull' }])).toBe('a:0,1,2 by 1');
  expect(chosen([{ column: 1, kind: 'in', values: ['b0', 'zzz'] }])).toBe('b:0 by 1');
  expect(table.splits({ columns: [0], constraints: [] }).totals).toMatchObject({
    files: 2,
    rowGroups: 5,
    rows: 10_240,
  });
});

it('declares what each task reads: chunks by column, ranges, the version', async () => {
  const table = (await catalog().resolve(named('Both'))) as TableSource;
  const { files } = table.splits({ columns: [2, 0], constraints: [] });
  const [first] = files[0]?.rowGroups ?? [];
  expect(first?.chunks.map((chunk) => chunk && 'path' in chunk && [chunk.path, chunk.type])).toEqual([
    null,
    [['n'], INTEGER],
  ]);
  expect(first?.etag).toBe((await memory.head({ bucket: 'lake', key: 't/a.parquet' })).etag);
  expect(first?.ranges).toHaveLength(1);
  const empty = table.splits({ columns: [], constraints: [] }).files[1]?.rowGroups[0];
  expect([empty?.ranges, empty?.rows]).toEqual([[], 2048]);
});

it('knows names without regard to case unless they are quoted, and no others', async () => {
  const tables = catalog();
  expect(tables.names()).toEqual(['Both', 'one']);
  expect((await tables.resolve(named('ONE')))?.schema).toEqual([{ name: 'n', type: BIGINT, nullable: true }]);
  expect(await tables.resolve(named('ONE', true))).toBeNull();
  expect(await tables.resolve(named('constructor'))).toBeNull();
  expect(
    await tables.resolve({
      kind: 'name',
      path: [
        { name: 'a', quoted: false },
        { name: 'one', quoted: false },
      ],
    }),
  ).toBeNull();
});

it('says what is wrong with a file', async () => {
  const tables = catalog();
  await expect(tables.resolve(files('memory://lake/none.parquet'))).rejects.toMatchObject({ code: 'SQ5001' });
  await expect(tables.resolve(files('memory://lake/none/*.parquet'))).rejects.toMatchObject({ code: 'SQ5011' });
  await expect(tables.resolve(files('memory://lake/bad.parquet'))).rejects.toMatchObject({ code: 'SQ3101' });
  const badAndNone = files('memory://lake/bad.parquet', 'memory://lake/none/*.parquet');
  await expect(tables.resolve(badAndNone)).rejects.toMatchObject({ code: 'SQ5011' });
  await expect(tables.resolve(files('ftp://lake/x'))).rejects.toMatchObject({ code: 'SQ5012' });
  await expect(tables.resolve(named('Both'), { signal: AbortSignal.abort(new Error('enough')) })).rejects.toMatchObject(
    { code: 'SQ7000' },
  );
});
