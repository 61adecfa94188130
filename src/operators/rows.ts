import { InternalError } from '../common/errors.ts';
import type { Field, Value } from '../common/types.ts';
import type { Arena } from '../wasm/arena.ts';
import { buildVector } from '../wasm/build-vector.ts';
import { columnReader, type RowReader } from '../wasm/read-vector.ts';
import type { Batch, Vector } from '../wasm/vector.ts';
import type { Column, ColumnExpr, Expr } from './expr/expr.ts';
import { compileExpr, positionOf, type RowFunction } from './expr/interpret.ts';

/**
 * What flows between the interpreted operators: rows behind one reader per column, so that a column nobody reads costs
 * nothing. Valid until the next one is pulled.
 */
export interface Rows {
  readonly length: number;
  /** The rows that are left, ascending; null for all of 0 … length - 1. */
  readonly selection: readonly number[] | null;
  readonly columns: readonly RowColumn[];
}

export interface RowColumn {
  readonly read: RowReader;
  /** The column in linear memory, where it is one. */
  readonly vector: Vector | null;
}

/** The number of rows that are left. */
export const rowCount = (rows: Rows) => rows.selection?.length ?? rows.length;

/** Calls `visit` with every row that is left, in order. */
export function forEachRow(rows: Rows, visit: (row: number) => void): void {
  const { selection, length } = rows;
  if (selection) for (let i = 0; i < selection.length; i++) visit(selection[i] as number);
  else for (let row = 0; row < length; row++) visit(row);
}

/** The rows of a batch. Readers of its columns are made when a column is first read. */
export function rowsOfBatch(arena: Arena, batch: Batch): Rows {
  const columns = batch.columns.map((vector): RowColumn => {
    let reader: RowReader | null = null;
    return {
      vector,
      get read() {
        reader ??= columnReader(arena, vector);
        return reader;
      },
    };
  });
  return { length: batch.length, selection: null, columns };
}

/** Columns of values, one array per column. */
export function rowsOfArrays(columns: readonly (readonly Value[])[], length: number): Rows {
  return {
    length,
    selection: null,
    columns: columns.map((values) => ({ vector: null, read: (row) => values[row] as Value })),
  };
}

/** The values of a column in the rows that are left. */
export function columnValues(rows: Rows, read: RowReader): Value[] {
  if (!rows.selection) return Array.from({ length: rows.length }, (_, row) => read(row));
  return rows.selection.map((row) => read(row));
}

/** A dense batch of the rows: vectors that are whole already are passed on, all others are built in the arena. */
export function batchOfRows(arena: Arena, schema: readonly Field[], rows: Rows): Batch {
  const columns = rows.columns.map(({ vector, read }, i) => {
    if (vector && !rows.selection) return vector;
    return buildVector(arena, (schema[i] as Field).type, columnValues(rows, read));
  });
  return { schema, length: rowCount(rows), columns };
}

/** Expressions over the rows of an input: compiled once, pointed at one Rows after the other. */
export class RowExpressions {
  readonly #layout: readonly Column[];
  #rows: Rows | null = null;
  readonly #readers: (RowReader | null)[];

  constructor(layout: readonly Column[]) {
    this.#layout = layout;
    this.#readers = layout.map(() => null);
  }

  /** The functions read the rows given to the last `over`. */
  compile(expr: Expr): RowFunction<number> {
    return compileExpr(expr, (column) => this.#column(column));
  }

  over(rows: Rows): void {
    if (rows.columns.length !== this.#layout.length) {
      throw new InternalError(`${rows.columns.length} columns came where ${this.#layout.length} were planned`);
    }
    this.#rows = rows;
    this.#readers.fill(null);
  }

  #column(column: ColumnExpr): RowFunction<number> {
    const position = positionOf(column, this.#layout);
    const readers = this.#readers;
    return (row) => {
      const read = readers[position] ?? this.#reader(position);
      return read(row);
    };
  }

  #reader(position: number): RowReader {
    const read = this.#rows?.columns[position]?.read;
    if (!read) throw new InternalError('an expression was evaluated before it was given rows');
    this.#readers[position] = read;
    return read;
  }
}
