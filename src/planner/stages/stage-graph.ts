import type { StageId } from '../../common/ids.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import type { PhysicalPlan } from '../../operators/plan.ts';
import type { RowGroupInput } from '../../parquet/row-group-input.ts';
import type { RequestClass } from '../../storage/object-store.ts';

/** A query as stages of tasks. The tasks of the last stage together deliver the result, in the order of the tasks. */
export interface StageGraph {
  /** Producers before consumers; a stage's id is its position. */
  readonly stages: readonly Stage[];
}

/** Tasks that run the same plan over different inputs. */
export interface Stage {
  readonly id: StageId;
  readonly plan: PhysicalPlan;
  /** The stages whose outputs its exchange sources read: whole in every task, or partition i in task i, as their output says. */
  readonly inputs: readonly StageId[];
  readonly output: StageOutput;
  /** At least one. */
  readonly tasks: readonly StageTask[];
  /** What the planner knows of each scan in the plan. */
  readonly scans: readonly ScanFacts[];
  /** Rows that each node of the plan, in preorder, is thought to deliver, by all tasks together; null: not estimated. */
  readonly estimatedRows: readonly (number | null)[];
  /** Any so many rows of its tasks are all that is wanted of them; null: every row is. */
  readonly enough: number | null;
}

/** Whether a task's output is one whole, or partitioned by the hash of keys. */
export type StageOutput =
  | { readonly kind: 'whole' }
  | { readonly kind: 'hash'; readonly keys: readonly Expr[] /** At least two. */; readonly partitions: number };

export interface StageTask {
  /** Row groups by ScanPlan.scan; an empty list for a scan that finds nothing to read. */
  readonly scans: Readonly<Record<number, readonly RowGroupInput[]>>;
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

/** What a query will ask of the storage, the requests of planning included, when every exchange travels inline. */
export interface Prediction {
  readonly requests: Readonly<Record<RequestClass, number>>;
  /** What exchanges add at most: when every one of them goes through objects. */
  readonly exchanges: Readonly<Record<RequestClass, number>>;
  /** Bytes read by the tasks, exchanges apart. */
  readonly bytes: number;
}
