import { inlineCloud } from '../../src/cloud/inline/inline-cloud.ts';
import { newQueryId } from '../../src/common/ids.ts';
import type { Value } from '../../src/common/types.ts';
import { meteredStores, RequestMeter } from '../../src/driver/request-meter.ts';
import { QueryResult } from '../../src/driver/result.ts';
import { runStages } from '../../src/driver/schedule/run-stages.ts';
import type { AttemptEvent } from '../../src/driver/schedule/schedule-options.ts';
import { Scratch } from '../../src/driver/scratch.ts';
import { ParquetCatalog, type TableDefinitions } from '../../src/planner/catalog/parquet-catalog.ts';
import type { DistributionLimits } from '../../src/planner/physical/physical-context.ts';
import { type PlannedQuery, type PlanQueryOptions, planQuery } from '../../src/planner/plan-query.ts';
import { Stores } from '../../src/storage/stores.ts';

/** Every exchange that a plan can have, it has: tables of tests are small. */
export const SPREAD: DistributionLimits = { taskBytes: 1000, replicatedBytes: 0, gatheredBytes: 0, stageBytes: 0 };

/** An answer that no message takes along: outputs go through objects. */
export const NO_PAYLOAD = 65_536;

export interface Ran {
  readonly rows: readonly (readonly Value[])[];
  readonly planned: PlannedQuery;
  readonly attempts: readonly AttemptEvent[];
}

export interface PlannedRuns {
  run(sql: string, options?: Pick<PlanQueryOptions, 'workers' | 'limits' | 'adaptive' | 'choices'>): Promise<Ran>;
  close(): Promise<void>;
}

/** Runs queries in this process, planned in whatever way. `payloadBytes`: as CloudLimits. */
export function plannedRuns(tables: TableDefinitions, payloadBytes?: number): PlannedRuns {
  const stores = meteredStores({}, {});
  const settings = { memoryMb: 512, timeoutMs: 60_000, scratch: null };
  const inline = inlineCloud({ stores, storage: stores.settings, taskStores: new Stores(), ...settings });
  const limits = { ...inline.limits, ...(payloadBytes !== undefined && { payloadBytes }) };
  const cloud = { ...inline, limits };
  const catalog = new ParquetCatalog({ stores, tables });
  const { signal } = new AbortController();
  return {
    run: async (sql, options = {}) => {
      const planned = await planQuery(sql, { catalog, ...options });
      const query = newQueryId(cloud.clock, cloud.random);
      const scratch = new Scratch(stores, cloud.scratch, query);
      const attempts: AttemptEvent[] = [];
      const onAttempt = (event: AttemptEvent) => attempts.push(event);
      const manifests = await runStages(planned.adaptive(), {
        query,
        cloud,
        scratch,
        signal,
        onAttempt,
        choices: planned.choices,
      });
      const result = new QueryResult(planned.columns, {
        manifests,
        stores,
        meter: new RequestMeter(),
        signal,
        report: () => {
          throw new Error('no report is made');
        },
        end: () => scratch.clean(),
      });
      const rows: (readonly Value[])[] = [];
      for await (const row of result.values()) rows.push(row);
      return { rows, planned, attempts };
    },
    close: async () => {
      await cloud.close();
      await stores.close();
    },
  };
}
