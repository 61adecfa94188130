import type { Value } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { buildVector } from '../../wasm/build-vector.ts';
import { MORSEL_ROWS, type Morsel } from '../../wasm/morsel.ts';
import type { Vector } from '../../wasm/vector.ts';
import type { ExecutionContext } from '../execution.ts';
import { evaluateConstant } from '../expr/interpret.ts';
import type { ValuesPlan } from '../plan.ts';

/** Rows written in the query. All of them are evaluated before the first is delivered. */
export async function* executeValues(
  plan: ValuesPlan,
  context: Pick<ExecutionContext, 'memory'>,
): AsyncGenerator<Morsel> {
  const values = plan.rows.map((row) => row.map(evaluateConstant));
  const arena = new Arena({ memory: context.memory });
  try {
    for (let from = 0; from < values.length; from += MORSEL_ROWS) {
      const part = values.slice(from, from + MORSEL_ROWS);
      const vectors = plan.columns.map(({ type }, i) =>
        buildVector(
          arena,
          type,
          part.map((row) => row[i] as Value),
        ),
      );
      yield { rows: part.length, selection: null, column: (index) => vectors[index] as Vector };
      arena.reset();
    }
  } finally {
    arena.reset();
  }
}
