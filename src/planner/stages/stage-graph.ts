import { InternalError } from '../../common/errors.ts';
import type { StageId } from '../../common/ids.ts';
import type { Dollars } from '../../common/prices.ts';
import type { PhysicalPlan, SortKey } from '../../operators/plan.ts';
import type { Compression, OutputPartitioning, PartitionSlice } from '../../operators/task.ts';
import type { RowGroupInput } from '../../parquet/row-group-input.ts';
import type { RequestClass } from '../../storage/object-store.ts';
import type { HopCost } from '../cost/hop-cost.ts';

/** A query as stages of tasks. The tasks of the last stage together deliver the result, in the order of the tasks. */
export interface StageGraph {
  /** Producers before consumers. An id is unique and stays; it need not be a position (see `stageOf`). */
  readonly stages: readonly Stage[];
}

/** Tasks that run the same plan over different inputs. */
export interface Stage {
  readonly id: StageId;
  readonly plan: PhysicalPlan;
  /** What its exchange sources read, each stage once. */
  readonly inputs: readonly StageInput[];
  readonly output: StageOutput;
  readonly exchange: ExchangeChoice;
  /** Stages that have to end before this one begins, though it reads nothing of them: how it runs is decided then. */
  readonly after: readonly StageId[];
  /** At least one. */
  readonly tasks: readonly StageTask[];
  /** What the planner knows of each scan in the plan. */
  readonly scans: readonly ScanFacts[];
  /** Rows that each node of the plan, in preorder, is thought to deliver, by all tasks together; null: not estimated. */
  readonly estimatedRows: readonly (number | null)[];
  /** Any so many rows of its tasks are all that is wanted of them; null: every row is. */
  readonly enough: number | null;
}

export interface StageInput {
  readonly stage: StageId;
  readonly route: Route;
}

/** Which producers a task reads, and what of each. */
export type Route =
  /** All of every output. */
  { readonly kind: 'all' } | PartitionRoute | RangeRoute;

/**
 * One level of an exchange, see `routes.ts`. The tasks that read form `groups` of equal size, and so do those that write; within a
 * group the tasks are numbered by the digits of the partition that have been decided so far.
 */
export interface PartitionRoute {
  readonly kind: 'partitions';
  readonly from: LevelShape;
  readonly to: LevelShape;
}

/**
 * Ranges of sorted outputs, see `range-bounds.ts`. As many as there are tasks; chosen when all outputs are there. The rows of task after
 * task are in order.
 */
export interface RangeRoute {
  readonly kind: 'range';
  readonly keys: readonly SortKey[];
  /** So many of the first rows are all that is wanted; null: every row is. */
  readonly first: number | null;
}

/** Tasks of one level: task t is number `t % prefix` of group `floor(t / prefix)`. */
export interface LevelShape {
  readonly groups: number;
  /** Tasks of a group. */
  readonly prefix: number;
}

/** How a task's rows are divided. */
export type StageOutput = { readonly kind: 'whole' } | OutputPartitioning;

/** How a stage's output reaches its readers. */
export interface ExchangeChoice {
  /** `inline`: in messages while all of it fits, else through objects. */
  readonly medium: 'inline' | 'objects' | 'direct';
  readonly compression: Compression | null;
}

export interface StageTask {
  /** Row groups by ScanPlan.scan; an empty list for a scan that finds nothing to read. */
  readonly scans: Readonly<Record<number, readonly RowGroupInput[]>>;
  /** The partitions it reads; absent: the one of its own number. */
  readonly partitions?: PartitionSlice;
  /** Of one input only a share of the producers is read: several tasks do one partition. */
  readonly share?: { readonly stage: StageId; readonly index: number; readonly of: number };
}

/** What a scan reads out of what there is. */
export interface ScanFacts {
  readonly scan: number;
  readonly table: string;
  readonly files: Selected;
  readonly rowGroups: Selected;
  readonly rows: Selected;
  /** Bytes of the ranges that are read, of the files. */
  readonly bytes: Selected;
  readonly columns: Selected;
}

export interface Selected {
  readonly selected: number;
  readonly total: number;
}

/** What a query is thought to take. */
export interface Prediction {
  /** All requests to the storage: those of planning, of the scans and of the exchanges. */
  readonly requests: Readonly<Record<RequestClass, number>>;
  /** Those of the exchanges. */
  readonly exchanges: Readonly<Record<RequestClass, number>>;
  /** Bytes read by the tasks, exchanges apart. */
  readonly bytes: number;
  readonly edges: readonly EdgePrediction[];
  /** Memory of each function, MB. */
  readonly memoryMb: number;
  /** Until the result is there. */
  readonly ms: number;
  readonly dollars: Dollars;
}

/** What one stage hands to another: one level of an exchange. */
export interface EdgePrediction extends HopCost {
  readonly from: StageId;
  readonly to: StageId;
  readonly medium: ExchangeChoice['medium'];
  readonly compression: Compression | null;
  /** Of `inline`: whether the rows are thought to fit messages. */
  readonly inMessages: boolean;
  /** From 1. */
  readonly level: number;
  readonly levels: number;
  readonly writers: number;
  readonly readers: number;
  /** Of each output; null: all of it is read as one. */
  readonly partitions: number | null;
  /** Of the rows, as Arrow buffers before compression. */
  readonly bytes: number;
}

/** The stage of that id. Throws InternalError when there is none. */
export function stageOf({ stages }: StageGraph, id: StageId): Stage {
  const stage = stages[id]?.id === id ? stages[id] : stages.find((one) => one.id === id);
  if (!stage) throw new InternalError(`there is no stage ${id}`);
  return stage;
}
