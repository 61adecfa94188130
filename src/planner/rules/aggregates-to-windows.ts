import { Estimator } from '../estimate/estimate.ts';
import { inputs, type LogicalPlan } from '../logical/logical-plan.ts';
import { overInputs } from '../logical/rebuild.ts';
import { PlanNumbers } from '../logical/renew-columns.ts';
import { beginsBlock } from './inner-block.ts';
import { deliversAs, isPositional } from './positional.ts';
import type { Rule } from './rule.ts';
import { windowOfGroups } from './window-of-groups.ts';
import { windowOfSelfJoin } from './window-of-self-join.ts';
import type { Fresh } from './window-over.ts';

/**
 * An aggregation over tables that it is joined with again becomes a window over their join, where that has few rows: the tables are
 * read once. (Zuzarte, Pirahesh, Ma, Cheng, Liu and Wong, WinMagic: Subquery Elimination Using Window Aggregation, 2003.)
 *
 *     Inner join on p = l.p AND l.q < avg(q) AND p = k     Filter q < avg(q)
 *       Scan part [p] where b = 1                            Window avg(q) by p
 *       Scan lineitem l [p, q]                          ->     Inner join on p = l.p
 *       Aggregate avg(q) by p AS k                               Scan part [p] where b = 1
 *         Scan lineitem [p, q]                                   Scan lineitem l [p, q]
 */
export const aggregatesToWindows: Rule = {
  name: 'aggregates_to_windows',
  apply(plan, { ids }) {
    const rewritten = visit(plan, false, {
      estimator: new Estimator(plan),
      fresh: { ids, numbers: new PlanNumbers(plan) },
    });
    return deliversAs(rewritten, plan) ? rewritten : plan;
  },
};

interface Visit {
  readonly estimator: Estimator;
  readonly fresh: Fresh;
}

function visit(plan: LogicalPlan, isInBlock: boolean, context: Visit): LogicalPlan {
  const root = beginsBlock(plan) && !isInBlock ? withWindows(plan, context) : plan;
  const replaced = inputs(root).map((input) => {
    const visited = visit(input, beginsBlock(root) && beginsBlock(input), context);
    return isPositional(root, input) && !deliversAs(visited, input) ? input : visited;
  });
  return overInputs(root, replaced);
}

function withWindows(root: LogicalPlan, context: Visit): LogicalPlan {
  const { estimator, fresh } = context;
  const rewritten = windowOfSelfJoin(root, estimator, fresh) ?? windowOfGroups(root, estimator, fresh);
  return rewritten ? withWindows(rewritten, context) : root;
}
