import type { LimitPlan } from '../plan.ts';
import { type Rows, rowCount } from '../rows.ts';

/** Skips and cuts. Ends its input as soon as it has enough, and does not start it for LIMIT 0. */
export async function* interpretLimit(
  plan: Pick<LimitPlan, 'limit' | 'offset'>,
  input: AsyncIterable<Rows>,
): AsyncGenerator<Rows> {
  let skip = plan.offset;
  let left = plan.limit ?? Number.POSITIVE_INFINITY;
  if (left === 0) return;
  for await (const rows of input) {
    const count = rowCount(rows);
    const from = Math.min(skip, count);
    const to = Math.min(count, from + left);
    skip -= from;
    left -= to - from;
    if (from === 0 && to === count) yield rows;
    else if (to > from) yield { ...rows, selection: slice(rows, from, to) };
    if (left === 0) return;
  }
}

function slice(rows: Rows, from: number, to: number): readonly number[] {
  return rows.selection?.slice(from, to) ?? Array.from({ length: to - from }, (_, i) => from + i);
}
