import { InternalError } from '../common/errors.ts';

/**
 * A primitive Arrow array in another module's memory, seen through the Arrow C data interface
 * (https://arrow.apache.org/docs/format/CDataInterface.html) of a 32-bit module.
 */
export class ArrowColumn {
  readonly memory: ArrayBuffer;
  /** Type as the C data interface writes it: `i`, `u`, `w:16`. */
  readonly format: string;
  readonly length: number;
  readonly nullCount: number;
  /** Rows to skip at the start of every buffer. */
  readonly offset: number;
  readonly #view: DataView;
  readonly #buffers: number;

  private constructor(memory: ArrayBuffer, schema: number, array: number) {
    const view = new DataView(memory);
    this.memory = memory;
    this.#view = view;
    this.format = readCString(memory, view.getUint32(schema + SCHEMA.format, true));
    this.length = int64(view, array + ARRAY.length);
    this.offset = int64(view, array + ARRAY.offset);
    this.#buffers = view.getUint32(array + ARRAY.buffers, true);
    const validity = this.#pointer(0);
    const declared = int64(view, array + ARRAY.nullCount);
    this.nullCount = validity === 0 ? 0 : declared < 0 ? this.#countNulls() : declared;
  }

  /** The only column of a record batch, given the addresses of its ArrowSchema and its ArrowArray. */
  static only(memory: ArrayBuffer, schema: number, array: number): ArrowColumn {
    const view = new DataView(memory);
    const columns = int64(view, array + ARRAY.children);
    if (columns !== 1) throw new InternalError(`a batch of ${columns} columns where one was asked for`);
    if (int64(view, array + ARRAY.offset) !== 0) throw new InternalError('a batch that begins inside its arrays');
    const child = (struct: number, field: number) => view.getUint32(view.getUint32(struct + field, true), true);
    return new ArrowColumn(memory, child(schema, SCHEMA.childrenPointer), child(array, ARRAY.childrenPointer));
  }

  isValid(row: number): boolean {
    if (this.nullCount === 0) return true;
    const bit = this.offset + row;
    return ((this.#view.getUint8(this.#pointer(0) + (bit >>> 3)) >>> (bit & 7)) & 1) === 1;
  }

  /** Bit `row` of a bit-packed buffer. */
  bit(buffer: number, row: number): number {
    const bit = this.offset + row;
    return (this.#view.getUint8(this.#pointer(buffer) + (bit >>> 3)) >>> (bit & 7)) & 1;
  }

  /** The bytes of rows of a fixed width. */
  bytes(buffer: number, width: number): Uint8Array {
    return this.region(buffer, this.offset * width, this.length * width);
  }

  /** 32-bit words of rows of a fixed width that is a multiple of 4. */
  words(buffer: number, width: number): Int32Array {
    const bytes = this.bytes(buffer, width);
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  }

  /** Bytes of a buffer, whatever they mean. */
  region(buffer: number, start: number, length: number): Uint8Array {
    return new Uint8Array(this.memory, this.#pointer(buffer) + start, length);
  }

  /** Where each row of a variable-width array begins in its data; one more entry gives the end. */
  heapOffsets(): Int32Array {
    const bytes = this.region(1, this.offset * 4, (this.length + 1) * 4);
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Int32Array(aligned.buffer, aligned.byteOffset, this.length + 1);
  }

  #pointer(buffer: number): number {
    return this.#view.getUint32(this.#buffers + buffer * 4, true);
  }

  #countNulls(): number {
    let nulls = 0;
    for (let row = 0; row < this.length; row++) nulls += 1 - this.bit(0, row);
    return nulls;
  }
}

const SCHEMA = { format: 0, childrenPointer: 32 } as const;
const ARRAY = { length: 0, nullCount: 8, offset: 16, children: 32, buffers: 40, childrenPointer: 44 } as const;

const int64 = (view: DataView, at: number) => Number(view.getBigInt64(at, true));

function readCString(memory: ArrayBuffer, at: number): string {
  const bytes = new Uint8Array(memory);
  return Buffer.from(memory, at, bytes.indexOf(0, at) - at).toString('utf8');
}
