import { InternalError } from '../../common/errors.ts';
import { Arena } from '../../wasm/arena.ts';
import type { Morsel } from '../../wasm/morsel.ts';
import type { Vector } from '../../wasm/vector.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import { formatExpr } from '../expr/format.ts';
import { ExprEvaluator } from '../expr/generate/expr-evaluator.ts';
import { positionOf } from '../expr/interpret.ts';
import type { ProjectPlan } from '../plan.ts';

/**
 * Computes expressions of the live rows, each row at its own position. Plain columns are passed on and decoded only when
 * somebody asks for them; the computed ones are computed together, when the morsel arrives.
 */
export async function* executeProject(
  plan: ProjectPlan,
  input: MorselStream,
  context: ExecutionContext,
): AsyncGenerator<Morsel> {
  const computed = plan.exprs.filter(({ kind }) => kind !== 'column');
  const outputs = plan.exprs.map((expr) =>
    expr.kind === 'column'
      ? { from: 'input' as const, at: positionOf(expr, plan.input.columns) }
      : { from: 'computed' as const, at: computed.indexOf(expr) },
  );
  const title = `project ${computed.map(formatExpr).join(', ')}`;
  const evaluator = new ExprEvaluator(computed, plan.input.columns, context, title);
  const arena = new Arena({ memory: context.memory });
  try {
    for await (const morsel of input) {
      const vectors = evaluator.evaluate(morsel, arena);
      yield {
        rows: morsel.rows,
        selection: morsel.selection,
        column: (index): Vector => {
          const output = outputs[index];
          if (!output) throw new InternalError(`a project has no column ${index}`);
          return output.from === 'input' ? morsel.column(output.at) : (vectors[output.at] as Vector);
        },
      };
      arena.reset();
    }
  } finally {
    evaluator.close();
    arena.reset();
  }
}
