import type { ColumnIds } from '../bind/bind-context.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';

/** What rules share. */
export interface RuleContext {
  /** For columns that a rule makes. */
  readonly ids: ColumnIds;
}

/** One improvement of a plan. The result delivers the same columns (ids, names, types) and the same rows. */
export interface Rule {
  /** In snake_case, as reports and tests name it. */
  readonly name: string;
  /** The same object when nothing changed. */
  apply(plan: LogicalPlan, context: RuleContext): LogicalPlan;
}
