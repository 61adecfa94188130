import { throwIfAborted } from '../../common/errors.ts';
import { Arena } from '../../wasm/arena.ts';
import { MORSEL_ROWS, type Morsel, type Selection } from '../../wasm/morsel.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { ExecutionContext } from '../execution.ts';
import { type Column, type Expr, fieldOf } from '../expr/expr.ts';
import { ExprEvaluator } from '../expr/generate/expr-evaluator.ts';
import { positionOf } from '../expr/interpret.ts';
import type { SortKey } from '../plan.ts';
import { RowBuffer } from '../rows/row-buffer.ts';
import { type KeyColumn, SORT_BYTES_PER_ROW, sortRows } from './sort-rows.ts';
import { keyComparator } from './sorted-order.ts';

export interface SortBufferOptions {
  /** Expressions that are buffered beside the keys. */
  readonly more?: readonly Expr[];
  /** Bytes that a row will take beside its own and those of the sort. */
  readonly rowBytes?: number;
}

/** Rows with their sort keys: the input's columns, then the keys that are no columns. Order is made by `sort`. */
export class SortBuffer {
  readonly keys: readonly KeyColumn[];
  /** Where in a row each of `more` stands. */
  readonly positions: readonly number[];
  #buffer: RowBuffer;
  readonly #context: ExecutionContext;
  readonly #rowBytes: number;
  readonly #inputColumns: readonly Column[];
  readonly #evaluator: ExprEvaluator;
  readonly #arena: Arena;

  constructor(
    inputColumns: readonly Column[],
    keys: readonly SortKey[],
    context: ExecutionContext,
    title: string,
    { more = [], rowBytes = 0 }: SortBufferOptions = {},
  ) {
    keys.forEach(keyComparator);
    const computed = [...keys.map(({ expr }) => expr), ...more].filter(({ kind }) => kind !== 'column');
    const positionIn = (expr: Expr) =>
      expr.kind === 'column' ? positionOf(expr, inputColumns) : inputColumns.length + computed.indexOf(expr);
    this.keys = keys.map(({ expr, descending, nullsFirst }) => ({
      column: positionIn(expr),
      type: expr.type,
      descending,
      nullsFirst,
    }));
    this.positions = more.map(positionIn);
    const extra = computed.map(({ type }, i) => ({ name: `key ${i}`, type, nullable: true }));
    this.#buffer = new RowBuffer(context, [...inputColumns.map(fieldOf), ...extra]);
    this.#inputColumns = inputColumns;
    this.#evaluator = new ExprEvaluator(computed, inputColumns, context, title);
    this.#arena = new Arena({ memory: context.memory });
    this.#context = context;
    this.#rowBytes = SORT_BYTES_PER_ROW + rowBytes;
  }

  get buffer(): RowBuffer {
    return this.#buffer;
  }

  get rows(): number {
    return this.#buffer.rows;
  }

  /** Bytes of the rows, and of what sorting them will take. */
  get bytes(): number {
    return this.#buffer.bytes + this.#buffer.rows * this.#rowBytes;
  }

  /** Copies the live rows of a morsel of the input, or of these only the ones that `narrow` leaves. */
  append(morsel: Morsel, narrow?: Narrowing): void {
    const computed = this.#evaluator.evaluate(morsel, this.#arena);
    const width = this.#inputColumns.length;
    const column = (index: number) => (index < width ? morsel.column(index) : (computed[index - width] as Vector));
    const selection = narrow ? narrow({ ...morsel, column }, this.#arena) : morsel.selection;
    if (selection?.count !== 0) {
      const vectors = this.#buffer.fields.map((_, i) => column(i));
      this.#buffer.appendVectors(vectors, morsel.rows, selection);
    }
    this.#arena.reset();
  }

  /** The rows' numbers in order, in `arena`; null when they are in order already. */
  sort(arena: Arena): Pointer | null {
    return sortRows(this.#buffer, this.keys, arena, this.#context.signal);
  }

  /** Puts the rows in order and forgets all but the first `count`. */
  keepFirst(count: number): void {
    const rows = Math.min(count, this.#buffer.rows);
    const sorted = new RowBuffer(this.#context, this.#buffer.fields);
    const arena = new Arena({ memory: this.#context.memory });
    try {
      const order = this.sort(arena);
      for (let from = 0; from < rows; from += MORSEL_ROWS) {
        const mark = arena.mark();
        sorted.append(orderedMorsel(this.#buffer, order, from, Math.min(MORSEL_ROWS, rows - from), arena));
        arena.release(mark);
      }
    } catch (error) {
      sorted.free();
      throw error;
    } finally {
      arena.reset();
    }
    this.#buffer.free();
    this.#buffer = sorted;
  }

  free(): void {
    this.#buffer.free();
    this.#arena.reset();
    this.#evaluator.close();
  }
}

/** Which live rows of a morsel are wanted, computed keys among its columns; null: all of its rows. May use the arena. */
export type Narrowing = (morsel: Morsel, arena: Arena) => Selection | null;

/** Rows `from` to `from + count` of a buffer in an order, as a morsel over `arena`. A column is gathered when it is first asked for. */
export function orderedMorsel(
  buffer: RowBuffer,
  order: Pointer | null,
  from: number,
  count: number,
  arena: Arena,
): Morsel {
  if (order === null) {
    const { columns } = buffer.batch(from, count, arena);
    return { rows: count, selection: null, column: (index) => columns[index] as Vector };
  }
  const known: (Vector | undefined)[] = [];
  return {
    rows: count,
    selection: null,
    column: (index) => {
      const vector = known[index] ?? buffer.gather(index, order + from * 4, count, arena);
      known[index] = vector;
      return vector;
    },
  };
}

/** A buffer's rows in an order, from number `first` on, in morsels that are each valid until the next is pulled. */
export async function* orderedMorsels(
  buffer: RowBuffer,
  order: Pointer | null,
  { memory, signal }: ExecutionContext,
  morselRows = MORSEL_ROWS,
  first = 0,
): AsyncGenerator<Morsel> {
  const arena = new Arena({ memory });
  try {
    for (let from = first; from < buffer.rows; from += morselRows) {
      throwIfAborted(signal);
      yield orderedMorsel(buffer, order, from, Math.min(morselRows, buffer.rows - from), arena);
      arena.reset();
    }
  } finally {
    arena.reset();
  }
}
