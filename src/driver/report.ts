import type { QueryId } from '../common/ids.ts';
import type { PriceTable } from '../common/prices.ts';
import type { TaskMetrics } from '../operators/task.ts';
import type { Prediction } from '../planner/stages/stage-graph.ts';
import { REQUEST_CLASSES } from '../storage/counted.ts';
import type { RequestCounts } from '../storage/object-store.ts';

/** Version of the QueryReport's JSON form. */
export const REPORT_VERSION = 1;

/** What a query took: the receipt. Complete once its result has been read to the end, partial before. */
export interface QueryReport {
  readonly version: typeof REPORT_VERSION;
  readonly query: QueryId;
  /** Where the tasks ran. */
  readonly target: string;
  /** Why the tasks ran there, when the target was `auto`. */
  readonly note?: string;
  readonly state: 'planning' | 'running' | 'finished' | 'failed' | 'cancelled';
  /** Rows of the result. */
  readonly rows: number;
  readonly ms: { readonly plan: number; readonly run: number; readonly total: number };
  readonly stages: readonly StageReport[];
  /** Requests of the driver and of all attempts of all tasks. */
  readonly requests: RequestCounts;
  /** What the plan said would be needed; equal to `requests` unless something was tried again, or exchanges went through objects. */
  readonly predicted: Prediction;
  readonly invocations: number;
  readonly coldStarts: number;
  readonly retries: number;
  readonly gbSeconds: number;
  /** Null where nothing is billed. */
  readonly dollars: Dollars | null;
}

export interface Dollars {
  readonly functions: number;
  readonly requests: number;
  readonly total: number;
  /** The price table it was computed from. */
  readonly prices: { readonly region: string; readonly date: string };
}

export interface StageReport {
  readonly stage: number;
  readonly tasks: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Wall time from the first task's start to the last one's end. */
  readonly ms: number;
  readonly slowestTaskMs: number;
  readonly memoryPeakBytes: number;
}

/**
 * GB-seconds that AWS would bill for tasks on functions of `memoryMb`; init counts as run time since August 2025. `lostMs` is
 * the time of functions that died without a report.
 */
export function gbSeconds(metrics: readonly TaskMetrics[], memoryMb: number, lostMs = 0): number {
  const ms = metrics.reduce(
    (sum, task) => sum + Math.ceil(task.ms.total) + (task.coldStart ? (task.initMs ?? 0) : 0),
    lostMs,
  );
  return (ms / 1000) * (memoryMb / 1024);
}

/** The bill by a price table. */
export function bill(
  prices: PriceTable,
  usage: { readonly gbSeconds: number; readonly invocations: number; readonly requests: RequestCounts },
): Dollars {
  const functions = usage.gbSeconds * prices.gbSecond + usage.invocations * prices.invocation;
  const requests = REQUEST_CLASSES.reduce((sum, name) => sum + usage.requests[name].requests * prices.request[name], 0);
  return { functions, requests, total: functions + requests, prices: { region: prices.region, date: prices.date } };
}
