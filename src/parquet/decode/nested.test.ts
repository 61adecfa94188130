import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import type { Value } from '../../common/types.ts';
import { duckdbRows, openDuckDB } from '../fixtures/duckdb.ts';
import { readColumn } from '../fixtures/read-morsels.ts';

let duckdb: DuckDBConnection;
const folder = mkdtempSync(join(tmpdir(), 'nested-'));
beforeAll(async () => {
  duckdb = await openDuckDB();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function written(select: string, options = ''): Promise<{ file: Uint8Array; expected: Value[] }> {
  const path = join(folder, 'file.parquet');
  await duckdb.run(`copy (${select}) to '${path}' (format parquet${options})`);
  const rows = await duckdbRows(duckdb, `select * from read_parquet('${path}')`);
  return { file: new Uint8Array(readFileSync(path)), expected: rows.map(([value]) => value as Value) };
}

const NULLED = (value: string, salt: number) => `case when hash(i, ${salt}) % 5 = 0 then null else ${value} end`;
const LIST = (element: string, salt: number) =>
  NULLED(`list_transform(range((hash(i, ${salt}) % 4)::bigint), lambda j: ${element})`, salt + 1);

const CASES: readonly (readonly [name: string, expression: string])[] = [
  ['integers', LIST('i + j', 1)],
  ['texts and nulls', LIST("case when j % 2 = 0 then null else 'text ' || (i % 7) end", 3)],
  ['a struct', NULLED(`{a: i, b: ${NULLED("'b' || i", 5)}, c: ${NULLED('i::decimal(30, 2)', 6)}}`, 7)],
  [
    'structs in structs',
    NULLED(`{a: ${NULLED('{b: i, c: {d: i % 3}}', 8)}, e: i::date_part}`.replace('::date_part', ''), 9),
  ],
  ['lists of lists', LIST(`case when (i + j) % 4 = 0 then null else range(j) end`, 10)],
  ['lists of lists of texts', LIST(`list_transform(range((i + j) % 3), lambda k: 'k' || k)`, 12)],
  ['lists of structs', LIST(`{a: j, b: case when j = 1 then null else 'x' || i end, c: range(j)}`, 14)],
  ['structs of lists', NULLED(`{a: ${LIST('j', 16)}, b: ${LIST("'v' || j", 18)}}`, 20)],
  ['a map', NULLED(`map(range(i % 4), list_transform(range(i % 4), lambda j: 'v' || (i * j)))`, 21)],
  ['maps of lists', `map(['k' || i], [${LIST('j::double', 23)}])`],
  ['lists of maps', LIST(`map([j], [i + j])`, 25)],
  [
    'dates, times and decimals',
    LIST(`{d: date '2020-01-01' + j::int, t: timestamp '2020-01-01' + interval (j) hour, x: j::decimal(9, 2)}`, 27),
  ],
  ['nothing but nulls', 'null::integer[]'],
  ['nothing but empty lists', '[]::varchar[]'],
  ['booleans', LIST('j % 2 = 0', 29)],
  ['UUIDs', LIST('md5((i + j)::varchar)::uuid', 31)],
];

describe.each(CASES)('%s', (_name, expression) => {
  it.each(['', ', parquet_version v2', ', compression zstd, dictionary_size_limit 1'])(
    'read as DuckDB reads them (%s)',
    async (options) => {
      const { file, expected } = await written(`select ${expression} as a from range(700) t(i)`, options);
      for (const morselRows of [32768, 64, 13]) {
        expect(await readColumn(file, { morselRows })).toEqual(expected);
      }
      const some = await readColumn(file, { morselRows: 50, wanted: (n) => n % 3 === 1 });
      expect(some).toEqual(expected.map((value, row) => (Math.floor(row / 50) % 3 === 1 ? value : undefined)));
    },
  );

  it('damaged, are rows or a named error', async () => {
    const { file, expected } = await written(
      `select ${expression} as a from range(300) t(i)`,
      ', compression uncompressed',
    );
    const footer = new DataView(file.buffer).getUint32(file.length - 8, true);
    const random = seededRandom(7);
    for (let i = 0; i < 60; i++) {
      const bytes = file.slice();
      for (let n = 0; n < 2; n++) {
        const at = 4 + Math.floor(random.next() * (file.length - footer - 12));
        bytes[at] = Math.floor(random.next() * 256);
      }
      try {
        expect(await readColumn(bytes, { morselRows: 100 })).toHaveLength(expected.length);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^SQ310[56789]$|^SQ4001$|^SQ2304$/) });
      }
    }
  });
});
