import { assertNever } from '../../common/errors.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import type { LogicalJoin, LogicalPlan, LogicalSetOperation } from '../logical/logical-plan.ts';
import { rewritePlan } from '../logical/rewrite.ts';
import type { Rule } from './rule.ts';

/**
 * What has no input rows has no result: joins, filters, groups and limits over nothing are nothing themselves.
 *
 *     Project x                          Values nothing
 *       Inner join on k = j        ->
 *         Scan t [k, x]
 *         Values nothing
 */
export const propagateEmpty: Rule = {
  name: 'propagate_empty',
  apply: (plan) => rewritePlan(plan, simplify),
};

const isEmpty = (plan: LogicalPlan) => plan.kind === 'values' && plan.rows.length === 0;

const nothing = ({ columns }: LogicalPlan): LogicalPlan => ({ kind: 'values', rows: [], columns });

function simplify(node: LogicalPlan): LogicalPlan {
  switch (node.kind) {
    case 'filter':
    case 'project':
    case 'window':
    case 'unnest':
    case 'sample':
    case 'sort':
      return isEmpty(node.input) ? nothing(node) : node;
    case 'limit':
      return node.limit === 0 || isEmpty(node.input) ? nothing(node) : node;
    case 'aggregate': {
      const always = node.groupingSets ? node.groupingSets.some((set) => set.length === 0) : node.groups.length === 0;
      return isEmpty(node.input) && !always ? nothing(node) : node;
    }
    case 'join':
      return isEmptyJoin(node) ? nothing(node) : node;
    case 'setOperation':
      return simplifySetOperation(node);
    case 'with':
      return isEmpty(node.body) ? nothing(node) : node;
    case 'recursive':
      return isEmpty(node.base) ? nothing(node) : node;
    case 'scan':
    case 'values':
    case 'apply':
    case 'commonTable':
    case 'workingTable':
      return node;
    default:
      return assertNever(node);
  }
}

function isEmptyJoin({ type, left, right, condition }: LogicalJoin): boolean {
  const [noLeft, noRight] = [isEmpty(left), isEmpty(right)];
  switch (type) {
    case 'inner':
    case 'semi':
      return noLeft || noRight || isNever(condition);
    case 'left':
    case 'anti':
    case 'mark':
      return noLeft;
    case 'right':
      return noRight;
    case 'full':
      return noLeft && noRight;
    default:
      return assertNever(type);
  }
}

const isNever = (condition: Expr | null) => condition?.kind === 'literal' && condition.value !== true;

function simplifySetOperation(node: LogicalSetOperation): LogicalPlan {
  const { operation, inputs } = node;
  if (operation !== 'union') {
    const decides = operation === 'intersect' ? inputs.some(isEmpty) : isEmpty(inputs[0] as LogicalPlan);
    return decides ? nothing(node) : node;
  }
  const left = inputs.filter((input) => !isEmpty(input));
  if (left.length === 0) return nothing(node);
  // One input alone would need other columns.
  return left.length === inputs.length || left.length === 1 ? node : { ...node, inputs: left };
}
