import { Arena } from '../../wasm/arena.ts';
import { gatherKernel } from '../../wasm/gather.ts';
import { liveRows, type Morsel, type Selection } from '../../wasm/morsel.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import type { LimitPlan } from '../plan.ts';

/** Skips and cuts by narrowing selections. Ends its input as soon as it has enough, and does not start it for LIMIT 0. */
export async function* executeLimit(
  plan: Pick<LimitPlan, 'limit' | 'offset'>,
  input: MorselStream,
  context: Pick<ExecutionContext, 'memory'>,
): AsyncGenerator<Morsel> {
  const arena = new Arena({ memory: context.memory });
  let skip = plan.offset;
  let left = plan.limit ?? Number.POSITIVE_INFINITY;
  if (left === 0) return;
  try {
    for await (const morsel of input) {
      const count = liveRows(morsel);
      const from = Math.min(skip, count);
      const to = Math.min(count, from + left);
      skip -= from;
      left -= to - from;
      if (from === 0 && to === count) yield morsel;
      else if (to > from) {
        const selection = cut(morsel, from, to, arena);
        yield { rows: morsel.rows, selection, column: (index) => morsel.column(index) };
        arena.reset();
      }
      if (left === 0) return;
    }
  } finally {
    arena.reset();
  }
}

/** The live rows `from` to `to`. */
function cut({ selection }: Morsel, from: number, to: number, arena: Arena): Selection {
  const count = to - from;
  if (selection) return { rows: selection.rows + from * 4, count };
  const rows = arena.allocate(count * 4);
  gatherKernel(arena.memory).sequence(from, count, rows);
  return { rows, count };
}
