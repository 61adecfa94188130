import type { WireError } from '../common/errors.ts';
import type { AttemptId, QueryId, StageId, TaskId } from '../common/ids.ts';
import type { RowGroupInput } from '../parquet/row-group-input.ts';
import type { RequestCounts } from '../storage/object-store.ts';
import type { StorageSettings } from '../storage/settings.ts';
import type { Expr } from './expr/expr.ts';
import type { PhysicalPlan } from './plan.ts';

/** Version of the messages between driver and worker. A worker refuses every other with SQ6006. */
export const PROTOCOL_VERSION = 1;

/**
 * The self-contained message a function receives: what to compute, from which bytes, to where, within which bounds.
 * Plain JSON through `common/wire.ts`.
 */
export interface Task {
  readonly version: typeof PROTOCOL_VERSION;
  readonly query: QueryId;
  readonly stage: StageId;
  readonly task: TaskId;
  readonly attempt: AttemptId;
  readonly plan: PhysicalPlan;
  /** Row groups by ScanPlan.scan. */
  readonly scans: Readonly<Record<number, readonly RowGroupInput[]>>;
  /**
   * What earlier stages delivered, by ExchangeSourcePlan.stage: the winner's manifest of each producer task. Of partitioned outputs
   * each is one partition, that of this task; producers without rows for it are left out.
   */
  readonly exchanges: Readonly<Record<number, readonly Manifest[]>>;
  readonly output: OutputTarget;
  readonly storage: StorageSettings;
  readonly budget: TaskBudget;
}

export interface TaskBudget {
  /** Linear memory the task may take, bytes. */
  readonly memoryBytes: number;
  /** When the task gives up, ms since the Unix epoch. */
  readonly deadline: number;
}

/** Where a task's result goes: into the report while it is small, else into one object. */
export interface OutputTarget {
  /** Largest Arrow IPC body that travels inside the TaskReport, bytes. */
  readonly maxInlineBytes: number;
  /** URI of the object for anything larger; attempt-specific. */
  readonly uri: string;
  /** Set: the rows are partitioned by the hash of the keys, expressions over the plan's columns. */
  readonly partitioning?: OutputPartitioning;
}

export interface OutputPartitioning {
  readonly keys: readonly Expr[];
  readonly partitions: number;
}

/** What one producer task delivered: an Arrow IPC stream, or one per partition, inline or as an object. */
export interface Manifest {
  readonly stage: StageId;
  readonly task: TaskId;
  readonly attempt: AttemptId;
  /** Rows in the body; the consumer verifies it. */
  readonly rows: number;
  readonly body: ManifestBody;
  /** Of a partitioned output: where each partition lies in the body, one behind the other. */
  readonly partitions?: readonly ManifestPartition[];
}

/** An Arrow IPC stream within a body; no bytes for no rows. */
export interface ManifestPartition {
  readonly rows: number;
  /** Bytes from the start of the body. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

export type ManifestBody =
  | { readonly kind: 'inline' /** Arrow IPC stream. */; readonly bytes: Uint8Array }
  | {
      readonly kind: 'object';
      readonly uri: string;
      readonly etag: string;
      /** Bytes. */
      readonly size: number;
      /** Where in the object the body begins, bytes; absent: at its start. */
      readonly offset?: number;
    };

/** What a function answers. It answers this for a failed task too; only a dead function answers nothing. */
export interface TaskReport {
  readonly version: typeof PROTOCOL_VERSION;
  readonly query: QueryId;
  readonly stage: StageId;
  readonly task: TaskId;
  readonly attempt: AttemptId;
  readonly outcome:
    | { readonly ok: true; readonly manifest: Manifest }
    | { readonly ok: false; readonly error: WireError };
  readonly metrics: TaskMetrics;
}

export interface TaskMetrics {
  /** Rows that left the scans and exchange sources. */
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Rows that each node of the task's plan, in preorder, has delivered. */
  readonly operatorRows: readonly number[];
  readonly requests: RequestCounts;
  /** Wall time by phase, ms. Phases may overlap: their sum can exceed `total`. */
  readonly ms: {
    readonly fetch: number;
    readonly decode: number;
    readonly compute: number;
    readonly write: number;
    readonly total: number;
  };
  /** Peak resident memory of the instance, bytes. */
  readonly memoryPeakBytes: number;
  /** First task of this instance. */
  readonly coldStart: boolean;
  /** From process start to ready, ms; null on a warm start. */
  readonly initMs: number | null;
  /** Identifies the function instance, so that reuse can be seen. */
  readonly instance: string;
}
