import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { parts, substitute } from '../../operators/expr/rewrite.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { rewritePlan } from '../logical/rewrite.ts';
import type { Rule } from './rule.ts';

/**
 * Two projects in a row become one, unless that would compute something twice.
 *
 *     Project y * 2 AS z
 *       Project x + 1 AS y  ->  Project (x + 1) * 2 AS z
 */
export const mergeProjects: Rule = {
  name: 'merge_projects',
  apply: (plan) => rewritePlan(plan, merge),
};

function merge(node: LogicalPlan): LogicalPlan {
  if (node.kind !== 'project' || node.input.kind !== 'project') return node;
  const inner = node.input;
  const meaning = new Map(inner.columns.map(({ id }, i) => [id, inner.exprs[i] as Expr]));
  const uses = new Map<ColumnId, number>();
  for (const expr of node.exprs) countUses(expr, uses);
  const repeats = [...uses].some(([id, count]) => count > 1 && !isCheap(meaning.get(id)));
  if (repeats) return node;
  return { ...node, input: inner.input, exprs: node.exprs.map((expr) => substitute(expr, meaning)) };
}

const isCheap = (expr: Expr | undefined) => expr?.kind === 'column' || expr?.kind === 'literal';

function countUses(expr: Expr, into: Map<ColumnId, number>): void {
  if (expr.kind === 'column') into.set(expr.id, (into.get(expr.id) ?? 0) + 1);
  for (const part of parts(expr)) countUses(part, into);
}
