import { isNested, type Value } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { buildVector } from '../../wasm/build-vector.ts';
import { MORSEL_ROWS, type Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import type { AggregatePlan } from '../plan.ts';
import type { Rows } from '../rows.ts';
import { checkPhase } from './aggregate-call.ts';
import { AggregateRun } from './aggregate-run.ts';
import { rowsOfMorsel } from './host-aggregates.ts';
import { interpretAggregate } from './interpret-aggregate.ts';

/**
 * Hash aggregation: rows are numbered by group, then generated code takes them into their groups' states. Groups that outgrow
 * `operatorBytes` have their rows spilled and aggregated later, part by part; in phase `partial` the groups there are are
 * delivered instead, and some may be delivered again. Without spill space that is SQ4001. Exact types do not depend on any of
 * this; nor do floats in phase `single`, for every group's rows stay in order.
 */
export async function* executeAggregate(
  plan: AggregatePlan,
  input: MorselStream,
  context: ExecutionContext,
): AsyncGenerator<Morsel> {
  for (const call of plan.aggregates) checkPhase(call, plan.phase);
  if (plan.groups.some(({ type }) => isNested(type))) {
    yield* interpreted(plan, input, context);
    return;
  }
  const run = new AggregateRun(plan, context);
  try {
    yield* run.run(input);
  } finally {
    await run.free();
  }
}

/** Keys that are lists, structs or maps have no table: the interpreter groups by them. */
async function* interpreted(
  plan: AggregatePlan,
  input: MorselStream,
  context: ExecutionContext,
): AsyncGenerator<Morsel> {
  const reading = new Arena({ memory: context.memory });
  const arena = new Arena({ memory: context.memory });
  try {
    for await (const rows of interpretAggregate(plan, rowsOf(plan, input, reading))) {
      for (let from = 0; from < rows.length; from += MORSEL_ROWS) {
        const count = Math.min(MORSEL_ROWS, rows.length - from);
        const columns = plan.columns.map(({ type }, i) => {
          const values = Array.from({ length: count }, (_, row) => rows.columns[i]?.read(from + row) as Value);
          return buildVector(arena, type, values);
        });
        yield { rows: count, selection: null, column: (index) => columns[index] as (typeof columns)[number] };
        arena.reset();
      }
    }
  } finally {
    arena.reset();
  }
}

async function* rowsOf(plan: AggregatePlan, input: MorselStream, arena: Arena): AsyncGenerator<Rows> {
  for await (const morsel of input) {
    const rows = rowsOfMorsel(morsel, arena, plan.input.columns.length);
    const { selection } = morsel;
    const numbers = selection && Array.from(new Uint32Array(arena.memory.buffer, selection.rows, selection.count));
    yield { ...rows, selection: numbers };
  }
}
