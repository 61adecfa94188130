import type { TableDefinitions } from '../src/index.ts';
import { TPCH_SCHEMA, TPCH_TABLES } from '../tpch/schema.ts';

/**
 * The eight TPC-H tables as files below one prefix, in the layout that `squall tpch gen` writes:
 * `BASE/lineitem/*.parquet` and so on. A URI or a local path; a slash at its end changes nothing.
 */
export function tpchTables(base: string): TableDefinitions {
  const prefix = base.replace(/\/+$/, '');
  return Object.fromEntries(
    TPCH_TABLES.map((name) => [name, { files: `${prefix}/${name}/*.parquet`, schema: TPCH_SCHEMA[name].schema }]),
  );
}
