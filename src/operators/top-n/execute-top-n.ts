import { Arena } from '../../wasm/arena.ts';
import { gatherKernel } from '../../wasm/gather.ts';
import { liveRows, MORSEL_ROWS, type Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import { executeLimit } from '../limit/execute-limit.ts';
import type { TopNPlan } from '../plan.ts';
import { rowNumbers } from '../rows/row-numbers.ts';
import { ExternalSort } from '../sort/external-sort.ts';
import { SortBuffer } from '../sort/sort-buffer.ts';
import { Threshold } from './threshold.ts';

/** Rows beyond those wanted that are let in before the buffer is cut again. */
const SLACK_ROWS = 8192;
/** So many rows tell where the order is about to be cut, before more are copied. */
const FIRST_ROWS = 1024;

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

/** The live rows of a morsel: the first ones, then the others. */
function* parts(morsel: Morsel, first: number, arena: Arena): Generator<Morsel> {
  const count = liveRows(morsel);
  if (count === 0) return;
  if (count <= first) {
    yield morsel;
    return;
  }
  const { rows, selection } = morsel;
  const column = (index: number) => morsel.column(index);
  const numbers = selection ? selection.rows : rowNumbers(gatherKernel(arena.memory), arena, 0, rows);
  yield { rows, selection: { rows: numbers, count: first }, column };
  yield { rows, selection: { rows: numbers + first * 4, count: count - first }, column };
}

async function* firstRows(plan: TopNPlan, input: MorselStream, context: ExecutionContext): AsyncGenerator<Morsel> {
  const wanted = plan.limit + plan.offset;
  const state = new SortBuffer(plan.input.columns, plan.keys, context, 'top-N');
  const threshold = Threshold.of(state.keys, context.memory);
  const sort = new ExternalSort(state, context);
  const arena = new Arena({ memory: context.memory });
  const slack = wanted + Math.max(wanted, SLACK_ROWS);
  let isCut = threshold === null;
  try {
    for await (const morsel of input) {
      const most = isCut ? slack : Math.max(wanted * 2, FIRST_ROWS);
      for (const part of parts(morsel, isCut ? MORSEL_ROWS : Math.max(1, most + 1 - state.rows), arena)) {
        state.append(part, threshold ? (rows, scratch) => threshold.narrow(rows, scratch) : undefined);
        const tooMuch = state.bytes > context.operatorBytes;
        if (sort.fits && (state.rows > most || (tooMuch && state.rows > wanted))) {
          state.keepFirst(wanted);
          threshold?.set(state);
          isCut = true;
        }
        await sort.spillOver();
      }
      arena.reset();
    }
    yield* sort.morsels();
  } finally {
    threshold?.free();
    arena.reset();
    state.free();
    await sort.free();
  }
}
