export { TBL_MD5 } from './checksums.ts';
export type { ColumnValues, TextValues, TpchBatch } from './gen/columns.ts';
export {
  type GeneratedFile,
  type GenerateOptions,
  type GenerateProgress,
  type GenerateResult,
  generate,
} from './gen/generate.ts';
export { type GenerateTableOptions, generateTable } from './gen/generate-table.ts';
export type { TpchFormat } from './gen/plan.ts';
export { tblBytes } from './gen/tbl.ts';
export { TextPool, type TextPoolMemory } from './gen/text-pool.ts';
export { TPCH_QUERIES } from './run/query-text.ts';
export { type QueryRuns, type RunQueriesOptions, runQueries, scaleOf, type Verdict } from './run/run-queries.ts';
export { isTpchTable, TPCH_SCHEMA, TPCH_TABLES, type TpchTable, type TpchTableDefinition } from './schema.ts';
