import { InternalError } from '../../../common/errors.ts';
import type { Arena } from '../../../wasm/arena.ts';
import { bitmapBytes, layoutOf } from '../../../wasm/layout.ts';
import { liveRows, type Morsel } from '../../../wasm/morsel.ts';
import type { Pointer, Vector } from '../../../wasm/vector.ts';
import type { ExecutionContext } from '../../execution.ts';
import type { Column, Expr } from '../expr.ts';
import { positionOf } from '../interpret.ts';
import type { ColumnShape } from './column-shape.ts';
import { ExprGenerator } from './expr-generator.ts';
import { InputTable } from './input-table.ts';
import { InterpretedExpr, rowAt } from './interpreted-expr.ts';
import { HostState, STATUS } from './row-state.ts';
import { ShapeVariants } from './shape-variants.ts';
import { type Binding, type Specialization, Specializations } from './specialization.ts';
import { compileValues, OUTPUT_BYTES, OUTPUT_FIELDS, outputOffset, type ValueModule } from './value-module.ts';

/** Expressions, by their numbers, and the module that computes them. */
interface Part {
  readonly exprs: readonly number[];
  readonly module: ValueModule;
}

/** Computes expressions of morsels, by generated code where there is one, else by the reference interpreter. */
export class ExprEvaluator {
  readonly #exprs: readonly Expr[];
  readonly #columns: readonly Column[];
  readonly #context: ExecutionContext;
  readonly #title: string;
  /** Numbers of the expressions that are no plain columns. */
  readonly #computed: readonly number[];
  readonly #specializations: Specializations;
  readonly #variants = new WeakMap<Specialization, ShapeVariants<readonly Part[]>>();
  readonly #interpreted = new Map<number, InterpretedExpr>();
  readonly #nested: ExprEvaluator[] = [];

