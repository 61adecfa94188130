import type { SqlType } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { kernel } from '../../wasm/kernels.ts';
import type { LinearMemory, PageRun } from '../../wasm/linear-memory.ts';
import { liveRows, type Morsel } from '../../wasm/morsel.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import { KeyHasher } from '../keys/key-hasher.ts';

/** See kernels/bloom.as.ts. */
interface BloomKernel {
  bloomAdd(hashes: Pointer, count: number, words: Pointer, bits: number): void;
  bloomSelect(hashes: Pointer, rows: Pointer, count: number, words: Pointer, bits: number, out: Pointer): number;
}

/** More keys than these rarely leave much out, and their filter fits no cache. */
const MAX_KEYS = 1 << 21;
/** Bytes of an operator's memory for each key: a filter takes little of it, or is not made. */
const BYTES_PER_KEY = 64;
/** Log2 of the keys for each word of the filter. */
const KEYS_PER_WORD_BITS = 2;
const MIN_BITS = 6;
/** Rows after which a filter that leaves little out is given up. */
const TRIAL_ROWS = 131_072;
/** Share of the rows that a filter has to leave out to be worth its work. */
const WORTH = 0.3;

/** Keys that pass by on one side of a join, as a Bloom filter for the rows of the other side. */
export class KeyFilter {
  readonly #memory: LinearMemory;
  readonly #type: SqlType;
  readonly #maxKeys: number;
  readonly #kernel: BloomKernel;
  readonly #arena: Arena;
  readonly #chunks: { readonly hashes: Pointer; readonly count: number }[] = [];
  #keys = 0;
  #given = false;
  #words: PageRun | null = null;
  #bits = 0;

  constructor(type: SqlType, { memory, operatorBytes }: Pick<ExecutionContext, 'memory' | 'operatorBytes'>) {
    this.#memory = memory;
    this.#maxKeys = Math.min(MAX_KEYS, operatorBytes / BYTES_PER_KEY);
    this.#type = type;
    this.#kernel = kernel<BloomKernel>(memory.memory, 'bloom');
    this.#arena = new Arena({ memory });
  }

  /** Passes a stream on; when it has ended, its keys in the column at `position` are known. */
  async *learn(stream: MorselStream, position: number): AsyncGenerator<Morsel> {
    const hasher = new KeyHasher([this.#type], { memory: this.#memory });
    try {
      for await (const morsel of stream) {
        this.#add(morsel, position, hasher);
        yield morsel;
      }
    } finally {
      hasher.free();
    }
    this.#finish();
  }

  /** The rows of a stream whose key in the column at `position` may be among them; all rows while the keys are not known. `mayStop`:
   * and once it turns out that they are most of the rows. */
  async *narrow(stream: MorselStream, position: number, mayStop: boolean): AsyncGenerator<Morsel> {
    const hasher = new KeyHasher([this.#type], { memory: this.#memory });
    const arena = new Arena({ memory: this.#memory });
    let [seen, kept] = [0, 0];
    try {
      for await (const morsel of stream) {
        const count = liveRows(morsel);
        const words = this.#words;
        const isTrialOver = mayStop && seen >= TRIAL_ROWS && kept > (1 - WORTH) * seen;
        if (!words || count === 0 || isTrialOver) {
          yield morsel;
          continue;
        }
        const { rows, selection } = morsel;
        const hashes = arena.allocate(count * 8);
        hasher.hash([morsel.column(position)], rows, selection, hashes);
        const out = arena.allocate(count * 4 + 4);
        const left = this.#kernel.bloomSelect(hashes, selection?.rows ?? 0, count, words.pointer, this.#bits, out);
        seen += count;
        kept += left;
        if (left === count) yield morsel;
        else if (left > 0) {
          yield { rows, selection: { rows: out, count: left }, column: (index) => morsel.column(index) };
        }
        arena.reset();
      }
    } finally {
      hasher.free();
      arena.reset();
    }
  }

  free(): void {
    this.#arena.reset();
    this.#chunks.length = 0;
    if (this.#words) this.#memory.freeRun(this.#words);
    this.#words = null;
  }

  #add(morsel: Morsel, position: number, hasher: KeyHasher): void {
    if (this.#given) return;
    const count = liveRows(morsel);
    this.#keys += count;
    if (this.#keys > this.#maxKeys) {
      this.#given = true;
      this.free();
      return;
    }
    const hashes = this.#arena.allocate(count * 8);
    hasher.hash([morsel.column(position)], morsel.rows, morsel.selection, hashes);
    this.#chunks.push({ hashes, count });
  }

  #finish(): void {
    if (this.#given) return;
    const bits = Math.max(MIN_BITS, Math.ceil(Math.log2(Math.max(1, this.#keys))) - KEYS_PER_WORD_BITS);
    const words = this.#memory.allocateRun(8 * 2 ** bits);
    this.#memory.bytes(words.pointer, 8 * 2 ** bits).fill(0);
    for (const { hashes, count } of this.#chunks) this.#kernel.bloomAdd(hashes, count, words.pointer, bits);
    this.#bits = bits;
    this.#words = words;
    this.#chunks.length = 0;
    this.#arena.reset();
  }
}
