import type { LogicalPlan } from '../logical/logical-plan.ts';

/** One improvement of a plan. The result delivers the same columns (ids, names, types) and the same rows. */
export interface Rule {
  /** In snake_case, as reports and tests name it. */
  readonly name: string;
  /** The same object when nothing changed. */
  apply(plan: LogicalPlan): LogicalPlan;
}
