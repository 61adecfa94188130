import { Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { ExecutionError } from '../common/errors.ts';
import { BIGINT, DOUBLE, type SqlType, VARCHAR, type Value } from '../common/types.ts';
import type { FileRegion } from './column-chunk.ts';
import { CountingStore, LOCATION } from './fixtures/counting-store.ts';
import { int64 } from './fixtures/plain-file.ts';
import { readValues } from './fixtures/read-values.ts';
import { readFooter } from './footer.ts';
import {
  intersectRows,
  matchingRows,
  type PageIndexOwner,
  type PageLocation,
  pagesMayMatch,
  parseColumnIndex,
  parseOffsetIndex,
} from './page-index.ts';
import type { ColumnConstraint } from './prune.ts';
import type { ParquetLeaf } from './schema.ts';
import { encodeThrift, type ThriftStruct, type ThriftValue } from './thrift/compact-writer.ts';
import { loadParquetWasm } from './write/parquet-wasm.ts';

const ROWS = 10_000;

/** id rises, with NULLs for rows 4,000 to 5,999; s is a text of few values; d has NaN. */
async function pagedFile(): Promise<Uint8Array> {
  const wasm = await loadParquetWasm();
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  const table = new Table({
    id: vectorFromArray(rows.map((row) => (row >= 4000 && row < 6000 ? null : BigInt(row * 3)))),
    s: vectorFromArray(
      rows.map((row) => `text ${row % 7}`),
      new Utf8(),
    ),
    d: vectorFromArray(Float64Array.from(rows, (row) => (row % 50 === 0 ? Number.NaN : row / 4))),
  });
  const properties = new wasm.WriterPropertiesBuilder()
    .setDataPageSizeLimit(2048)
    .setWriteBatchSize(64)
    .setDictionaryEnabled(false)
    .setStatisticsEnabled(wasm.EnabledStatistics.Page)
    .build();
  return wasm.writeParquet(wasm.Table.fromIPCStream(tableToIPC(table, 'stream')), properties);
}

async function indexes(bytes: Uint8Array, name: string) {
  const { footer } = await readFooter(new CountingStore(bytes), LOCATION);
  const column = footer.schema.findIndex((field) => field.name === name);
  const chunk = footer.rowGroup(0).column(column);
  const at = (region: FileRegion | undefined) => {
    if (!region) throw new Error('there is no index');
    return bytes.subarray(region.offset, region.offset + region.length);
  };
  const { leaf, type } = footer.schema[column] as { leaf: ParquetLeaf; type: SqlType };
  const owner = { uri: footer.uri, where: `column "${name}"`, chunk, rows: footer.rows };
  const pages = parseOffsetIndex(at(chunk.offsetIndex), owner);
  const statistics = parseColumnIndex(at(chunk.columnIndex), pages, {
    ...owner,
    column: { leaf, type },
    order: 'type',
  });
  return { pages, statistics, column: { leaf, type } };
}

const range = (low: Value, high: Value): ColumnConstraint => ({
  column: 0,
  kind: 'range',
  min: { value: low, inclusive: true },
  max: { value: high, inclusive: true },
});

describe('the index of a file', () => {
  it('bounds what each page holds', async () => {
    const bytes = await pagedFile();
    const values = await readValues(bytes);
    for (const name of ['id', 's', 'd']) {
      const { pages, statistics } = await indexes(bytes, name);
      expect(pages.length).toBeGreaterThan(20);
      expect(pages.at(-1)?.endRow).toBe(ROWS);
      for (const [i, { firstRow, endRow }] of pages.entries()) {
        const page = (values[name] as Value[]).slice(firstRow, endRow);
        const { min, max, nullCount } = statistics[i] as { min?: Value; max?: Value; nullCount?: number };
        expect(nullCount).toBe(page.filter((value) => value === null).length);
        const ordered = page.filter((value) => value !== null && !Number.isNaN(value)) as number[];
        if (ordered.length === 0) expect([min, max]).toEqual([undefined, undefined]);
        const outside = ordered.filter((value) => !(value >= (min as number) && value <= (max as number)));
        expect(outside, `${name}, page ${i}`).toEqual([]);
      }
    }
  });

  it('leaves out pages that cannot match, and no other', async () => {
    const bytes = await pagedFile();
    const ids = (await readValues(bytes)).id as (bigint | null)[];
    const { pages, statistics, column } = await indexes(bytes, 'id');
    const rows = (constraint: ColumnConstraint) =>
      matchingRows(pages, pagesMayMatch(pages, statistics, constraint, column));
    const [only, ...others] = rows(range(3000n, 3030n));
    expect(others).toEqual([]);
    expect(only?.from).toBeLessThanOrEqual(1000);
    expect(only?.to).toBeGreaterThan(1010);
    expect((only?.to ?? 0) - (only?.from ?? 0)).toBeLessThan(1000);

    const nulls = rows({ column: 0, kind: 'isNull' });
    const within = (row: number) => nulls.some(({ from, to }) => row >= from && row < to);
    expect([...ids.keys()].filter((row) => ids[row] === null && !within(row))).toEqual([]);
    expect(nulls.reduce((sum, { from, to }) => sum + to - from, 0)).toBeLessThan(3000);
    expect(rows({ column: 0, kind: 'in', values: [-1n, 30_001n] })).toEqual([]);
  });

  it('keeps pages for NaN, which lies above every bound', async () => {
    const { pages, statistics, column } = await indexes(await pagedFile(), 'd');
    const above: ColumnConstraint = { column: 0, kind: 'range', min: { value: 1e9, inclusive: true } };
    expect(pagesMayMatch(pages, statistics, above, column)).not.toContain(false);
    expect(pagesMayMatch(pages, statistics, range(1e9, 2e9), column)).not.toContain(true);
  });
});

const LEAF: ParquetLeaf = { index: 0, path: ['a'], physicalType: 'INT64', optional: true, orderDefined: true };
const OWNER: PageIndexOwner = { uri: 'f', where: 'column "a"', chunk: { offset: 100, length: 50 }, rows: 10 };

const location = (offset: number, length: number, firstRow: number): ThriftValue => ({
  struct: { 1: { i64: offset }, 2: { i32: length }, 3: { i64: firstRow } },
});
const offsetIndex = (...pages: ThriftValue[]) => encodeThrift({ 1: { list: pages } });

function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ExecutionError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'nothing';
}

