import { InternalError } from '../../common/errors.ts';
import type { SqlType } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { kernel } from '../../wasm/kernels.ts';
import type { LinearMemory, PageRun } from '../../wasm/linear-memory.ts';
import type { Selection } from '../../wasm/morsel.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import { type JoinKernel, joinKernel } from '../join/join-kernel.ts';
import { measureWords, type WordChunk } from '../join/join-table.ts';
import { KeyHasher } from '../keys/key-hasher.ts';
import { type WholeForm, wholeOf } from '../keys/key-layout.ts';

type BloomWhole = (
  data: Pointer,
  validity: Pointer,
  rows: Pointer,
  count: number,
  words: Pointer,
  bits: number,
  nulls: boolean,
  out: Pointer,
) => number;
type BitsWhole = (
  data: Pointer,
  validity: Pointer,
  rows: Pointer,
  count: number,
  base: bigint,
  extent: bigint,
  bits: Pointer,
  nulls: boolean,
  out: Pointer,
) => number;

/** See kernels/bloom.as.ts. */
type BloomKernel = Readonly<Record<`bloom${WholeForm}`, BloomWhole> & Record<`bits${WholeForm}`, BitsWhole>> & {
  bloomAdd(hashes: Pointer, count: number, words: Pointer, bits: number): void;
  bloomAddWhole(keys: Pointer, count: number, words: Pointer, bits: number): void;
  bitsAdd(keys: Pointer, count: number, base: bigint, bits: Pointer): void;
  bloomSelect(hashes: Pointer, rows: Pointer, count: number, words: Pointer, bits: number, out: Pointer): number;
};

/** Log2 of the keys for each word of a Bloom filter. */
const KEYS_PER_WORD_BITS = 2;
const MIN_BITS = 6;
/** A bit for each possible key as long as they fit a near cache, or take four bytes a key. */
const SMALL_EXTENT = 1 << 21;
const EXTENT_PER_KEY = 32;

/** Which of some rows may be in a set of keys: writes them to `out`, which has room for all, and says how many they are. */
type Test = (vector: Vector, rows: number, selection: Selection | null, out: Pointer) => number;

/** Keys that are collected, then rows that are tested for them; some that are not among them may pass, the same ones always. */
export class KeySet {
  readonly #memory: LinearMemory;
  readonly #form: WholeForm | null;
  readonly #hasher: KeyHasher;
  readonly #kernel: BloomKernel;
  readonly #joins: JoinKernel;
  readonly #arena: Arena;
  readonly #chunks: WordChunk[] = [];
  #nulls = false;
  #run: PageRun | null = null;
  #test: Test | null = null;

  constructor(type: SqlType, memory: LinearMemory) {
    this.#memory = memory;
    this.#form = wholeOf(type);
    this.#hasher = new KeyHasher([type], { memory });
    this.#kernel = kernel<BloomKernel>(memory.memory, 'bloom');
    this.#joins = joinKernel(memory);
    this.#arena = new Arena({ memory });
  }

  /** Whether the keys are complete. */
  get isReady(): boolean {
    return this.#test !== null;
  }

  /** Takes the keys of rows. */
  add(vector: Vector, rows: number, selection: Selection | null): void {
    const count = selection ? selection.count : rows;
    const words = this.#arena.allocate(count * 8);
    if (this.#form === null) {
      this.#hasher.hash([vector], rows, selection, words);
      this.#chunks.push({ words, firstRow: 0, count });
      return;
    }
    const { data, validity } = fixed(vector);
    const numbers = selection?.rows ?? 0;
    if (validity === 0) {
      this.#joins[`words${this.#form}`](data, numbers, count, words);
      this.#chunks.push({ words, firstRow: 0, count });
      return;
    }
    const valid = this.#arena.allocate(count * 4 + 4);
    const left = this.#joins.splitValid(validity, numbers, count, valid, 0);
    if (left < count) this.#nulls = true;
    this.#joins[`words${this.#form}`](data, valid, left, words);
    this.#chunks.push({ words, firstRow: 0, count: left });
  }

  /** The keys are complete: from now on rows are tested. */
  finish(): void {
    this.#test = this.#form === null ? this.#hashes() : this.#numbers(this.#form);
    this.#chunks.length = 0;
    this.#arena.reset();
  }

  /** The rows whose key may be among those added, in order, at `out`, which has room for them and one more. Returns how many. */
  select(vector: Vector, rows: number, selection: Selection | null, out: Pointer): number {
    if (!this.#test) throw new InternalError('the keys are not complete');
    return this.#test(vector, rows, selection, out);
  }

  free(): void {
    this.#arena.reset();
    this.#hasher.free();
    this.#chunks.length = 0;
    if (this.#run) this.#memory.freeRun(this.#run);
    this.#run = null;
    this.#test = null;
  }

  #numbers(form: WholeForm): Test {
    const kernels = this.#kernel;
    const nulls = this.#nulls;
    const count = this.#count();
    const { min, max } = count > 0 ? measureWords(this.#joins, this.#arena, this.#chunks) : { min: 0n, max: 0n };
    const base = BigInt.asUintN(64, min);
    const extent = max - min + 1n;
    if (extent <= Math.max(SMALL_EXTENT, count * EXTENT_PER_KEY)) {
      const bits = this.#zeros((Number(extent) + 7) >>> 3);
      for (const chunk of this.#chunks) kernels.bitsAdd(chunk.words, chunk.count, base, bits);
      return (vector, rows, selection, out) => {
        const { data, validity } = fixed(vector);
        const [numbers, live] = selection ? [selection.rows, selection.count] : [0, rows];
        return kernels[`bits${form}`](data, validity, numbers, live, base, extent, bits, nulls, out);
      };
    }
    const { words, bits } = this.#filter(count);
    for (const chunk of this.#chunks) kernels.bloomAddWhole(chunk.words, chunk.count, words, bits);
    return (vector, rows, selection, out) => {
      const { data, validity } = fixed(vector);
      const [numbers, live] = selection ? [selection.rows, selection.count] : [0, rows];
      return kernels[`bloom${form}`](data, validity, numbers, live, words, bits, nulls, out);
    };
  }

  #hashes(): Test {
    const { words, bits } = this.#filter(this.#count());
    for (const chunk of this.#chunks) this.#kernel.bloomAdd(chunk.words, chunk.count, words, bits);
    return (vector, rows, selection, out) => {
      const [numbers, live] = selection ? [selection.rows, selection.count] : [0, rows];
      const hashes = this.#arena.allocate(live * 8);
      this.#hasher.hash([vector], rows, selection, hashes);
      const kept = this.#kernel.bloomSelect(hashes, numbers, live, words, bits, out);
      this.#arena.reset();
      return kept;
    };
  }

  #count(): number {
    return this.#chunks.reduce((sum, { count }) => sum + count, 0);
  }

  #filter(count: number): { readonly words: Pointer; readonly bits: number } {
    const bits = Math.max(MIN_BITS, Math.ceil(Math.log2(Math.max(1, count))) - KEYS_PER_WORD_BITS);
    return { words: this.#zeros(8 * 2 ** bits), bits };
  }

  #zeros(bytes: number): Pointer {
    this.#run = this.#memory.allocateRun(bytes);
    this.#memory.bytes(this.#run.pointer, bytes).fill(0);
    return this.#run.pointer;
  }
}

function fixed(vector: Vector) {
  if (vector.kind !== 'fixed') throw new InternalError(`whole numbers came as ${vector.kind}`);
  return vector;
}
