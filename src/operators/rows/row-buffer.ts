import { InternalError } from '../../common/errors.ts';
import type { Field } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { gatherKernel } from '../../wasm/gather.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { Morsel, Selection } from '../../wasm/morsel.ts';
import type { Batch, Pointer, Vector } from '../../wasm/vector.ts';
import type { ChunkTable } from './chunks.ts';
import { type ColumnBuffer, columnBuffer } from './column-buffer.ts';

/** No more rows than u32 row numbers can name, NO_ROW apart. */
const MAX_ROWS = 0xfffffffe;

export interface RowBufferOptions {
  /** A text column all of whose rows came with one dictionary is gathered as codes into a copy of it; default false: views. */
  readonly dictionaries?: boolean;
}

/**
 * Rows kept: deep copies of what is appended, in columns that lie in chunks, so that growth moves nothing and row numbers stay. A row's
 * number is its position in the order of appending. What is gathered out of it refers to its strings: it is valid until `clear`.
 */
export class RowBuffer {
  readonly fields: readonly Field[];
  readonly #arena: Arena;
  readonly #scratch: Arena;
  readonly #keepsCodes: boolean;
  #columns: readonly ColumnBuffer[];
  #rows = 0;

  constructor(
    { memory }: { readonly memory: LinearMemory },
    fields: readonly Field[],
    { dictionaries = false }: RowBufferOptions = {},
  ) {
    this.fields = fields;
    this.#keepsCodes = dictionaries;
    this.#arena = new Arena({ memory });
    this.#scratch = new Arena({ memory });
    this.#columns = this.#emptyColumns();
  }

  get rows(): number {
    return this.#rows;
  }

  /** Bytes of linear memory in use. */
  get bytes(): number {
    return this.#arena.used + this.#scratch.used + this.#columns.reduce((sum, column) => sum + column.sideBytes, 0);
  }

  /** The live rows of a morsel. */
  append(morsel: Morsel): void {
    const vectors = this.fields.map((_, i) => morsel.column(i));
    this.appendVectors(vectors, morsel.rows, morsel.selection);
  }

  /** The selected ones (null: all) of `rows` rows. */
  appendVectors(vectors: readonly Vector[], rows: number, selection: Selection | null): void {
    if (vectors.length !== this.#columns.length) {
      throw new InternalError(`${vectors.length} columns came where ${this.#columns.length} are kept`);
    }
    const count = selection ? selection.count : rows;
    if (count === 0) return;
    if (this.#rows + count > MAX_ROWS) throw new InternalError('too many rows for one buffer');
    this.#columns.forEach((column, i) => {
      column.append(vectors[i] as Vector, selection ? selection.rows : 0, 0, count);
      this.#scratch.reset();
    });
    this.#rows += count;
  }

  /** The rows whose numbers are the `count` u32 at `indices`; NO_ROW gives a NULL. */
  gather(column: number, indices: Pointer, count: number, arena: Arena): Vector {
    return this.#column(column).gather(indices, count, arena);
  }

  /** The rows `from` to `from + count`. Shares the buffer's memory where it can. */
  batch(from: number, count: number, arena: Arena): Batch {
    if (from < 0 || from + count > this.#rows) throw new InternalError(`rows ${from} to ${from + count} are not there`);
    return {
      schema: this.fields,
      length: count,
      columns: this.#columns.map((column) => column.range(from, count, arena)),
    };
  }

  /**
   * Where generated code finds a column's rows: row r is at `data(r >>> 15) + (r & 32767) * width`. Views for text, whatever
   * was appended. Null for lists and structs. Changes with every append.
   */
  chunkTable(column: number): ChunkTable | null {
    return this.#column(column).chunkTable();
  }

  /** Forgets all rows and gives their memory back; the buffer can be used again. */
  clear(): void {
    for (const column of this.#columns) column.free();
    this.#arena.reset();
    this.#scratch.reset();
    this.#columns = this.#emptyColumns();
    this.#rows = 0;
  }

  /** As clear: for the `finally` of an owner. */
  free(): void {
    this.clear();
  }

  #emptyColumns(): readonly ColumnBuffer[] {
    const place = {
      kernel: gatherKernel(this.#arena.memory),
      arena: this.#arena,
      scratch: this.#scratch,
      keepsCodes: this.#keepsCodes,
    };
    return this.fields.map(({ type }) => columnBuffer(place, type));
  }

  #column(index: number): ColumnBuffer {
    const column = this.#columns[index];
    if (!column) throw new InternalError(`there is no column ${index}`);
    return column;
  }
}
