import { liveRows, type Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import type { SortPlan } from '../plan.ts';
import { ExternalSort } from './external-sort.ts';
import { SortBuffer } from './sort-buffer.ts';

/** Sorts; rows with equal keys keep their order. What does not fit the budget goes to the spill space and is merged. */
export async function* executeSort(
  plan: Pick<SortPlan, 'input' | 'keys'>,
  input: MorselStream,
  context: ExecutionContext,
): AsyncGenerator<Morsel> {
  const state = new SortBuffer(plan.input.columns, plan.keys, context, 'sort');
  const sort = new ExternalSort(state, context);
  try {
    for await (const morsel of input) if (liveRows(morsel) > 0) await sort.add(morsel);
    yield* sort.morsels();
  } finally {
    state.free();
    await sort.free();
  }
}
