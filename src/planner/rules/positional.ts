import type { LogicalPlan } from '../logical/logical-plan.ts';

/** The same columns in the same order. */
export const deliversAs = (a: LogicalPlan, b: LogicalPlan) =>
  a.columns.length === b.columns.length && a.columns.every(({ id }, i) => id === b.columns[i]?.id);

/** Whether a node reads the columns of an input by position. */
export function isPositional(plan: LogicalPlan, input: LogicalPlan): boolean {
  if (plan.kind === 'with') return input === plan.definition;
  return plan.kind === 'setOperation' || plan.kind === 'recursive';
}
