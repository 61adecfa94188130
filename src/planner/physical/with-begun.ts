import { encodeWire } from '../../common/wire.ts';
import { type DistributedPlan, type ExchangeOutput, type ExchangePlan, mapInputs } from './distributed-plan.ts';
import type { PhysicalContext } from './physical-context.ts';
import type { PlanMemory } from './plan-memory.ts';

/**
 * The plan with exchanges of what a plan computes (partial groups, first rows) replaced by those that have begun to deliver just that.
 * One that delivers it otherwise stays beside it; whoever asked for the plan sees that and keeps the one he had.
 */
export function withBegun(root: DistributedPlan, memory: PlanMemory, rows: PhysicalContext['rows']): DistributedPlan {
  const known = new Map<DistributedPlan, DistributedPlan>();
  return replaced(root);

  function replaced(plan: DistributedPlan): DistributedPlan {
    let found = known.get(plan);
    if (!found) {
      found = replace(plan);
      known.set(plan, found);
      if (found !== plan) carryOver(plan, found);
    }
    return found;
  }

  function replace(plan: DistributedPlan): DistributedPlan {
    if (plan.kind === 'whole') {
      const exchange = replaced(plan.exchange) as ExchangePlan;
      return exchange === plan.exchange ? plan : { ...plan, exchange };
    }
    if (plan.kind !== 'exchange') return mapInputs(plan, replaced);
    if (memory.isBegun(plan)) return plan;
    const begun = memory.begunLike(plan);
    if (begun && sameOutput(begun.output, plan.output)) return begun;
    if (begun?.output.kind === 'hash' && (plan.output.kind === 'gather' || plan.output.kind === 'broadcast'))
      return { kind: 'whole', columns: begun.columns, exchange: begun };
    const input = replaced(plan.input);
    const after = plan.after?.map((each) => replaced(each) as ExchangePlan);
    const same = input === plan.input && (after?.every((each, i) => each === plan.after?.[i]) ?? true);
    return same ? plan : { ...plan, input, ...(after && { after }) };
  }

  function carryOver(from: DistributedPlan, to: DistributedPlan): void {
    const count = rows.get(from);
    if (count !== undefined && rows.get(to) === undefined) rows.set(to, count);
    const origin = memory.origin(from);
    if (origin && to.kind !== 'exchange' && to.kind !== 'whole') memory.computes(to, origin);
  }
}

/** Rows that are written whole are read by one task or by many. */
function sameOutput(a: ExchangeOutput, b: ExchangeOutput): boolean {
  const isWhole = ({ kind }: ExchangeOutput) => kind === 'gather' || kind === 'broadcast';
  if (isWhole(a) || isWhole(b)) return isWhole(a) && isWhole(b);
  return encodeWire(a) === encodeWire(b);
}
