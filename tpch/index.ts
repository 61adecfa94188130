/** The subpath `squall/tpch`: the benchmark's tables, generated and described. */
export { TBL_MD5 } from './checksums.ts';
export {
  type GeneratedFile,
  type GenerateOptions,
  type GenerateProgress,
  type GenerateResult,
  generate,
} from './gen/generate.ts';
export { isTpchTable, TPCH_SCHEMA, TPCH_TABLES, type TpchTable, type TpchTableDefinition } from './schema.ts';
