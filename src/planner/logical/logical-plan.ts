import { assertNever } from '../../common/errors.ts';
import type { SqlType } from '../../common/types.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import type { SetOperationPlan, SortKey, WindowCall } from '../../operators/plan.ts';
import type { ColumnConstraint } from '../../parquet/prune.ts';
import type { TableSource } from '../catalog/table-source.ts';

/** What a query means: a tree of relational operators, names resolved, types known. Immutable data. */
export type LogicalPlan =
  | LogicalScan
  | LogicalValues
  | LogicalFilter
  | LogicalProject
  | LogicalAggregate
  | LogicalJoin
  | LogicalApply
  | LogicalWindow
  | LogicalSetOperation
  | LogicalUnnest
  | LogicalSample
  | LogicalSort
  | LogicalLimit
  | LogicalWith
  | LogicalCommonTable
  | LogicalRecursive
  | LogicalWorkingTable;

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

/** Groups, then (with grouping sets) `grouping`, then aggregates are what it delivers. Without aggregates it is DISTINCT. */
export interface LogicalAggregate extends LogicalBase {
  readonly kind: 'aggregate';
  readonly input: LogicalPlan;
  readonly groups: readonly Expr[];
  /** As in AggregatePlan: positions of the keys of each set, null for plain GROUP BY. */
  readonly groupingSets: readonly (readonly number[])[] | null;
  readonly aggregates: readonly LogicalAggregateCall[];
}

/** The arguments have the types that the aggregate's overload wants. */
export interface LogicalAggregateCall {
  readonly function: string;
  readonly args: readonly Expr[];
  readonly argTypes: readonly SqlType[];
  readonly distinct: boolean;
  readonly orderBy: readonly SortKey[];
  readonly filter: Expr | null;
}

/**
 * | type | delivers |
 * | --- | --- |
 * | inner, left, right, full | pairs for which the condition is true; the outer ones also unmatched rows of their side |
 * | semi, anti | rows of the left side with, or without, such a pair |
 * | mark | every row of the left side and the column `mark`: whether it has such a pair, see `compare` |
 */
export type LogicalJoinType = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti' | 'mark';

/** Delivers any of the left's columns, then any of the right's (none for semi, anti and mark), then the mark. */
export interface LogicalJoin extends LogicalBase {
  readonly kind: 'join';
  readonly type: LogicalJoinType;
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
  /** What a pair must fulfil, equalities included; null: every pair does. */
  readonly condition: Expr | null;
  /**
   * For mark and anti only, else null: a comparison with the three values of IN, asked of the pairs that fulfil the condition. The
   * mark is true when it is true for one of them, else NULL when it is NULL for one, else false. An anti join with it is
   * NOT IN: it keeps the rows for which it is false for every such pair. Null: the mark says whether there is a pair, never NULL.
   */
  readonly compare: Expr | null;
  readonly mark: Column | null;
}

/**
 * A join whose right side may name columns of the left: a query inside an expression, or LATERAL. For every row of the left, the
 * right side is what its plan delivers with the values of that row. The optimizer turns all of them into joins.
 *
 * A scalar subquery is a `left` one: its right side delivers at most one row, or counts its rows for the expression to check.
 */
export interface LogicalApply extends LogicalBase {
  readonly kind: 'apply';
  readonly type: 'inner' | 'left' | 'mark';
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
  /** As in LogicalJoin: ON of a lateral join. */
  readonly condition: Expr | null;
  /** As in LogicalJoin, for mark: IN and ANY; null for EXISTS. */
  readonly compare: Expr | null;
  readonly mark: Column | null;
}

/** Window functions over one partitioning and order. Delivers the input's columns, then one per function. */
export interface LogicalWindow extends LogicalBase {
  readonly kind: 'window';
  readonly input: LogicalPlan;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly SortKey[];
  readonly functions: readonly WindowCall[];
}

/** By position; the inputs have the same column types. The columns are its own. */
export interface LogicalSetOperation extends LogicalBase {
  readonly kind: 'setOperation';
  readonly operation: SetOperationPlan['operation'];
  readonly all: boolean;
  /** Two or more for union, two for the others. */
  readonly inputs: readonly LogicalPlan[];
}

