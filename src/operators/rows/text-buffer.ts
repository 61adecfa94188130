import type { SqlType } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { CHUNK_ROWS } from '../../wasm/gather.ts';
import type { DictionaryVector, Pointer, Vector, ViewsVector } from '../../wasm/vector.ts';
import { type BufferPlace, type ChunkPart, Chunks, type ChunkTable } from './chunks.ts';
import type { ColumnBuffer } from './column-buffer.ts';
import { rowNumbers, wrongVector } from './row-numbers.ts';

/** What the kernel may write beyond the last string. */
const SLACK = 64;
/** A larger dictionary is given out only when it has no more entries than there are rows. */
const SMALL_DICTIONARY = 256;

/**
 * Varchar or blob: views into copies of the strings. An entry of a dictionary is copied when a row first needs it, then shared. Where asked,
 * and as long as all rows came with one dictionary, codes are kept beside the views, and what is gathered are codes.
 */
export class TextBuffer implements ColumnBuffer {
  readonly #place: BufferPlace;
  readonly #type: SqlType;
  readonly #chunks: Chunks;
  /** Views of the copied entries of the dictionary that came last; those not copied have a pointer of 0. */
  readonly #copied: Arena;
  #dictionary: ViewsVector | null = null;
  #copiedViews: Pointer = 0;
  /** The codes of all rows; null once there is no one dictionary. */
  #codes: Chunks | null;
  /** The copied entries as they were given out; null since others were copied. */
  #entries: ViewsVector | null = null;
  /** Somebody may still hold copied entries. */
  #gaveCodes = false;

  constructor(place: BufferPlace, type: SqlType) {
    this.#place = place;
    this.#type = type;
    this.#chunks = new Chunks(place, 8);
    this.#codes = place.keepsCodes ? new Chunks(place, 4) : null;
    this.#copied = new Arena({ memory: place.arena.linear });
  }

  get sideBytes(): number {
    return this.#copied.used;
  }

  append(vector: Vector, indices: Pointer, from: number, count: number): void {
    if (vector.kind !== 'views' && vector.kind !== 'dictionary') throw wrongVector(vector, this.#type);
    if (vector.kind === 'views' || (this.#dictionary && this.#dictionary !== vector.dictionary)) this.#codes = null;
    if (vector.kind === 'dictionary') this.#keepCodes(vector, indices, from, count);
    let done = 0;
    for (const part of this.#chunks.extend(count)) {
      const at = from + done;
      if (vector.kind === 'views') this.#copyViews(vector, part, indices, at);
      else this.#copyDictionary(vector, part, indices, at);
      if (vector.validity) this.#chunks.writeNulls(part, vector.validity, indices, at);
      done += part.count;
    }
  }

  gather(indices: Pointer, count: number, arena: Arena): Vector {
    const optional = this.#place.kernel.anyNone(indices, count) !== 0;
    const validity = this.#chunks.gatherValidity(indices, count, optional, arena);
    const type = this.#type;
    if (this.#codes && this.#dictionary && this.#dictionary.length <= Math.max(SMALL_DICTIONARY, this.#chunks.rows)) {
      this.#gaveCodes = true;
      this.#entries ??= { kind: 'views', type, length: this.#dictionary.length, validity: 0, data: this.#copiedViews };
      const data = this.#codes.gatherData(indices, count, optional, arena);
      return { kind: 'dictionary', type, length: count, validity, data, dictionary: this.#entries };
    }
    const data = this.#chunks.gatherData(indices, count, optional, arena);
    return { kind: 'views', type, length: count, validity, data };
  }

  range(from: number, count: number, arena: Arena): Vector {
    const chunk = Math.floor(from / CHUNK_ROWS);
    const row = from % CHUNK_ROWS;
    const type = this.#type;
    if (count === 0) return { kind: 'views', type, length: 0, validity: 0, data: 0 };
    const { hasNulls } = this.#chunks;
    if (row + count > CHUNK_ROWS || (hasNulls && row % 8 !== 0)) {
      return this.gather(rowNumbers(this.#place.kernel, arena, from, count), count, arena);
    }
    const validity = hasNulls ? this.#chunks.validityOf(chunk) + row / 8 : 0;
    return { kind: 'views', type, length: count, validity, data: this.#chunks.dataOf(chunk) + row * 8 };
  }

  chunkTable(): ChunkTable {
    return this.#chunks.table;
  }

  free(): void {
    this.#copied.reset();
    this.#dictionary = null;
    this.#entries = null;
    this.#gaveCodes = false;
  }

  #keepCodes({ data, length }: DictionaryVector, indices: Pointer, from: number, count: number): void {
    if (!this.#codes) return;
    const { kernel, arena } = this.#place;
    let at = from;
    for (const part of this.#codes.extend(count)) {
      if (indices) kernel.gatherRows(2, data, length, indices + at * 4, part.count, part.data);
      else {
        const start = data + at * 4;
        new Uint8Array(arena.memory.buffer).copyWithin(part.data, start, start + part.count * 4);
      }
      at += part.count;
    }
  }

  #copyViews({ data, length }: ViewsVector, part: ChunkPart, indices: Pointer, from: number): void {
    const { kernel, arena } = this.#place;
    const { count } = part;
    const bytes = kernel.viewBytes(data, length, indices, from, count) + SLACK;
    const heap = arena.allocate(bytes, 1);
    kernel.copyViews(data, length, indices, from, count, part.data, heap, heap + bytes);
  }

  #copyDictionary(vector: DictionaryVector, part: ChunkPart, indices: Pointer, from: number): void {
    const { kernel, arena, scratch } = this.#place;
    const { data, validity, dictionary } = vector;
    const { count } = part;
    const copied = this.#entriesOf(dictionary);
    const total = scratch.allocate(8);
    const pending = scratch.allocate(Math.min(count, dictionary.length) * 4);
    const entries = dictionary.length;
    const found = kernel.pendingEntries(
      data,
      validity,
      indices,
      from,
      count,
      dictionary.data,
      entries,
      copied,
      pending,
      total,
    );
    if (found > 0) {
      this.#entries = null;
      const bytes = arena.view().getFloat64(total, true) + SLACK;
      const heap = arena.allocate(bytes, 1);
      kernel.copyEntries(dictionary.data, pending, found, copied, heap, heap + bytes);
    }
    kernel.resolveCodes(data, validity, indices, from, count, entries, copied, part.data);
  }

  #entriesOf(dictionary: ViewsVector): Pointer {
    if (this.#dictionary !== dictionary) {
      if (!this.#gaveCodes) this.#copied.reset();
      this.#entries = null;
      const bytes = dictionary.length * 8;
      this.#copiedViews = this.#copied.allocate(bytes);
      this.#copied.bytes(this.#copiedViews, bytes).fill(0);
      this.#dictionary = dictionary;
    }
    return this.#copiedViews;
  }
}
