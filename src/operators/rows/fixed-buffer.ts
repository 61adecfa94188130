import type { SqlType } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import { CHUNK_ROWS, shiftOf } from '../../wasm/gather.ts';
import type { Bounds, Pointer, Vector } from '../../wasm/vector.ts';
import { type BufferPlace, Chunks, type ChunkTable } from './chunks.ts';
import type { ColumnBuffer } from './column-buffer.ts';
import { rowNumbers, wrongVector } from './row-numbers.ts';

/** Rows of a fixed width. */
export class FixedBuffer implements ColumnBuffer {
  readonly sideBytes = 0;
  readonly #place: BufferPlace;
  readonly #type: SqlType;
  readonly #chunks: Chunks;
  /** What all rows lie between; null once a vector without bounds came. */
  #bounds: Bounds | null | undefined;

  constructor(place: BufferPlace, type: SqlType, width: 1 | 2 | 4 | 8 | 16) {
    this.#place = place;
    this.#type = type;
    this.#chunks = new Chunks(place, width);
  }

  append(vector: Vector, indices: Pointer, from: number, count: number): void {
    const { kernel, arena } = this.#place;
    const { width } = this.#chunks;
    if (vector.kind !== 'fixed' || vector.width !== width) throw wrongVector(vector, this.#type);
    let done = 0;
    for (const part of this.#chunks.extend(count)) {
      const at = from + done;
      if (indices) {
        kernel.gatherRows(shiftOf(width), vector.data, vector.length, indices + at * 4, part.count, part.data);
      } else {
        const start = vector.data + at * width;
        new Uint8Array(arena.memory.buffer).copyWithin(part.data, start, start + part.count * width);
      }
      if (vector.validity) this.#chunks.writeNulls(part, vector.validity, indices, at);
      done += part.count;
    }
    this.#bounds = mergeBounds(this.#bounds, vector.bounds ?? null);
  }

  gather(indices: Pointer, count: number, arena: Arena): Vector {
    const optional = this.#place.kernel.anyNone(indices, count) !== 0;
    const validity = this.#chunks.gatherValidity(indices, count, optional, arena);
    return this.#vector(count, validity, this.#chunks.gatherData(indices, count, optional, arena));
  }

  range(from: number, count: number, arena: Arena): Vector {
    const chunk = Math.floor(from / CHUNK_ROWS);
    const row = from % CHUNK_ROWS;
    const { hasNulls } = this.#chunks;
    if (count === 0) return this.#vector(0, 0, 0);
    if (row + count > CHUNK_ROWS || (hasNulls && row % 8 !== 0)) {
      return this.gather(rowNumbers(this.#place.kernel, arena, from, count), count, arena);
    }
    return this.#vector(
      count,
      hasNulls ? this.#chunks.validityOf(chunk) + row / 8 : 0,
      this.#chunks.dataOf(chunk) + row * this.#chunks.width,
    );
  }

  chunkTable(): ChunkTable {
    return this.#chunks.table;
  }

  free(): void {
    this.#bounds = undefined;
  }

  #vector(length: number, validity: Pointer, data: Pointer): Vector {
    const bounds = this.#bounds;
    return {
      kind: 'fixed',
      type: this.#type,
      width: this.#chunks.width,
      length,
      validity,
      data,
      ...(bounds && { bounds }),
    };
  }
}

function mergeBounds(a: Bounds | null | undefined, b: Bounds | null): Bounds | null {
  if (a === undefined || b === null) return b;
  if (a === null) return null;
  let { min, max } = a;
  if (b.min < min) min = b.min;
  if (b.max > max) max = b.max;
  return { min, max };
}
