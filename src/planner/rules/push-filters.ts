import { assertNever } from '../../common/errors.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns, substitute } from '../../operators/expr/rewrite.ts';
import { columnExpr, conjunction, conjuncts } from '../expr/build.ts';
import { exprSize, substitutedSize } from '../expr/expr-size.ts';
import {
  inputs,
  type LogicalAggregate,
  type LogicalFilter,
  type LogicalPlan,
  type LogicalProject,
  type LogicalSetOperation,
  type LogicalUnnest,
  type LogicalWindow,
  withInput,
  withInputs,
} from '../logical/logical-plan.ts';
import { sameOr } from '../logical/rewrite.ts';
import { mayRaise } from './may-raise.ts';
import { pushThroughPairs } from './push-through-pairs.ts';
import type { Rule } from './rule.ts';

/**
 * Moves filters towards the scans: through projects (what they compute is put in), sorts, other filters, set operations, to the sides of
 * joins, through aggregations and windows as far as they read keys only; never through a limit. Conditions of joins move
 * likewise. Conjuncts keep their order, and one that could raise an error neither overtakes another nor goes where it would
 * see rows that it did not see before.
 *
 *     Filter y > 1            Project x + 1 AS y
 *       Project x + 1 AS y ->   Scan t [x] where x + 1 > 1
 *         Scan t [x]
 */
export const pushFilters: Rule = {
  name: 'push_filters',
  apply: (plan) => push(plan, []),
};

/** The plan with predicates applied to its output, as far down as they go. */
export function push(plan: LogicalPlan, predicates: readonly Expr[]): LogicalPlan {
  switch (plan.kind) {
    case 'filter':
      return pushThroughFilter(plan, predicates);
    case 'project':
      return pushThroughProject(plan, predicates);
    case 'sort':
      return withInput(plan, push(plan.input, predicates));
    case 'aggregate':
      return pushThroughAggregate(plan, predicates);
    case 'scan': {
      if (predicates.length === 0) return plan;
      const all = plan.predicate ? [plan.predicate, ...predicates] : predicates;
      return { ...plan, predicate: conjunction(all) };
    }
    case 'join':
    case 'apply':
      return pushThroughPairs(plan, predicates);
    case 'window':
      return pushThroughWindow(plan, predicates);
    case 'setOperation':
      return pushThroughSetOperation(plan, predicates);
    case 'unnest':
      return pushThroughUnnest(plan, predicates);
    case 'with':
      return withInputs(plan, [push(plan.definition, []), push(plan.body, predicates)]);
    case 'values':
    case 'limit':
    case 'sample':
    case 'commonTable':
    case 'recursive':
    case 'workingTable':
      return filtered(
        withInputs(
          plan,
          inputs(plan).map((input) => push(input, [])),
        ),
        predicates,
      );
    default:
      return assertNever(plan);
  }
}

export function filtered(input: LogicalPlan, predicates: readonly Expr[]): LogicalPlan {
  if (predicates.length === 0) return input;
  return { kind: 'filter', input, predicate: conjunction(predicates), columns: input.columns };
}

export interface Parted {
  readonly moving: readonly Expr[];
  readonly staying: readonly Expr[];
}

/**
 * Which predicates may move below a node. One that could raise an error moves only when all before it do and every row below is
 * one that it would have seen above.
 */
export function parted(
  predicates: readonly Expr[],
  isMovable: (predicate: Expr) => boolean,
  { keepsRows }: { readonly keepsRows: boolean },
): Parted {
  const moving: Expr[] = [];
  const staying: Expr[] = [];
  for (const predicate of predicates) {
    const safe = !mayRaise(predicate) || (keepsRows && staying.length === 0);
    (safe && isMovable(predicate) ? moving : staying).push(predicate);
  }
  return { moving, staying };
}

export function columnsOf(predicate: Expr): ReadonlySet<ColumnId> {
  const used = new Set<ColumnId>();
  collectColumns(predicate, used);
  return used;
}

