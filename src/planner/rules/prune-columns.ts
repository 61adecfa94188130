import { assertNever } from '../../common/errors.ts';
import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import {
  inputs,
  type LogicalAggregate,
  type LogicalPlan,
  type LogicalProject,
  type LogicalScan,
  type LogicalValues,
  withInputs,
} from '../logical/logical-plan.ts';
import type { Rule } from './rule.ts';

/**
 * Leaves out what nobody reads: a scan delivers the columns that are named above it and in its predicate, `count(*)` alone
 * needs none.
 */
export const pruneColumns: Rule = {
  name: 'prune_columns',
  apply: (plan) => prune(plan, new Set(plan.columns.map(({ id }) => id))),
};

type Wanted = ReadonlySet<ColumnId>;

function prune(plan: LogicalPlan, wanted: Wanted): LogicalPlan {
  switch (plan.kind) {
    case 'scan':
      return pruneScan(plan, withUsed(wanted, plan.predicate ? [plan.predicate] : []));
    case 'values':
      return pruneValues(plan, wanted);
    case 'project':
      return pruneProject(plan, wanted);
    case 'aggregate':
      return pruneAggregate(plan, wanted);
    case 'filter':
      return passing(plan, prune(plan.input, withUsed(wanted, [plan.predicate])));
    case 'sort':
      return passing(
        plan,
        prune(
          plan.input,
          withUsed(
            wanted,
            plan.keys.map((key) => key.expr),
          ),
        ),
      );
    case 'limit':
      return passing(plan, prune(plan.input, wanted));
    case 'join':
    case 'apply':
    case 'window':
    case 'setOperation':
    case 'unnest':
    case 'sample':
    case 'with':
    case 'commonTable':
    case 'recursive':
    case 'workingTable':
      return withInputs(
        plan,
        inputs(plan).map((input) => prune(input, new Set(input.columns.map(({ id }) => id)))),
      );
    default:
      return assertNever(plan);
  }
}

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

function pruneScan(plan: LogicalScan, wanted: Wanted): LogicalPlan {
  const kept = keptPositions(plan, wanted);
  return kept ? { ...plan, columns: pick(plan.columns, kept), fields: pick(plan.fields, kept) } : plan;
}

function pruneValues(plan: LogicalValues, wanted: Wanted): LogicalPlan {
  const kept = keptPositions(plan, wanted);
  return kept ? { ...plan, columns: pick(plan.columns, kept), rows: plan.rows.map((row) => pick(row, kept)) } : plan;
}

function pruneProject(plan: LogicalProject, wanted: Wanted): LogicalPlan {
  const kept = keptPositions(plan, wanted);
  const exprs = kept ? pick(plan.exprs, kept) : plan.exprs;
  const input = prune(plan.input, withUsed(new Set(), exprs));
  if (!kept) return input === plan.input ? plan : { ...plan, input };
  return { ...plan, input, exprs, columns: pick(plan.columns, kept) };
}

/** Group keys stay: they decide which rows there are. */
function pruneAggregate(plan: LogicalAggregate, wanted: Wanted): LogicalPlan {
  const groups = plan.groups.length;
  const kept = keptPositions(plan, wanted, groups);
  const aggregates = kept
    ? pick(
        plan.aggregates,
        kept.slice(groups).map((i) => i - groups),
      )
    : plan.aggregates;
  const used = [...plan.groups, ...aggregates.flatMap(({ args, filter }) => (filter ? [...args, filter] : args))];
  const input = prune(plan.input, withUsed(new Set(), used));
  if (!kept) return input === plan.input ? plan : { ...plan, input };
  return { ...plan, input, aggregates, columns: pick(plan.columns, kept) };
}
