import type { Expr } from '../../operators/expr/expr.ts';
import { conjunction } from '../expr/build.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { join } from '../logical/rebuild.ts';
import { columnsIn, type InnerBlock } from './inner-block.ts';
import { filtered } from './join-graph.ts';
import { mayRaise } from './may-raise.ts';

/**
 * The inner joins of a block, in the order of its leaves as far as conditions connect them. Each condition stands as low as what it
 * reads allows, those that might raise an error above all joins.
 */
export function joinLeaves({ leaves, conditions }: InnerBlock): LogicalPlan {
  const late = conditions.filter((condition) => columnsIn(condition).size === 0 || mayRaise(condition));
  let open = conditions.filter((condition) => !late.includes(condition));
  /** Takes the conditions that read nothing but the columns of these plans. */
  const take = (...plans: readonly LogicalPlan[]): readonly Expr[] => {
    const known = new Set(plans.flatMap(({ columns }) => columns.map(({ id }) => id)));
    const taken = open.filter((condition) => [...columnsIn(condition)].every((id) => known.has(id)));
    open = open.filter((condition) => !taken.includes(condition));
    return taken;
  };
  const waiting = leaves.map((leaf) => filtered(leaf, take(leaf)));
  let left = waiting.shift() as LogicalPlan;
  while (waiting.length > 0) {
    const connected = waiting.findIndex((leaf) => open.some((condition) => connects(condition, left, leaf)));
    const [right] = waiting.splice(Math.max(0, connected), 1) as [LogicalPlan];
    const taken = take(left, right);
    const condition = taken.length > 0 ? conjunction(taken) : null;
    left = join({ type: 'inner', left, right, condition, compare: null, mark: null });
  }
  return filtered(left, late);
}

function connects(condition: Expr, left: LogicalPlan, right: LogicalPlan): boolean {
  const read = columnsIn(condition);
  return [left, right].every(({ columns }) => columns.some(({ id }) => read.has(id)));
}
