import type { SqlType } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import { type BufferPlace, Chunks } from './chunks.ts';
import type { ColumnBuffer } from './column-buffer.ts';
import { rowNumbers, wrongVector } from './row-numbers.ts';

/** Structs: a column a field, and a byte a row that carries the nulls of the struct itself. */
export class StructBuffer implements ColumnBuffer {
  readonly #place: BufferPlace;
  readonly #type: SqlType;
  readonly #chunks: Chunks;
  readonly #fields: readonly ColumnBuffer[];

  constructor(place: BufferPlace, type: SqlType, fields: readonly ColumnBuffer[]) {
    this.#place = place;
    this.#type = type;
    this.#chunks = new Chunks(place, 1);
    this.#fields = fields;
  }

  get sideBytes(): number {
    return this.#fields.reduce((sum, field) => sum + field.sideBytes, 0);
  }

  append(vector: Vector, indices: Pointer, from: number, count: number): void {
    if (vector.kind !== 'struct' || vector.fields.length !== this.#fields.length) throw wrongVector(vector, this.#type);
    this.#fields.forEach((field, i) => {
      field.append(vector.fields[i] as Vector, indices, from, count);
    });
    let done = 0;
    for (const part of this.#chunks.extend(count)) {
      if (vector.validity) this.#chunks.writeNulls(part, vector.validity, indices, from + done);
      done += part.count;
    }
  }

  gather(indices: Pointer, count: number, arena: Arena): Vector {
    const optional = this.#place.kernel.anyNone(indices, count) !== 0;
    const validity = this.#chunks.gatherValidity(indices, count, optional, arena);
    const fields = this.#fields.map((field) => field.gather(indices, count, arena));
    return { kind: 'struct', type: this.#type, length: count, validity, fields };
  }

  range(from: number, count: number, arena: Arena): Vector {
    return this.gather(rowNumbers(this.#place.kernel, arena, from, count), count, arena);
  }

  chunkTable(): null {
    return null;
  }

  free(): void {
    for (const field of this.#fields) field.free();
  }
}
