import { InternalError } from '../../../common/errors.ts';
import type { Value } from '../../../common/types.ts';
import type { Arena } from '../../../wasm/arena.ts';
import { buildVector } from '../../../wasm/build-vector.ts';
import { liveRows, type Morsel, type Selection } from '../../../wasm/morsel.ts';
import { columnReader, type RowReader } from '../../../wasm/read-vector.ts';
import type { Vector } from '../../../wasm/vector.ts';
import type { ExecutionContext } from '../../execution.ts';
import type { Column, Expr } from '../expr.ts';
import { compileExpr, positionOf, type RowFunction } from '../interpret.ts';

/** Rows between two looks at whether the plan has to stop. */
export const CHECKED_ROWS = 256;

/** An expression evaluated by the reference interpreter over rows of morsels. */
export class InterpretedExpr {
  readonly #expr: Expr;
  readonly #context: Pick<ExecutionContext, 'checkpoint'>;
  readonly #compute: RowFunction<number>;
  #morsel: Morsel | null = null;
  #arena: Arena | null = null;
  readonly #readers: (RowReader | undefined)[];

  constructor(expr: Expr, inputColumns: readonly Column[], context: Pick<ExecutionContext, 'checkpoint'>) {
    this.#expr = expr;
    this.#context = context;
    this.#readers = inputColumns.map(() => undefined);
    this.#compute = compileExpr(expr, (column) => {
      const position = positionOf(column, inputColumns);
      return (row) => (this.#readers[position] ?? this.#reader(position))(row);
    });
  }

  /** The value in one row. Throws what the expression throws. */
  at(morsel: Morsel, arena: Arena, row: number): Value {
    this.#over(morsel, arena);
    return this.#compute(row);
  }

  /** The values of the live rows, at their own positions. */
  evaluate(morsel: Morsel, arena: Arena): Vector {
    this.#over(morsel, arena);
    const values = new Array<Value>(morsel.rows).fill(null);
    this.#forEachLive(morsel, arena, (row) => {
      values[row] = this.#compute(row);
    });
    return buildVector(arena, this.#expr.type, values);
  }

  /** The live rows in which the expression is true; may overwrite the morsel's selection when `into` is its address. */
  select(morsel: Morsel, arena: Arena, into: number): Selection {
    this.#over(morsel, arena);
    let count = 0;
    this.#forEachLive(morsel, arena, (row) => {
      if (this.#compute(row) === true) arena.view().setUint32(into + count++ * 4, row, true);
    });
    return { rows: into, count };
  }

  #forEachLive(morsel: Morsel, arena: Arena, visit: (row: number) => void): void {
    const count = liveRows(morsel);
    for (let i = 0; i < count; i++) {
      if (i % CHECKED_ROWS === 0) this.#context.checkpoint?.();
      visit(rowAt(morsel, arena, i));
    }
  }

  #over(morsel: Morsel, arena: Arena): void {
    this.#morsel = morsel;
    this.#arena = arena;
    this.#readers.fill(undefined);
  }

  #reader(position: number): RowReader {
    if (!this.#morsel || !this.#arena) throw new InternalError('an expression was evaluated before it was given rows');
    const reader = columnReader(this.#arena, this.#morsel.column(position));
    this.#readers[position] = reader;
    return reader;
  }
}

/** The number of the live row at a position. */
export function rowAt({ selection }: Morsel, arena: Arena, position: number): number {
  return selection ? arena.view().getUint32(selection.rows + position * 4, true) : position;
}
