import { interpretLimit } from '../limit/interpret-limit.ts';
import type { TopNPlan } from '../plan.ts';
import type { Rows } from '../rows.ts';
import { interpretSort } from '../sort/interpret-sort.ts';

/** Sorts all of its input, skips and cuts. */
export function interpretTopN(plan: TopNPlan, input: AsyncIterable<Rows>): AsyncGenerator<Rows> {
  return interpretLimit(plan, interpretSort(plan, input));
}
