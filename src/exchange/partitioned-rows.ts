import type { Field } from '../common/types.ts';
import { Arena } from '../wasm/arena.ts';
import type { LinearMemory } from '../wasm/linear-memory.ts';
import type { Pointer, Vector } from '../wasm/vector.ts';
import { BatchBuffers, PieceTables, type Rows } from './batch-buffers.ts';
import { ColumnPieces } from './column-pieces.ts';
import { type ExchangeKernel, exchangeKernel, SEGMENT_BYTES } from './exchange-kernel.ts';

/** Rows of a partition in a record batch, at most. */
export const BATCH_ROWS = 32_768;

/** Where a morsel's rows come to lie, partition after partition. */
export interface MorselOrder {
  /** Row numbers (u32); 0: the order that they came in. */
  readonly indices: Pointer;
  /** One u32 a partition, where its rows begin, and one more, where the last one's end; made in `PartitionedRows.arena`. */
  readonly starts: Pointer;
}

/**
 * Copies of rows in linear memory, morsel after morsel, each in the order of the partitions: a partition is a stretch of every morsel.
 */
export class PartitionedRows {
  /** Holds what lasts until `clear`. */
  readonly arena: Arena;
  readonly partitions: number;
  readonly #kernel: ExchangeKernel;
  readonly #columns: readonly ColumnPieces[];
  readonly #starts: Pointer[] = [];
  #rows = 0;

  /** `keepsCodes`: text that comes as codes of a dictionary may be kept so. */
  constructor(memory: LinearMemory, schema: readonly Field[], partitions: number, keepsCodes = false) {
    this.arena = new Arena({ memory });
    this.partitions = partitions;
    this.#kernel = exchangeKernel(memory.memory);
    this.#columns = schema.map(({ type }) => new ColumnPieces(type, this.arena, keepsCodes));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Bytes of linear memory that the rows take, with what making strings of their codes would. */
  get bytes(): number {
    return this.#columns.reduce((sum, column) => sum + column.codedTextBytes, this.arena.used);
  }

  add(columns: readonly Vector[], rows: number, { indices, starts }: MorselOrder): void {
    this.#columns.forEach((pieces, i) => {
      pieces.add(columns[i] as Vector, indices, rows);
    });
    this.#starts.push(starts);
    this.#rows += rows;
  }

  /** Numbers of the columns that are smaller as codes with a dictionary a partition. */
  smallerCoded(): ReadonlySet<number> {
    const numbers = this.#columns.map((column, i) => (column.isSmallerCoded(this.partitions) ? i : -1));
    return new Set(numbers.filter((i) => i >= 0));
  }

  /**
   * Reads what was added; what it makes is valid until the next `add`. `arena` is for what lasts that long. `coded`: numbers of the
   * columns that are read as codes.
   */
  reader(arena: Arena, coded: ReadonlySet<number> = NONE): PartitionReader {
    for (const [i, column] of this.#columns.entries()) if (!coded.has(i)) column.decode();
    const morsels = this.#starts.length;
    const starts = arena.allocate(morsels * 4);
    new Uint32Array(arena.memory.buffer, starts, morsels).set(this.#starts);
    return new PartitionReader(this.#columns, { kernel: this.#kernel, arena, starts, morsels, coded });
  }

  clear(): void {
    for (const column of this.#columns) column.clear();
    this.#starts.length = 0;
    this.#rows = 0;
    this.arena.reset();
  }
}

const NONE: ReadonlySet<number> = new Set();

/** The dictionary that a partition's rows of one column need. */
export interface PartitionDictionary {
  readonly column: number;
  readonly entries: number;
  readonly contents: BatchBuffers;
}

interface ReaderPlace {
  readonly kernel: ExchangeKernel;
  readonly arena: Arena;
  /** Addresses (u32) of the starts of every morsel. */
  readonly starts: Pointer;
  readonly morsels: number;
  readonly coded: ReadonlySet<number>;
}

/** The rows of partitions, as the contents of record batches. */
export class PartitionReader {
  readonly #columns: readonly ColumnPieces[];
  readonly #place: ReaderPlace;
  readonly #tables: PieceTables;
  readonly #bounds: Pointer;
  readonly #segments: Pointer;
  /** Of the open partition, by column: where its codes are. */
  readonly #codes = new Map<number, Pointer>();
  #partition = 0;

  constructor(columns: readonly ColumnPieces[], place: ReaderPlace) {
    this.#columns = columns;
    this.#place = place;
    this.#tables = new PieceTables(place.arena);
    this.#bounds = place.arena.allocate(place.morsels * 8);
    this.#segments = place.arena.allocate(place.morsels * SEGMENT_BYTES);
    for (const column of columns) this.#tables.of(column);
  }

  /** Turns to a partition. Returns how many rows it has. */
  open(partition: number): number {
    const { kernel, starts, morsels } = this.#place;
    this.#partition = partition;
    this.#codes.clear();
    return kernel.partitionBounds(starts, morsels, partition, this.#bounds);
  }

  /** The dictionaries of the open partition's `rows`, made in `arena`, as are the codes that its batches refer to. */
  *dictionaries(rows: number, arena: Arena): Generator<PartitionDictionary> {
    const { kernel, morsels, coded } = this.#place;
    for (const column of coded) {
      const pieces = this.#columns[column] as ColumnPieces;
      const codes = arena.allocate(rows * 4);
      const views = arena.allocate(rows * 8);
      const count = kernel.findSegments(this.#bounds, 8, morsels, 0, rows, this.#segments);
      const table = this.#tables.of(pieces);
      const entries = kernel.compactCodes(table, this.#segments, count, this.#partition + 1, codes, views);
      this.#codes.set(column, codes);
      const contents = new BatchBuffers(arena);
      contents.addEntries(views, entries);
      yield { column, entries, contents };
    }
  }

  /** The contents of a record batch of `take` rows of the open partition, from row `skip` on, made in `arena`. */
  batch(skip: number, take: number, arena: Arena): BatchBuffers {
    const { kernel, morsels } = this.#place;
    const count = kernel.findSegments(this.#bounds, 8, morsels, skip, take, this.#segments);
    const rows: Rows = { segments: this.#segments, count, rows: take };
    const buffers = new BatchBuffers(arena);
    for (const [i, column] of this.#columns.entries()) {
      const codes = this.#codes.get(i);
      if (codes === undefined) buffers.add(column, this.#tables, rows);
      else buffers.addCodes(column, this.#tables, rows, codes + skip * 4);
    }
    return buffers;
  }
}
