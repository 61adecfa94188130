import { StorageError } from '../../common/errors.ts';
import { entryType, type Field, type SqlType } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import { type GatherKernel, gatherKernel } from '../../wasm/gather.ts';
import { bitmapBytes, layoutOf } from '../../wasm/layout.ts';
import type { Batch, Bounds, FixedVector, Pointer, Vector, ViewsVector } from '../../wasm/vector.ts';
import { align, BOUNDS_WORDS, DumpFlag, HEADER_WORDS, KIND_WORD, MAGIC, VECTOR_WORDS } from './dump-format.ts';

/** Bytes of the dump that starts here. Throws StorageError SQ5010 when there is none, or not all of it. */
export function dumpLength(bytes: Uint8Array): number {
  if (bytes.length < HEADER_WORDS * 4) throw damaged('the header is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== MAGIC) throw damaged('it does not start as one');
  const length = view.getUint32(4, true);
  if (length < HEADER_WORDS * 4 || length % 16 !== 0) throw damaged('its length is wrong');
  if (length > bytes.length) throw damaged(`${bytes.length} of ${length} bytes are there`);
  return length;
}

/** The batch of one whole dump, in the arena. Throws StorageError SQ5010 when it is not one of this schema. */
export function restoreBatch(arena: Arena, schema: readonly Field[], dump: Uint8Array): Batch {
  const view = new DataView(dump.buffer, dump.byteOffset, dump.length);
  const word = (index: number) => view.getUint32(index * 4, true);
  const length = word(2);
  if (word(3) !== schema.length) throw damaged(`it has ${word(3)} columns instead of ${schema.length}`);
  const wordsEnd = HEADER_WORDS + word(4);
  if (align(wordsEnd * 4) > dump.length) throw damaged('the description is cut off');
  const segments = dump.subarray(align(wordsEnd * 4));
  const base = arena.allocate(segments.length);
  arena.bytes(base, segments.length).set(segments);
  const restore = new Restore(arena, word, wordsEnd, base, segments.length);
  const columns = schema.map(({ type }) => restore.vector(type, length));
  restore.end();
  return { schema, length, columns };
}

class Restore {
  readonly #kernel: GatherKernel;
  readonly #word: (index: number) => number;
  readonly #wordsEnd: number;
  readonly #end: Pointer;
  #at = HEADER_WORDS;
  #next: Pointer;

  constructor(arena: Arena, word: (index: number) => number, wordsEnd: number, base: Pointer, bytes: number) {
    this.#kernel = gatherKernel(arena.memory);
    this.#word = word;
    this.#wordsEnd = wordsEnd;
    this.#next = base;
    this.#end = base + bytes;
  }

  vector(type: SqlType, rows: number | null): Vector {
    const [kind, flags, length, extra] = this.#words(VECTOR_WORDS) as [number, number, number, number];
    if (rows !== null && length !== rows) throw damaged(`a column has ${length} rows instead of ${rows}`);
    const validity = flags & DumpFlag.validity ? this.#segment(bitmapBytes(length)) : 0;
    switch (kind) {
      case KIND_WORD.fixed:
        return this.#fixed(type, length, validity, extra, (flags & DumpFlag.bounds) !== 0);
      case KIND_WORD.views:
        return this.#views(type, length, validity, extra);
      case KIND_WORD.dictionary: {
        if (!isText(type)) throw misplaced(kind);
        const data = this.#segment(length * 4);
        const dictionary = this.vector(type, null) as ViewsVector;
        if (dictionary.kind !== 'views') throw misplaced(kind);
        const last = Math.max(dictionary.length - 1, 0);
        if (validity === 0 && this.#kernel.outOfRange(data, length, last, 0)) throw damaged('a code is no entry');
        return { kind: 'dictionary', type, length, validity, data, dictionary };
      }
      case KIND_WORD.list: {
        if (type.kind !== 'list' && type.kind !== 'map') throw misplaced(kind);
        const offsets = this.#segment((length + 1) * 4);
        const entries = this.vector(type.kind === 'list' ? type.element : entryType(type), null);
        if (this.#kernel.outOfRange(offsets, length + 1, entries.length, 1)) throw damaged('offsets are wrong');
        return { kind: 'list', type, length, validity, offsets, entries };
      }
      case KIND_WORD.struct: {
        if (type.kind !== 'struct' || extra !== type.fields.length) throw misplaced(kind);
        const fields = type.fields.map((field) => this.vector(field.type, length));
        return { kind: 'struct', type, length, validity, fields };
      }
      default:
        throw damaged(`there is no vector of kind ${kind}`);
    }
  }

  end(): void {
    if (this.#at !== this.#wordsEnd || this.#next !== this.#end) throw damaged('more follows');
  }

  #fixed(type: SqlType, length: number, validity: Pointer, width: number, bounded: boolean): FixedVector {
    const layout =
      isText(type) || type.kind === 'list' || type.kind === 'map' || type.kind === 'struct' ? 0 : layoutOf(type);
    if (layout === 0 || layout === 'views' || layout !== width) throw misplaced(KIND_WORD.fixed);
    const bounds: Bounds | null = bounded ? this.#bounds() : null;
    const data = this.#segment(length * width);
    return { kind: 'fixed', type, width: layout, length, validity, data, ...(bounds && { bounds }) };
  }

  #bounds(): Bounds {
    const words = this.#words(BOUNDS_WORDS).map(BigInt) as [bigint, ...bigint[]];
    const value = (from: number) =>
      BigInt.asIntN(
        128,
        words.slice(from, from + 4).reduceRight((sum, word) => (sum << 32n) | word, 0n),
      );
    return { min: value(0), max: value(4) };
  }

  #views(type: SqlType, length: number, validity: Pointer, oldHeap: Pointer): ViewsVector {
    if (!isText(type)) throw misplaced(KIND_WORD.views);
    const [bytes] = this.#words(1) as [number];
    const data = this.#segment(length * 8);
    const heap = this.#segment(bytes);
    if (this.#kernel.rebaseViews(data, length, oldHeap, heap, bytes)) throw damaged('a string lies outside');
    return { kind: 'views', type, length, validity, data };
  }

  #words(count: number): number[] {
    if (this.#at + count > this.#wordsEnd) throw damaged('the description is cut off');
    return Array.from({ length: count }, () => this.#word(this.#at++));
  }

  #segment(bytes: number): Pointer {
    const pointer = this.#next;
    this.#next += align(bytes);
    if (this.#next > this.#end) throw damaged('a column is cut off');
    return pointer;
  }
}

const isText = ({ kind }: SqlType) => kind === 'varchar' || kind === 'blob';

const misplaced = (kind: number) => damaged(`a vector of kind ${kind} came where another was written`);

/** The error of what is not, or no longer, a batch that was put aside. */
export const damaged = (why: string) =>
  new StorageError('SQ5010', `rows that were put aside cannot be read back: ${why}`);
