import { Arena } from '../../wasm/arena.ts';
import type { Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import { fieldOf } from '../expr/expr.ts';
import { morselsOfBatch } from '../morsel-batches.ts';
import type { SetOperationPlan } from '../plan.ts';
import { batchOfRows, type Rows, rowCount, rowsOfBatch } from '../rows.ts';
import { interpretSetOperation } from './interpret-set-operation.ts';

/** Rows with lists, structs or maps have no table: the interpreter compares them, in JavaScript's memory. */
export async function* interpretedSetOperation(
  plan: SetOperationPlan,
  inputs: readonly MorselStream[],
  { memory }: ExecutionContext,
): AsyncGenerator<Morsel> {
  const schema = plan.columns.map(fieldOf);
  const reading = new Arena({ memory });
  const arena = new Arena({ memory });
  const rows = inputs.map((input) => rowsOf(plan, input, reading));
  try {
    for await (const result of interpretSetOperation(plan, rows)) {
      if (rowCount(result) === 0) continue;
      yield* morselsOfBatch(batchOfRows(arena, schema, result));
      arena.reset();
    }
  } finally {
    arena.reset();
    reading.reset();
  }
}

async function* rowsOf({ columns }: SetOperationPlan, input: MorselStream, arena: Arena): AsyncGenerator<Rows> {
  for await (const morsel of input) {
    const { rows, selection } = morsel;
    const all = rowsOfBatch(arena, { schema: [], length: rows, columns: columns.map((_, i) => morsel.column(i)) });
    if (!selection) yield all;
    else yield { ...all, selection: [...new Uint32Array(arena.memory.buffer, selection.rows, selection.count)] };
  }
}
