import { assertNever } from '../../common/errors.ts';
import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns, substitute } from '../../operators/expr/rewrite.ts';
import { conjunction, conjuncts } from '../expr/build.ts';
import { exprSize, substitutedSize } from '../expr/expr-size.ts';
import {
  inputs,
  type LogicalAggregate,
  type LogicalFilter,
  type LogicalPlan,
  type LogicalProject,
  withInput,
  withInputs,
} from '../logical/logical-plan.ts';
import { sameOr } from '../logical/rewrite.ts';
import type { Rule } from './rule.ts';

/**
 * Moves filters towards the scans: through projects (what they compute is put in), sorts, other filters, and through
 * aggregations as far as they read group keys only; never through a limit. Conjuncts keep their order, so what guards
 * another from an error still does.
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
function push(plan: LogicalPlan, predicates: readonly Expr[]): LogicalPlan {
  switch (plan.kind) {
    case 'filter':
      return pushThroughFilter(plan, predicates);
    case 'project': {
      const meaning = new Map(plan.columns.map(({ id }, i) => [id, plan.exprs[i] as Expr]));
      return pushWhile(plan, predicates, meaning, () => true);
    }
    case 'sort':
      return withInput(plan, push(plan.input, predicates));
    case 'aggregate':
      return pushThroughAggregate(plan, predicates);
    case 'limit':
      return filtered(withInput(plan, push(plan.input, [])), predicates);
    case 'scan': {
      if (predicates.length === 0) return plan;
      const all = plan.predicate ? [plan.predicate, ...predicates] : predicates;
      return { ...plan, predicate: conjunction(all) };
    }
    case 'values':
      return filtered(plan, predicates);
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

function filtered(input: LogicalPlan, predicates: readonly Expr[]): LogicalPlan {
  if (predicates.length === 0) return input;
  return { kind: 'filter', input, predicate: conjunction(predicates), columns: input.columns };
}

function pushThroughFilter(plan: LogicalFilter, predicates: readonly Expr[]): LogicalPlan {
  const pushed = push(plan.input, [...conjuncts(plan.predicate), ...predicates]);
  if (predicates.length > 0 || pushed.kind !== 'filter' || pushed.input !== plan.input) return pushed;
  const before = conjuncts(plan.predicate);
  return sameOr(before, conjuncts(pushed.predicate)) === before ? plan : pushed;
}

function pushThroughAggregate(plan: LogicalAggregate, predicates: readonly Expr[]): LogicalPlan {
  const keys = new Map<ColumnId, Expr>(
    plan.groups.map((group, i) => [(plan.columns[i] as { id: ColumnId }).id, group]),
  );
  return pushWhile(plan, predicates, keys, (predicate) => {
    const used = new Set<ColumnId>();
    collectColumns(predicate, used);
    // Without a column it would remove the one row of an aggregation without groups.
    return used.size > 0 && [...used].every((id) => keys.has(id));
  });
}

/** Nodes of a predicate up to which it is worth computing again what a project computes below it. */
const MAX_PREDICATE_SIZE = 10_000;

/** Only a prefix moves: a later conjunct may rely on an earlier one. */
function pushWhile(
  plan: LogicalAggregate | LogicalProject,
  predicates: readonly Expr[],
  meaning: ReadonlyMap<ColumnId, Expr>,
  isMovable: (predicate: Expr) => boolean,
): LogicalPlan {
  const stay = predicates.findIndex(
    (predicate) =>
      !isMovable(predicate) || substitutedSize(predicate, meaning) > Math.max(MAX_PREDICATE_SIZE, exprSize(predicate)),
  );
  const moving = stay < 0 ? predicates : predicates.slice(0, stay);
  const staying = stay < 0 ? [] : predicates.slice(stay);
  const input = push(
    plan.input,
    moving.map((predicate) => substitute(predicate, meaning)),
  );
  return filtered(withInput(plan, input), staying);
}
