import { liveRows, type Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import { executeLimit } from '../limit/execute-limit.ts';
import type { TopNPlan } from '../plan.ts';
import { ExternalSort } from '../sort/external-sort.ts';
import { SortBuffer } from '../sort/sort-buffer.ts';
import { Threshold } from './threshold.ts';

/** Rows beyond those wanted that are let in before the buffer is cut again. */
const SLACK_ROWS = 8192;

/**
 * Keeps the first rows of the order, about twice as many as are wanted at most, and drops what comes behind them by its first key
 * before anything of it is copied. Rows with equal keys keep their order. Where even the wanted rows do not fit the budget it sorts.
 */
export async function* executeTopN(
  plan: TopNPlan,
  input: MorselStream,
  context: ExecutionContext,
): AsyncGenerator<Morsel> {
  if (plan.limit === 0) return;
  yield* executeLimit(plan, firstRows(plan, input, context), context);
}

async function* firstRows(plan: TopNPlan, input: MorselStream, context: ExecutionContext): AsyncGenerator<Morsel> {
  const wanted = plan.limit + plan.offset;
  const most = wanted + Math.max(wanted, SLACK_ROWS);
  const state = new SortBuffer(plan.input.columns, plan.keys, context, 'top-N');
  const threshold = Threshold.of(state.keys, context.memory);
  const sort = new ExternalSort(state, context);
  try {
    for await (const morsel of input) {
      if (liveRows(morsel) === 0) continue;
      state.append(morsel, threshold ? (rows, arena) => threshold.narrow(rows, arena) : undefined);
      const tooMuch = state.bytes > context.operatorBytes;
      if (sort.fits && (state.rows > most || (tooMuch && state.rows > wanted))) {
        state.keepFirst(wanted);
        threshold?.set(state);
      }
      await sort.spillOver();
    }
    yield* sort.morsels();
  } finally {
    threshold?.free();
    state.free();
    await sort.free();
  }
}
