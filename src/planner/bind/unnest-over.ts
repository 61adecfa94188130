import type { LogicalPlan, LogicalUnnest } from '../logical/logical-plan.ts';
import type { PendingUnnest } from './relation.ts';

/** Lists made into rows, over the plan that they come from; `outer` keeps its rows without entries. */
export function unnestOver(
  input: LogicalPlan,
  { lists, ordinality, columns }: PendingUnnest,
  outer: boolean,
): LogicalUnnest {
  const added = outer ? columns.map((column) => ({ ...column, nullable: true })) : columns;
  return { kind: 'unnest', input, lists, outer, ordinality, columns: [...input.columns, ...added] };
}
