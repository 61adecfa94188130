import type { Arena } from '../../wasm/arena.ts';
import { CHUNK_ROWS, type GatherKernel } from '../../wasm/gather.ts';
import { bitmapBytes } from '../../wasm/layout.ts';
import type { Pointer } from '../../wasm/vector.ts';

/** A column in chunks, as kernels and generated code read it. */
export interface ChunkTable {
  /** 8 bytes a chunk: u32 data, u32 validity (0: no row of the chunk is null). */
  readonly table: Pointer;
  readonly width: 1 | 2 | 4 | 8 | 16;
  readonly rows: number;
  readonly hasNulls: boolean;
}

/** Where buffered columns live, and where they put what lasts for one append. */
export interface BufferPlace {
  readonly kernel: GatherKernel;
  readonly arena: Arena;
  readonly scratch: Arena;
  /** Text that all came with one dictionary is given out as codes. */
  readonly keepsCodes: boolean;
}

/** A stretch of rows of a chunk that is to be written. */
export interface ChunkPart {
  /** Address of the first row. */
  readonly data: Pointer;
  readonly chunk: number;
  /** Of the first row, within its chunk. */
  readonly row: number;
  readonly count: number;
}

const FIRST_ROWS = 256;

/**
 * The rows of one width, in chunks of CHUNK_ROWS. The first chunk grows by copying, so that few rows take little memory; after that
 * nothing moves. Validity bitmaps come with the first null.
 */
export class Chunks {
  readonly width: 1 | 2 | 4 | 8 | 16;
  readonly #place: BufferPlace;
  #rows = 0;
  /** Rows that the chunks have room for. */
  #capacity = 0;
  #table: Pointer = 0;
  #tableEntries = 0;
  #hasNulls = false;

  constructor(place: BufferPlace, width: 1 | 2 | 4 | 8 | 16) {
    this.#place = place;
    this.width = width;
  }

  get rows(): number {
    return this.#rows;
  }

  get hasNulls(): boolean {
    return this.#hasNulls;
  }

  get table(): ChunkTable {
    return { table: this.#table, width: this.width, rows: this.#rows, hasNulls: this.#hasNulls };
  }

  /** Makes room for `count` more rows, all of them valid, and says where they lie. */
  extend(count: number): ChunkPart[] {
    this.#reserve(this.#rows + count);
    const parts: ChunkPart[] = [];
    const end = this.#rows + count;
    for (let at = this.#rows; at < end; ) {
      const row = at % CHUNK_ROWS;
      const chunk = (at - row) / CHUNK_ROWS;
      const part = Math.min(end - at, CHUNK_ROWS - row);
      parts.push({ data: this.dataOf(chunk) + row * this.width, chunk, row, count: part });
      at += part;
    }
    this.#rows = end;
    return parts;
  }

  /** Marks the rows of a part that are null in a bitmap: its rows from `from` on, or those at `indices`. */
  writeNulls({ chunk, row, count }: ChunkPart, validity: Pointer, indices: Pointer, from: number): void {
    const { kernel } = this.#place;
    if (!kernel.anyNull(validity, indices, from, count)) return;
    this.#startNulls();
    kernel.clearNulls(validity, indices, from, count, this.validityOf(chunk), row);
  }

  dataOf(chunk: number): Pointer {
    return this.#place.arena.view().getUint32(this.#table + chunk * 8, true);
  }

  /** 0 as long as no row of the column is null. */
  validityOf(chunk: number): Pointer {
    return this.#place.arena.view().getUint32(this.#table + chunk * 8 + 4, true);
  }

  /** The validity of rows by number, 0 when none is null. */
  gatherValidity(indices: Pointer, count: number, optional: boolean, arena: Arena): Pointer {
    if (!this.#hasNulls && !optional) return 0;
    const out = arena.allocate(bitmapBytes(count));
    const nulls = this.#place.kernel.gatherChunkedValidity(this.#table, this.#rows, indices, count, out);
    return nulls === 0 ? 0 : out;
  }

  gatherData(indices: Pointer, count: number, optional: boolean, arena: Arena): Pointer {
    const { kernel } = this.#place;
    const out = arena.allocate(count * this.width);
    const shift = 31 - Math.clz32(this.width);
    if (optional) kernel.gatherOptionalChunked(shift, this.#table, this.#rows, indices, count, out);
    else kernel.gatherChunked(shift, this.#table, this.#rows, indices, count, out);
    return out;
  }

  #reserve(rows: number): void {
    if (rows <= this.#capacity) return;
    if (this.#capacity < CHUNK_ROWS) {
      let first = Math.max(FIRST_ROWS, this.#capacity);
      while (first < rows && first < CHUNK_ROWS) first *= 2;
      this.#growFirst(first);
    }
    while (this.#capacity < rows) {
      this.#setChunk(this.#capacity / CHUNK_ROWS, this.#newChunk(CHUNK_ROWS));
      this.#capacity += CHUNK_ROWS;
    }
  }

  #growFirst(capacity: number): void {
    const { arena } = this.#place;
    const old = this.#rows === 0 ? null : { data: this.dataOf(0), validity: this.validityOf(0) };
    const chunk = this.#newChunk(capacity);
    if (old) {
      const bytes = new Uint8Array(arena.memory.buffer);
      bytes.copyWithin(chunk.data, old.data, old.data + this.#rows * this.width);
      if (old.validity) {
        bytes.copyWithin(chunk.validity, old.validity, old.validity + bitmapBytes(this.#rows));
      }
    }
    this.#setChunk(0, chunk);
    this.#capacity = capacity;
  }

  #newChunk(rows: number): { readonly data: Pointer; readonly validity: Pointer } {
    const data = this.#place.arena.allocate(rows * this.width);
    return { data, validity: this.#hasNulls ? this.#newBitmap(rows) : 0 };
  }

  #newBitmap(rows: number): Pointer {
    const { arena } = this.#place;
    const bytes = bitmapBytes(rows);
    const pointer = arena.allocate(bytes);
    arena.bytes(pointer, bytes).fill(0xff);
    return pointer;
  }

  #startNulls(): void {
    if (this.#hasNulls) return;
    this.#hasNulls = true;
    const chunkRows = Math.min(this.#capacity, CHUNK_ROWS);
    for (let chunk = 0; chunk * CHUNK_ROWS < this.#capacity; chunk++) {
      this.#setChunk(chunk, { data: this.dataOf(chunk), validity: this.#newBitmap(chunkRows) });
    }
  }

  #setChunk(chunk: number, { data, validity }: { readonly data: Pointer; readonly validity: Pointer }): void {
    const { arena } = this.#place;
    if (chunk >= this.#tableEntries) {
      const entries = Math.max(8, this.#tableEntries * 2);
      const table = arena.allocate(entries * 8);
      new Uint8Array(arena.memory.buffer).copyWithin(table, this.#table, this.#table + this.#tableEntries * 8);
      this.#table = table;
      this.#tableEntries = entries;
    }
    const view = arena.view();
    view.setUint32(this.#table + chunk * 8, data, true);
    view.setUint32(this.#table + chunk * 8 + 4, validity, true);
  }
}