/** As UnnestPlan. */
export interface LogicalUnnest extends LogicalBase {
  readonly kind: 'unnest';
  readonly input: LogicalPlan;
  readonly lists: readonly Expr[];
  readonly outer: boolean;
  readonly ordinality: boolean;
}

/** TABLESAMPLE: each row (bernoulli), or each block of rows (system), is kept with the given chance. */
export interface LogicalSample extends LogicalBase {
  readonly kind: 'sample';
  readonly input: LogicalPlan;
  readonly method: 'bernoulli' | 'system';
  /** From 0 to 100. */
  readonly percent: number;
  /** The same seed keeps the same rows. */
  readonly seed: number;
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

/** A common table and the plan that reads it, by LogicalCommonTable. Delivers what the body does. */
export interface LogicalWith extends LogicalBase {
  readonly kind: 'with';
  /** Unique within the query. */
  readonly table: number;
  readonly name: string;
  /** What the query says: AS MATERIALIZED, AS NOT MATERIALIZED; null when it says nothing. */
  readonly materialized: boolean | null;
  readonly definition: LogicalPlan;
  readonly body: LogicalPlan;
}

/** One reading of a common table. The columns are its own. */
export interface LogicalCommonTable extends LogicalBase {
  readonly kind: 'commonTable';
  readonly table: number;
  readonly name: string;
  /** Per delivered column: its position in what the definition delivers. */
  readonly fields: readonly number[];
}

/**
 * WITH RECURSIVE: the base, then the step over the rows that were new in the round before, until there are none. Both deliver
 * columns of the same types; the columns are its own.
 */
export interface LogicalRecursive extends LogicalBase {
  readonly kind: 'recursive';
  readonly table: number;
  readonly name: string;
  /** UNION ALL; without it a row that was there before is not new. */
  readonly all: boolean;
  readonly base: LogicalPlan;
  readonly step: LogicalPlan;
}

/** In the step of a LogicalRecursive: the new rows of the round before. The columns are its own. */
export interface LogicalWorkingTable extends LogicalBase {
  readonly kind: 'workingTable';
  readonly table: number;
  readonly name: string;
  /** Per delivered column: its position in what the base delivers. */
  readonly fields: readonly number[];
}

/** The inputs of a node: the one table that every traversal uses. */
export function inputs(plan: LogicalPlan): readonly LogicalPlan[] {
  switch (plan.kind) {
    case 'scan':
    case 'values':
    case 'commonTable':
    case 'workingTable':
      return [];
    case 'join':
    case 'apply':
      return [plan.left, plan.right];
    case 'setOperation':
      return plan.inputs;
    case 'with':
      return [plan.definition, plan.body];
    case 'recursive':
      return [plan.base, plan.step];
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'window':
    case 'unnest':
    case 'sample':
    case 'sort':
    case 'limit':
      return [plan.input];
    default:
      return assertNever(plan);
  }
}

/** The node over other inputs, in the order of `inputs`; the same node when all are the same. */
export function withInputs(plan: LogicalPlan, replaced: readonly LogicalPlan[]): LogicalPlan {
  const before = inputs(plan);
  if (before.every((input, i) => input === replaced[i])) return plan;
  const [first, second] = replaced as [LogicalPlan, LogicalPlan];
  switch (plan.kind) {
    case 'scan':
    case 'values':
    case 'commonTable':
    case 'workingTable':
      return plan;
    case 'join':
    case 'apply':
      return { ...plan, left: first, right: second };
    case 'setOperation':
      return { ...plan, inputs: replaced };
    case 'with':
      return { ...plan, definition: first, body: second };
    case 'recursive':
      return { ...plan, base: first, step: second };
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'window':
    case 'unnest':
    case 'sample':
    case 'sort':
    case 'limit':
      return { ...plan, input: first };
    default:
      return assertNever(plan);
  }
}

/** The node over another input; the same node when it is the same input. */
export function withInput<P extends Extract<LogicalPlan, { input: LogicalPlan }>>(plan: P, input: LogicalPlan): P {
  return plan.input === input ? plan : { ...plan, input };
}
