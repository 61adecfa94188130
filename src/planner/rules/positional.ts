import type { LogicalPlan } from '../logical/logical-plan.ts';
import { sameColumns } from '../logical/same-columns.ts';

export const deliversAs = (a: LogicalPlan, b: LogicalPlan) => sameColumns(a.columns, b.columns);

/** Whether a node reads the columns of an input by position. */
export function isPositional(plan: LogicalPlan, input: LogicalPlan): boolean {
  if (plan.kind === 'with') return input === plan.definition;
  return plan.kind === 'setOperation' || plan.kind === 'recursive';
}
