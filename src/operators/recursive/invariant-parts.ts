import { children, type PhysicalPlan, preorder } from '../plan.ts';

/** The largest parts of a recursion's step that do not read its working table: they deliver the same rows in every round. */
export function invariantParts(step: PhysicalPlan, table: number): ReadonlySet<PhysicalPlan> {
  const reads = preorder(step).some((node) => node.kind === 'workingTable' && node.table === table);
  if (reads) return new Set(children(step).flatMap((input) => [...invariantParts(input, table)]));
  return new Set(step.kind === 'values' ? [] : [step]);
}
