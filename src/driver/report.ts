import type { QueryId } from '../common/ids.ts';
import {
  type Dollars,
  type PriceTable,
  type StoreKind,
  type StoreTraffic,
  storageDollars,
  storePrices,
} from '../common/prices.ts';
import type { Compression, LinkTraffic, TaskMetrics } from '../operators/task.ts';
import type { Decision } from '../planner/adaptive/adaptive-graph.ts';
import type { EdgePrediction, Prediction } from '../planner/stages/stage-graph.ts';
import { REQUEST_CLASSES } from '../storage/counted.ts';
import type { RequestCounts } from '../storage/object-store.ts';

/** Version of the QueryReport's JSON form. */
export const REPORT_VERSION = 2;

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
  /** What the plan said would be needed: `requests` differ when something was tried again, or exchanges had other sizes than estimated. */
  readonly predicted: Prediction;
  /** What stages handed to each other, of the stages as they ran. */
  readonly edges: readonly EdgeReport[];
  /** What was decided anew while the query ran. */
  readonly decisions: readonly Decision[];
  /** Of direct exchanges; null without any. */
  readonly links: LinkTraffic | null;
  readonly invocations: number;
  readonly coldStarts: number;
  /** Functions that were started ahead of their tasks. */
  readonly warmed: number;
  readonly retries: number;
  /** Invocations that were refused for a while (429). */
  readonly throttles: number;
  readonly gbSeconds: number;
  /** Null where nothing is billed. */
  readonly dollars: Dollars | null;
}

export interface EdgeReport {
  readonly from: number;
  readonly to: number;
  /** As planned. */
  readonly medium: EdgePrediction['medium'];
  readonly compression: Compression | null;
  /** From 1. */
  readonly level: number;
  readonly levels: number;
  /** Of the writing it is told at the first reader. */
  readonly predicted: EdgeTotals;
  /** Of all attempts. */
  readonly actual: EdgeTotals & {
    /** How the rows travelled: several ways when not all outputs did the same. */
    readonly media: readonly EdgePrediction['medium'][];
  };
}

export interface EdgeTotals {
  readonly put: number;
  readonly get: number;
  /** Bytes to and from storage, or over links. */
  readonly written: number;
  readonly read: number;
  /** Bill of the storage, US dollars, also where nothing is billed. */
  readonly dollars: number;
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

/** The bill by a price table. What exchanges took of the requests is billed as their store bills. */
export function bill(
  prices: PriceTable,
  usage: { readonly gbSeconds: number; readonly invocations: number; readonly requests: RequestCounts },
  exchanges: StoreTraffic & { readonly store: StoreKind } = { store: 'standard', put: 0, get: 0, written: 0, read: 0 },
): Dollars {
  const functions = usage.gbSeconds * prices.gbSecond + usage.invocations * prices.invocation;
  const all = REQUEST_CLASSES.reduce((sum, name) => sum + usage.requests[name].requests * prices.request[name], 0);
  const asStandard = storageDollars(storePrices(prices, 'standard'), exchanges);
  const requests = all - asStandard + storageDollars(storePrices(prices, exchanges.store), exchanges);
  return { functions, requests, total: functions + requests, prices: { region: prices.region, date: prices.date } };
}
