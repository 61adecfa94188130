import { assertNever, InternalError } from '../../common/errors.ts';
import type { Arena } from '../../wasm/arena.ts';
import { type GatherKernel, gather, gatherKernel } from '../../wasm/gather.ts';
import { bitmapBytes } from '../../wasm/layout.ts';
import type { Batch, DictionaryVector, ListVector, Pointer, Vector, ViewsVector } from '../../wasm/vector.ts';
import { rowNumbers } from '../rows/row-numbers.ts';
import { align, DumpFlag, HEADER_WORDS, KIND_WORD, MAGIC } from './dump-format.ts';

interface Segment {
  readonly pointer: Pointer;
  readonly bytes: number;
}

/** Copies a batch out of linear memory: what `restoreBatch` reads. `scratch` is used and released. */
export function dumpBatch(scratch: Arena, batch: Batch): Uint8Array {
  const mark = scratch.mark();
  try {
    const dump = new Dump(scratch);
    for (const column of batch.columns) dump.vector(column);
    return dump.finish(batch);
  } finally {
    scratch.release(mark);
  }
}

class Dump {
  readonly #arena: Arena;
  readonly #kernel: GatherKernel;
  readonly #words: number[] = [];
  readonly #segments: Segment[] = [];

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#kernel = gatherKernel(arena.memory);
  }

  vector(vector: Vector): void {
    const { length, validity } = vector;
    switch (vector.kind) {
      case 'fixed': {
        const { width, data, bounds } = vector;
        this.#head(vector, bounds ? DumpFlag.bounds : 0, width);
        if (bounds) this.#words.push(...wordsOf128(bounds.min), ...wordsOf128(bounds.max));
        this.#segment(data, length * width);
        return;
      }
      case 'views':
        this.#views(vector);
        return;
      case 'dictionary':
        this.#dictionary(vector);
        return;
      case 'list':
        this.#list(vector);
        return;
      case 'struct':
        this.#head({ kind: 'struct', length, validity }, 0, vector.fields.length);
        for (const field of vector.fields) this.vector(field);
        return;
      default:
        assertNever(vector);
    }
  }

  finish({ length, columns }: Batch): Uint8Array {
    const headBytes = align((HEADER_WORDS + this.#words.length) * 4);
    const total = this.#segments.reduce((sum, { bytes }) => sum + align(bytes), headBytes);
    if (total > 0xffffffff) throw new InternalError(`a batch of ${total} bytes cannot be written at once`);
    const dump = new Uint8Array(total);
    const head = new Uint32Array(dump.buffer, 0, headBytes / 4);
    head.set([MAGIC, total, length, columns.length, this.#words.length]);
    head.set(this.#words, HEADER_WORDS);
    let at = headBytes;
    for (const { pointer, bytes } of this.#segments) {
      dump.set(this.#arena.bytes(pointer, bytes), at);
      at += align(bytes);
    }
    return dump;
  }

  #views(vector: ViewsVector): void {
    const { data, length, validity } = vector;
    const bytes = this.#kernel.viewBytes(data, length, 0, 0, length);
    const views = this.#arena.allocate(length * 8);
    const heap = this.#arena.allocate(bytes);
    this.#kernel.copyViews(data, length, 0, 0, length, views, heap, heap + bytes);
    this.#head({ kind: 'views', length, validity }, 0, heap);
    this.#words.push(bytes);
    this.#segment(views, length * 8);
    this.#segment(heap, bytes);
  }

  /** Entries are written with the codes, or where the rows are fewer, the strings of the rows. */
  #dictionary({ type, data, length, validity, dictionary }: DictionaryVector): void {
    if (dictionary.length <= length) {
      this.#head({ kind: 'dictionary', length, validity }, 0, 0);
      this.#segment(data, length * 4);
      this.#views(dictionary);
      return;
    }
    const views = this.#arena.allocate(length * 8);
    this.#kernel.resolveCodes(data, validity, 0, 0, length, dictionary.length, dictionary.data, views);
    this.#views({ kind: 'views', type, length, validity, data: views });
  }

  #list(vector: ListVector): void {
    const { offsets, length } = vector;
    const view = this.#arena.view();
    const starts = view.getInt32(offsets, true) === 0;
    if (!starts || view.getInt32(offsets + length * 4, true) !== vector.entries.length) {
      const rows = rowNumbers(this.#kernel, this.#arena, 0, length);
      const compact = gather(this.#arena, vector, rows, length) as ListVector;
      this.#list(compact);
      return;
    }
    this.#head(vector, 0, 0);
    this.#segment(offsets, (length + 1) * 4);
    this.vector(vector.entries);
  }

  #head({ kind, length, validity }: Pick<Vector, 'kind' | 'length' | 'validity'>, flags: number, extra: number): void {
    this.#words.push(KIND_WORD[kind], flags | (validity ? DumpFlag.validity : 0), length, extra);
    if (validity) this.#segment(validity, bitmapBytes(length));
  }

  #segment(pointer: Pointer, bytes: number): void {
    this.#segments.push({ pointer, bytes });
  }
}

function wordsOf128(value: bigint): number[] {
  return [0n, 32n, 64n, 96n].map((shift) => Number(BigInt.asUintN(32, value >> shift)));
}
