import { assertNever } from '../../common/errors.ts';
import type { ColumnId } from '../../operators/expr/expr.ts';
import { inputs, type LogicalAggregate, type LogicalPlan, withInputs } from '../logical/logical-plan.ts';
import { uniqueColumns } from '../logical/unique-columns.ts';
import type { Rule } from './rule.ts';

/**
 * DISTINCT goes where rows are distinct already, and where it does not matter how often a row comes: on the right of semi, anti and mark
 * joins, below another DISTINCT.
 *
 *     Semi join on k = x             Semi join on k = x
 *       Scan t [k]                     Scan t [k]
 *       Aggregate by x          ->     Project x
 *         Scan u [x]                     Scan u [x]
 */
export const dropDistincts: Rule = {
  name: 'drop_distincts',
  apply: (plan) => drop(plan, true),
};

/** `counted`: it matters how often a row comes. */
function drop(plan: LogicalPlan, counted: boolean): LogicalPlan {
  const node = withInputs(
    plan,
    inputs(plan).map((input, i) => drop(input, countsRows(plan, i, counted))),
  );
  if (!isDistinct(node) || (counted && !isUnique(node))) return node;
  return { kind: 'project', input: node.input, exprs: node.groups, columns: node.columns };
}

function countsRows(plan: LogicalPlan, index: number, counted: boolean): boolean {
  switch (plan.kind) {
    case 'join':
      if (plan.type === 'semi' || plan.type === 'anti' || plan.type === 'mark') return index === 0 && counted;
      return counted;
    case 'aggregate':
      // Groups without aggregates are what is distinct, with grouping sets too.
      return plan.groups.length === 0 || plan.aggregates.length > 0;
    case 'setOperation':
      return plan.all && counted;
    case 'project':
    case 'filter':
    case 'sort':
    case 'unnest':
      return counted;
    case 'scan':
    case 'values':
    case 'apply':
    case 'window':
    case 'sample':
    case 'limit':
    case 'with':
    case 'commonTable':
    case 'recursive':
    case 'workingTable':
      return true;
    default:
      return assertNever(plan);
  }
}

function isDistinct(node: LogicalPlan): node is LogicalAggregate {
  return node.kind === 'aggregate' && node.aggregates.length === 0 && node.groups.length > 0 && !node.groupingSets;
}

function isUnique({ input, groups }: LogicalAggregate): boolean {
  const columns = new Set<ColumnId>(groups.flatMap((group) => (group.kind === 'column' ? [group.id] : [])));
  return uniqueColumns(input).some((key) => key.every((id) => columns.has(id)));
}
