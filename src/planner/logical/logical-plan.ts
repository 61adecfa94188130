import type { SqlType } from '../../common/types.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import type { SortKey } from '../../operators/plan.ts';
import type { ColumnConstraint } from '../../parquet/prune.ts';
import type { TableSource } from '../catalog/table-source.ts';

/** What a query means: a tree of relational operators, names resolved, types known. Immutable data. */
export type LogicalPlan =
  | LogicalScan
  | LogicalValues
  | LogicalFilter
  | LogicalProject
  | LogicalAggregate
  | LogicalSort
  | LogicalLimit;

interface LogicalBase {
  /** What the node delivers, in order. */
  readonly columns: readonly Column[];
}

export interface LogicalScan extends LogicalBase {
  readonly kind: 'scan';
  /** Unique within the query. */
  readonly scan: number;
  readonly source: TableSource;
  /** Per delivered column: its index in the source's schema. */
  readonly fields: readonly number[];
  /** Rows that are not true here are left out by the scan; null keeps all. */
  readonly predicate: Expr | null;
  /** What follows from the predicate for single columns, by index in the source's schema: hints for pruning. */
  readonly constraints: readonly ColumnConstraint[];
}

export interface LogicalValues extends LogicalBase {
  readonly kind: 'values';
  readonly rows: readonly (readonly Expr[])[];
}

export interface LogicalFilter extends LogicalBase {
  readonly kind: 'filter';
  readonly input: LogicalPlan;
  readonly predicate: Expr;
}

export interface LogicalProject extends LogicalBase {
  readonly kind: 'project';
  readonly input: LogicalPlan;
  /** One per delivered column. */
  readonly exprs: readonly Expr[];
}

/** Groups, then aggregates, are what it delivers. Without aggregates it is DISTINCT. */
export interface LogicalAggregate extends LogicalBase {
  readonly kind: 'aggregate';
  readonly input: LogicalPlan;
  readonly groups: readonly Expr[];
  readonly aggregates: readonly LogicalAggregateCall[];
}

/** The arguments have the types that the aggregate's overload wants. */
export interface LogicalAggregateCall {
  readonly function: string;
  readonly args: readonly Expr[];
  readonly argTypes: readonly SqlType[];
  readonly filter: Expr | null;
}

export interface LogicalSort extends LogicalBase {
  readonly kind: 'sort';
  readonly input: LogicalPlan;
  readonly keys: readonly SortKey[];
}

export interface LogicalLimit extends LogicalBase {
  readonly kind: 'limit';
  readonly input: LogicalPlan;
  readonly limit: number | null;
  readonly offset: number;
}

/** The inputs of a node: the one table that every traversal uses. */
export function inputs(plan: LogicalPlan): readonly LogicalPlan[] {
  return 'input' in plan ? [plan.input] : [];
}

/** The node over another input; the same node when it is the same input. */
export function withInput<P extends Extract<LogicalPlan, { input: LogicalPlan }>>(plan: P, input: LogicalPlan): P {
  return plan.input === input ? plan : { ...plan, input };
}
