import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Random } from '../../../src/common/clock.ts';
import type { Value } from '../../../src/common/types.ts';
import { duckdbColumns } from './duckdb-values.ts';

/** How a column of each type comes from `k`, a number with few or many values, and `h`, a hash of it. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  boolean: 'h % 2 = 0',
  tinyint: '((h % 256)::integer - 128)::tinyint',
  smallint: '((h % 65536)::integer - 32768)::smallint',
  integer: '((h % 4294967296)::bigint - 2147483648)::integer',
  integer_rising: '(k * 3 - 1000)::integer',
  bigint: '(h::hugeint - 9223372036854775808)::bigint',
  bigint_near: '(1000000000000 + h % 1000)::bigint',
  utinyint: '(h % 256)::utinyint',
  usmallint: '(h % 65536)::usmallint',
  uinteger: '(h % 4294967296)::uinteger',
  ubigint: 'h',
  real: "case h % 20 when 0 then 'nan'::real when 1 then 'inf' when 2 then '-0' else (h % 100000)::real / 7 end",
  double:
    "case h % 20 when 0 then 'nan'::double when 1 then '-inf' when 2 then '-0' else (h % 100000000)::double / 7 end",
  decimal_4_1: '((h % 19999)::integer - 9999)::decimal(6, 1)::decimal(9, 1) / 10',
  decimal_9_2: '((h % 19999999)::integer - 9999999)::decimal(9, 2)',
  decimal_18_4: '((h % 199999999999)::bigint - 99999999999)::decimal(18, 4)',
  decimal_38_10: '((h::hugeint - 9223372036854775808)::decimal(28, 0))::decimal(38, 10)',
  date: "date '1900-01-01' + (h % 80000)::integer",
  time: "time '00:00:00' + to_microseconds((h % 86400000000)::bigint)",
  timestamp: "timestamp '1890-01-01' + to_microseconds((h % 6000000000000000)::bigint)",
  timestamp_s: "(timestamp '1890-01-01' + to_seconds((h % 6000000000)::bigint))::timestamp_s",
  timestamp_ms: "(timestamp '1890-01-01' + to_milliseconds((h % 6000000000000)::bigint))::timestamp_ms",
  timestamp_ns: "(timestamp '1890-01-01' + to_microseconds((h % 6000000000000000)::bigint))::timestamp_ns",
  timestamptz: "(timestamp '1890-01-01' + to_microseconds((h % 6000000000000000)::bigint))::timestamptz",
  interval: 'to_months((h % 30)::integer) + to_days((h % 77)::integer) + to_milliseconds((h % 99999999)::bigint)',
  uuid: "(lpad(to_hex(h), 16, '0') || lpad(to_hex(hash(h)), 16, '0'))::uuid",
  varchar: "case h % 9 when 0 then '' when 1 then '漢字 😀' else 'value ' || h end",
  varchar_long: "repeat('lorem ipsum ', (h % 9)::integer) || h",
  varchar_prefix: "'https://example.org/' || lpad((k % 1000000)::varchar, 8, '0')",
  blob: "encode('b' || h)",
  enumeration: "(['red', 'green', 'blue', ''][(h % 4)::integer + 1])::enum('red', 'green', 'blue', '')",
  json: `('{"a": ' || h || '}')::json`,
  list: 'case h % 5 when 0 then [] when 1 then [null] else range((h % 7)::bigint) end',
  list_text: "case h % 4 when 0 then ['x'] else ['a' || h, null, ''] end",
  list_list: '[[h % 3], [], null, [h % 5, null]]',
  struct: "{'i': (h % 100)::integer, 't': case when h % 3 = 0 then null else 'v' || (h % 10) end}",
  struct_list: "{'l': case h % 4 when 0 then null when 1 then [] else [h % 9, null] end, 's': {'d': h % 77}}",
  list_struct: "[{'a': h % 5, 'b': 'q'}, null, {'a': null, 'b': null}]",
  map: "map(['key1', 'key' || (h % 10 + 2)], [(h % 100)::integer, null])",
};

export const DUCKDB_KINDS = Object.keys(EXPRESSIONS);

const CODECS = ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'];
const KEYS = ['i', 'i % 3', 'i % 97', 'i // 50', 'hash(i) % 1000', 'hash(i)', '7'];
const NULLS = ['false', 'false', 'true', 'hash(i, 5) % 4 = 0', '(i // 37) % 3 = 1', 'i > 5'];

export interface DuckdbFile {
  readonly bytes: Uint8Array;
  readonly title: string;
  readonly values: ReadonlyMap<string, readonly Value[]>;
}

/** A file by DuckDB with columns of these kinds, and the values of the table it was written from. */
export async function duckdbFile(
  connection: DuckDBConnection,
  folder: string,
  random: Random,
  kinds: readonly string[],
  rows: number,
): Promise<DuckdbFile> {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random.next() * list.length)] as T;
  const seed = Math.floor(random.next() * 1e9);
  const columns = kinds.map((kind, i) => {
    const k = `(${pick(KEYS)})`;
    const expression = (EXPRESSIONS[kind] as string)
      .replace(/\bh\b/g, `hash(${k}, ${seed + i})`)
      .replace(/\bk\b/g, `((${k})::hugeint % 100000000)`);
    return `case when ${pick(NULLS)} then null else ${expression} end as "${kind}"`;
  });
  await connection.run(`create or replace temp table t as select ${columns.join(', ')} from range(${rows}) r(i)`);
  const options = [
    `codec '${pick(CODECS)}'`,
    `parquet_version ${pick(['v1', 'v2'])}`,
    `row_group_size ${pick([2048, 10_240, 122_880])}`,
    ...pick([[], ['dictionary_size_limit 1'], ['dictionary_size_limit 50'], ['string_dictionary_page_size_limit 300']]),
  ];
  const path = join(folder, 'duckdb.parquet').replaceAll("'", "''");
  await connection.run(`copy t to '${path}' (format parquet, ${options.join(', ')})`);
  const values = await duckdbColumns(connection, 'select * from t');
  return {
    bytes: new Uint8Array(readFileSync(path)),
    title: `DuckDB, ${options.join(', ')}: ${columns.join('; ')}`,
    values,
  };
}
