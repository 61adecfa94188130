import type { TextBuilder } from './columns.ts';
import { addPhone } from './columns.ts';
import { RandomStream, scaled } from './random.ts';
import { TEXT_POOL_BYTES, type TextPool } from './text-pool.ts';

const encoder = new TextEncoder();

/** Lengths vary from two fifths to eight fifths of the average. */
const shortest = (average: number) => Math.trunc(average * 0.4);
const longest = (average: number) => Math.trunc(average * 1.6);

/** Words of one list, each as likely as it is often in it. */
export class WordStream {
  readonly #random: RandomStream;
  readonly #words: readonly Uint8Array[];

  constructor(words: readonly string[], seed: number, perRow: number, firstRow: number) {
    this.#words = words.map((word) => encoder.encode(word));
    this.#random = new RandomStream(seed, perRow, firstRow);
  }

  next(): Uint8Array {
    return this.#words[this.#random.between(0, this.#words.length - 1)] as Uint8Array;
  }

  finishRow(): void {
    this.#random.finishRow();
  }
}

/** Comments: pieces of the text pool. */
export class CommentStream {
  readonly #random: RandomStream;
  readonly #pool: TextPool;
  readonly #shortest: number;
  readonly #longest: number;

  constructor(pool: TextPool, seed: number, averageLength: number, commentsPerRow: number, firstRow: number) {
    this.#pool = pool;
    this.#random = new RandomStream(seed, 2 * commentsPerRow, firstRow);
    this.#shortest = shortest(averageLength);
    this.#longest = longest(averageLength);
  }

  addTo(column: TextBuilder): void {
    const start = this.#random.between(0, TEXT_POOL_BYTES - this.#longest);
    const end = start + this.#random.between(this.#shortest, this.#longest);
    this.#pool.require(start, end);
    column.add(this.#pool.bytes, start, end);
  }

  finishRow(): void {
    this.#random.finishRow();
  }
}

const ALPHABET = encoder.encode('0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,');
const ADDRESS_AVERAGE = 25;
/** One number for the length and one for every five characters. */
const ADDRESS_NUMBERS = 9;
/** The reference adds 1 to 2^31 - 1 in 32 bits, so its range is negative; the characters come out of that number. */
const OVERFLOWN_RANGE = -2147483648;

/** Addresses: random characters. */
export class AddressStream {
  readonly #random: RandomStream;

  constructor(seed: number, firstRow: number) {
    this.#random = new RandomStream(seed, ADDRESS_NUMBERS, firstRow);
  }

  addTo(column: TextBuilder): void {
    const length = this.#random.between(shortest(ADDRESS_AVERAGE), longest(ADDRESS_AVERAGE));
    const at = column.open(length);
    const bytes = column.bytes;
    let bits = 0;
    for (let i = 0; i < length; i++) {
      if (i % 5 === 0) bits = scaled(this.#random.next(), OVERFLOWN_RANGE);
      bytes[at + i] = ALPHABET[bits & 63] as number;
      bits >>= 6;
    }
  }

  finishRow(): void {
    this.#random.finishRow();
  }
}

/** Phone numbers, whose country code tells the nation. */
export class PhoneStream {
  readonly #random: RandomStream;

  constructor(seed: number, firstRow: number) {
    this.#random = new RandomStream(seed, 3, firstRow);
  }

  addTo(column: TextBuilder, nation: number): void {
    const a = this.#random.between(100, 999);
    const b = this.#random.between(100, 999);
    addPhone(column, 10 + nation, a, b, this.#random.between(1000, 9999));
  }

  finishRow(): void {
    this.#random.finishRow();
  }
}
