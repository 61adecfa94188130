import type { Arena } from '../../../wasm/arena.ts';
import { liveRows, type Morsel, type Selection } from '../../../wasm/morsel.ts';
import type { ExecutionContext } from '../../execution.ts';
import type { Column, Expr } from '../expr.ts';
import { InterpretedExpr } from './interpreted-expr.ts';

/** Narrows morsels to the rows in which a predicate is true, conjunct by conjunct. */
export class PredicateEvaluator {
  readonly #conjuncts: readonly InterpretedExpr[];

  /** `title` says for whom the code is generated, in a few words. */
  constructor(predicate: Expr, inputColumns: readonly Column[], _context: ExecutionContext, _title: string) {
    this.#conjuncts = conjunctsOf(predicate).map((expr) => new InterpretedExpr(expr, inputColumns));
  }

  /**
   * The live rows in which the predicate is true, in the arena; null when that is every row of the morsel. A row that one
   * conjunct drops is not evaluated by the ones after it. Throws what a conjunct throws.
   */
  select(morsel: Morsel, arena: Arena): Selection | null {
    const rows = arena.allocate(liveRows(morsel) * 4);
    let left: Morsel = morsel;
    for (const conjunct of this.#conjuncts) {
      const selection = conjunct.select(left, arena, rows);
      left = { rows: morsel.rows, selection, column: (index) => morsel.column(index) };
    }
    return liveRows(left) === morsel.rows ? null : left.selection;
  }

  /** Gives back what was kept between morsels. */
  close(): void {}
}

/** What has to be true together. */
export function conjunctsOf(predicate: Expr): readonly Expr[] {
  return predicate.kind === 'and' ? predicate.args.flatMap(conjunctsOf) : [predicate];
}