  /** `title` says for whom the code is generated, in a few words. */
  constructor(exprs: readonly Expr[], inputColumns: readonly Column[], context: ExecutionContext, title: string) {
    this.#exprs = exprs;
    this.#columns = inputColumns;
    this.#context = context;
    this.#title = title;
    this.#computed = exprs.map((_, i) => i).filter((i) => exprs[i]?.kind !== 'column');
    const computed = this.#computed.map((i) => this.#expr(i));
    this.#specializations = new Specializations(computed, inputColumns, context, (expr, column) => {
      const evaluator = new ExprEvaluator([expr], [column], context, `${title}: per entry of ${column.name}`);
      this.#nested.push(evaluator);
      const evaluate = (morsel: Morsel, arena: Arena) => evaluator.evaluate(morsel, arena)[0] as Vector;
      return { evaluate, close: () => evaluator.close() };
    });
  }

  /**
   * One vector per expression, as long as the morsel, valid as long as the arena's memory, the morsel, and until the next call.
   * Only live rows are evaluated; the others hold anything, but text that can be read. Columns are passed on as they are.
   * Throws what an expression throws.
   */
  evaluate(morsel: Morsel, arena: Arena): readonly Vector[] {
    const results = new Map<number, Vector>();
    if (this.#computed.length > 0) this.#compute(morsel, arena, results);
    return this.#exprs.map((expr, i) =>
      expr.kind === 'column' ? morsel.column(positionOf(expr, this.#columns)) : (results.get(i) as Vector),
    );
  }

  /** Gives back what was kept between morsels. */
  close(): void {
    this.#specializations.close();
    for (const evaluator of this.#nested) evaluator.close();
    this.#nested.length = 0;
  }

  #expr(index: number): Expr {
    return this.#exprs[index] as Expr;
  }

  #compute(morsel: Morsel, arena: Arena, results: Map<number, Vector>): void {
    const specialization = this.#specializations.for(morsel);
    const binding = specialization.bind(morsel);
    const rewritten = (index: number) => specialization.exprs[this.#computed.indexOf(index)] as Expr;
    for (const index of this.#computed) {
      const dictionary = specialization.dictionaryOf(rewritten(index), morsel);
      if (dictionary) results.set(index, dictionary);
    }
    let variants = this.#variants.get(specialization);
    if (!variants) {
      variants = new ShapeVariants();
      this.#variants.set(specialization, variants);
    }
    for (const part of variants.for(binding.shapes, (shapes) => this.#compile(rewritten, shapes))) {
      if (part.exprs.every((index) => results.has(index))) continue;
      const vectors = this.#run(part, morsel, arena, binding) ?? [];
      for (const [i, vector] of vectors.entries()) results.set(part.exprs[i] as number, vector);
    }
    for (const index of this.#computed) {
      if (!results.has(index)) results.set(index, this.#interpreter(index).evaluate(morsel, arena));
    }
  }

  /** One module for all expressions, and one for each that may leave rows to the interpreter. */
  #compile(rewritten: (index: number) => Expr, shapes: readonly ColumnShape[]): readonly Part[] {
    const can = (index: number, leave: boolean) =>
      ExprGenerator.canGenerate(rewritten(index), shapes, { heap: true, leave });
    const steady = this.#computed.filter((index) => can(index, false));
    const leaving = this.#computed.filter((index) => !steady.includes(index) && can(index, true));
    const groups = [steady, ...leaving.map((index) => [index])].filter(({ length }) => length > 0);
    return groups.flatMap((exprs): Part[] => {
      const module = compileValues(exprs.map(rewritten), shapes, this.#context, this.#title);
      return module ? [{ exprs, module }] : [];
    });
  }

  /** Null when a row is better left to the interpreter. */
  #run({ exprs, module }: Part, morsel: Morsel, arena: Arena, { vectors }: Binding): readonly Vector[] | null {
    const table = new InputTable(arena, vectors.length, module.constants);
    table.write(vectors);
    const outputs = exprs.map((index, i) => this.#allocate(index, module, i, morsel, arena));
    const state = new HostState(arena, exprs.length * OUTPUT_BYTES);
    outputs.forEach(({ data, validity }, i) => {
      state.set(outputOffset(i) + OUTPUT_FIELDS.data, data);
      state.set(outputOffset(i) + OUTPUT_FIELDS.validity, validity);
    });
    const end = liveRows(morsel);
    let at = 0;
    for (;;) {
      at = module.run(table.pointer, morsel.selection?.rows ?? 0, at, end, state.pointer);
      const { status } = state;
      if (status === STATUS.done) break;
      if (status === STATUS.left) return null;
      if (status === STATUS.raised) this.#raise(exprs, morsel, arena, rowAt(morsel, arena, at));
      state.moreHeap();
    }
    return outputs.map((output, i) => {
      const nulls = state.u32(outputOffset(i) + OUTPUT_FIELDS.nulls) !== 0;
      return this.#vector(exprs[i] as number, module, i, morsel.rows, {
        ...output,
        validity: nulls ? output.validity : 0,
      });
    });
  }

  #allocate(index: number, module: ValueModule, output: number, { rows, selection }: Morsel, arena: Arena) {
    const layout = layoutOf(this.#expr(index).type);
    const bytes = rows * (layout === 'views' ? 8 : layout);
    const data = arena.allocate(bytes);
    if (layout === 'views' && selection) arena.bytes(data, bytes).fill(0);
    if (!module.outputs[output]?.nullable) return { data, validity: 0 };
    const validity = arena.allocate(bitmapBytes(rows));
    arena.bytes(validity, bitmapBytes(rows)).fill(0xff);
    return { data, validity };
  }

  #vector(
    index: number,
    module: ValueModule,
    output: number,
    length: number,
    { data, validity }: { readonly data: Pointer; readonly validity: Pointer },
  ): Vector {
    const { type } = this.#expr(index);
    const layout = layoutOf(type);
    if (layout === 'views') return { kind: 'views', type, length, validity, data };
    const bounds = module.outputs[output]?.bounds;
    return { kind: 'fixed', type, width: layout, length, validity, data, ...(bounds && { bounds }) };
  }

  /** Throws what the interpreter throws for a row. */
  #raise(exprs: readonly number[], morsel: Morsel, arena: Arena, row: number): never {
    for (const index of exprs) this.#interpreter(index).at(morsel, arena, row);
    throw new InternalError(`${this.#title}: row ${row} raised in generated code only`);
  }

  #interpreter(index: number): InterpretedExpr {
    let known = this.#interpreted.get(index);
    if (!known) {
      known = new InterpretedExpr(this.#expr(index), this.#columns, this.#context);
      this.#interpreted.set(index, known);
    }
    return known;
  }
}
