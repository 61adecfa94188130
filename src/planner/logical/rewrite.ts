import { assertNever } from '../../common/errors.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import { inputs, type LogicalAggregateCall, type LogicalPlan, withInput } from './logical-plan.ts';

/** Bottom-up: every node is offered after its inputs. The same object when nothing changed. */
export function rewritePlan(plan: LogicalPlan, replace: (node: LogicalPlan) => LogicalPlan): LogicalPlan {
  return replace('input' in plan ? withInput(plan, rewritePlan(plan.input, replace)) : plan);
}

/** Every node, inputs before what reads them. */
export function nodes(plan: LogicalPlan): readonly LogicalPlan[] {
  return [...inputs(plan).flatMap(nodes), plan];
}

/** The node with every expression in it replaced; the same object when none changed. */
export function mapExprs(plan: LogicalPlan, replace: (expr: Expr) => Expr): LogicalPlan {
  const each = (exprs: readonly Expr[]) => sameOr(exprs, exprs.map(replace));
  switch (plan.kind) {
    case 'scan': {
      const predicate = plan.predicate && replace(plan.predicate);
      return predicate === plan.predicate ? plan : { ...plan, predicate };
    }
    case 'values': {
      const rows = sameOr(plan.rows, plan.rows.map(each));
      return rows === plan.rows ? plan : { ...plan, rows };
    }
    case 'filter': {
      const predicate = replace(plan.predicate);
      return predicate === plan.predicate ? plan : { ...plan, predicate };
    }
    case 'project': {
      const exprs = each(plan.exprs);
      return exprs === plan.exprs ? plan : { ...plan, exprs };
    }
    case 'aggregate': {
      const groups = each(plan.groups);
      const call = (aggregate: LogicalAggregateCall): LogicalAggregateCall => {
        const args = each(aggregate.args);
        const filter = aggregate.filter && replace(aggregate.filter);
        return args === aggregate.args && filter === aggregate.filter ? aggregate : { ...aggregate, args, filter };
      };
      const aggregates = sameOr(plan.aggregates, plan.aggregates.map(call));
      return groups === plan.groups && aggregates === plan.aggregates ? plan : { ...plan, groups, aggregates };
    }
    case 'sort': {
      const keys = sameOr(
        plan.keys,
        plan.keys.map((key) => {
          const expr = replace(key.expr);
          return expr === key.expr ? key : { ...key, expr };
        }),
      );
      return keys === plan.keys ? plan : { ...plan, keys };
    }
    case 'limit':
      return plan;
    default:
      return assertNever(plan);
  }
}

/** The expressions of a node. */
export function exprsOf(plan: LogicalPlan): readonly Expr[] {
  const found: Expr[] = [];
  mapExprs(plan, (expr) => {
    found.push(expr);
    return expr;
  });
  return found;
}

/** The old list when the new one holds the same items. */
export function sameOr<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  return after.length === before.length && after.every((item, i) => item === before[i]) ? before : after;
}
