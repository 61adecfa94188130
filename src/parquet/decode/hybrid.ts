import type { Pointer } from '../../wasm/vector.ts';
import { type ChunkContext, damagedChunk } from './chunk-context.ts';
import { STATUS } from './kernels.ts';
import type { CodeDecoder, Region, ValueDecoder } from './value-decoder.ts';

const MAX_CODE_BITS = 32;

/** The streams of one column that are RLE / bit-packed hybrids; their states and the room for codes are made once. */
export class HybridStreams {
  readonly #context: ChunkContext;
  readonly #codes: Pointer;
  readonly #levels: Pointer;
  readonly #values: Pointer;
  readonly #openLevels: Levels;
  readonly #openCodes: CodeDecoder;

  constructor(context: ChunkContext) {
    const { hybrid } = context.kernels;
    const { chunk } = context.memory;
    this.#context = context;
    this.#levels = chunk.allocate(hybrid.stateBytes());
    this.#values = chunk.allocate(hybrid.stateBytes());
    this.#codes = chunk.allocate(hybrid.blockCodes() * 4);
    this.#openLevels = new HybridLevels(context, this.#levels);
    this.#openCodes = new HybridCodes(context, this.#values, this.#codes);
  }

  /** Definition levels of one bit; of the page opened last. */
  levels({ start, end }: Region): Levels {
    this.#context.kernels.hybrid.hybridInit(this.#levels, start, end, 1);
    return this.#openLevels;
  }

  /** The deprecated encoding: bits from the most significant on, without runs. The bytes are turned around in place. */
  packedLevels({ start, end }: Region, count: number): Levels {
    const { hybrid } = this.#context.kernels;
    hybrid.reverseBits(start, end - start);
    hybrid.hybridPacked(this.#levels, start, end, count);
    return this.#openLevels;
  }

  /** Writes `count` levels, none above `limit`, as bytes: all of a page. */
  levelBytes({ start, end }: Region, limit: number, target: Pointer, count: number): void {
    const { hybrid } = this.#context.kernels;
    hybrid.hybridInit(this.#levels, start, end, 32 - Math.clz32(limit));
    const status = hybrid.hybridBytes(this.#levels, this.#codes, limit, target, count);
    if (status !== STATUS.OK) throw damagedChunk(this.#context, 'the levels of a page are not what they should be');
  }

  /** Codes after a byte with their width; of the page opened last. */
  dictionaryCodes({ start, end }: Region): CodeDecoder {
    const context = this.#context;
    const { hybrid } = context.kernels;
    const width = start < end ? context.memory.linear.view().getUint8(start) : 0;
    if (width > MAX_CODE_BITS) throw damagedChunk(context, `codes of ${width} bits`);
    hybrid.hybridInit(this.#values, Math.min(start + 1, end), end, width);
    return this.#openCodes;
  }

  /** RLE booleans: a 4-byte length before the runs. */
  booleans({ start, end }: Region): ValueDecoder {
    const context = this.#context;
    const { hybrid } = context.kernels;
    const state = this.#values;
    const length = end - start >= 4 ? context.memory.linear.view().getUint32(start, true) : 0;
    const from = Math.min(start + 4, end);
    if (length > end - from) throw damagedChunk(context, `${length} bytes of booleans where ${end - from} are left`);
    hybrid.hybridInit(state, from, from + length, 1);
    const check = (status: number) => {
      if (status !== STATUS.OK) throw damagedChunk(context, 'the booleans of a page are not what they should be');
    };
    return {
      read: (target, count) => check(hybrid.hybridBytes(state, this.#codes, 1, target, count)),
      skip: (count) => check(hybrid.hybridSkip(state, count)),
    };
  }
}

/** Which rows of a page are not null. */
export interface Levels {
  /** Sets the bits of rows that are not null, from `bit` on; counts them. Eight bytes behind the last may be rewritten. */
  read(bitmap: Pointer, bit: number, count: number): number;
  /** Passes over rows; counts those that are not null. */
  skip(count: number): number;
}

class HybridLevels implements Levels {
  readonly #context: ChunkContext;
  readonly #state: Pointer;

  constructor(context: ChunkContext, state: Pointer) {
    this.#context = context;
    this.#state = state;
  }

  read(bitmap: Pointer, bit: number, count: number): number {
    const present = this.#context.kernels.hybrid.hybridLevels(this.#state, bitmap, bit, count);
    if (present < 0) throw damagedChunk(this.#context, 'the definition levels of a page are not what they should be');
    return present;
  }

  skip(count: number): number {
    return this.read(0, 0, count);
  }
}

class HybridCodes implements CodeDecoder {
  readonly #context: ChunkContext;
  readonly #state: Pointer;
  readonly #codes: Pointer;

  constructor(context: ChunkContext, state: Pointer, codes: Pointer) {
    this.#context = context;
    this.#state = state;
    this.#codes = codes;
  }

  codes(entries: number, target: Pointer, count: number): void {
    this.#check(this.#context.kernels.hybrid.hybridCodes(this.#state, entries, target, count), entries);
  }

  gather(dictionary: Pointer, entries: number, width: number, target: Pointer, count: number): void {
    const { hybrid } = this.#context.kernels;
    this.#check(hybrid.hybridGather(this.#state, dictionary, entries, width, this.#codes, target, count), entries);
  }

  skip(count: number): void {
    this.#check(this.#context.kernels.hybrid.hybridSkip(this.#state, count), 0);
  }

  #check(status: number, entries: number): void {
    if (status === STATUS.OK) return;
    const why =
      status === STATUS.DAMAGED ? `a code beyond the dictionary of ${entries} entries` : 'a page ends within its codes';
    throw damagedChunk(this.#context, why);
  }
}
