import type { WireError } from '../common/errors.ts';
import type { AttemptId, QueryId, StageId, TaskId } from '../common/ids.ts';
import type { Value } from '../common/types.ts';
import type { RowGroupInput } from '../parquet/row-group-input.ts';
import type { RequestCounts } from '../storage/object-store.ts';
import type { StorageSettings } from '../storage/settings.ts';
import type { Expr } from './expr/expr.ts';
import type { PhysicalPlan, SortKey } from './plan.ts';

/** Version of the messages between driver and worker. A worker refuses every other with SQ6006. */
export const PROTOCOL_VERSION = 2;

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
  /** What earlier stages deliver, by ExchangeSourcePlan.stage. */
  readonly exchanges: Readonly<Record<number, ExchangeInput>>;
  readonly output: OutputTarget;
  readonly storage: StorageSettings;
  readonly budget: TaskBudget;
  /**
   * URI prefix of the query's journal. Set: the report is also put at `journalKey`, unless there is one; then that one is the
   * answer.
   */
  readonly journal?: string;
}

/** Where in a journal the report of a task is. */
export const journalKey = (journal: string, { stage, task }: Pick<Task, 'stage' | 'task'>): string =>
  `${journal}stage-${stage}/task-${task}.json`;

/** What one earlier stage delivers to one task. */
export interface ExchangeInput {
  /**
   * The winner's manifest of each producer task that had ended when the message was made. Of partitioned outputs each is a slice;
   * producers without rows for this task are left out.
   */
  readonly manifests: readonly Manifest[];
  /** Producers that had not ended: their reports will be in the journal. */
  readonly pending?: PendingProducers;
  /** Producers that run at the same time and send their rows over links. */
  readonly links?: LinkInput;
  /** Set: the manifests are slices of sorted outputs, of whose rows only those within the range are this task's. */
  readonly range?: ExchangeRange;
}

/** A range of all rows of sorted outputs in the order of their keys, then of the tasks that sorted them; null: no bound. */
export interface ExchangeRange {
  /** Columns of what is read. */
  readonly keys: readonly SortKey[];
  /** Rows with these keys are within, of the task that it names and of those behind it. */
  readonly from: RangeBound | null;
  /** Rows with these keys are within, of the task that it names and of those before it. */
  readonly to: RangeBound | null;
}

/** A place among sorted rows. What divides the rows of its task is not the keys but which pieces of its output are read. */
export interface RangeBound {
  /** One per key. */
  readonly values: readonly Value[];
  readonly task: TaskId;
}

export interface PendingProducers {
  readonly tasks: readonly TaskId[];
  /** What is read of each output; null: all of it. */
  readonly partitions: PartitionSlice | null;
}

/** Adjacent partitions of an output. */
export interface PartitionSlice {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export interface TaskBudget {
  /** Linear memory the task may take, bytes. */
  readonly memoryBytes: number;
  /** When the task gives up, ms since the Unix epoch. */
  readonly deadline: number;
}

/** Where a task's result goes: into the report while it is small, else into one object; or over links. */
export interface OutputTarget {
  /** Largest Arrow IPC body that travels inside the TaskReport, bytes; 0: none but an empty one. */
  readonly maxInlineBytes: number;
  /** URI of the object for anything larger; attempt-specific. */
  readonly uri: string;
  /** Absent: the output is one whole. */
  readonly partitioning?: OutputPartitioning;
  /** Codec of the buffers of Arrow record batches; absent: none. */
  readonly compression?: Compression;
  /** Set: the rows of each partition go to a task that runs at the same time. */
  readonly links?: LinkOutput;
}

export type Compression = 'lz4' | 'zstd';

/**
 * Which partition a row goes to. `hash`: with p < `of` the number that the hash of its keys gives, partition
 * `floor(p / divisor) % partitions`: one digit of p, so that several levels of exchange together bring a row to p. `roundRobin`: equal
 * shares. `range`: rows that come sorted by the keys are cut into pieces of about equal rows.
 */
export type OutputPartitioning =
  | {
      readonly kind: 'hash';
      /** Expressions over the plan's columns. */
      readonly keys: readonly Expr[];
      readonly of: number;
      readonly divisor: number;
      readonly partitions: number;
    }
  | { readonly kind: 'roundRobin'; readonly partitions: number }
  | { readonly kind: 'range'; readonly keys: readonly SortKey[]; readonly partitions: number };

/** Tasks of two stages that run at the same time and are connected by links; one unit of retry. */
export interface LinkGang {
  readonly id: string;
  /** 32 random bytes that only the tasks of the gang and the driver know. */
  readonly key: Uint8Array;
  readonly rendezvous: Rendezvous;
  /** A pair that is not connected after so long goes through the store, ms. */
  readonly connectMs: number;
  /** URI prefix of the objects of pairs that did not connect. */
  readonly fallback: string;
}

/** How the tasks of a gang find each other. */
export type Rendezvous =
  | { readonly kind: 'driver'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'store';
      /** URI prefix of the endpoints. */
      readonly prefix: string;
      /** URL that answers a GET with the caller's public address as text. */
      readonly echo: string;
    };

export interface LinkOutput {
  readonly gang: LinkGang;
  readonly to: StageId;
  /** By partition: the task it goes to. */
  readonly peers: readonly TaskId[];
}

export interface LinkInput {
  readonly gang: LinkGang;
  /** The tasks that send. */
  readonly peers: readonly TaskId[];
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
  /** Of a range: the sort keys of its first and its last row, in the wire form of their types; absent for no rows. */
  readonly range?: { readonly first: readonly Value[]; readonly last: readonly Value[] };
}

export type ManifestBody =
  /** The rows went over links. */
  | { readonly kind: 'links' }
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
  /** What reading each exchange input took of `requests`, by ExchangeSourcePlan.stage. */
  readonly inputs: Readonly<Record<number, EdgeTraffic>>;
  /** What delivering the output took of `requests`. */
  readonly output: EdgeTraffic;
  /** Of a task in a gang. */
  readonly links?: LinkTraffic;
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

export interface EdgeTraffic {
  readonly requests: number;
  /** In storage or over links; what travels inside messages is no traffic of its own. */
  readonly bytes: number;
}

export interface LinkTraffic {
  readonly connected: number;
  /** Pairs that went through the store, as `stage 1 task 3 -> stage 2 task 0`. */
  readonly fellBack: readonly string[];
  /** Most sockets open at once. */
  readonly descriptorsPeak: number;
}
