import { assertNever } from '../../common/errors.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import type { ColumnIds } from '../bind/bind-context.ts';
import { columnExpr } from '../expr/build.ts';
import {
  inputs,
  type LogicalAggregate,
  type LogicalApply,
  type LogicalCommonTable,
  type LogicalJoin,
  type LogicalPlan,
  type LogicalProject,
  type LogicalScan,
  type LogicalSetOperation,
  type LogicalUnnest,
  type LogicalValues,
  type LogicalWindow,
  type LogicalWith,
  type LogicalWorkingTable,
  withInputs,
} from '../logical/logical-plan.ts';
import { referencedColumns } from '../logical/referenced-columns.ts';
import { exprsOf, nodes, rewritePlan, sameOr } from '../logical/rewrite.ts';
import type { Rule } from './rule.ts';

/**
 * Leaves out what nobody reads: a scan delivers the columns that are named above it and in its predicate, `count(*)` alone
 * needs none.
 */
export const pruneColumns: Rule = {
  name: 'prune_columns',
  apply: (plan, { ids }) => prune(plan, new Set(plan.columns.map(({ id }) => id)), ids),
};

type Wanted = ReadonlySet<ColumnId>;

function prune(plan: LogicalPlan, wanted: Wanted, ids: ColumnIds): LogicalPlan {
  switch (plan.kind) {
    case 'scan':
      return pruneScan(plan, withUsed(wanted, plan.predicate ? [plan.predicate] : []));
    case 'values':
      return pruneValues(plan, wanted);
    case 'project':
      return pruneProject(plan, wanted, ids);
    case 'aggregate':
      return pruneAggregate(plan, wanted, ids);
    case 'filter':
      return passing(plan, prune(plan.input, withUsed(wanted, [plan.predicate]), ids));
    case 'sort':
      return passing(plan, prune(plan.input, withUsed(wanted, exprsOf(plan)), ids));
    case 'limit':
    case 'sample':
      return passing(plan, prune(plan.input, wanted, ids));
    case 'join':
    case 'apply':
      return prunePairs(plan, wanted, ids);
    case 'window':
      return pruneWindow(plan, wanted, ids);
    case 'unnest':
      return pruneUnnest(plan, wanted, ids);
    case 'setOperation':
      return pruneSetOperation(plan, wanted, ids);
    case 'with':
      return pruneWith(plan, wanted, ids);
    case 'commonTable':
    case 'workingTable':
      return prunePicked(plan, wanted);
    case 'recursive':
      return withInputs(
        plan,
        inputs(plan).map((input) => pruneNothing(input, ids)),
      );
    default:
      return assertNever(plan);
  }
}

/** Its reader takes all of its columns. */
const pruneNothing = (plan: LogicalPlan, ids: ColumnIds) => prune(plan, new Set(plan.columns.map(({ id }) => id)), ids);

function withUsed(wanted: Wanted, exprs: readonly Expr[]): Wanted {
  const all = new Set(wanted);
  for (const expr of exprs) collectColumns(expr, all);
  return all;
}

/** Delivers what its input delivers. */
function passing<P extends Extract<LogicalPlan, { input: LogicalPlan }>>(plan: P, input: LogicalPlan): P {
  return input === plan.input ? plan : { ...plan, input, columns: input.columns };
}

/** Positions of the columns that are wanted; null when all are. */
function keptPositions(plan: LogicalPlan, wanted: Wanted, from = 0): readonly number[] | null {
  const all = plan.columns.map((_, i) => i);
  const kept = all.filter((i) => i < from || wanted.has((plan.columns[i] as { id: ColumnId }).id));
  return kept.length === all.length ? null : kept;
}

const pick = <T>(items: readonly T[], positions: readonly number[]): readonly T[] =>
  positions.map((i) => items[i] as T);

/** A mark that nobody reads needs no join. */
function prunePairs(plan: LogicalJoin | LogicalApply, wanted: Wanted, ids: ColumnIds): LogicalPlan {
  const { mark } = plan;
  if (mark && !wanted.has(mark.id)) return prune(plan.left, wanted, ids);
  const used = withUsed(wanted, exprsOf(plan));
  // What the right side of an apply reads of the left.
  const lent = plan.kind === 'apply' ? new Set([...used, ...referencedColumns(plan.right)]) : used;
  const node = withInputs(plan, [prune(plan.left, lent, ids), prune(plan.right, used, ids)]) as
    | LogicalJoin
    | LogicalApply;
  const kept = keptPositions(plan, wanted);
  return kept ? { ...node, columns: pick(plan.columns, kept) } : node;
}

/** Functions that nobody reads are not computed; a window without functions is none. */
function pruneWindow(plan: LogicalWindow, wanted: Wanted, ids: ColumnIds): LogicalPlan {
  const own = plan.columns.slice(plan.input.columns.length);
  const kept = own.flatMap(({ id }, i) => (wanted.has(id) ? [i] : []));
  if (kept.length === 0) return prune(plan.input, wanted, ids);
  const functions = sameOr(plan.functions, pick(plan.functions, kept));
  const input = prune(plan.input, withUsed(wanted, exprsOf({ ...plan, functions })), ids);
  if (functions === plan.functions && input === plan.input) return plan;
  return { ...plan, input, functions, columns: [...input.columns, ...pick(own, kept)] };
}