describe('a damaged offset index', () => {
  it.each<[string, Uint8Array, string]>([
    ['ends', offsetIndex(location(100, 50, 0)).subarray(0, 3), 'an i64'],
    ['names a page before the chunk', offsetIndex(location(99, 5, 0)), 'page 0 is said to be bytes 99 to 104'],
    ['names a page behind the chunk', offsetIndex(location(100, 51, 0)), 'page 0 is said to be bytes 100 to 151'],
    [
      'names pages that overlap',
      offsetIndex(location(100, 9, 0), location(108, 9, 5)),
      'page 1 is said to be bytes 108 to 117',
    ],
    ['names an empty page', offsetIndex(location(100, 0, 0)), 'page 0 is said to be bytes 100 to 100'],
    ['begins late', offsetIndex(location(100, 9, 1)), 'page 0 is said to hold rows 1 to 10 of 10'],
    ['repeats rows', offsetIndex(location(100, 9, 0), location(110, 9, 0)), 'page 0 is said to hold rows 0 to 0 of 10'],
    ['ends late', offsetIndex(location(100, 9, 0), location(110, 9, 11)), 'page 0 is said to hold rows 0 to 11 of 10'],
    ['names no page', offsetIndex(), 'it names no page'],
    [
      'is incomplete',
      encodeThrift({ 1: { list: [{ struct: { 1: { i64: 100 } } }] } }),
      'an incomplete page location at byte 6',
    ],
  ])('that %s is refused', (_name, bytes, why) => {
    const error = failure(() => parseOffsetIndex(bytes, OWNER));
    const prefix = 'SQ3102 f: the offset index of column "a" is damaged: ';
    if (why === 'an i64') expect(error.startsWith(prefix)).toBe(true);
    else expect(error).toBe(prefix + why);
  });
});

