import type { ColumnId, Expr } from '../expr/expr.ts';
import { parts, substitute } from '../expr/rewrite.ts';
import { type AggregateCall, type AggregatePlan, mapChildren, type PhysicalPlan, type SortKey } from '../plan.ts';

/** Nodes of the expressions of one aggregation beyond which it reads a project's columns instead. */
const MAX_NODES = 2_000;

/**
 * A project below an aggregation is computed inside it: nothing is written between the two, and what several aggregates
 * share is computed once.
 *
 *     Aggregate [sum(p)]                    Aggregate [sum(price * (1 - discount))]
 *       Project [price * (1 - discount) AS p] ->  Scan
 *         Scan
 */
export function inlineProjects(plan: PhysicalPlan): PhysicalPlan {
  const node = mapChildren(plan, inlineProjects);
  if (node.kind !== 'aggregate' || node.phase === 'final' || node.input.kind !== 'project') return node;
  const { exprs, columns, input } = node.input;
  const meaning = new Map<ColumnId, Expr>(columns.map(({ id }, i) => [id, exprs[i] as Expr]));
  const inlined = { ...mapExprs(node, (expr) => substitute(expr, meaning)), input };
  return nodes(inlined) <= MAX_NODES ? inlined : node;
}

function mapExprs(plan: AggregatePlan, replace: (expr: Expr) => Expr): AggregatePlan {
  return {
    ...plan,
    groups: plan.groups.map(replace),
    aggregates: plan.aggregates.map(
      (call): AggregateCall => ({
        ...call,
        args: call.args.map(replace),
        orderBy: call.orderBy.map((key): SortKey => ({ ...key, expr: replace(key.expr) })),
        filter: call.filter && replace(call.filter),
      }),
    ),
  };
}

function nodes(plan: AggregatePlan): number {
  let count = 0;
  const visit = (expr: Expr): Expr => {
    count++;
    if (count <= MAX_NODES) parts(expr).forEach(visit);
    return expr;
  };
  mapExprs(plan, visit);
  return count;
}
