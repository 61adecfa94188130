import { InternalError } from '../../common/errors.ts';
import { Arena } from '../../wasm/arena.ts';
import { gather } from '../../wasm/gather.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import { liveRows, type Morsel, type Selection } from '../../wasm/morsel.ts';
import type { DictionaryVector, Pointer, Vector, ViewsVector } from '../../wasm/vector.ts';
import { type KeyWords, keyWords } from '../sort/key-words.ts';
import type { SortBuffer } from '../sort/sort-buffer.ts';
import { type SortKernel, sortKernel } from '../sort/sort-kernel.ts';
import type { KeyColumn } from '../sort/sort-rows.ts';

/** How the kernels judge values: by comparing, or all alike because the limit is NULL. */
const COMPARE = 0;
const TAKE_ALL = 1;
const TAKE_NONE = 2;

/** The last row of a top-N so far: whether a row may still come before it, by its first key. */
export class Threshold {
  readonly #key: KeyColumn;
  readonly #words: KeyWords;
  readonly #kernel: SortKernel;
  /** Rows with an equal first key do not come before it either. */
  readonly #strict: 0 | 1;
  /** The limit: its word, or in the arena the view of its text. */
  readonly #arena: Arena;
  #word = 0n;
  #text: Pointer = 0;
  #values: 0 | 1 | 2 | null = null;
  /** Which entries of the dictionary that came last are taken. */
  readonly #verdictArena: Arena;
  #judged: { readonly dictionary: ViewsVector; readonly verdicts: Pointer } | null = null;

  private constructor(key: KeyColumn, words: KeyWords, single: boolean, memory: LinearMemory) {
    this.#key = key;
    this.#words = words;
    this.#kernel = sortKernel(memory.memory);
    this.#strict = single && words.count !== 2 ? 1 : 0;
    this.#arena = new Arena({ memory });
    this.#verdictArena = new Arena({ memory });
  }

  /** Null when the first key has no words to compare. */
  static of(keys: readonly KeyColumn[], memory: LinearMemory): Threshold | null {
    const [key] = keys;
    const words = key && keyWords(key.type);
    if (!key || !words || words.count === 0) return null;
    return new Threshold(key, words, keys.length === 1, memory);
  }

  /** From now on the last of the rows, which are in order. */
  set({ buffer }: SortBuffer): void {
    const arena = this.#arena;
    arena.reset();
    this.#judged = null;
    const row = arena.allocate(4);
    arena.view().setUint32(row, buffer.rows - 1, true);
    const vector = buffer.gather(this.#key.column, row, 1, arena);
    const isNull = vector.validity !== 0 && (arena.view().getUint8(vector.validity) & 1) === 0;
    this.#values = !isNull ? COMPARE : this.#key.nullsFirst ? TAKE_NONE : TAKE_ALL;
    if (isNull) return;
    if (vector.kind === 'views') this.#text = copiedText(vector, arena);
    else if (vector.kind === 'fixed') {
      const out = arena.allocate(8);
      this.#words.write(this.#kernel, 0, vector.data, 1, out);
      this.#word = arena.view().getBigInt64(out, true);
    } else throw new InternalError(`a ${vector.kind} vector cannot be a threshold`);
  }

  /** The live rows that may come before the threshold; null: all rows. */
  narrow(morsel: Morsel, arena: Arena): Selection | null {
    if (this.#values === null) return morsel.selection;
    const out = arena.allocate(liveRows(morsel) * 4);
    const count = this.#select(morsel.column(this.#key.column), morsel, this.#values, out, arena);
    return count === morsel.rows ? null : { rows: out, count };
  }

  free(): void {
    this.#arena.reset();
    this.#verdictArena.reset();
    this.#values = null;
    this.#judged = null;
  }

  /** What is not alive may hold anything, so that only the live rows are looked at. */
  #select(vector: Vector, morsel: Morsel, values: 0 | 1 | 2, out: Pointer, arena: Arena): number {
    const { selection } = morsel;
    const count = liveRows(morsel);
    const numbers = selection?.rows ?? 0;
    const takeNulls = values === COMPARE ? (this.#key.nullsFirst ? 1 : 0) : 1 - this.#strict;
    if (vector.kind === 'dictionary') {
      const verdicts = this.#verdicts(vector, values);
      return this.#kernel.selectJudged(verdicts, vector.data, vector.validity, count, takeNulls, numbers, out);
    }
    const dense = selection ? gather(arena, vector, numbers, count) : vector;
    const { validity } = dense;
    if (dense.kind === 'views') {
      const verdicts = arena.allocate(count);
      this.#judge(dense, values, verdicts);
      return this.#kernel.selectJudged(verdicts, 0, validity, count, takeNulls, numbers, out);
    }
    if (dense.kind !== 'fixed') throw new InternalError(`a ${dense.kind} vector came as a sort key`);
    const words = arena.allocate(count * 8);
    this.#words.write(this.#kernel, 0, dense.data, count, words);
    const descending = this.#key.descending ? 1 : 0;
    const strict = this.#strict;
    const { selectWithin } = this.#kernel;
    return selectWithin(words, validity, count, this.#word, descending, strict, takeNulls, values, numbers, out);
  }

  /** A dictionary's entries are judged once for every limit. */
  #verdicts({ dictionary }: DictionaryVector, values: 0 | 1 | 2): Pointer {
    if (this.#judged?.dictionary !== dictionary) {
      this.#verdictArena.reset();
      const verdicts = this.#verdictArena.allocate(dictionary.length);
      this.#judge(dictionary, values, verdicts);
      this.#judged = { dictionary, verdicts };
    }
    return this.#judged.verdicts;
  }

  #judge({ data, length }: ViewsVector, values: 0 | 1 | 2, out: Pointer): void {
    this.#kernel.judgeTexts(data, length, this.#text, this.#key.descending ? 1 : 0, this.#strict, values, out);
  }
}

/** A view of a copy of the text that is the first row. */
function copiedText({ data }: ViewsVector, arena: Arena): Pointer {
  const from = arena.view().getUint32(data, true);
  const length = arena.view().getUint32(data + 4, true);
  const text = arena.allocate(length);
  arena.bytes(text, length).set(arena.bytes(from, length));
  const view = arena.allocate(8);
  arena.view().setUint32(view, text, true);
  arena.view().setUint32(view + 4, length, true);
  return view;
}
