import { assertNever } from '../../common/errors.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import type { FrameBound, SortKey, WindowCall } from '../../operators/plan.ts';
import { inputs, type LogicalAggregateCall, type LogicalPlan, withInputs } from './logical-plan.ts';

/** Bottom-up: every node is offered after its inputs. The same object when nothing changed. */
export function rewritePlan(plan: LogicalPlan, replace: (node: LogicalPlan) => LogicalPlan): LogicalPlan {
  return replace(
    withInputs(
      plan,
      inputs(plan).map((input) => rewritePlan(input, replace)),
    ),
  );
}

/** Every node, inputs before what reads them. */
export function nodes(plan: LogicalPlan): readonly LogicalPlan[] {
  const found: LogicalPlan[] = [];
  const visit = (node: LogicalPlan): void => {
    for (const input of inputs(node)) visit(input);
    found.push(node);
  };
  visit(plan);
  return found;
}

/** The node with every expression in it replaced; the same object when none changed. */
export function mapExprs(plan: LogicalPlan, replace: (expr: Expr) => Expr): LogicalPlan {
  const each = (exprs: readonly Expr[]) => sameOr(exprs, exprs.map(replace));
  const optional = (expr: Expr | null) => expr && replace(expr);
  const sortKeys = (keys: readonly SortKey[]) =>
    sameOr(
      keys,
      keys.map((key) => {
        const expr = replace(key.expr);
        return expr === key.expr ? key : { ...key, expr };
      }),
    );
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
        const orderBy = sortKeys(aggregate.orderBy);
        const filter = optional(aggregate.filter);
        const same = args === aggregate.args && orderBy === aggregate.orderBy && filter === aggregate.filter;
        return same ? aggregate : { ...aggregate, args, orderBy, filter };
      };
      const aggregates = sameOr(plan.aggregates, plan.aggregates.map(call));
      return groups === plan.groups && aggregates === plan.aggregates ? plan : { ...plan, groups, aggregates };
    }
    case 'join':
    case 'apply': {
      const condition = optional(plan.condition);
      const compare = optional(plan.compare);
      return condition === plan.condition && compare === plan.compare ? plan : { ...plan, condition, compare };
    }
    case 'window': {
      const partitionBy = each(plan.partitionBy);
      const orderBy = sortKeys(plan.orderBy);
      const functions = sameOr(
        plan.functions,
        plan.functions.map((call) => mapWindowCall(call, replace)),
      );
      const same = partitionBy === plan.partitionBy && orderBy === plan.orderBy && functions === plan.functions;
      return same ? plan : { ...plan, partitionBy, orderBy, functions };
    }
    case 'unnest': {
      const lists = each(plan.lists);
      return lists === plan.lists ? plan : { ...plan, lists };
    }
    case 'sort': {
      const keys = sortKeys(plan.keys);
      return keys === plan.keys ? plan : { ...plan, keys };
    }
    case 'setOperation':
    case 'sample':
    case 'with':
    case 'commonTable':
    case 'recursive':
    case 'workingTable':
    case 'limit':
      return plan;
    default:
      return assertNever(plan);
  }
}

function mapWindowCall(call: WindowCall, replace: (expr: Expr) => Expr): WindowCall {
  const args = sameOr(call.args, call.args.map(replace));
  const filter = call.filter && replace(call.filter);
  const start = mapBound(call.frame.start, replace);
  const end = mapBound(call.frame.end, replace);
  const sameFrame = start === call.frame.start && end === call.frame.end;
  if (args === call.args && filter === call.filter && sameFrame) return call;
  return { ...call, args, filter, frame: sameFrame ? call.frame : { ...call.frame, start, end } };
}

function mapBound(bound: FrameBound, replace: (expr: Expr) => Expr): FrameBound {
  if (!('offset' in bound)) return bound;
  const offset = replace(bound.offset);
  return offset === bound.offset ? bound : { ...bound, offset };
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
