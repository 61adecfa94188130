import type { SqlType } from '../common/types.ts';
import { outOfRange } from '../operators/expr/ranges.ts';
import { intervalText } from '../operators/expr/value-text.ts';
import type { Arena } from '../wasm/arena.ts';
import { gatherKernel, shiftOf } from '../wasm/gather.ts';
import { bitmapBytes, layoutOf } from '../wasm/layout.ts';
import type { Pointer } from '../wasm/vector.ts';
import { type ColumnPieces, tooMuchText } from './column-pieces.ts';
import { type ExchangeKernel, exchangeKernel, JOIN_SLACK, SEGMENT_BYTES, TEXT_SLACK } from './exchange-kernel.ts';
import type { FieldNode } from './ipc-write.ts';

/** Bytes in linear memory. */
export interface Stretch {
  readonly pointer: Pointer;
  readonly bytes: number;
}

/** The rows of a record batch: stretches of the morsels that were added. */
export interface Rows {
  /** See kernels/exchange.as.ts. */
  readonly segments: Pointer;
  readonly count: number;
  /** Sum of the segments. */
  readonly rows: number;
}

const NOTHING: Stretch = { pointer: 0, bytes: 0 };

/** The field nodes and buffers of a record batch, column after column, made in an arena. */
export class BatchBuffers {
  readonly nodes: FieldNode[] = [];
  readonly buffers: Stretch[] = [];
  readonly #arena: Arena;
  readonly #kernel: ExchangeKernel;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#kernel = exchangeKernel(arena.memory);
  }

  /** Adds a column. Throws ResourceError SQ4002 for 2 GiB of text, ExecutionError SQ3002 for an interval of over 292 years. */
  add(column: ColumnPieces, tables: PieceTables, rows: Rows): void {
    const { type } = column;
    if (type.kind === 'null') {
      this.nodes.push({ length: rows.rows, nulls: rows.rows });
      return;
    }
    const table = tables.of(column);
    this.#validity(column, table, rows);
    switch (type.kind) {
      case 'varchar':
      case 'blob':
        this.#text(table, rows);
        return;
      case 'list':
      case 'map':
        this.#list(column, tables, rows);
        return;
      case 'struct':
        for (const field of column.children) this.add(field, tables, rows);
        return;
      default:
        this.buffers.push(this.#values(type, table, rows));
    }
  }

  /** Adds a column whose rows are i32 codes of a dictionary of the stream. */
  addCodes(column: ColumnPieces, tables: PieceTables, rows: Rows, codes: Pointer): void {
    this.#validity(column, tables.of(column), rows);
    this.buffers.push({ pointer: codes, bytes: rows.rows * 4 });
  }

  /** Adds the entries of a dictionary: text at views. */
  addEntries(views: Pointer, count: number): void {
    const bytes = gatherKernel(this.#arena.memory).viewBytes(views, count, 0, 0, count);
    if (bytes > 0x7fffffff) throw tooMuchText();
    const offsets = this.#arena.allocate((count + 1) * 4);
    const heap = this.#arena.allocate(bytes + TEXT_SLACK);
    this.#kernel.gatherText(views, 0, count, offsets, heap, heap + bytes + TEXT_SLACK);
    this.nodes.push({ length: count, nulls: 0 });
    this.buffers.push(NOTHING, { pointer: offsets, bytes: (count + 1) * 4 }, { pointer: heap, bytes });
  }

  #validity(column: ColumnPieces, table: Pointer, rows: Rows): void {
    if (column.pieces.every(({ flags }) => flags === 0)) {
      this.nodes.push({ length: rows.rows, nulls: 0 });
      this.buffers.push(NOTHING);
      return;
    }
    const flags = this.#arena.allocate(rows.rows + JOIN_SLACK);
    this.#kernel.joinFlags(table, rows.segments, rows.count, flags);
    const bits = this.#arena.allocate(bitmapBytes(rows.rows) + JOIN_SLACK);
    const nulls = rows.rows - this.#kernel.packBits(flags, rows.rows, bits);
    this.nodes.push({ length: rows.rows, nulls });
    this.buffers.push(nulls === 0 ? NOTHING : { pointer: bits, bytes: bitmapBytes(rows.rows) });
  }

  #values(type: SqlType, table: Pointer, { segments, count, rows }: Rows): Stretch {
    const width = layoutOf(type) as 1 | 2 | 4 | 8 | 16;
    const joined = (bytes: number, join: (out: Pointer) => void): Stretch => {
      const pointer = this.#arena.allocate(bytes + JOIN_SLACK);
      join(pointer);
      return { pointer, bytes };
    };
    switch (type.kind) {
      case 'boolean': {
        const flags = joined(rows, (out) => this.#kernel.joinRows(0, table, segments, count, out));
        return joined(bitmapBytes(rows), (out) => this.#kernel.packBits(flags.pointer, rows, out));
      }
      case 'decimal':
        if (width === 16) break;
        return joined(rows * 16, (out) => this.#kernel.joinWidened(table, segments, count, out));
      case 'uuid':
        return joined(rows * 16, (out) => this.#kernel.joinReversed(table, segments, count, out));
      case 'interval':
        return joined(rows * 16, (out) => {
          if (this.#kernel.joinIntervals(table, segments, count, out) !== 0) throw this.#tooLong(type, out);
        });
    }
    return joined(rows * width, (out) => this.#kernel.joinRows(shiftOf(width), table, segments, count, out));
  }

  #tooLong(type: SqlType, at: Pointer): Error {
    const view = this.#arena.view();
    const [months, days] = [view.getInt32(at, true), view.getInt32(at + 4, true)];
    const text = intervalText({ months, days, micros: view.getBigInt64(at + 8, true) });
    return outOfRange(`INTERVAL '${text}'`, type);
  }

  #text(table: Pointer, { segments, count, rows }: Rows): void {
    const bytes = this.#kernel.spanOf(table, segments, count);
    if (bytes > 0x7fffffff) throw tooMuchText();
    const offsets = this.#arena.allocate((rows + 1) * 4 + JOIN_SLACK);
    this.#kernel.joinOffsets(table, segments, count, offsets);
    const heap = this.#arena.allocate(bytes + JOIN_SLACK);
    this.#kernel.joinHeap(table, segments, count, heap);
    this.buffers.push({ pointer: offsets, bytes: (rows + 1) * 4 }, { pointer: heap, bytes });
  }

  #list(column: ColumnPieces, tables: PieceTables, { segments, count, rows }: Rows): void {
    const [entries] = column.children as [ColumnPieces];
    const table = tables.of(column);
    const total = this.#kernel.spanOf(table, segments, count);
    const offsets = this.#arena.allocate((rows + 1) * 4 + JOIN_SLACK);
    this.#kernel.joinOffsets(table, segments, count, offsets);
    this.buffers.push({ pointer: offsets, bytes: (rows + 1) * 4 });
    const inner = this.#arena.allocate(count * SEGMENT_BYTES);
    this.#kernel.entrySegments(table, segments, count, inner);
    this.add(entries, tables, { segments: inner, count, rows: total });
  }
}

/** Tables of the pieces of columns, made when first asked for. */
export class PieceTables {
  readonly #arena: Arena;
  readonly #tables = new Map<ColumnPieces, Pointer>();

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  of(column: ColumnPieces): Pointer {
    let table = this.#tables.get(column);
    if (table === undefined) {
      table = column.table(this.#arena);
      this.#tables.set(column, table);
    }
    return table;
  }
}
