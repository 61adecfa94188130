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

  constructor(memory: LinearMemory, schema: readonly Field[], partitions: number) {
    this.arena = new Arena({ memory });
    this.partitions = partitions;
    this.#kernel = exchangeKernel(memory.memory);
    this.#columns = schema.map(({ type }) => new ColumnPieces(type, this.arena));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Bytes of linear memory in use. */
  get bytes(): number {
    return this.arena.used;
  }

  add(columns: readonly Vector[], rows: number, { indices, starts }: MorselOrder): void {
    this.#columns.forEach((pieces, i) => {
      pieces.add(columns[i] as Vector, indices, rows);
    });
    this.#starts.push(starts);
    this.#rows += rows;
  }

  /** Reads what was added; what it makes is valid until the next `add`. `arena` is for what lasts that long. */
  reader(arena: Arena): PartitionReader {
    const morsels = this.#starts.length;
    const starts = arena.allocate(morsels * 4);
    new Uint32Array(arena.memory.buffer, starts, morsels).set(this.#starts);
    return new PartitionReader(this.#columns, { kernel: this.#kernel, arena, starts, morsels });
  }

  clear(): void {
    for (const column of this.#columns) column.clear();
    this.#starts.length = 0;
    this.#rows = 0;
    this.arena.reset();
  }
}

interface ReaderPlace {
  readonly kernel: ExchangeKernel;
  readonly arena: Arena;
  /** Addresses (u32) of the starts of every morsel. */
  readonly starts: Pointer;
  readonly morsels: number;
}

/** The rows of partitions, as the contents of record batches. */
export class PartitionReader {
  readonly #columns: readonly ColumnPieces[];
  readonly #place: ReaderPlace;
  readonly #tables: PieceTables;
  readonly #bounds: Pointer;
  readonly #segments: Pointer;

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
    return kernel.partitionBounds(starts, morsels, partition, this.#bounds);
  }

  /** The contents of a record batch of `take` rows of the open partition, from row `skip` on, made in `arena`. */
  batch(skip: number, take: number, arena: Arena): BatchBuffers {
    const { kernel, morsels } = this.#place;
    const count = kernel.findSegments(this.#bounds, 8, morsels, skip, take, this.#segments);
    const rows: Rows = { segments: this.#segments, count, rows: take };
    const buffers = new BatchBuffers(arena);
    for (const column of this.#columns) buffers.add(column, this.#tables, rows);
    return buffers;
  }
}
