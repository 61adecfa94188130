import type { Arena } from '../../../wasm/arena.ts';
import type { Morsel } from '../../../wasm/morsel.ts';
import type { Vector } from '../../../wasm/vector.ts';
import type { ExecutionContext } from '../../execution.ts';
import type { Column, Expr } from '../expr.ts';
import { positionOf } from '../interpret.ts';
import { InterpretedExpr } from './interpreted-expr.ts';

/** Computes expressions of morsels, by generated code where there is one, else by the reference interpreter. */
export class ExprEvaluator {
  readonly #outputs: readonly (number | InterpretedExpr)[];

  /** `title` says for whom the code is generated, in a few words. */
  constructor(exprs: readonly Expr[], inputColumns: readonly Column[], _context: ExecutionContext, _title: string) {
    this.#outputs = exprs.map((expr) =>
      expr.kind === 'column' ? positionOf(expr, inputColumns) : new InterpretedExpr(expr, inputColumns),
    );
  }

  /**
   * One vector per expression, as long as the morsel, valid as long as the arena's memory and the morsel's. Only live rows are
   * evaluated; the others hold anything. Columns are passed on as they are. Throws what an expression throws.
   */
  evaluate(morsel: Morsel, arena: Arena): readonly Vector[] {
    return this.#outputs.map((output) =>
      typeof output === 'number' ? morsel.column(output) : output.evaluate(morsel, arena),
    );
  }

  /** Gives back what was kept between morsels. */
  close(): void {}
}
