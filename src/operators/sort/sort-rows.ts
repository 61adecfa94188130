import { throwIfAborted } from '../../common/errors.ts';
import type { SqlType } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { CHUNK_ROWS } from '../../wasm/gather.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { RowBuffer } from '../rows/row-buffer.ts';
import { type KeyData, type KeySource, keySource } from './key-source.ts';
import { type SortKernel, sortKernel } from './sort-kernel.ts';

/** A column of a RowBuffer that its rows are sorted by. */
export interface KeyColumn {
  readonly column: number;
  readonly type: SqlType;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** Most bytes that sorting a row takes beside the row. */
export const SORT_BYTES_PER_ROW = 48;

/** Counters of the radix sort. */
const COUNT_BYTES = 4096;

/**
 * The numbers of a buffer's rows in the order of the keys, `rows` u32 in `arena`; equal rows keep their order. Null when the rows
 * are in order already. The keys become 64-bit words; of these as many bits as fit beside the row's number are sorted at a
 * time, and what is equal then is sorted again by the bits that follow.
 */
export function sortRows(
  buffer: RowBuffer,
  keys: readonly KeyColumn[],
  arena: Arena,
  signal?: AbortSignal,
): Pointer | null {
  if (buffer.rows < 2 || keys.length === 0) return null;
  const order = arena.allocate(buffer.rows * 4);
  const scratch = new Arena({ memory: arena.linear });
  try {
    const sorter = new Sorter(buffer, keys, order, scratch);
    do throwIfAborted(signal);
    while (sorter.next());
    return sorter.inOrder ? null : order;
  } finally {
    scratch.reset();
  }
}

/** Bits that go into the entries of one level: of a key's word, or whether the key is NULL. */
type Part =
  | { readonly kind: 'nulls'; readonly key: number; readonly nullBit: 0 | 1 }
  | {
      readonly kind: 'words';
      readonly key: number;
      readonly word: number;
      readonly carry: Carry | null;
      readonly base: bigint;
      readonly descending: 0 | 1;
      readonly drop: number;
      readonly bits: number;
    };

/** How the lower bits are made of a word whose higher bits are sorted. */
interface Carry {
  readonly base: bigint;
  readonly descending: 0 | 1;
  readonly mask: bigint;
}

/** Bytes of a text, in words from 0 on; its length. */
const LENGTH_WORD = -1;

class Sorter {
  readonly #rows: number;
  readonly #keys: readonly KeyColumn[];
  readonly #sources: readonly KeySource[];
  readonly #kernel: SortKernel;
  readonly #memory: LinearMemory;
  readonly #order: Pointer;
  readonly #scratch: Arena;
  readonly #entries: Pointer;
  readonly #spare: Pointer;
  readonly #words: Pointer;
  readonly #state: Pointer;
  readonly #counts: Pointer;
  /** Runs of equal rows: (u32 position, u32 length) each. Null before the first level: all rows. */
  #runs: { readonly pointer: Pointer; readonly count: number } | null = null;
  #tiedRows: Pointer = 0;
  /** Whether no row had to move. */
  inOrder = true;

  #key = 0;
  #word = 0;
  #carry: Carry | null = null;
  #nullsDone = false;

  constructor(buffer: RowBuffer, keys: readonly KeyColumn[], order: Pointer, scratch: Arena) {
    this.#rows = buffer.rows;
    this.#keys = keys;
    this.#kernel = sortKernel(scratch.memory);
    this.#memory = scratch.linear;
    this.#order = order;
    this.#scratch = scratch;
    this.#sources = keys.map(({ column, type }) => keySource(buffer, column, type, scratch));
    this.#entries = scratch.allocate(this.#rows * 8);
    this.#spare = scratch.allocate(this.#rows * 8);
    this.#words = scratch.allocate(CHUNK_ROWS * 8);
    this.#state = scratch.allocate(16);
    this.#counts = scratch.allocate(COUNT_BYTES);
  }

