import { inlineCloud } from '../../src/cloud/inline/inline-cloud.ts';
import type { Value } from '../../src/common/types.ts';
import { Session } from '../../src/driver/session.ts';
import { ParquetCatalog, type TableDefinitions } from '../../src/planner/catalog/parquet-catalog.ts';
import type { PlannedQuery } from '../../src/planner/plan-query.ts';
import { Stores } from '../../src/storage/stores.ts';

export interface InlineSession {
  rows(sql: string): Promise<readonly (readonly Value[])[]>;
  plan(sql: string): Promise<PlannedQuery>;
  close(): Promise<void>;
}

/** Driver and worker in this process, over files: what a plan computes, not how fast. */
export function inlineSession(tables: TableDefinitions, workers: number): InlineSession {
  const stores = new Stores();
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
  return {
    rows: async (sql) => {
      const rows: (readonly Value[])[] = [];
      for await (const row of (await session.query(sql)).values()) rows.push(row);
      return rows;
    },
    plan: (sql) => session.plan(sql),
    close: () => session.close(),
  };
}
