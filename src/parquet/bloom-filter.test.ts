import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { ExecutionError } from '../common/errors.ts';
import {
  BIGINT,
  DOUBLE,
  decimal,
  INTEGER,
  type SqlType,
  TIMESTAMP,
  UUID,
  VARCHAR,
  type Value,
} from '../common/types.ts';
import {
  type BloomFilter,
  bloomMayContain,
  MAX_BLOOM_HEADER_BYTES,
  parseBloomFilter,
  parseBloomFilterHeader,
} from './bloom-filter.ts';
import { CountingStore, LOCATION } from './fixtures/counting-store.ts';
import { openDuckDB } from './fixtures/duckdb.ts';
import { readValues } from './fixtures/read-values.ts';
import { readFooter } from './footer.ts';
import type { ParquetLeaf } from './schema.ts';
import { encodeThrift, type ThriftStruct } from './thrift/compact-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'squall-bloom-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Filtered {
  readonly filter: BloomFilter;
  readonly column: { readonly type: SqlType; readonly leaf: ParquetLeaf };
}

async function filters(bytes: Uint8Array): Promise<Map<string, Filtered>> {
  const { footer } = await readFooter(new CountingStore(bytes), LOCATION);
  const found = new Map<string, Filtered>();
  for (const [i, { name, type, leaf }] of footer.schema.entries()) {
    const region = footer.rowGroup(0).column(i).bloomFilter;
    if (!region || !leaf) continue;
    const owner = { uri: footer.uri, where: `column "${name}"` };
    const head = bytes.subarray(region.offset, region.offset + MAX_BLOOM_HEADER_BYTES);
    const header = parseBloomFilterHeader(head, owner);
    if (!header) throw new Error('the header is not known');
    const end = region.offset + header.headerBytes + header.blockBytes;
    if (region.length > 0) expect(end).toBe(region.offset + region.length);
    const filter = parseBloomFilter(bytes.subarray(region.offset, end), owner);
    if (filter) found.set(name, { filter, column: { type, leaf } });
  }
  return found;
}

/** Every value of the file is found, and few that are not there. */
async function check(bytes: Uint8Array, absent: Readonly<Record<string, (n: number) => Value>>): Promise<void> {
  const found = await filters(bytes);
  const values = await readValues(bytes);
  expect([...found.keys()].toSorted()).toEqual(Object.keys(absent).toSorted());
  for (const [name, { filter, column }] of found) {
    expect([...new Set(values[name])].filter((value) => !bloomMayContain(filter, value, column))).toEqual([]);
    const made = absent[name] as (n: number) => Value;
    const wrong = Array.from({ length: 1000 }, (_, n) => bloomMayContain(filter, made(n), column)).filter(Boolean);
    expect(wrong.length, name).toBeLessThan(60);
  }
}

describe('filters of files', () => {
  it('by DuckDB find every value and few others', async () => {
    const duckdb = await openDuckDB();
    const path = join(folder, 'duckdb.parquet');
    const columns = [
      "case i % 5 when 0 then null else 'name ' || i % 500 end as s",
      '(i % 500 * 7)::integer as i',
      '(i % 300 * 1000000007)::bigint as l',
      '(i % 300 / 4.0)::double as d',
      '(i % 300 / 4.0)::real as r',
      "date '2020-01-01' + (i % 300)::integer as day",
      "timestamp '2020-01-01' + to_seconds(i % 300) as t",
      '(i % 300)::decimal(12, 2) as m',
    ];
    await duckdb.run(`copy (select ${columns.join(', ')} from range(20000) r(i)) to '${path}'
      (format parquet, row_group_size 122880, bloom_filter_false_positive_ratio 0.01)`);
    await check(new Uint8Array(readFileSync(path)), {
      s: (n) => `other ${n}`,
      i: (n) => n * 7 + 3,
      l: (n) => BigInt(n),
      d: (n) => n + 0.1,
      r: (n) => Math.fround(n + 0.1),
      day: (n) => n,
      t: (n) => BigInt(n),
      m: (n) => BigInt(n) * 100n + 1n,
    });
  });

  it('by hyparquet-writer find every value and few others', async () => {
    const rows = Array.from({ length: 900 }, (_, row) => row);
    const bloomFilter = true;
    const buffer = parquetWriteBuffer({
      rowGroupSize: 1000,
      columnData: [
        { name: 's', type: 'STRING', bloomFilter, data: rows.map((row) => `v${row}`) },
        { name: 'l', type: 'INT64', bloomFilter, data: rows.map((row) => BigInt(row) * 1001n) },
        { name: 'd', type: 'DOUBLE', bloomFilter, data: rows.map((row) => row / 8) },
        { name: 'plain', type: 'INT32', data: rows },
      ],
    });
    await check(new Uint8Array(buffer), {
      s: (n) => `w${n}`,
      l: (n) => BigInt(n) * 1001n + 1n,
      d: (n) => n + 0.01,
    });
  });
});

