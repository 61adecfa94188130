import { throwIfAborted } from '../../common/errors.ts';
import { Arena } from '../../wasm/arena.ts';
import type { Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import { fieldOf } from '../expr/expr.ts';
import type { PhysicalPlan, RecursivePlan } from '../plan.ts';
import { invariantParts } from './invariant-parts.ts';
import { KeptRows } from './kept-rows.ts';
import { newRows } from './new-rows.ts';

/** What the step of a recursion reads. */
export interface Round {
  readonly table: number;
  /** The rows that were new in the round before. */
  readonly working: () => MorselStream;
  /** Parts of the step that deliver the same rows in every round. */
  readonly invariant: ReadonlySet<PhysicalPlan>;
  /** The rows of such a part, which is run once. */
  readonly keep: (part: PhysicalPlan, run: () => MorselStream) => MorselStream;
}

/**
 * Runs the step over the rows that were new in the round before until there are none, and delivers the new rows of a round at its
 * end. Rows that go round and those that are the same in every round are kept within the budget or put aside; what UNION has
 * to remember has to fit. Runs for ever when the query does: a limit above, the deadline or the signal ends it.
 */
export async function* executeRecursive(
  plan: RecursivePlan,
  base: MorselStream,
  step: (round: Round) => MorselStream,
  context: ExecutionContext,
): AsyncGenerator<Morsel> {
  const invariant = invariantParts(plan.step, plan.table);
  const budget = context.operatorBytes / (invariant.size + (plan.all ? 2 : 3));
  const fields = plan.columns.map(fieldOf);
  const kept = new Map<PhysicalPlan, KeptRows>();
  const fresh = newRows(plan, context, budget);
  const arena = new Arena({ memory: context.memory });
  let working = new KeptRows(context, fields, budget);
  let next = new KeptRows(context, fields, budget);

  const take = async (rows: MorselStream): Promise<void> => {
    for await (const morsel of rows) {
      throwIfAborted(context.signal);
      await next.append(fresh.of(morsel, arena));
      arena.reset();
    }
    await working.free();
    [working, next] = [next, working];
  };
  const keep = async function* (part: PhysicalPlan, run: () => MorselStream): AsyncGenerator<Morsel> {
    let rows = kept.get(part);
    if (!rows) {
      rows = new KeptRows(context, part.columns.map(fieldOf), budget);
      kept.set(part, rows);
      for await (const morsel of run()) await rows.append(morsel);
    }
    yield* rows.read();
  };

  try {
    await take(base);
    while (working.rows > 0) {
      yield* working.read();
      await context.breathe?.();
      const round = working;
      await take(step({ table: plan.table, working: () => round.read(), invariant, keep }));
    }
  } finally {
    arena.reset();
    fresh.free();
    for (const rows of [working, next, ...kept.values()]) await rows.free();
  }
}
