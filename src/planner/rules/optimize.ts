import { throwIfAborted } from '../../common/errors.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { Rule, RuleContext } from './rule.ts';
import { RULES } from './rule-list.ts';

export interface OptimizeOptions extends RuleContext {
  readonly signal?: AbortSignal;
  readonly rules?: readonly Rule[];
  /** Called after each rule; `changed` says whether it did anything. */
  readonly onRule?: (rule: Rule, plan: LogicalPlan, changed: boolean) => void;
}

/** Applies the rules in their order, once each. */
export function optimize(plan: LogicalPlan, options: OptimizeOptions): LogicalPlan {
  let current = plan;
  for (const rule of options.rules ?? RULES) {
    throwIfAborted(options.signal);
    const next = rule.apply(current, options);
    options.onRule?.(rule, next, next !== current);
    current = next;
  }
  return current;
}
