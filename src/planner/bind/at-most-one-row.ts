import { assertNever } from '../../common/errors.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';

/** Whether a plan delivers one row or none, whatever its tables hold. */
export function atMostOneRow(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case 'aggregate':
      return plan.groups.length === 0 && plan.groupingSets === null;
    case 'values':
      return plan.rows.length <= 1;
    case 'limit':
      return (plan.limit !== null && plan.limit <= 1) || atMostOneRow(plan.input);
    case 'filter':
    case 'project':
    case 'sort':
    case 'window':
    case 'sample':
      return atMostOneRow(plan.input);
    case 'with':
      return atMostOneRow(plan.body);
    case 'apply':
      return atMostOneRow(plan.left) && (plan.type === 'mark' || atMostOneRow(plan.right));
    case 'join':
      return plan.type !== 'full' && atMostOneRow(plan.left) && (plan.mark !== null || atMostOneRow(plan.right));
    case 'scan':
    case 'setOperation':
    case 'unnest':
    case 'commonTable':
    case 'recursive':
    case 'workingTable':
      return false;
    default:
      return assertNever(plan);
  }
}