  /** Sorts by the next bits; false when everything is sorted. */
  next(): boolean {
    if (!this.#runs) return this.#first();
    return this.#further(this.#runs);
  }

  #first(): boolean {
    const count = this.#rows;
    const numberBits = bitsOf(BigInt(count - 1));
    const bits = this.#fill(count, numberBits, (source, piece) => source.chunk(piece));
    const kernel = this.#kernel;
    let sorted = this.#entries;
    if (!kernel.isSorted(sorted, count)) {
      this.inOrder = false;
      const swapped = kernel.radixSort(sorted, this.#spare, count, numberBits, numberBits + bits, this.#counts);
      if (swapped) sorted = this.#spare;
    }
    kernel.numbersOf(sorted, count, maskOf(numberBits), this.#order);
    if (this.#isLast()) return false;
    const runs = this.#scratch.allocate(count * 4);
    const end = kernel.findRuns(sorted, count, numberBits, 0, runs) >>> 0;
    if (end === runs) return false;
    this.#runs = { pointer: runs, count: (end - runs) / 8 };
    this.#tiedRows = this.#scratch.allocate(kernel.runRows(runs, this.#runs.count) * 4);
    return true;
  }

  #further({ pointer: runs, count: runCount }: { readonly pointer: Pointer; readonly count: number }): boolean {
    const kernel = this.#kernel;
    const count = kernel.runRows(runs, runCount);
    const numberBits = bitsOf(BigInt(count - 1));
    kernel.rowsOfRuns(this.#order, runs, runCount, this.#tiedRows);
    const mark = this.#scratch.mark();
    const bits = this.#fill(count, numberBits, (source, piece) => {
      const from = piece * CHUNK_ROWS;
      const rows = Math.min(CHUNK_ROWS, count - from);
      return source.gather(this.#tiedRows + from * 4, rows, this.#scratch);
    });
    this.#scratch.release(mark);
    if (!kernel.areRunsSorted(this.#entries, runs, runCount)) {
      this.inOrder = false;
      kernel.sortRuns(this.#entries, this.#spare, runs, runCount, numberBits, numberBits + bits, this.#counts);
      kernel.placeRuns(this.#entries, runs, runCount, maskOf(numberBits), this.#tiedRows, this.#order);
    }
    if (this.#isLast()) return false;
    const end = kernel.findRunsInRuns(this.#entries, runs, runCount, numberBits, this.#spare) >>> 0;
    const bytes = end - this.#spare;
    if (bytes === 0) return false;
    new Uint8Array(this.#memory.memory.buffer).copyWithin(runs, this.#spare, end);
    this.#runs = { pointer: runs, count: bytes / 8 };
    return true;
  }

  #isLast(): boolean {
    return this.#key === this.#keys.length;
  }

  /** Entries for `count` rows: the next bits of their keys, then their number in `numberBits`. Returns how many bits of keys. */
  #fill(count: number, numberBits: number, data: (source: KeySource, piece: number) => KeyData): number {
    const pieces = new Pieces(this.#sources, count, data);
    const parts: Part[] = [];
    let left = 64 - numberBits;
    while (left > 0 && !this.#isLast()) {
      const part = this.#part(pieces, left);
      if (!part) continue;
      parts.push(part);
      left -= part.kind === 'nulls' ? 1 : part.bits;
    }
    this.#memory.bytes(this.#entries, count * 8).fill(0);
    pieces.each((piece, from, rows) => {
      const entries = this.#entries + from * 8;
      for (const part of parts) this.#push(part, pieces.data(part.key, piece), rows, entries);
      this.#kernel.pushNumbers(entries, rows, from, numberBits);
    });
    return 64 - numberBits - left;
  }

  /** The next bits of the keys, `left` at most, and moves on behind them; null when the rows do not differ in these. */
  #part(pieces: Pieces, left: number): Part | null {
    const key = this.#key;
    const { descending: down, nullsFirst } = this.#keys[key] as KeyColumn;
    const word = this.#word;
    const carry = this.#carry;
    if (this.#sources[key]?.words.count === 0) {
      this.#nextKey();
      return null;
    }
    const { min, max, nulls } = this.#measure(pieces, key, word, carry);
    if (!this.#nullsDone) {
      this.#nullsDone = true;
      if (nulls === pieces.count) {
        this.#nextKey();
        return null;
      }
      if (nulls > 0) return { kind: 'nulls', key, nullBit: nullsFirst ? 0 : 1 };
    }
    const width = max > min ? bitsOf(max - min) : 0;
    const bits = Math.min(width, left);
    const drop = width - bits;
    const descending = down && !carry ? 1 : 0;
    const base = descending ? max : min;
    if (drop === 0) this.#nextWord(pieces);
    else if (carry) {
      this.#carry = {
        base: carry.descending ? carry.base - base : carry.base + base,
        descending: carry.descending,
        mask: maskOf(drop),
      };
    } else this.#carry = { base, descending, mask: maskOf(drop) };
    return bits === 0 ? null : { kind: 'words', key, word, carry, base, descending, drop, bits };
  }

  #nextWord(pieces: Pieces): void {
    this.#carry = null;
    const source = this.#sources[this.#key] as KeySource;
    const { count } = source.words;
    if (count !== null) {
      this.#word++;
      if (this.#word >= count) this.#nextKey();
      return;
    }
    if (this.#word === LENGTH_WORD) this.#nextKey();
    else {
      const { max } = this.#measure(pieces, this.#key, LENGTH_WORD, null);
      this.#word = BigInt(this.#word + 1) * 8n < max ? this.#word + 1 : LENGTH_WORD;
    }
  }

  #nextKey(): void {
    this.#key++;
    this.#word = 0;
    this.#carry = null;
    this.#nullsDone = false;
  }

  #measure(pieces: Pieces, key: number, word: number, carry: Carry | null) {
    const view = this.#memory.view();
    view.setBigUint64(this.#state, maskOf(64), true);
    view.setBigUint64(this.#state + 8, 0n, true);
    let nulls = 0;
    pieces.each((piece, _, rows) => {
      const data = pieces.data(key, piece);
      this.#write(key, word, carry, data, rows);
      nulls += this.#kernel.measure(this.#words, data.validity, rows, this.#state);
    });
    const after = this.#memory.view();
    return { min: after.getBigUint64(this.#state, true), max: after.getBigUint64(this.#state + 8, true), nulls };
  }

  #write(key: number, word: number, carry: Carry | null, { data }: KeyData, rows: number): void {
    const { words } = this.#sources[key] as KeySource;
    if (word === LENGTH_WORD) this.#kernel.wordsLength(data, rows, this.#words);
    else words.write(this.#kernel, word, data, rows, this.#words);
    if (carry) {
      const { base, descending, mask } = carry;
      this.#kernel.rebase(this.#words, rows, BigInt.asIntN(64, base), descending, BigInt.asIntN(64, mask));
    }
  }

  #push(part: Part, data: KeyData, rows: number, entries: Pointer): void {
    if (part.kind === 'nulls') {
      this.#kernel.pushNulls(data.validity, rows, part.nullBit, entries);
      return;
    }
    const { key, word, carry, base, descending, drop, bits } = part;
    this.#write(key, word, carry, data, rows);
    const signedBase = BigInt.asIntN(64, base);
    this.#kernel.pushWords(this.#words, data.validity, rows, signedBase, descending, drop, bits, entries);
  }
}

/** The rows of one level in pieces of CHUNK_ROWS, their keys fetched once. */
class Pieces {
  readonly count: number;
  readonly #sources: readonly KeySource[];
  readonly #fetch: (source: KeySource, piece: number) => KeyData;
  readonly #known = new Map<number, KeyData>();

  constructor(sources: readonly KeySource[], count: number, fetch: (source: KeySource, piece: number) => KeyData) {
    this.#sources = sources;
    this.count = count;
    this.#fetch = fetch;
  }

  each(visit: (piece: number, from: number, rows: number) => void): void {
    for (let from = 0; from < this.count; from += CHUNK_ROWS) {
      visit(from / CHUNK_ROWS, from, Math.min(CHUNK_ROWS, this.count - from));
    }
  }

  data(key: number, piece: number): KeyData {
    const id = piece * this.#sources.length + key;
    let data = this.#known.get(id);
    if (!data) {
      data = this.#fetch(this.#sources[key] as KeySource, piece);
      this.#known.set(id, data);
    }
    return data;
  }
}

/** Bits that a number of this size needs. */
const bitsOf = (value: bigint) => (value === 0n ? 0 : value.toString(2).length);

const maskOf = (bits: number) => (1n << BigInt(bits)) - 1n;
