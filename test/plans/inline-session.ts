import { inlineCloud } from '../../src/cloud/inline/inline-cloud.ts';
import type { Field, Value } from '../../src/common/types.ts';
import type { QueryReport } from '../../src/driver/report.ts';
import { meteredStores } from '../../src/driver/request-meter.ts';
import { type QueryOptions, Session } from '../../src/driver/session.ts';
import { ParquetCatalog, type TableDefinitions } from '../../src/planner/catalog/parquet-catalog.ts';
import type { PlannedQuery } from '../../src/planner/plan-query.ts';
import { Stores } from '../../src/storage/stores.ts';

export interface InlineSession {
  rows(sql: string): Promise<readonly (readonly Value[])[]>;
  query(
    sql: string,
    options?: Pick<QueryOptions, 'parameters'>,
  ): Promise<{ readonly rows: readonly (readonly Value[])[]; readonly columns: readonly Field[] }>;
  /** The final report, after all rows have been read. */
  report(sql: string): Promise<QueryReport>;
  plan(sql: string): Promise<PlannedQuery>;
  close(): Promise<void>;
}

/** Driver and worker in this process, over files: what a plan computes, not how fast. */
export function inlineSession(tables: TableDefinitions, workers: number): InlineSession {
  const stores = meteredStores({}, {});
  const taskStores = new Stores();
  const settings = { memoryMb: 512, timeoutMs: 60_000, scratch: null };
  const cloud = inlineCloud({ stores, storage: stores.settings, taskStores, ...settings });
  const session = new Session({
    catalog: new ParquetCatalog({ stores, tables }),
    stores,
    place: async () => ({ cloud }),
    workers,
    stopFunctions: () => cloud.close(),
    dispose: () => stores.close(),
  });
  const run = async (sql: string, options: Pick<QueryOptions, 'parameters'> = {}) => {
    const rows: (readonly Value[])[] = [];
    const result = await session.query(sql, options);
    for await (const row of result.values()) rows.push(row);
    return { rows, columns: result.columns, report: result.report };
  };
  return {
    rows: async (sql) => (await run(sql)).rows,
    query: run,
    report: async (sql) => (await run(sql)).report,
    plan: (sql) => session.plan(sql),
    close: () => session.close(),
  };
}
