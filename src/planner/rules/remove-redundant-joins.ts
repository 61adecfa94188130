import { assertNever } from '../../common/errors.ts';
import type { ColumnId } from '../../operators/expr/expr.ts';
import { inputs, type LogicalJoin, type LogicalPlan } from '../logical/logical-plan.ts';
import { overInputs } from '../logical/rebuild.ts';
import { deliversAs, isPositional } from './positional.ts';
import type { Rule } from './rule.ts';
import { meetsOneRow } from './unique-keys.ts';

/**
 * A join is left out when it neither removes a row of its left side, nor doubles one, nor adds a column that is read: a left join
 * with what is unique in the columns it is joined by, a mark that nobody asks for, a product with the one row of an aggregation.
 *
 *     Project a                    Project a
 *       Left join on k = j     ->    Scan t [a, k]
 *         Scan t [a, k]
 *         Aggregate max(x) by j
 */
export const removeRedundantJoins: Rule = {
  name: 'remove_redundant_joins',
  apply(plan) {
    const removed = remove(plan);
    return deliversAs(removed, plan) ? removed : plan;
  },
};

function remove(plan: LogicalPlan): LogicalPlan {
  const node = overInputs(
    plan,
    inputs(plan).map((input) => {
      const removed = remove(input);
      return isPositional(plan, input) && !deliversAs(removed, input) ? input : removed;
    }),
  );
  // What the join delivered before: over inputs that deliver more it may deliver what nobody reads.
  const delivered = new Set(plan.columns.map(({ id }) => id));
  return node.kind === 'join' && isRedundant(node, delivered) ? node.left : node;
}

function isRedundant(join: LogicalJoin, delivered: ReadonlySet<ColumnId>): boolean {
  switch (join.type) {
    case 'mark':
      return join.mark !== null && !delivered.has(join.mark.id);
    case 'left':
      return !join.right.columns.some(({ id }) => delivered.has(id)) && meetsOneRow(join, 'right');
    case 'inner':
      return join.condition === null && !join.right.columns.some(({ id }) => delivered.has(id)) && isOneRow(join.right);
    case 'right':
    case 'full':
    case 'semi':
    case 'anti':
      return false;
    default:
      return assertNever(join.type);
  }
}

/** Neither none nor several. */
function isOneRow(plan: LogicalPlan): boolean {
  if (plan.kind === 'project' || plan.kind === 'sort') return isOneRow(plan.input);
  if (plan.kind === 'values') return plan.rows.length === 1;
  return plan.kind === 'aggregate' && plan.groups.length === 0 && plan.groupingSets === null;
}