/** The entries stay: they decide how many rows there are. */
function pruneUnnest(plan: LogicalUnnest, wanted: Wanted, ids: ColumnIds): LogicalPlan {
  const entries = plan.columns.slice(plan.input.columns.length);
  const input = prune(plan.input, withUsed(wanted, plan.lists), ids);
  return input === plan.input ? plan : { ...plan, input, columns: [...input.columns, ...entries] };
}

/** Only UNION ALL: elsewhere every column decides which rows are equal. */
function pruneSetOperation(plan: LogicalSetOperation, wanted: Wanted, ids: ColumnIds): LogicalPlan {
  const kept = plan.operation === 'union' && plan.all ? keptPositions(plan, wanted) : null;
  if (!kept)
    return withInputs(
      plan,
      plan.inputs.map((input) => pruneNothing(input, ids)),
    );
  const below = plan.inputs.map((input) => {
    const columns = pick(input.columns, kept);
    return delivering(prune(input, new Set(columns.map(({ id }) => id)), ids), columns, ids);
  });
  return { ...plan, inputs: below, columns: pick(plan.columns, kept) };
}

function pruneWith(plan: LogicalWith, wanted: Wanted, ids: ColumnIds): LogicalPlan {
  const body = prune(plan.body, wanted, ids);
  const fields = new Set(readings(body, plan.table).flatMap((reading) => reading.fields));
  const kept = plan.definition.columns.filter((_, i) => fields.has(i));
  const definition = prune(plan.definition, new Set(kept.map(({ id }) => id)), ids);
  if (definition === plan.definition) return passingBody(plan, body);
  const places = new Map(definition.columns.map(({ id }, i) => [id, i]));
  const moved = (field: number) => places.get((plan.definition.columns[field] as Column).id) as number;
  const rewritten = rewritePlan(body, (node) =>
    node.kind === 'commonTable' && node.table === plan.table ? { ...node, fields: node.fields.map(moved) } : node,
  );
  return { ...plan, definition, body: rewritten, columns: rewritten.columns };
}

const passingBody = (plan: LogicalWith, body: LogicalPlan): LogicalPlan =>
  body === plan.body ? plan : { ...plan, body, columns: body.columns };

const readings = (plan: LogicalPlan, table: number): readonly LogicalCommonTable[] =>
  nodes(plan).flatMap((node) => (node.kind === 'commonTable' && node.table === table ? [node] : []));

function prunePicked(plan: LogicalCommonTable | LogicalWorkingTable, wanted: Wanted): LogicalPlan {
  const kept = keptPositions(plan, wanted);
  return kept ? { ...plan, columns: pick(plan.columns, kept), fields: pick(plan.fields, kept) } : plan;
}

/** Exactly these columns, in this order. */
function delivering(plan: LogicalPlan, columns: readonly Column[], ids: ColumnIds): LogicalPlan {
  if (plan.columns.length === columns.length) return plan;
  return {
    kind: 'project',
    input: plan,
    exprs: columns.map((column) => columnExpr(column)),
    columns: columns.map(({ name, type, nullable }) => ids.column(name, type, nullable)),
  };
}

function pruneScan(plan: LogicalScan, wanted: Wanted): LogicalPlan {
  const kept = keptPositions(plan, wanted);
  return kept ? { ...plan, columns: pick(plan.columns, kept), fields: pick(plan.fields, kept) } : plan;
}

function pruneValues(plan: LogicalValues, wanted: Wanted): LogicalPlan {
  const kept = keptPositions(plan, wanted);
  return kept ? { ...plan, columns: pick(plan.columns, kept), rows: plan.rows.map((row) => pick(row, kept)) } : plan;
}

function pruneProject(plan: LogicalProject, wanted: Wanted, ids: ColumnIds): LogicalPlan {
  const kept = keptPositions(plan, wanted);
  const exprs = kept ? pick(plan.exprs, kept) : plan.exprs;
  const input = prune(plan.input, withUsed(new Set(), exprs), ids);
  if (!kept) return input === plan.input ? plan : { ...plan, input };
  return { ...plan, input, exprs, columns: pick(plan.columns, kept) };
}

/** Group keys stay: they decide which rows there are. */
function pruneAggregate(plan: LogicalAggregate, wanted: Wanted, ids: ColumnIds): LogicalPlan {
  // The column `grouping` follows the keys.
  const groups = plan.groups.length + (plan.groupingSets ? 1 : 0);
  const kept = keptPositions(plan, wanted, groups);
  const aggregates = kept
    ? pick(
        plan.aggregates,
        kept.slice(groups).map((i) => i - groups),
      )
    : plan.aggregates;
  // Nobody reads its one row.
  if (groups === 0 && aggregates.length === 0) return { kind: 'values', rows: [[]], columns: [] };
  const used = exprsOf({ ...plan, aggregates });
  const input = prune(plan.input, withUsed(new Set(), used), ids);
  if (!kept) return input === plan.input ? plan : { ...plan, input };
  return { ...plan, input, aggregates, columns: pick(plan.columns, kept) };
}