describe('a column index', () => {
  const pages: readonly PageLocation[] = [
    { offset: 100, length: 9, firstRow: 0, endRow: 4 },
    { offset: 110, length: 9, firstRow: 4, endRow: 10 },
  ];
  /** Bools as bytes, as writers put them. */
  const index = (nullPages: number[], more: ThriftStruct) =>
    encodeThrift({ 1: { list: nullPages.map((i8) => ({ i8 })) }, ...more });
  const bounds = (...values: bigint[]): ThriftValue => ({
    list: values.map((value) => ({ binary: int64(value) })),
  });
  const parse = (bytes: Uint8Array) =>
    parseColumnIndex(bytes, pages, { ...OWNER, column: { leaf: LEAF, type: BIGINT }, order: 'type' });

  it('says what is known', () => {
    const both = { 2: bounds(1n, 0n), 3: bounds(9n, 0n), 4: { i32: 1 } };
    const counts = (...values: number[]) => ({ 5: { list: values.map((i64) => ({ i64 })) } });
    const first = { min: 1n, max: 9n, minExact: false, maxExact: false };
    const unknown = { minExact: false, maxExact: false };
    expect(parse(index([2, 1], both))).toEqual([first, { ...unknown, nullCount: 6 }]);
    expect(parse(index([0, 1], { ...both, ...counts(3, 6) }))).toEqual([
      { ...first, nullCount: 3 },
      { ...unknown, nullCount: 6 },
    ]);
    expect(parse(index([2, 1], { ...both, ...counts(3, 2) }))).toEqual([{ ...first, nullCount: 3 }, unknown]);
    const reversed = { 2: bounds(9n, 5n), 3: bounds(1n, 5n) };
    expect(parse(index([2, 2], reversed))).toEqual([unknown, { ...unknown, min: 5n, max: 5n }]);
  });

  it('is refused when it is about other pages', () => {
    const error = failure(() => parse(index([2], { 2: bounds(1n, 2n), 3: bounds(1n, 2n) })));
    expect(error).toBe('SQ3102 f: the column index of column "a" is damaged: a list of 1 for 2 pages');
    expect(failure(() => parse(index([2, 2], { 2: bounds(1n), 3: bounds(1n, 2n) })))).toMatch(
      /a list of 1 for 2 pages$/,
    );
  });

  it('is not used where the order is not known', () => {
    const bytes = index([2, 2], { 2: bounds(1n, 2n), 3: bounds(1n, 2n) });
    for (const type of [DOUBLE, VARCHAR]) {
      const column = { leaf: { ...LEAF, physicalType: 'BYTE_ARRAY' as const }, type };
      const statistics = parseColumnIndex(bytes, pages, { ...OWNER, column, order: 'unknown' });
      expect(statistics).toEqual([
        { minExact: false, maxExact: false },
        { minExact: false, maxExact: false },
      ]);
    }
  });
});

it('rows that two indexes leave are those in both', () => {
  const a = [
    { from: 0, to: 10 },
    { from: 20, to: 30 },
  ];
  const b = [
    { from: 5, to: 22 },
    { from: 25, to: 26 },
    { from: 29, to: 40 },
  ];
  expect(intersectRows(a, b)).toEqual([
    { from: 5, to: 10 },
    { from: 20, to: 22 },
    { from: 25, to: 26 },
    { from: 29, to: 30 },
  ]);
  expect(intersectRows(a, [])).toEqual([]);
});
