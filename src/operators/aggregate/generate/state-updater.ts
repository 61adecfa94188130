import { InternalError } from '../../../common/errors.ts';
import type { Arena } from '../../../wasm/arena.ts';
import { type Code, countUp, get, i32, type Local, ret, type Statement, set } from '../../../wasm/emit/code.ts';
import { ModuleBuilder } from '../../../wasm/emit/module-builder.ts';
import { liveRows, type Morsel } from '../../../wasm/morsel.ts';
import type { Pointer, Vector } from '../../../wasm/vector.ts';
import type { ExecutionContext } from '../../execution.ts';
import type { Column, ColumnId, Expr } from '../../expr/expr.ts';
import { type ColumnShape, shapeKey, shapeOf } from '../../expr/generate/column-shape.ts';
import { ExprEvaluator } from '../../expr/generate/expr-evaluator.ts';
import { ExprGenerator } from '../../expr/generate/expr-generator.ts';
import { InputTable } from '../../expr/generate/input-table.ts';
import { instantiate, now } from '../../expr/generate/instantiate.ts';
import { InterpretedExpr } from '../../expr/generate/interpreted-expr.ts';
import { columnsOf } from './columns-of.ts';
import { StateFields } from './state-fields.ts';
import type { StatePiece, StatePlan } from './state-plan.ts';
import { NoForm, UpdateCode } from './update-code.ts';

const CHUNK_SHIFT = 15;
/** Groups whose states are neighbours. */
export const CHUNK_GROUPS = 1 << CHUNK_SHIFT;

interface UpdateModule {
  /** Returns `count`, or the place of the row that raised. */
  update(table: Pointer, rows: Pointer, count: number, groups: Pointer, states: Pointer): number;
}

interface CompiledUpdate extends UpdateModule {
  readonly constants: Uint8Array;
}

/** An expression without a generated form, computed before the update and read as a column. */
interface Precomputed {
  readonly column: Column;
  readonly evaluator: ExprEvaluator;
}

/** Takes rows into the states of their groups, by code generated for the plan and for what the morsels' columns look like. */
export class StateUpdater {
  readonly #plan: StatePlan;
  readonly #columns: readonly Column[];
  readonly #context: ExecutionContext;
  readonly #title: string;
  readonly #grouped: boolean;
  readonly #precomputed: Precomputed[] = [];
  readonly #modules = new Map<string, CompiledUpdate>();
  #pieces: readonly StatePiece[];
  /** Positions of the input's columns that generated code reads. */
  #used: readonly number[] = [];
  #current: { readonly key: string; readonly compiled: CompiledUpdate } | null = null;

  /** Without `grouped` there is one state. */
  constructor(plan: StatePlan, columns: readonly Column[], context: ExecutionContext, title: string, grouped: boolean) {
    this.#plan = plan;
    this.#columns = columns;
    this.#context = context;
    this.#title = title;
    this.#grouped = grouped;
    this.#pieces = plan.pieces;
    this.#findUsed();
  }

