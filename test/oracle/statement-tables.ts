import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '../../src/common/clock.ts';
import type { Oracle } from './duckdb.ts';
import type { StatementType } from './statement.ts';

export interface StatementTable {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly type: StatementType }[];
}

/** Few values, so that joins meet and groups are large; a third of them NULL. */
const COLUMNS = [
  { name: 'k', type: 'int' },
  { name: 'i', type: 'int' },
  { name: 's', type: 'text' },
  { name: 'd', type: 'dec' },
  { name: 'b', type: 'bool' },
  { name: 't', type: 'date' },
] as const;

const TYPE_NAMES: Readonly<Record<StatementType, string>> = {
  int: 'INTEGER',
  dec: 'DECIMAL(8, 2)',
  text: 'VARCHAR',
  bool: 'BOOLEAN',
  date: 'DATE',
  float: 'DOUBLE',
};

const VALUES: Readonly<Record<StatementType, readonly string[]>> = {
  int: ['0', '1', '2', '3', '-1', '7'],
  dec: ['0.00', '1.50', '2.00', '-1.25', '10.10'],
  text: ["'a'", "'b'", "'ab'", "''", "'B'"],
  bool: ['true', 'false'],
  date: ["DATE '2020-01-01'", "DATE '2020-02-29'", "DATE '2019-12-31'"],
  float: ['0.5'],
};

/** The last one is empty. */
export const STATEMENT_TABLES: readonly StatementTable[] = [12, 9, 6, 1, 0].map((rows, i) => ({
  name: `r${i}`,
  rows,
  columns: COLUMNS,
}));
const FILES = 2;

/** Writes the tables as `FOLDER/NAME/*.parquet` and makes them DuckDB's. */
export async function writeStatementTables(oracle: Oracle, folder: string, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const value = (type: StatementType) => {
    const values = VALUES[type];
    return random.next() < 0.3 ? 'NULL' : (values[Math.floor(random.next() * values.length)] as string);
  };
  for (const { name, rows, columns } of STATEMENT_TABLES) {
    await oracle.run(
      `CREATE TABLE ${name} (${columns.map((column) => `${column.name} ${TYPE_NAMES[column.type]}`).join(', ')})`,
    );
    const lines = Array.from({ length: rows }, () => `(${columns.map(({ type }) => value(type)).join(', ')})`);
    if (lines.length > 0) await oracle.run(`INSERT INTO ${name} VALUES ${lines.join(', ')}`);
    await mkdir(join(folder, name));
    for (let file = 0; file < FILES; file++) {
      await oracle.run(
        `COPY (SELECT * FROM ${name} WHERE rowid % ${FILES} = ${file}) TO '${folder}/${name}/${file}.parquet' (FORMAT parquet)`,
      );
    }
  }
}
