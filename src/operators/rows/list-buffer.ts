import { InternalError } from '../../common/errors.ts';
import type { SqlType } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import { entryIndices } from '../../wasm/gather.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import { type BufferPlace, Chunks } from './chunks.ts';
import type { ColumnBuffer } from './column-buffer.ts';
import { rowNumbers, wrongVector } from './row-numbers.ts';

/** Lists and maps: a row is a span (u32 first, u32 number) of the entries, which are a column of their own. */
export class ListBuffer implements ColumnBuffer {
  readonly #place: BufferPlace;
  readonly #type: SqlType;
  readonly #chunks: Chunks;
  readonly #entries: ColumnBuffer;
  #entryRows = 0;

  constructor(place: BufferPlace, type: SqlType, entries: ColumnBuffer) {
    this.#place = place;
    this.#type = type;
    this.#chunks = new Chunks(place, 8);
    this.#entries = entries;
  }

  get sideBytes(): number {
    return this.#entries.sideBytes;
  }

  append(vector: Vector, indices: Pointer, from: number, count: number): void {
    if (vector.kind !== 'list') throw wrongVector(vector, this.#type);
    const { kernel, scratch } = this.#place;
    const { offsets, validity, length, entries } = vector;
    let done = 0;
    for (const part of this.#chunks.extend(count)) {
      const at = from + done;
      const total = kernel.listEntries(offsets, validity, length, indices, at, part.count);
      if (this.#entryRows + total > 0xfffffffe) throw new InternalError('too many list entries for one buffer');
      const rows = entryIndices(scratch, total);
      kernel.expandLists(offsets, validity, indices, at, part.count, rows, 0, part.data, this.#entryRows);
      if (total > 0) this.#entries.append(entries, rows, 0, total);
      this.#entryRows += total;
      if (validity) this.#chunks.writeNulls(part, validity, indices, at);
      done += part.count;
    }
  }

  gather(indices: Pointer, count: number, arena: Arena): Vector {
    const { kernel } = this.#place;
    const optional = kernel.anyNone(indices, count) !== 0;
    const validity = this.#chunks.gatherValidity(indices, count, optional, arena);
    const spans = this.#chunks.gatherData(indices, count, optional, arena);
    const total = kernel.spanEntries(spans, count);
    const offsets = arena.allocate((count + 1) * 4);
    const rows = entryIndices(arena, total);
    kernel.expandSpans(spans, count, rows, offsets);
    const entries = this.#entries.gather(rows, total, arena);
    return { kind: 'list', type: this.#type, length: count, validity, offsets, entries };
  }

  range(from: number, count: number, arena: Arena): Vector {
    return this.gather(rowNumbers(this.#place.kernel, arena, from, count), count, arena);
  }

  chunkTable(): null {
    return null;
  }

  free(): void {
    this.#entries.free();
  }
}