const leaf = (physicalType: ParquetLeaf['physicalType'], more: Partial<ParquetLeaf> = {}): ParquetLeaf => ({
  index: 0,
  path: ['a'],
  physicalType,
  optional: true,
  orderDefined: true,
  ...more,
});

it.each<[string, boolean, Value, SqlType, ParquetLeaf]>([
  ['a value not hashed the same way by all', true, 1n, TIMESTAMP, leaf('INT64', { timeUnit: 'nanos' })],
  ['NaN', true, Number.NaN, DOUBLE, leaf('DOUBLE')],
  ['NULL', true, null, INTEGER, leaf('INT32')],
  ['a decimal in bytes of any length', true, 1n, decimal(9, 2), leaf('BYTE_ARRAY')],
  ['an INT96', true, 1n, TIMESTAMP, leaf('INT96')],
  ['part of a millisecond', false, 1n, TIMESTAMP, leaf('INT64', { timeUnit: 'millis' })],
  ['an integer of too many bits', false, 2n ** 40n, BIGINT, leaf('INT32')],
  ['a double that is no float', false, 0.1, { kind: 'real' }, leaf('FLOAT')],
  ['a decimal that does not fit', false, 10n ** 12n, decimal(18, 0), leaf('FIXED_LEN_BYTE_ARRAY', { typeLength: 4 })],
  ['a value of an empty filter', false, 'x', VARCHAR, leaf('BYTE_ARRAY')],
  ['a uuid', false, '00000000-0000-4000-8000-000000000000', UUID, leaf('FIXED_LEN_BYTE_ARRAY', { typeLength: 16 })],
])('an empty filter, asked for %s, says %s', (_name, expected, value, type, leaf) => {
  expect(bloomMayContain({ blocks: new Uint8Array(64) }, value, { type, leaf })).toBe(expected);
});

it('finds both zeros where one is stored', async () => {
  const data = [0.5, -0];
  const buffer = parquetWriteBuffer({ columnData: [{ name: 'd', type: 'DOUBLE', bloomFilter: true, data }] });
  const { filter, column } = (await filters(new Uint8Array(buffer))).get('d') as Filtered;
  expect([0, -0].map((zero) => bloomMayContain(filter, zero, column))).toEqual([true, true]);
});

describe('a header', () => {
  const first = { struct: { 1: { struct: {} } } };
  const other = { struct: { 2: { struct: {} } } };
  const header = (more: ThriftStruct) => encodeThrift({ 1: { i32: 32 }, 2: first, 3: first, 4: first, ...more });
  const owner = { uri: 'f', where: 'column "a"' };
  const parse = (bytes: Uint8Array) => {
    try {
      return parseBloomFilter(bytes, owner);
    } catch (error) {
      if (error instanceof ExecutionError) return `${error.code} ${error.message}`;
      throw error;
    }
  };

  it('of another algorithm, hash or compression says nothing', () => {
    for (const id of [2, 3, 4]) expect(parse(Buffer.concat([header({ [id]: other }), new Uint8Array(32)]))).toBe(null);
  });

  it.each<[Uint8Array, string]>([
    [header({ 1: undefined }), 'no length'],
    [header({ 1: { i32: 31 } }), '31 bytes'],
    [header({ 1: { i32: -32 } }), '-32 bytes'],
    [header({ 1: { i32: 2 ** 30 } }), '1073741824 bytes'],
    [Buffer.concat([header({}), new Uint8Array(31)]), '31 of its 32 bytes are there'],
    [new Uint8Array(), 'unexpected end at byte 0'],
  ])('that is damaged is refused', (bytes, why) => {
    expect(parse(bytes)).toBe(`SQ3102 f: the Bloom filter of column "a" is damaged: ${why}`);
  });
});
