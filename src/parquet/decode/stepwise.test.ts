import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { SquallError } from '../../common/errors.ts';
import type { Value } from '../../common/types.ts';
import { chunkBytes } from '../chunk-bytes.ts';
import { duckdbRows, openDuckDB } from '../fixtures/duckdb.ts';
import { openFile, readColumn } from '../fixtures/read-morsels.ts';
import { type PageHeader, readPageHeaders } from '../pages.ts';
import type { ColumnChunkInput } from '../row-group-input.ts';

let duckdb: DuckDBConnection;
const folder = mkdtempSync(join(tmpdir(), 'stepwise-'));
beforeAll(async () => {
  duckdb = await openDuckDB();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A file of one long page without a dictionary. */
async function written(value: string, codec: string): Promise<{ file: Uint8Array; expected: Value[] }> {
  const path = join(folder, 'file.parquet');
  const query = `select ${value} as a from range(20000) t(i)`;
  const options = `format parquet, codec '${codec}', dictionary_size_limit 1`;
  await duckdb.run(`copy (${query}) to '${path}' (${options})`);
  const rows = await duckdbRows(duckdb, `select * from read_parquet('${path}')`);
  return { file: Uint8Array.from(readFileSync(path)), expected: rows.map(([value]) => value as Value) };
}

const VALUES: readonly (readonly [name: string, value: string])[] = [
  ['texts', "repeat('text ' || hash(i), 1 + (hash(i, 1) % 3)::int)"],
  ['texts and nulls', "case when hash(i, 2) % 3 > 0 then 'wörter ' || hash(i) || ' ' || i end"],
  ['a text longer than a step', 'repeat(md5(i::varchar), case when i % 9000 = 7 then 12000 else 1 end)'],
  ['blobs', 'unhex(md5(i::varchar) || md5((i % 77)::varchar))'],
  ['numbers', 'hash(i)::decimal(20, 0)::double'],
  ['numbers and nulls', 'case when hash(i) % 5 > 0 then (hash(i, 3) % 1000000007)::bigint end'],
  ['fixed bytes', 'md5(i::varchar)::uuid'],
];

describe.each(VALUES)('one page of %s', (_name, value) => {
  it.each(['snappy', 'uncompressed', 'zstd'])(
    'reads as DuckDB reads it (%s), from ranges of any length',
    async (codec) => {
      const { file, expected } = await written(value, codec);
      const random = seededRandom(value.length);
      for (const [morselRows, share] of [
        [32768, 1],
        [1000, 1],
        [333, 0.4],
        [64, 0.05],
      ] as const) {
        const rangeBytes = 1000 + Math.floor(random.next() ** 2 * file.length);
        const actual = await readColumn(file, { morselRows, rangeBytes, wanted: () => random.next() < share });
        expect(actual).toHaveLength(expected.length);
        expect(actual).toEqual(expected.map((value, row) => (actual[row] === undefined ? undefined : value)));
      }
    },
  );
});

describe('a page that is damaged', () => {
  /** Reads a text column of 20 morsels whose page has nothing but 0xff from some place on. */
  async function outcome(share: number, wanted: (n: number) => boolean): Promise<unknown> {
    const { file } = await written(VALUES[0]?.[1] as string, 'snappy');
    const { input, parts } = openFile(file);
    const chunk = input.chunks[0] as ColumnChunkInput;
    const headers = readPageHeaders(chunkBytes(input, { parts }, chunk), chunk, 'f', 'a');
    const page = headers.find(({ kind }) => kind === 'data') as PageHeader;
    const from = chunk.offset + page.offset;
    file.fill(0xff, from + Math.floor(share * page.compressedSize), from + page.compressedSize);
    try {
      return (await readColumn(file, { morselRows: 1000, wanted })).filter((row) => row !== undefined).length;
    } catch (error) {
      return error instanceof SquallError ? `${error.code} ${error.message}` : error;
    }
  }
  const ERROR = /^SQ3105 f: column "a" of row group 0 cannot be decoded: a page compressed with Snappy is damaged: it /;

  it('in the middle is refused where that is read, and passed over', async () => {
    expect(await outcome(0.5, () => true)).toMatch(ERROR);
    expect(await outcome(0.5, (n) => n === 15)).toMatch(ERROR);
    expect(await outcome(0.5, (n) => n < 3)).toBe(3000);
  });

  it('in its last bytes is refused where the last row is read', async () => {
    expect(await outcome(0.99999, () => true)).toMatch(ERROR);
    expect(await outcome(0.99999, (n) => n === 19)).toMatch(ERROR);
    expect(await outcome(0.99999, (n) => n < 18)).toBe(18_000);
  });
});
