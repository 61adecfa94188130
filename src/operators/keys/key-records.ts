import { assertNever, InternalError } from '../../common/errors.ts';
import type { SqlType } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { bitmapBytes, layoutOf } from '../../wasm/layout.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { DictionaryVector, FixedVector, Pointer, Vector, ViewsVector } from '../../wasm/vector.ts';
import { type GroupKernel, groupKernel } from './group-kernel.ts';
import { GrowingRun } from './growing-run.ts';
import { type KeyField, type KeyLayout, keyLayout } from './key-layout.ts';

/** The keys of a table's groups, one record each, with copies of their texts. */
export class KeyRecords {
  readonly layout: KeyLayout;
  readonly #memory: LinearMemory;
  readonly #kernel: GroupKernel;
  readonly #records: GrowingRun;
  readonly #texts: Arena;
  readonly #hasTexts: boolean;
  #count = 0;

  constructor(types: readonly SqlType[], memory: LinearMemory) {
    this.layout = keyLayout(types);
    this.#memory = memory;
    this.#kernel = groupKernel(memory);
    this.#records = new GrowingRun(memory);
    this.#texts = new Arena({ memory });
    this.#hasTexts = this.layout.fields.some(({ form }) => form === 'text');
  }

  get count(): number {
    return this.#count;
  }

  get pointer(): Pointer {
    return this.#records.pointer;
  }

  get bytes(): number {
    return this.#records.bytes + this.#texts.used;
  }

  /** Room for `more` records after those there are; returns the address of the first. */
  reserve(more: number): Pointer {
    const { stride } = this.layout;
    return this.#records.ensure((this.#count + more) * stride, this.#count * stride) + this.#count * stride;
  }

  /** The next `more` records, which were written since `reserve`, are groups: their texts are copied. */
  commit(more: number): void {
    if (more === 0) return;
    const { fields, stride } = this.layout;
    const first = this.#records.pointer + this.#count * stride;
    if (this.#hasTexts) {
      for (const { form, offset, tail } of fields) {
        if (form !== 'text') continue;
        const heap = this.#texts.allocate(this.#kernel.textBytes(first, more, stride, offset), 1);
        this.#kernel.copyTexts(first, more, stride, offset, tail, heap);
      }
    }
    this.#count += more;
  }

  /** Writes `count` rows as records to `out`; their texts stay where they are. */
  write(vectors: readonly Vector[], rows: Pointer, count: number, out: Pointer): void {
    const { fields, stride } = this.layout;
    this.#memory.bytes(out, count * stride).fill(0);
    for (const [column, vector] of vectors.entries()) {
      this.#writeColumn(fields[column] as KeyField, vector, column, rows, count, out);
    }
  }

  /** The keys of `count` groups from `from` on; vectors in `arena`, texts in the table's own memory. */
  vectors(from: number, count: number, arena: Arena): Vector[] {
    return this.layout.fields.map((field, column) => this.#vector(field, column, from, count, arena));
  }

  free(): void {
    this.#records.free();
    this.#texts.reset();
    this.#count = 0;
  }

  #writeColumn(field: KeyField, vector: Vector, column: number, rows: Pointer, count: number, out: Pointer): void {
    const { form, offset, tail } = field;
    const { stride } = this.layout;
    switch (form) {
      case 'null':
        this.#kernel.writeNulls(count, out, stride, column);
        return;
      case 'text': {
        const { data, validity } = vector as ViewsVector | DictionaryVector;
        if (vector.kind === 'views') {
          this.#kernel.writeViews(data, validity, rows, count, out, stride, offset, column, tail);
        } else if (vector.kind === 'dictionary') {
          const entries = vector.dictionary.data;
          this.#kernel.writeCodes(data, validity, rows, count, out, stride, offset, column, tail, entries);
        } else throw new InternalError(`a key of type ${field.type.kind} came as ${vector.kind}`);
        return;
      }
      case 'interval': {
        const { data, validity } = vector as FixedVector;
        this.#kernel.writeInterval(data, validity, rows, count, out, stride, offset, column, tail);
        return;
      }
      case '8':
      case '16':
      case '32':
      case '64':
      case '128':
      case 'F32':
      case 'F64': {
        if (vector.kind !== 'fixed') throw new InternalError(`a key of type ${field.type.kind} came as ${vector.kind}`);
        this.#kernel[`write${form}`](vector.data, vector.validity, rows, count, out, stride, offset, column);
        return;
      }
      default:
        assertNever(form);
    }
  }

  #vector(field: KeyField, column: number, from: number, count: number, arena: Arena): Vector {
    const { type, form, offset, tail } = field;
    const { stride } = this.layout;
    const width = layoutOf(type);
    const data = arena.allocate(count * (width === 'views' ? 8 : width));
    const bitmap = arena.allocate(bitmapBytes(count));
    this.#memory.bytes(bitmap, bitmapBytes(count)).fill(0);
    const records = this.#records.pointer + from * stride;
    const validity = this.#kernel.readMask(records, count, stride, column, bitmap) > 0 ? bitmap : 0;
    if (width === 'views') {
      this.#kernel.readViews(records, count, stride, offset, data, tail);
      return { kind: 'views', type, length: count, validity, data };
    }
    switch (form) {
      case 'interval':
        this.#kernel.read128(records, count, stride, tail, data);
        break;
      case '8':
      case '16':
      case '32':
      case '64':
      case '128':
        this.#kernel[`read${form}`](records, count, stride, offset, data);
        break;
      case 'F32':
      case 'F64':
        this.#kernel[`read${form === 'F32' ? '32' : '64'}`](records, count, stride, offset, data);
        break;
      case 'null':
      case 'text':
        break;
      default:
        assertNever(form);
    }
    return { kind: 'fixed', type, width, length: count, validity, data };
  }
}
