import type { Expr } from '../../operators/expr/expr.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { rewritePlan } from '../logical/rewrite.ts';
import type { Rule } from './rule.ts';

/**
 * A filter that is always true is no filter; one that is never true has no input.
 *
 *     Scan t [x] where FALSE  ->  Values nothing
 */
export const dropFalseFilters: Rule = {
  name: 'drop_false_filters',
  apply: (plan) => rewritePlan(plan, simplify),
};

function simplify(node: LogicalPlan): LogicalPlan {
  if (node.kind !== 'filter' && node.kind !== 'scan') return node;
  const truth = constantTruth(node.predicate);
  if (truth === null) return node;
  if (!truth) return { kind: 'values', rows: [], columns: node.columns };
  return node.kind === 'filter' ? node.input : { ...node, predicate: null };
}

/** NULL keeps no row, as false does. */
function constantTruth(predicate: Expr | null): boolean | null {
  if (predicate?.kind !== 'literal') return null;
  return predicate.value === true;
}
