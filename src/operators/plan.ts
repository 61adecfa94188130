import { assertNever } from '../common/errors.ts';
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
  | JoinPlan
  | SortPlan
  | TopNPlan
  | LimitPlan
  | WindowPlan
  | SetOperationPlan
  | UnnestPlan
  | SamplePlan
  | RecursivePlan
  | WorkingTablePlan;

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
  /**
   * GROUPING SETS, ROLLUP and CUBE: each set is the positions in `groups` of its keys; the others are NULL in its rows. A
   * column that tells the sets apart follows the keys: `grouping`, an integer with bit i set where key i is not in the set
   * (key 0 the most significant of them). It is part of the key, so phases combine. Null: plain GROUP BY, no such column.
   */
  readonly groupingSets: readonly (readonly number[])[] | null;
  readonly aggregates: readonly AggregateCall[];
}

/** One aggregate function over its arguments. */
export interface AggregateCall {
  /** Name in the aggregate registry: `count`, `sum`, `avg`, `min`, `max` … `count` without argument is count(*). */
  readonly function: string;
  /** Phases `single` and `partial`: the arguments. Phase `final`: empty. */
  readonly args: readonly Expr[];
  /** Type of the argument of the original call, if it had one: it picks the overload in every phase. */
  readonly argTypes: readonly Expr['type'][];
  /** Only distinct arguments count. Never in phases `partial` and `final`: the planner groups by the argument first. */
  readonly distinct: boolean;
  /** ORDER BY within the call, for string_agg and the like; only in phase `single`. */
  readonly orderBy: readonly SortKey[];
  /** Rows the aggregate sees (FILTER (WHERE …)), null for all; only in phases `single` and `partial`. */
  readonly filter: Expr | null;
  /** The state's columns: delivered in phase `partial`, read in phase `final`, empty in phase `single`. */
  readonly states: readonly Column[];
}

/**
 * | type | delivers |
 * | --- | --- |
 * | inner, left, right, full | matching pairs; the outer ones also unmatched rows of their side, NULL on the other |
 * | semi, anti | rows of the left side with, or without, a match; each once |
 * | rightSemi, rightAnti | rows of the right side with, or without, a match; each once |
 * | nullAwareAnti | NOT IN: as anti, but a NULL key on the right, or on the left over a right side that is not empty, delivers nothing |
 * | mark | every row of the left side and whether it has a match: `mark`, three-valued as IN is |
 */
export type JoinType =
  | 'inner'
  | 'left'
  | 'right'
  | 'full'
  | 'semi'
  | 'anti'
  | 'rightSemi'
  | 'rightAnti'
  | 'nullAwareAnti'
  | 'mark';

/**
 * Join of two inputs. With keys it is a hash join that builds on the right side and probes with the left; without keys every pair
 * is tried: a cross join, or with a residual a nested-loop join. The columns are any of the left's, then any of the
 * right's (none for joins of one side's rows: semi, anti and their kin), then the mark.
 */
export interface JoinPlan extends PlanBase {
  readonly kind: 'join';
  readonly type: JoinType;
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly keys: readonly JoinKey[];
  /** What a pair must fulfil besides equal keys; may refer to both sides. Decides about outer rows too, as ON does. */
  readonly residual: Expr | null;
  /** The column that a mark join adds; null for the other types. */
  readonly mark: Column | null;
}

