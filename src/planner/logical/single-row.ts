import { assertNever } from '../../common/errors.ts';
import type { LogicalPlan } from './logical-plan.ts';

/** Whether the plan delivers exactly one row, whatever it reads. */
export function isSingleRow(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case 'aggregate':
      return plan.groupingSets
        ? plan.groupingSets.length === 1 && plan.groupingSets[0]?.length === 0
        : plan.groups.length === 0;
    case 'values':
      return plan.rows.length === 1;
    case 'project':
    case 'sort':
    case 'window':
      return isSingleRow(plan.input);
    case 'limit':
      return plan.offset === 0 && plan.limit !== 0 && isSingleRow(plan.input);
    case 'join':
      return plan.condition === null && plan.compare === null && plan.type !== 'semi' && plan.type !== 'anti'
        ? isSingleRow(plan.left) && (plan.type === 'mark' || isSingleRow(plan.right))
        : (plan.type === 'mark' || plan.type === 'left') &&
            isSingleRow(plan.left) &&
            (plan.type === 'mark' || isSingleRow(plan.right));
    case 'with':
      return isSingleRow(plan.body);
    case 'scan':
    case 'filter':
    case 'apply':
    case 'setOperation':
    case 'unnest':
    case 'sample':
    case 'commonTable':
    case 'recursive':
    case 'workingTable':
      return false;
    default:
      return assertNever(plan);
  }
}
