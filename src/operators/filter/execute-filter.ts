import { Arena } from '../../wasm/arena.ts';
import type { Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import { formatExpr } from '../expr/format.ts';
import { PredicateEvaluator } from '../expr/generate/predicate-evaluator.ts';
import type { FilterPlan } from '../plan.ts';

/** Narrows the selection to the rows whose predicate is true; nothing is copied. Passes on no empty morsel. */
export async function* executeFilter(
  plan: FilterPlan,
  input: MorselStream,
  context: ExecutionContext,
): AsyncGenerator<Morsel> {
  const arena = new Arena({ memory: context.memory });
  const title = `filter ${formatExpr(plan.predicate)}`;
  const predicate = new PredicateEvaluator(plan.predicate, plan.input.columns, context, title);
  try {
    for await (const morsel of input) {
      const selection = predicate.select(morsel, arena);
      if (selection?.count !== 0) {
        yield { rows: morsel.rows, selection, column: (index) => morsel.column(index) };
      }
      arena.reset();
    }
  } finally {
    predicate.close();
    arena.reset();
  }
}
