import { assertNever } from '../../common/errors.ts';
import type { ColumnId } from '../../operators/expr/expr.ts';
import { inputs, type LogicalLimit, type LogicalPlan, type LogicalSort } from '../logical/logical-plan.ts';
import { overInputs } from '../logical/rebuild.ts';
import { isSingleRow } from '../logical/single-row.ts';
import { columnsOf } from './push-filters.ts';
import type { Rule } from './rule.ts';

/**
 * Leaves out early what a limit leaves out: below projects, in every input of UNION ALL, and on the left of joins that deliver every left row,
 * there with its sort when that reads the left side alone.
 *
 *     Limit 5                            Limit 5
 *       Left join on k = j                 Left join on k = j
 *         Scan t [k]               ->        Limit 5
 *         Scan u [j]                           Scan t [k]
 *                                            Scan u [j]
 */
export const pushLimits: Rule = {
  name: 'push_limits',
  apply: (plan) => pushBelow(plan),
};

/** From the top down: what a limit leaves below is pushed further. */
function pushBelow(plan: LogicalPlan): LogicalPlan {
  const node = plan.kind === 'limit' ? pushed(plan) : plan;
  return overInputs(node, inputs(node).map(pushBelow));
}

function pushed(plan: LogicalLimit): LogicalPlan {
  const { input, limit, offset } = plan;
  if (offset === 0 && limit !== 0 && isSingleRow(input)) return input;
  if (input.kind === 'project') {
    const below = pushed({ ...plan, input: input.input, columns: input.input.columns });
    return { ...input, input: below };
  }
  if (limit === null) return plan;
  const count = limit + offset;
  switch (input.kind) {
    case 'setOperation': {
      if (input.operation !== 'union' || !input.all) return plan;
      return overInputs(plan, [
        overInputs(
          input,
          input.inputs.map((each) => limited(each, count)),
        ),
      ]);
    }
    case 'join': {
      if (!keepsLeft(input)) return plan;
      return overInputs(plan, [overInputs(input, [limited(input.left, count), input.right])]);
    }
    case 'sort': {
      const { input: sorted } = input;
      if (!keepsLeft(sorted) || !readsOnly(input, sorted.left)) return plan;
      const first: LogicalSort = { ...input, input: sorted.left, columns: sorted.left.columns };
      const left = isLimited(sorted.left, count) ? sorted.left : limited(first, count);
      return overInputs(plan, [overInputs(input, [overInputs(sorted, [left, sorted.right])])]);
    }
    case 'scan':
    case 'values':
    case 'filter':
    case 'aggregate':
    case 'apply':
    case 'window':
    case 'unnest':
    case 'sample':
    case 'limit':
    case 'with':
    case 'commonTable':
    case 'recursive':
    case 'workingTable':
      return plan;
    default:
      return assertNever(input);
  }
}

/** Every row of its left side comes once or more. */
function keepsLeft(plan: LogicalPlan): plan is Extract<LogicalPlan, { kind: 'join' }> {
  return plan.kind === 'join' && (plan.type === 'left' || plan.type === 'mark');
}

function readsOnly({ keys }: LogicalSort, { columns }: LogicalPlan): boolean {
  const ids = new Set<ColumnId>(columns.map(({ id }) => id));
  return keys.every(({ expr }) => [...columnsOf(expr)].every((id) => ids.has(id)));
}

const isLimited = (plan: LogicalPlan, count: number): boolean =>
  plan.kind === 'limit' && plan.limit !== null && plan.limit <= count;

function limited(input: LogicalPlan, count: number): LogicalPlan {
  if (isLimited(input, count) || isSingleRow(input)) return input;
  if (input.kind === 'project' && isLimited(input.input, count)) return input;
  return { kind: 'limit', input, limit: count, offset: 0, columns: input.columns };
}
