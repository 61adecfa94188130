import { InternalError } from '../../../common/errors.ts';
import { BOOLEAN } from '../../../common/types.ts';
import type { Arena } from '../../../wasm/arena.ts';
import { liveRows, type Morsel, type Selection } from '../../../wasm/morsel.ts';
import type { Pointer, Vector } from '../../../wasm/vector.ts';
import type { ExecutionContext } from '../../execution.ts';
import { wholeOf } from '../../keys/key-layout.ts';
import type { Column, ColumnId, Expr } from '../expr.ts';
import { ExprEvaluator } from './expr-evaluator.ts';
import { InputTable } from './input-table.ts';
import { InterpretedExpr, rowAt } from './interpreted-expr.ts';
import { compilePredicate, KEPT, type PredicateModule } from './predicate-module.ts';
import { HostState, STATUS } from './row-state.ts';
import { ShapeVariants } from './shape-variants.ts';
import { type Specialization, Specializations } from './specialization.ts';

/** Narrows morsels to the rows in which a predicate is true, conjunct by conjunct. */
export class PredicateEvaluator {
  readonly #conjuncts: readonly Conjunct[];

  /** `title` says for whom the code is generated, in a few words. */
  constructor(predicate: Expr, inputColumns: readonly Column[], context: ExecutionContext, title: string) {
    this.#conjuncts = passesOf(predicate).map((expr) => new Conjunct(expr, inputColumns, context, title));
  }

  /**
   * The live rows in which the predicate is true, in the arena; null when that is every row of the morsel. A row that one
   * conjunct drops is not evaluated by the ones after it, and a column that only they need is not asked for when no row is
   * left. Throws what a conjunct throws.
   */
  select(morsel: Morsel, arena: Arena): Selection | null {
    const rows = arena.allocate(liveRows(morsel) * 4);
    let left: Morsel = morsel;
    for (const conjunct of this.#conjuncts) {
      if (liveRows(left) === 0) break;
      const mark = arena.mark();
      const selection = conjunct.select(left, arena, rows);
      arena.release(mark);
      left = { rows: morsel.rows, selection, column: (index) => morsel.column(index) };
    }
    return liveRows(left) === morsel.rows ? null : left.selection;
  }

  /** Gives back what was kept between morsels. */
  close(): void {
    for (const conjunct of this.#conjuncts) conjunct.close();
  }
}

/** What has to be true together. */
export function conjunctsOf(predicate: Expr): readonly Expr[] {
  return predicate.kind === 'and' ? predicate.args.flatMap(conjunctsOf) : [predicate];
}

/** Conjuncts, those taken together that are cheap to decide at once: neighbours that compare one column with literals. */
function passesOf(predicate: Expr): readonly Expr[] {
  const passes: [Expr, ...Expr[]][] = [];
  for (const expr of conjunctsOf(predicate)) {
    const last = passes.at(-1);
    const column = comparedColumn(expr);
    if (last && column !== null && comparedColumn(last[0]) === column) last.push(expr);
    else passes.push([expr]);
  }
  return passes.map((args) => (args.length === 1 ? args[0] : { kind: 'and', args, type: BOOLEAN }));
}

/** The column of whole numbers that a comparison compares with a literal; it cannot raise. */
function comparedColumn(expr: Expr): ColumnId | null {
  if (expr.kind !== 'call' || !COMPARISONS.has(expr.function)) return null;
  const [a, b] = expr.args;
  if (a?.kind !== 'column' || b?.kind !== 'literal' || wholeOf(a.type) === null) return null;
  return a.id;
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);

class Conjunct {
  readonly #context: ExecutionContext;
  readonly #title: string;
  readonly #interpreted: InterpretedExpr;
  readonly #specializations: Specializations;
  readonly #variants = new WeakMap<Specialization, ShapeVariants<PredicateModule | null>>();
  readonly #nested: ExprEvaluator[] = [];

  constructor(expr: Expr, inputColumns: readonly Column[], context: ExecutionContext, title: string) {
    this.#context = context;
    this.#title = title;
    this.#interpreted = new InterpretedExpr(expr, inputColumns, context);
    this.#specializations = new Specializations([expr], inputColumns, context, (part, column) => {
      const evaluator = new ExprEvaluator([part], [column], context, `${title}: per entry of ${column.name}`);
      this.#nested.push(evaluator);
      const evaluate = (morsel: Morsel, arena: Arena) => evaluator.evaluate(morsel, arena)[0] as Vector;
      return { evaluate, close: () => evaluator.close() };
    });
  }

  /** The rows that stay, at `into`; it may be where the morsel's selection is. */
  select(morsel: Morsel, arena: Arena, into: Pointer): Selection {
    const specialization = this.#specializations.for(morsel);
    const { shapes, vectors } = specialization.bind(morsel);
    let variants = this.#variants.get(specialization);
    if (!variants) {
      variants = new ShapeVariants();
      this.#variants.set(specialization, variants);
    }
    const [expr] = specialization.exprs as readonly [Expr];
    const module = variants.for(shapes, (wide) => compilePredicate(expr, wide, this.#context, this.#title));
    if (!module) return this.#interpreted.select(morsel, arena, into);
    const table = new InputTable(arena, vectors.length, module.constants);
    table.write(vectors);
    return this.#run(module, table.pointer, morsel, arena, into);
  }

  close(): void {
    this.#specializations.close();
    for (const evaluator of this.#nested) evaluator.close();
    this.#nested.length = 0;
  }

  #run(module: PredicateModule, table: Pointer, morsel: Morsel, arena: Arena, into: Pointer): Selection {
    const state = new HostState(arena, 0);
    const selection = morsel.selection?.rows ?? 0;
    const end = liveRows(morsel);
    let at = 0;
    for (;;) {
      at = module.run(table, selection, at, end, into, state.pointer);
      const { status } = state;
      if (status === STATUS.done) return { rows: into, count: state.u32(KEPT) };
      if (status === STATUS.heapFull) state.moreHeap();
      else {
        const row = rowAt(morsel, arena, at);
        const value = this.#interpreted.at(morsel, arena, row);
        if (status === STATUS.raised)
          throw new InternalError(`${this.#title}: row ${row} raised in generated code only`);
        const kept = state.u32(KEPT);
        if (value === true) {
          arena.view().setUint32(into + kept * 4, row, true);
          state.set(KEPT, kept + 1);
        }
        at++;
      }
    }
  }
}
