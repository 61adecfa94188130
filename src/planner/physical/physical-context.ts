import type { Expr } from '../../operators/expr/expr.ts';
import type { RowGroupInput } from '../../parquet/row-group-input.ts';
import type { ColumnIds } from '../bind/bind-context.ts';
import type { Splits } from '../catalog/table-source.ts';
import type { LogicalPlan, LogicalScan } from '../logical/logical-plan.ts';
import type { DistributedPlan } from './distributed-plan.ts';
import type { Planned } from './distribution.ts';

/** What is thought of a plan's result. */
export interface Estimates {
  rows(plan: LogicalPlan): number;
  /** As it lies in memory. */
  bytes(plan: LogicalPlan): number;
  /** Different values of an expression over its rows. */
  distinct(plan: LogicalPlan, expr: Expr): number;
}

/** Where one way of distributing work ends and another begins. */
export interface DistributionLimits {
  /** Bytes that one task takes on when nobody says how many tasks there are. */
  readonly taskBytes: number;
  /** Bytes that every task rather reads for itself than has another stage hand them on. */
  readonly replicatedBytes: number;
  /** Bytes of groups or rows that one task takes from all others. */
  readonly gatheredBytes: number;
  /** What another stage costs, told in bytes that could be moved instead. */
  readonly stageBytes: number;
}

const MB = 1024 * 1024;

export const DISTRIBUTION_LIMITS: DistributionLimits = {
  taskBytes: 64 * MB,
  replicatedBytes: MB,
  gatheredBytes: 8 * MB,
  stageBytes: 8 * MB,
};

/** A scan with what it reads and over how many tasks that is spread. */
export interface PlannedScan {
  readonly scan: LogicalScan;
  readonly splits: Splits;
  readonly rowGroups: readonly RowGroupInput[];
  readonly tasks: number;
}

/** A WITH item that stays one: what its readings begin with, or the definition where each plans it anew. */
export type CommonTable =
  | { readonly kind: 'shared'; readonly planned: Planned }
  | { readonly kind: 'inlined'; readonly definition: LogicalPlan };

/** Where the sides of a join meet: the cheaper way, or the one that is told wherever the join allows it. */
export type JoinChoice = 'auto' | 'broadcast' | 'partitioned';

/** Bytes of a result: what they are thought to be and between what they can lie. */
export interface Size {
  readonly bytes: number;
  readonly low: number;
  readonly high: number;
}

/** What planning one query shares. */
export interface PhysicalContext {
  readonly ids: ColumnIds;
  readonly estimates: Estimates;
  readonly limits: DistributionLimits;
  /** Tasks of a parallel stage, when somebody says so. */
  readonly workers: number | null;
  /** Partitions of an exchange by keys, when somebody says so. */
  readonly partitions: number | null;
  readonly scans: Map<number, PlannedScan>;
  readonly tables: Map<number, CommonTable>;
  /** Rows that a node is thought to deliver. */
  readonly rows: WeakMap<object, number>;
  /** The sorts in whose order the result is delivered. */
  readonly delivered: ReadonlySet<LogicalPlan>;
  readonly joins: JoinChoice;
  /** How much a node's result may be. */
  size(plan: LogicalPlan): Size;
  /** Whether a stage may wait for another only because how it runs is decided better then. */
  readonly waits: boolean;
  /** The exchange that has begun to deliver what a plan computes; null: none has. */
  begun(plan: DistributedPlan): Planned | null;
  /** The same whenever it is asked for: the query may be planned anew while it runs. */
  once<T>(node: object, what: string, make: () => T): T;
  /** Plans an input of the node at hand. */
  plan(input: LogicalPlan): Planned;
  /** Plans a node whose inputs, and theirs as far as the function says, are planned by another way. */
  planWith(node: LogicalPlan, planInput: (input: LogicalPlan) => Planned): Planned;
}
