import { Arena } from '../../wasm/arena.ts';
import { gather, gatherKernel } from '../../wasm/gather.ts';
import { liveRows, type Morsel, type Selection } from '../../wasm/morsel.ts';
import type { Vector } from '../../wasm/vector.ts';
import { type KeyWords, keyWords } from '../sort/key-words.ts';
import type { SortBuffer } from '../sort/sort-buffer.ts';
import { type SortKernel, sortKernel } from '../sort/sort-kernel.ts';
import type { KeyColumn } from '../sort/sort-rows.ts';

/** The last row of a top-N so far: whether a row may still come before it, by its first key. */
export class Threshold {
  readonly #key: KeyColumn;
  readonly #words: KeyWords;
  readonly #kernel: SortKernel;
  /** Rows with an equal first key do not come before it either. */
  readonly #strict: boolean;
  #limit: bigint | null = null;
  #isSet = false;

  private constructor(key: KeyColumn, words: KeyWords, kernel: SortKernel, strict: boolean) {
    this.#key = key;
    this.#words = words;
    this.#kernel = kernel;
    this.#strict = strict;
  }

  /** Null when the first key has no words to compare. */
  static of(keys: readonly KeyColumn[], memory: WebAssembly.Memory): Threshold | null {
    const [key] = keys;
    const words = key && keyWords(key.type);
    if (!key || !words || words.count === 0) return null;
    return new Threshold(key, words, sortKernel(memory), keys.length === 1 && words.count === 1);
  }

  /** The last of the rows, which are in order. */
  set({ buffer }: SortBuffer, memory: Arena['linear']): void {
    const arena = new Arena({ memory });
    const row = arena.allocate(4);
    memory.view().setUint32(row, buffer.rows - 1, true);
    const vector = buffer.gather(this.#key.column, row, 1, arena);
    const out = arena.allocate(8);
    const isNull = vector.validity !== 0 && (memory.view().getUint8(vector.validity) & 1) === 0;
    if (!isNull) this.#write(vector, 1, out);
    this.#limit = isNull ? null : memory.view().getBigInt64(out, true);
    this.#isSet = true;
    arena.reset();
  }

  /** The live rows that may come before the threshold; null: all rows. */
  narrow(morsel: Morsel, arena: Arena): Selection | null {
    if (!this.#isSet) return morsel.selection;
    const { selection } = morsel;
    const count = liveRows(morsel);
    const vector = denseRows(morsel.column(this.#key.column), selection, arena);
    const words = arena.allocate(count * 8);
    this.#write(vector, count, words);
    const out = arena.allocate(count * 4);
    const { nullsFirst, descending } = this.#key;
    const isNull = this.#limit === null;
    const found = this.#kernel.selectWithin(
      words,
      vector.validity,
      count,
      this.#limit ?? 0n,
      descending ? 1 : 0,
      this.#strict ? 1 : 0,
      isNull ? (this.#strict ? 0 : 1) : nullsFirst ? 1 : 0,
      isNull ? (nullsFirst ? 2 : 1) : 0,
      selection ? selection.rows : 0,
      out,
    );
    return found === morsel.rows ? null : { rows: out, count: found };
  }

  #write(vector: Vector, count: number, out: number): void {
    if (vector.kind === 'fixed' || vector.kind === 'views') {
      this.#words.write(this.#kernel, 0, vector.data, count, out);
    }
  }
}

/** The live rows alone, texts as views: what is not alive may hold anything. */
function denseRows(vector: Vector, selection: Selection | null, arena: Arena): Vector {
  const dense = selection ? gather(arena, vector, selection.rows, selection.count) : vector;
  if (dense.kind !== 'dictionary') return dense;
  const { data, validity, length, dictionary, type } = dense;
  const views = arena.allocate(length * 8);
  gatherKernel(arena.memory).resolveCodes(data, validity, 0, 0, length, dictionary.length, dictionary.data, views);
  return { kind: 'views', type, length, validity, data: views };
}
