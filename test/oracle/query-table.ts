import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../../src/common/clock.ts';
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
  TIMESTAMPTZ,
  TINYINT,
  UINTEGER,
  VARCHAR,
} from '../../src/common/types.ts';
import { loadParquetWasm } from '../../src/parquet/write/parquet-wasm.ts';
import type { Oracle } from './duckdb.ts';
import { duckdbLiteral, duckdbType } from './duckdb-sql.ts';

/** A column of the table that random queries read. */
export interface TableColumn {
  readonly name: string;
  readonly type: SqlType;
  /** No number is larger, or smaller than its negative; infinite for days at the ends of the calendar. */
  readonly bound: number;
  readonly make: (row: number, random: Random) => Value;
}

const int = (random: Random, below: number) => Math.floor(random.next() * below);
const pick = <T>(random: Random, items: readonly T[]) => items[int(random, items.length)] as T;

const TEXTS = [
  '',
  'a',
  'A',
  'abc',
  'aXbX',
  '%',
  '_',
  'a%b',
  'a\\b',
  ' pad ',
  'é',
  'Ωmega',
  '😀',
  'a😀b',
  '\uffee',
  "it's",
];
const SPECIAL = [
  0,
  -0,
  1,
  -1,
  0.5,
  0.1,
  1e300,
  -1e300,
  1e-300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
const MAX_I64 = 2n ** 63n - 1n;
const MAX_D38 = 10n ** 38n - 1n;
const DAY = 86_400_000_000n;

/** Cut in the statistics of some writers, in the middle of a character, and equal up to there. */
const long = (row: number) => `${'ż🦆'.repeat(8 + (row % 3))}${'x'.repeat(row % 4)}${'ż🦆'.repeat(8)} ${row % 7}`;

/** Values ascend from file to file, so that statistics can tell row groups apart; `edge` columns hold the extremes. */
export const TABLE: readonly TableColumn[] = [
  { name: 'id', type: INTEGER, bound: 1000, make: (row) => row },
  { name: 'b', type: BOOLEAN, bound: 0, make: (_, r) => r.next() < 0.5 },
  { name: 'i1', type: TINYINT, bound: 50, make: (_, r) => int(r, 11) - 5 },
  { name: 'i2', type: SMALLINT, bound: 1000, make: (row, r) => row * 3 + int(r, 20) - 300 },
  { name: 'i4', type: INTEGER, bound: 1000, make: (_, r) => int(r, 7) - 3 },
  { name: 'i8', type: BIGINT, bound: 1e6, make: (row, r) => BigInt(row * 1000 + int(r, 2000)) },
  {
    name: 'edge8',
    type: BIGINT,
    bound: 2 ** 63,
    make: (row, r) => pick(r, [MAX_I64, -MAX_I64 - 1n, 0n, MAX_I64 - 1n, BigInt(row)]),
  },
  { name: 'u4', type: UINTEGER, bound: 2 ** 32, make: (row, r) => pick(r, [0, 4294967295, row]) },
  { name: 'f4', type: REAL, bound: 200, make: (row, r) => (row + int(r, 8)) / 4 },
  { name: 'f8', type: DOUBLE, bound: 1000, make: (row, r) => (row * 2 + int(r, 64)) / 16 - 8 },
  {
    name: 'gaps',
    type: DOUBLE,
    bound: 1000,
    make: (row, r) => pick(r, [Number.NaN, row / 4, row / 2]),
  },
  { name: 'edgef', type: DOUBLE, bound: Number.POSITIVE_INFINITY, make: (_, r) => pick(r, SPECIAL) },
  {
    name: 'edgef4',
    type: REAL,
    bound: Number.POSITIVE_INFINITY,
    make: (row, r) => pick(r, [0, -0, Number.NaN, row, Math.fround(0.1), Number.NEGATIVE_INFINITY]),
  },
  { name: 'd9', type: decimal(9, 2), bound: 1000, make: (row, r) => BigInt(row * 100 + int(r, 300) - 5000) },
  { name: 'd15', type: decimal(15, 2), bound: 1e6, make: (_, r) => BigInt(int(r, 1e6)) },
  { name: 'd30', type: decimal(30, 8), bound: 1e8, make: (_, r) => BigInt(int(r, 1e9)) * 1_000_003n - 10n ** 14n },
  {
    name: 'edge38',
    type: decimal(38, 4),
    bound: 1e34,
    make: (row, r) => pick(r, [MAX_D38, -MAX_D38, 0n, 1n, BigInt(row) * 10n ** 4n]),
  },
  { name: 's', type: VARCHAR, bound: 0, make: (_, r) => pick(r, TEXTS) },
  {
    name: 'name',
    type: VARCHAR,
    bound: 0,
    make: (row, r) => `name ${Math.floor(row / 20)}${pick(r, ['', 'é', '😀'])}`,
  },
  { name: 'longs', type: VARCHAR, bound: 0, make: (row) => long(row) },
  { name: 'day', type: DATE, bound: 0, make: (row, r) => 10_000 + row * 2 + int(r, 10) },
  {
    name: 'edgeday',
    type: DATE,
    bound: Number.POSITIVE_INFINITY,
    make: (_, r) => pick(r, [-719162, 2932896, 0, -1, -141428, 59]),
  },
  {
    name: 'ts',
    type: TIMESTAMP,
    bound: 0,
    make: (row, r) => BigInt(10_000 + row * 2) * DAY + pick(r, [0n, 1n, -1n, DAY / 2n, 999_999n]),
  },
  {
    name: 'tz',
    type: TIMESTAMPTZ,
    bound: 0,
    make: (row, r) => BigInt(row - 100) * DAY + pick(r, [0n, 1n, -1n, DAY / 2n]),
  },
  { name: 'late', type: INTEGER, bound: 1000, make: (row) => row % 13 },
  { name: 'grown', type: BIGINT, bound: 1e10, make: (row) => BigInt(row) * 100n },
  { name: 'money', type: decimal(18, 3), bound: 1e6, make: (row) => BigInt(row) * 1700n },
  { name: 'wider', type: DOUBLE, bound: 1000, make: (row) => row / 2 },
];

interface Part {
  readonly rows: number;
  /** Rows of a row group. */
  readonly group: number;
  readonly writer: 'duckdb' | 'arrow-rs';
  readonly without?: readonly string[];
  readonly nulls?: readonly string[];
  readonly types?: Readonly<Record<string, SqlType>>;
  readonly constant?: Readonly<Record<string, Value>>;
  readonly reversed?: boolean;
}

const NARROW = { grown: INTEGER, money: decimal(9, 1), wider: REAL };

const PARTS: readonly Part[] = [
  { rows: 60, group: 20, writer: 'duckdb', without: ['late'], types: NARROW },
  { rows: 40, group: 8, writer: 'arrow-rs', types: { ...NARROW, money: INTEGER } },
  { rows: 7, group: 1, writer: 'arrow-rs', reversed: true },
  { rows: 0, group: 10, writer: 'duckdb' },
  {
    rows: 30,
    group: 10,
    writer: 'duckdb',
    nulls: ['b', 'i1', 'i4', 'f8', 'd15', 's', 'ts', 'edge38'],
    types: { wider: INTEGER },
  },
  { rows: 30, group: 7, writer: 'arrow-rs', constant: { edgef: Number.NaN, edgef4: -0, s: '', i4: 0, edge38: 1n } },
  { rows: 5, group: 1, writer: 'duckdb', without: ['s', 'edgef', 'd9', 'wider'] },
  { rows: 1, group: 1, writer: 'duckdb', nulls: TABLE.map(({ name }) => name).filter((name) => name !== 'id') },
];

/** How many rows the table has. */
export const TABLE_ROWS = PARTS.reduce((sum, { rows }) => sum + rows, 0);

/** Writes the files of the table and makes it `t` in DuckDB. Gives the values of each column. */
export async function writeTable(
  oracle: Oracle,
  folder: string,
  random: Random,
): Promise<ReadonlyMap<string, readonly Value[]>> {
  const all = new Map<string, Value[]>(TABLE.map(({ name }) => [name, []]));
  let first = 0;
  for (const [index, part] of PARTS.entries()) {
    await writePart(oracle, join(folder, `${index}.parquet`), part, first, random, all);
    first += part.rows;
  }
  const columns = TABLE.map(({ name, type }) => `CAST("${name}" AS ${duckdbType(type)}) AS "${name}"`);
  await oracle.run(
    `CREATE TABLE t AS SELECT ${columns.join(', ')} FROM read_parquet('${folder}/*.parquet', union_by_name = true)`,
  );
  return all;
}

async function writePart(
  oracle: Oracle,
  path: string,
  part: Part,
  first: number,
  random: Random,
  all: ReadonlyMap<string, Value[]>,
): Promise<void> {
  const kept = TABLE.filter(({ name }) => !part.without?.includes(name));
  if (part.reversed) kept.reverse();
  const typeOf = ({ name, type }: TableColumn) => part.types?.[name] ?? type;
  await oracle.run(
    `CREATE OR REPLACE TABLE part (${kept.map((column) => `"${column.name}" ${duckdbType(typeOf(column))}`).join(', ')})`,
  );
  const rows = Array.from({ length: part.rows }, (_, i) =>
    kept.map((column) => {
      const isNull = part.nulls?.includes(column.name) || (column.name !== 'id' && random.next() < 0.12);
      const value = isNull ? null : (part.constant?.[column.name] ?? column.make(first + i, random));
      all.get(column.name)?.push(value);
      return `CAST(${duckdbLiteral(value, column.type)} AS ${duckdbType(typeOf(column))})`;
    }),
  );
  if (rows.length > 0)
    await oracle.run(`INSERT INTO part VALUES ${rows.map((row) => `(${row.join(', ')})`).join(', ')}`);
  const groups = Array.from({ length: Math.max(1, Math.ceil(part.rows / part.group)) }, (_, i) => {
    const from = first + i * part.group;
    return `SELECT * FROM part WHERE id >= ${from} AND id < ${from + part.group}`;
  });
  // A chunk of DuckDB's is never split: each SELECT becomes a row group.
  await oracle.run(`COPY (${groups.join(' UNION ALL ')}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 1)`);
  if (part.writer === 'arrow-rs') await rewrite(path, part.group);
}

/** The same file as arrow-rs writes it. */
async function rewrite(path: string, rowGroupRows: number): Promise<void> {
  const wasm = await loadParquetWasm();
  const table = wasm.readParquet(await readFile(path));
  const properties = new wasm.WriterPropertiesBuilder().setMaxRowGroupSize(rowGroupRows).build();
  await writeFile(path, wasm.writeParquet(table, properties));
}
