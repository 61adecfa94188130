import type { StageId } from '../common/ids.ts';
import type { Column, Expr } from './expr/expr.ts';

/**
 * What a stage runs: a tree of operator descriptions, plain data, the same in EXPLAIN, in a Task and in the worker.
 * Every node lists the columns it delivers, in order.
 */
export type PhysicalPlan =
  | ScanPlan
  | ExchangeSourcePlan
  | ValuesPlan
  | FilterPlan
  | ProjectPlan
  | AggregatePlan
  | SortPlan
  | LimitPlan;

interface PlanBase {
  readonly columns: readonly Column[];
}

/** Reads the row groups that the Task declares for it. */
export interface ScanPlan extends PlanBase {
  readonly kind: 'scan';
  /** Key of this scan's inputs in the Task; unique within a query. */
  readonly scan: number;
  /** The table as the user named it. */
  readonly table: string;
}

/** Reads what the tasks of another stage wrote. */
export interface ExchangeSourcePlan extends PlanBase {
  readonly kind: 'exchangeSource';
  readonly stage: StageId;
}

/** Rows written in the query itself; `SELECT 1` is one row of no columns under a project. */
export interface ValuesPlan extends PlanBase {
  readonly kind: 'values';
  readonly rows: readonly (readonly Expr[])[];
}

/** Keeps the rows whose predicate is true (neither false nor NULL). */
export interface FilterPlan extends PlanBase {
  readonly kind: 'filter';
  readonly input: PhysicalPlan;
  readonly predicate: Expr;
}

export interface ProjectPlan extends PlanBase {
  readonly kind: 'project';
  readonly input: PhysicalPlan;
  /** One per delivered column. */
  readonly exprs: readonly Expr[];
}

/**
 * Hash aggregation. `single` does it all; `partial` delivers groups and aggregate states; `final` merges such states.
 * Without group keys there is always exactly one row, over no input too.
 */
export interface AggregatePlan extends PlanBase {
  readonly kind: 'aggregate';
  readonly phase: 'single' | 'partial' | 'final';
  readonly input: PhysicalPlan;
  /** Group keys; delivered first, in this order. In phase `final` they are column references into the partial's output. */
  readonly groups: readonly Expr[];
  readonly aggregates: readonly AggregateCall[];
}

/** One aggregate function over its argument. */
export interface AggregateCall {
  /** Name in the aggregate registry: `count`, `sum`, `avg`, `min`, `max`. `count` without argument is count(*). */
  readonly function: string;
  /** Phases `single` and `partial`: the arguments. Phase `final`: empty. */
  readonly args: readonly Expr[];
  /** Type of the argument of the original call, if it had one: it picks the overload in every phase. */
  readonly argTypes: readonly Expr['type'][];
  /** Rows the aggregate sees (FILTER (WHERE …)), null for all; only in phases `single` and `partial`. */
  readonly filter: Expr | null;
  /** The state's columns: delivered in phase `partial`, read in phase `final`, empty in phase `single`. */
  readonly states: readonly Column[];
}

export interface SortPlan extends PlanBase {
  readonly kind: 'sort';
  readonly input: PhysicalPlan;
  readonly keys: readonly SortKey[];
}

export interface SortKey {
  readonly expr: Expr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** Skips `offset` rows, then passes at most `limit` (null: all). */
export interface LimitPlan extends PlanBase {
  readonly kind: 'limit';
  readonly input: PhysicalPlan;
  readonly limit: number | null;
  readonly offset: number;
}

/** The inputs of a node: one table that every traversal uses. */
export function children(plan: PhysicalPlan): readonly PhysicalPlan[] {
  return 'input' in plan ? [plan.input] : [];
}
