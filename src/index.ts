/** The public API of Squall: everything the command line uses, and nothing else. */

export {
  CONFIG,
  type Config,
  type ConfigEntry,
  type ConfigOptions,
  type ExchangeOptions,
  envName,
  flagName,
  offFlagName,
} from './common/config.ts';
export * from './common/errors.ts';
export type { Dollars } from './common/prices.ts';
export { renderError } from './common/render-error.ts';
export { type Field, type Interval, isNumeric, type SqlType, typeName, type Value } from './common/types.ts';
export { type ConnectOptions, connect, openStorage, type Storage } from './connect.ts';
export type { EdgeReport, QueryReport, StageReport } from './driver/report.ts';
export type { QueryResult } from './driver/result.ts';
export type { Progress as QueryProgress } from './driver/running-query.ts';
export type { QueryOptions, Session } from './driver/session.ts';
export { arrowSchema } from './exchange/arrow-ipc.ts';
export { valueText } from './operators/expr/value-text.ts';
export type { ParameterValue, ParameterValues } from './planner/bind/parameters.ts';
export type { TableDefinition, TableDefinitions } from './planner/catalog/parquet-catalog.ts';
export { DIALECTS, type Dialect } from './planner/parse/dialects/dialect.ts';
export { splitSql } from './planner/parse/split-sql.ts';
export { explainText, generatedCode, type PlannedQuery } from './planner/plan-query.ts';
export { parametersOf } from './planner/statements/parameters-of.ts';
export { type LocalServices, type StartLocalOptions, startLocal } from './start-local.ts';
export { VERSION } from './version.ts';
