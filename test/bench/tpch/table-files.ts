import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TableDefinitions } from '../../../src/index.ts';
import { TPCH_SCHEMA, TPCH_TABLES } from '../../../tpch/schema.ts';

export interface TableFiles {
  readonly squall: TableDefinitions;
  readonly duckdb: Readonly<Record<string, string>>;
}

/** The tables of a folder: `TABLE.parquet`, or `TABLE/*.parquet` as the generator writes them. Throws when one is missing. */
export function tableFiles(folder: string): TableFiles {
  const places = TPCH_TABLES.map((table): [string, string] => {
    const one = join(folder, `${table}.parquet`);
    if (existsSync(one)) return [table, one];
    if (existsSync(join(folder, table))) return [table, join(folder, table, '*.parquet')];
    throw new Error(`${folder} has neither ${table}.parquet nor a folder ${table}`);
  });
  return {
    squall: Object.fromEntries(
      places.map(([table, files]) => [table, { files, schema: TPCH_SCHEMA[table as keyof typeof TPCH_SCHEMA].schema }]),
    ),
    duckdb: Object.fromEntries(places),
  };
}
