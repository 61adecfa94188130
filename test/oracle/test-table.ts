import {
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { seededRandom } from '../../src/common/clock.ts';
import type { SqlType, Value } from '../../src/common/types.ts';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  REAL,
  SMALLINT,
  TIMESTAMP,
  TINYINT,
  typeName,
  UINTEGER,
  VARCHAR,
} from '../../src/common/types.ts';

/** A table with rows, for both engines. */
export interface TestTable {
  readonly name: string;
  readonly rows: readonly (readonly Value[])[];
}

/** Columns of every test table: one of each type that both engines treat alike, `id` with few duplicates, `k` with many. */
export const TABLE_COLUMNS: Readonly<Record<string, SqlType>> = {
  id: BIGINT,
  k: INTEGER,
  b: BOOLEAN,
  i1: TINYINT,
  i2: SMALLINT,
  i4: INTEGER,
  i8: BIGINT,
  u4: UINTEGER,
  f4: REAL,
  f8: DOUBLE,
  d9: decimal(9, 2),
  d15: decimal(15, 2),
  d30: decimal(30, 8),
  s: VARCHAR,
  t: VARCHAR,
  day: DATE,
  ts: TIMESTAMP,
  l: { kind: 'list', element: INTEGER },
};

const NAMES = Object.keys(TABLE_COLUMNS);
const TYPES = Object.values(TABLE_COLUMNS);

const WORDS = [
  'a',
  'b',
  '',
  'abc',
  'aXbX',
  'é',
  '😀',
  ' pad ',
  'a%b',
  'PROMO',
  'longer than what fits a slot of sixteen bytes',
];

/** How the values of a table are: how many are NULL, how often they repeat, how far they go. */
export interface Profile {
  /** One value in so many is NULL; 0: none. */
  readonly nulls: number;
  /** Values of `k`. */
  readonly keys: number;
  /** One value in so many lies at an end of its type; 0: none. */
  readonly edges: number;
}

export function randomTable(name: string, rows: number, seed: number, { nulls, keys, edges }: Profile): TestTable {
  const random = seededRandom(seed);
  const int = (below: number) => Math.floor(random.next() * below);
  const near = (range: number) => int(2 * range + 1) - range;
  const edge = <T>(ends: readonly T[], usual: T): T =>
    edges > 0 && int(edges) === 0 ? (ends[int(ends.length)] as T) : usual;
  const makers: Readonly<Record<string, (row: number) => Value>> = {
    id: (row) => BigInt(int(10) === 0 ? int(rows) : row),
    k: () => int(keys),
    b: () => int(2) === 0,
    i1: () => edge([127, -128], near(10)),
    i2: () => edge([32767, -32768], near(100)),
    i4: () => edge([2147483647, -2147483648], near(1000)),
    i8: () => edge([2n ** 63n - 1n, -(2n ** 63n)], BigInt(near(100_000))),
    u4: () => edge([4294967295, 0], int(1000)),
    f4: () => edge([Number.NaN, Number.POSITIVE_INFINITY, -0], near(64) / 4),
    f8: () => edge([Number.NaN, Number.NEGATIVE_INFINITY, -0], near(4096) / 16),
    d9: () => edge([999_999_999n, -999_999_999n], BigInt(near(10_000))),
    d15: () => edge([10n ** 15n - 1n, -(10n ** 15n) + 1n], BigInt(near(1_000_000))),
    d30: () => edge([10n ** 30n - 1n, -(10n ** 30n) + 1n], BigInt(near(1_000_000)) * 10n ** 7n),
    s: () => WORDS[int(WORDS.length)] as string,
    t: (row) => `text ${int(4) === 0 ? int(20) : row} ${WORDS[int(WORDS.length)]}`,
    day: () => edge([-700_000, 2_000_000], 9000 + int(400)),
    ts: () => BigInt(9000 + int(400)) * 86_400_000_000n + BigInt(int(4)) * 3_600_000_001n,
    l: () => Array.from({ length: int(4) }, () => (int(5) === 0 ? null : int(10))),
  };
  return {
    name,
    rows: Array.from({ length: rows }, (_, row) =>
      NAMES.map((column) => (nulls > 0 && int(nulls) === 0 ? null : (makers[column]?.(row) as Value))),
    ),
  };
}

const CHUNK_ROWS = 2048;

/** Creates the table in DuckDB, or replaces it. */
export async function loadTable(connection: DuckDBConnection, { name, rows }: TestTable): Promise<void> {
  const columns = NAMES.map((column, i) => `"${column}" ${typeName(TYPES[i] as SqlType)}`);
  await connection.run(`CREATE OR REPLACE TABLE "${name}" (${columns.join(', ')})`);
  const appender = await connection.createAppender(name);
  const types = (await connection.run(`SELECT * FROM "${name}"`)).columnTypes();
  for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
    const part = rows.slice(from, from + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create(types, part.length);
    chunk.setColumns(TYPES.map((type, i) => part.map((row) => duckdbValue(row[i] as Value, type))));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function duckdbValue(value: Value, type: SqlType): DuckDBValue {
  if (value === null) return null;
  switch (type.kind) {
    case 'decimal':
      return new DuckDBDecimalValue(value as bigint, type.precision, type.scale);
    case 'date':
      return new DuckDBDateValue(value as number);
    case 'timestamp':
      return new DuckDBTimestampValue(value as bigint);
    case 'list':
      return new DuckDBListValue((value as readonly Value[]).map((entry) => duckdbValue(entry, type.element)));
    default:
      return value as DuckDBValue;
  }
}