function pushThroughFilter(plan: LogicalFilter, predicates: readonly Expr[]): LogicalPlan {
  const pushed = push(plan.input, [...conjuncts(plan.predicate), ...predicates]);
  if (predicates.length > 0 || pushed.kind !== 'filter' || pushed.input !== plan.input) return pushed;
  const before = conjuncts(plan.predicate);
  return sameOr(before, conjuncts(pushed.predicate)) === before ? plan : pushed;
}

/** Nodes of a predicate up to which it is worth computing again what a project computes below it. */
const MAX_PREDICATE_SIZE = 10_000;

function pushThroughProject(plan: LogicalProject, predicates: readonly Expr[]): LogicalPlan {
  const meaning = new Map(plan.columns.map(({ id }, i) => [id, plan.exprs[i] as Expr]));
  const moving: Expr[] = [];
  const staying: Expr[] = [];
  for (const predicate of predicates) {
    const tooLarge = substitutedSize(predicate, meaning) > Math.max(MAX_PREDICATE_SIZE, exprSize(predicate));
    const below = tooLarge ? predicate : substitute(predicate, meaning);
    if (tooLarge || (staying.length > 0 && mayRaise(below))) staying.push(predicate);
    else moving.push(below);
  }
  return filtered(withInput(plan, push(plan.input, moving)), staying);
}

function pushThroughAggregate(plan: LogicalAggregate, predicates: readonly Expr[]): LogicalPlan {
  const { groups, groupingSets, columns } = plan;
  // A key that a set leaves out is NULL in that set's rows.
  const inEverySet = (key: number) => groupingSets?.every((set) => set.includes(key)) ?? true;
  const keys = new Map<ColumnId, Expr>(
    groups.flatMap((group, i) => (inEverySet(i) ? [[(columns[i] as Column).id, group]] : [])),
  );
  const { moving, staying } = parted(predicates, (predicate) => readsOnly(predicate, keys), { keepsRows: true });
  const input = push(
    plan.input,
    moving.map((predicate) => substitute(predicate, keys)),
  );
  return filtered(withInput(plan, input), staying);
}

/** Without a column it would remove the one row of an aggregation without groups. */
function readsOnly(predicate: Expr, known: ReadonlyMap<ColumnId, unknown>): boolean {
  const used = columnsOf(predicate);
  return used.size > 0 && [...used].every((id) => known.has(id));
}

/** Partitions stay whole when rows are left out by what they are made by. */
function pushThroughWindow(plan: LogicalWindow, predicates: readonly Expr[]): LogicalPlan {
  const keys = new Map(plan.partitionBy.flatMap((expr) => (expr.kind === 'column' ? [[expr.id, expr]] : [])));
  const { moving, staying } = parted(predicates, (predicate) => readsOnly(predicate, keys), { keepsRows: true });
  return filtered(withInput(plan, push(plan.input, moving)), staying);
}

function pushThroughSetOperation(plan: LogicalSetOperation, predicates: readonly Expr[]): LogicalPlan {
  const keepsRows = plan.operation === 'union';
  const { moving, staying } = parted(predicates, () => true, { keepsRows });
  const below = plan.inputs.map((input) => {
    const meaning = new Map(plan.columns.map(({ id }, i) => [id, columnExpr(input.columns[i] as Column)]));
    return push(
      input,
      moving.map((predicate) => substitute(predicate, meaning)),
    );
  });
  return filtered(withInputs(plan, below), staying);
}

/** The rows of an outer one are those below, once or more. */
function pushThroughUnnest(plan: LogicalUnnest, predicates: readonly Expr[]): LogicalPlan {
  const entries = new Set(plan.columns.slice(plan.input.columns.length).map(({ id }) => id));
  const isMovable = (predicate: Expr) => ![...columnsOf(predicate)].some((id) => entries.has(id));
  const { moving, staying } = parted(predicates, isMovable, { keepsRows: plan.outer });
  return filtered(withInput(plan, push(plan.input, moving)), staying);
}