/** An equality between the sides; both expressions have one type. */
export interface JoinKey {
  readonly left: Expr;
  readonly right: Expr;
  /** IS NOT DISTINCT FROM: NULL matches NULL. */
  readonly nullsMatch: boolean;
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

/** The first `limit` rows after `offset` in the order of the keys: a sort that keeps no more than these. */
export interface TopNPlan extends PlanBase {
  readonly kind: 'topN';
  readonly input: PhysicalPlan;
  readonly keys: readonly SortKey[];
  readonly limit: number;
  readonly offset: number;
}

/** Window functions over one partitioning and order. Delivers the input's columns, then one column per function. */
export interface WindowPlan extends PlanBase {
  readonly kind: 'window';
  readonly input: PhysicalPlan;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly SortKey[];
  readonly functions: readonly WindowCall[];
}

export interface WindowCall {
  /** A ranking or value function (`row_number`, `rank`, `lag`, `first_value` …) or an aggregate of the registry. */
  readonly function: string;
  readonly args: readonly Expr[];
  readonly argTypes: readonly Expr['type'][];
  readonly distinct: boolean;
  readonly filter: Expr | null;
  /** lag, lead, first_value, last_value, nth_value: rows whose argument is NULL are passed over. */
  readonly ignoreNulls: boolean;
  readonly frame: WindowFrame;
  readonly type: Expr['type'];
}

export interface WindowFrame {
  readonly unit: 'rows' | 'range' | 'groups';
  readonly start: FrameBound;
  readonly end: FrameBound;
  readonly exclude: 'noOthers' | 'currentRow' | 'group' | 'ties';
}

export type FrameBound =
  | { readonly kind: 'unboundedPreceding' | 'currentRow' | 'unboundedFollowing' }
  /** `offset` is constant for rows and groups; for range it is added to the one order key with that key's arithmetic. */
  | { readonly kind: 'preceding' | 'following'; readonly offset: Expr };

/** Rows of inputs with the same column types, by position. NULLs are equal here. */
export interface SetOperationPlan extends PlanBase {
  readonly kind: 'setOperation';
  readonly operation: 'union' | 'intersect' | 'except';
  /** ALL: with multiplicities; otherwise every row once. */
  readonly all: boolean;
  /** Two or more for union, two for the others. */
  readonly inputs: readonly PhysicalPlan[];
}

/** A row for every entry of the lists, side by side (the shorter ones filled with NULL). Delivers the input's columns, then the entries'. */
export interface UnnestPlan extends PlanBase {
  readonly kind: 'unnest';
  readonly input: PhysicalPlan;
  /** Of list type, or of map type: then a key and a value column. */
  readonly lists: readonly Expr[];
  /** LEFT JOIN UNNEST: a row without entries is delivered once, NULL in their place. */
  readonly outer: boolean;
  /** WITH ORDINALITY: a last column that counts from 1. */
  readonly ordinality: boolean;
}

/**
 * TABLESAMPLE: each row, or with `system` each block of rows, is kept with the given chance. Which ones follows from the seed and from
 * where a row stands: in its row group where the input is a scan, else among the rows of the input.
 */
export interface SamplePlan extends PlanBase {
  readonly kind: 'sample';
  readonly input: PhysicalPlan;
  readonly method: 'bernoulli' | 'system';
  /** From 0 to 100. */
  readonly percent: number;
  readonly seed: number;
}

/**
 * WITH RECURSIVE: delivers the base's rows, then runs the step over the rows that were new in the round before, until there are
 * none. By position; both have the same column types.
 */
export interface RecursivePlan extends PlanBase {
  readonly kind: 'recursive';
  /** Unique within a query. */
  readonly table: number;
  /** UNION ALL; without it a row that was there before is not new. */
  readonly all: boolean;
  readonly base: PhysicalPlan;
  readonly step: PhysicalPlan;
}

/** In the step of a RecursivePlan: the new rows of the round before. */
export interface WorkingTablePlan extends PlanBase {
  readonly kind: 'workingTable';
  readonly table: number;
  readonly name: string;
  /** Per delivered column: its position in what the base delivers. */
  readonly fields: readonly number[];
}

/** The inputs of a node: one table that every traversal uses. */
export function children(plan: PhysicalPlan): readonly PhysicalPlan[] {
  switch (plan.kind) {
    case 'scan':
    case 'exchangeSource':
    case 'values':
    case 'workingTable':
      return [];
    case 'join':
      return [plan.left, plan.right];
    case 'recursive':
      return [plan.base, plan.step];
    case 'setOperation':
      return plan.inputs;
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'sort':
    case 'topN':
    case 'limit':
    case 'window':
    case 'unnest':
    case 'sample':
      return [plan.input];
    default:
      return assertNever(plan);
  }
}

/** The nodes of a plan, each before its inputs. */
export function preorder(plan: PhysicalPlan): readonly PhysicalPlan[] {
  return [plan, ...children(plan).flatMap(preorder)];
}

/** The node over other inputs, as many as it has; the same node when none changed. */
export function mapChildren(plan: PhysicalPlan, replace: (input: PhysicalPlan) => PhysicalPlan): PhysicalPlan {
  switch (plan.kind) {
    case 'scan':
    case 'exchangeSource':
    case 'values':
    case 'workingTable':
      return plan;
    case 'recursive': {
      const base = replace(plan.base);
      const step = replace(plan.step);
      return base === plan.base && step === plan.step ? plan : { ...plan, base, step };
    }
    case 'join': {
      const left = replace(plan.left);
      const right = replace(plan.right);
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right };
    }
    case 'setOperation': {
      const inputs = plan.inputs.map(replace);
      return inputs.every((input, i) => input === plan.inputs[i]) ? plan : { ...plan, inputs };
    }
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'sort':
    case 'topN':
    case 'limit':
    case 'window':
    case 'unnest':
    case 'sample': {
      const input = replace(plan.input);
      return input === plan.input ? plan : { ...plan, input };
    }
    default:
      return assertNever(plan);
  }
}