  /**
   * `groups`: a u32 for every live row, its group; `states`: the first group's state, with `chunked` a u32 for every CHUNK_GROUPS
   * groups, where the first one's state is. `arena` is used during the call only.
   * Throws what an expression throws.
   */
  update(morsel: Morsel, groups: Pointer, states: Pointer, chunked: boolean, arena: Arena): void {
    if (this.#plan.pieces.length === 0) return;
    for (;;) {
      const inputs = this.#inputs(morsel, arena);
      const compiled = this.#compiled(inputs.shapes, morsel.selection === null, chunked);
      if (!compiled) continue;
      const table = new InputTable(arena, inputs.vectors.length, compiled.constants);
      table.write(inputs.vectors);
      const count = liveRows(morsel);
      const rows = morsel.selection?.rows ?? 0;
      const done = compiled.update(table.pointer, rows, count, groups, states) >>> 0;
      if (done < count) this.#raise(morsel, rows === 0 ? done : arena.view().getUint32(rows + done * 4, true), arena);
      return;
    }
  }

  close(): void {
    for (const { evaluator } of this.#precomputed) evaluator.close();
  }

  #inputs(morsel: Morsel, arena: Arena): { vectors: readonly Vector[]; shapes: readonly ColumnShape[] } {
    const vectors: Vector[] = [];
    const shapes: ColumnShape[] = [];
    const add = (column: Column, vector: Vector) => {
      vectors.push(vector);
      shapes.push(shapeOf(column, vector));
    };
    for (const position of this.#used) add(this.#columns[position] as Column, morsel.column(position));
    for (const { column, evaluator } of this.#precomputed) {
      add(column, evaluator.evaluate(morsel, arena)[0] as Vector);
    }
    return { vectors, shapes };
  }

  /** Null when it turned out that an expression has no generated form: then it is a column from now on. */
  #compiled(shapes: readonly ColumnShape[], dense: boolean, chunked: boolean): CompiledUpdate | null {
    const key = `${dense ? 1 : 0}${chunked ? 1 : 0}|${shapes.map(shapeKey).join('|')}`;
    if (this.#current?.key === key) return this.#current.compiled;
    let compiled = this.#modules.get(key) ?? null;
    if (!compiled) {
      compiled = this.#compile(shapes, dense, chunked);
      if (!compiled) return null;
      this.#modules.set(key, compiled);
    }
    this.#current = { key, compiled };
    return compiled;
  }

  #compile(shapes: readonly ColumnShape[], dense: boolean, chunked: boolean): CompiledUpdate | null {
    const since = now();
    const module = new ModuleBuilder();
    const params = ['table', 'rows', 'count', 'groups', 'states'].map((name) => ({ type: 'i32', name }) as const);
    const fn = module.function('update', params, 'i32');
    const [table, rows, count, groups, states] = params.map((_, i) => fn.param('i32', i)) as [
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
    ];
    const at = fn.local('i32', 'at');
    const row = dense ? at : fn.local('i32', 'row');
    const state = this.#grouped ? fn.local('i32', 'state') : states;
    const expressions = new ExprGenerator({ module, fn, shapes, table, row, raise: () => [ret(get(at))] });
    const fields = new StateFields(fn, state, !this.#grouped);
    let body: readonly Statement[];
    try {
      body = this.#body(new UpdateCode({ fn, expressions, shapes, fields }));
    } catch (error) {
      if (!(error instanceof NoForm)) throw error;
      this.#precompute(error.expr);
      return null;
    }
    const place = (array: Local<'i32'>) => i32.load(i32.add(get(array), i32.shl(get(at), i32.const(2))));
    const group = fn.local('i32', 'group');
    const stateOf = (first: Code<'i32'>, number: Code<'i32'>) =>
      i32.add(first, i32.mul(number, i32.const(this.#plan.stride)));
    const chunk = i32.shl(i32.shrU(get(group), i32.const(CHUNK_SHIFT)), i32.const(2));
    const stateAt = chunked
      ? stateOf(i32.load(i32.add(get(states), chunk)), i32.and(get(group), i32.const(CHUNK_GROUPS - 1)))
      : stateOf(get(states), get(group));
    fn.setBody([
      ...expressions.prologue(),
      ...fields.prologue(),
      countUp(at, count, () => [
        ...(dense ? [] : [set(row, place(rows))]),
        ...(this.#grouped ? [set(group, place(groups)), set(state, stateAt)] : []),
        ...body,
      ]),
      ...fields.epilogue(),
      ret(get(count)),
    ]);
    const exports = instantiate<UpdateModule>(module, this.#context, this.#title, since);
    return { update: exports.update, constants: expressions.constants };
  }

  /** Pieces without a filter first, so that what they compute is shared with all others. */
  #body(code: UpdateCode): readonly Statement[] {
    const filters = [...new Set(this.#pieces.map(({ filter }) => filter))];
    filters.sort((a, b) => (a === null ? 0 : 1) - (b === null ? 0 : 1));
    return filters.flatMap((filter) =>
      code.of(
        filter,
        this.#pieces.filter((piece) => piece.filter === filter),
      ),
    );
  }

  /** From now on the expression is a column that is computed before. An argument under a filter is computed only where it passes. */
  #precompute(expr: Expr): void {
    const inFilter = this.#pieces.some(({ filter }) => filter === expr);
    const argumentAt = this.#pieces.findIndex((piece) => 'arg' in piece && piece.arg === expr);
    const filter = inFilter ? null : (this.#pieces[argumentAt]?.filter ?? null);
    // The filter may be a computed column by now; the evaluator knows the input's columns only.
    const condition = inFilter ? null : (this.#plan.pieces[argumentAt]?.filter ?? null);
    const computed: Expr = condition
      ? // biome-ignore lint/suspicious/noThenProperty: the name is SQL's, and a plan is never awaited
        { kind: 'case', type: expr.type, branches: [{ when: condition, then: expr }], otherwise: null }
      : expr;
    if (expr.kind === 'column' && expr.id < 0) throw new InternalError(`a computed column has no generated form`);
    const id = -1 - this.#precomputed.length;
    const column = { id: id as ColumnId, name: `computed ${-id}`, type: expr.type, nullable: true };
    this.#precomputed.push({
      column,
      evaluator: new ExprEvaluator([computed], this.#columns, this.#context, this.#title),
    });
    const reference: Expr = { kind: 'column', id: column.id, name: column.name, type: column.type };
    this.#pieces = this.#pieces.map((piece) => {
      if (inFilter) return piece.filter === expr ? { ...piece, filter: reference } : piece;
      return 'arg' in piece && piece.arg === expr && piece.filter === filter ? { ...piece, arg: reference } : piece;
    });
    this.#findUsed();
    this.#modules.clear();
    this.#current = null;
  }

  #findUsed(): void {
    const ids = new Set<ColumnId>();
    for (const piece of this.#pieces) {
      if (piece.filter) columnsOf(piece.filter, ids);
      if ('arg' in piece) columnsOf(piece.arg, ids);
    }
    this.#used = this.#columns.flatMap(({ id }, position) => (ids.has(id) ? [position] : []));
  }

  /** The reference interpreter throws the error that the generated code met. */
  #raise(morsel: Morsel, row: number, arena: Arena): never {
    const at = (expr: Expr) => new InterpretedExpr(expr, this.#columns, {}).at(morsel, arena, row);
    for (const piece of this.#plan.pieces) {
      if (piece.filter && at(piece.filter) !== true) continue;
      if ('arg' in piece) at(piece.arg);
    }
    throw new InternalError(`row ${row} of ${this.#title} raised an error that the interpreter does not`);
  }
}
