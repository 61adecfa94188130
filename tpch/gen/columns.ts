import type { TpchTable } from '../schema.ts';

/** UTF-8 values in Arrow's layout: value i is `bytes[offsets[i]] … bytes[offsets[i + 1]]`. */
export interface TextValues {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

/**
 * INTEGER as Int32Array; DATE as Int32Array, days since 1970-01-01; BIGINT as Float64Array of whole numbers;
 * DECIMAL(15,2) as Float64Array of whole hundredths; VARCHAR as TextValues. No value is NULL.
 */
export type ColumnValues = Int32Array | Float64Array | TextValues;

/** Consecutive rows of one table, column by column in the order of its schema. */
export interface TpchBatch {
  readonly table: TpchTable;
  readonly rows: number;
  readonly columns: readonly ColumnValues[];
}

/** A VARCHAR column under construction; grows as needed. */
export class TextBuilder {
  readonly #offsets: Int32Array;
  #bytes: Uint8Array;
  #rows = 0;
  #length = 0;

  constructor(maxRows: number, averageBytes: number) {
    this.#offsets = new Int32Array(maxRows + 1);
    this.#bytes = new Uint8Array(maxRows * averageBytes + 64);
  }

  /** One value: the bytes of `from` in [start, end). */
  add(from: Uint8Array, start = 0, end = from.length): void {
    const at = this.#reserve(end - start);
    const bytes = this.#bytes;
    for (let i = start; i < end; i++) bytes[at + i - start] = from[i] as number;
    this.#finish(at + end - start);
  }

  /** One value of `length` bytes, filled in by the caller: returns where it starts in `bytes`. */
  open(length: number): number {
    const at = this.#reserve(length);
    this.#finish(at + length);
    return at;
  }

  /** Valid until the next value is added. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  build(): TextValues {
    return { offsets: this.#offsets.subarray(0, this.#rows + 1), bytes: this.#bytes.subarray(0, this.#length) };
  }

  #reserve(length: number): number {
    if (this.#length + length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    return this.#length;
  }

  #finish(end: number): void {
    this.#length = end;
    this.#rows++;
    this.#offsets[this.#rows] = end;
  }
}

const ZERO = 48;

/** Writes `value` in decimal digits, zero-padded to `width`, ending before `end`. */
function writeDigits(bytes: Uint8Array, end: number, value: number, width: number): void {
  let left = value;
  for (let i = 1; i <= width; i++) {
    const tens = Math.floor(left / 10);
    bytes[end - i] = ZERO + left - tens * 10;
    left = tens;
  }
}

/** One value `PREFIX` + digits, zero-padded to at least `width`. */
export function addNumbered(to: TextBuilder, prefix: Uint8Array, value: number, width: number): void {
  const digits = Math.max(width, String(value).length);
  const at = to.open(prefix.length + digits);
  to.bytes.set(prefix, at);
  writeDigits(to.bytes, at + prefix.length + digits, value, digits);
}

/** One value `CC-AAA-BBB-DDDD`. */
export function addPhone(to: TextBuilder, country: number, a: number, b: number, d: number): void {
  const at = to.open(15);
  const bytes = to.bytes;
  bytes[at + 2] = bytes[at + 6] = bytes[at + 10] = 45;
  writeDigits(bytes, at + 2, country, 2);
  writeDigits(bytes, at + 6, a, 3);
  writeDigits(bytes, at + 10, b, 3);
  writeDigits(bytes, at + 15, d, 4);
}
