import { ExecutionError, InternalError } from '../common/errors.ts';
import { entryType, isNested, type NestedType, type SqlType } from '../common/types.ts';
import { pow10 } from '../operators/expr/ranges.ts';
import type { Arena } from '../wasm/arena.ts';
import { kernel } from '../wasm/kernels.ts';
import { bitmapBytes, layoutOf } from '../wasm/layout.ts';
import type { Pointer, Vector, ViewsVector } from '../wasm/vector.ts';
import { arrowType } from './arrow-types.ts';
import type { Stretch } from './batch-buffers.ts';
import { type BatchMessage, notArrow } from './ipc-read.ts';
import type { FieldNode } from './ipc-write.ts';
import { unpackBody } from './unpack-body.ts';

/** See kernels/exchange-read.as.ts. Those that return a number return a status. */
interface ReadKernel {
  textViews(offsets: Pointer, validity: Pointer, count: number, heap: Pointer, heapBytes: number, out: Pointer): number;
  checkOffsets(offsets: Pointer, count: number, entries: number): number;
  readCodes(codes: Pointer, validity: Pointer, count: number, entries: number, out: Pointer): number;
  unpackBits(bits: Pointer, count: number, out: Pointer): number;
  narrowDecimals(source: Pointer, validity: Pointer, count: number, limit: bigint, out: Pointer): number;
  checkDecimals(source: Pointer, validity: Pointer, count: number, limitLow: bigint, limitHigh: bigint): number;
  reverseRows(source: Pointer, count: number, out: Pointer): void;
  microIntervals(source: Pointer, validity: Pointer, count: number, out: Pointer): number;
}

/** No vector has more rows. */
const MAX_ROWS = 0x7fffffff;

/**
 * Reads the columns of a record batch, one after the other, as vectors over a copy of its body. Trusts nothing that the message says.
 * Throws ExecutionError SQ3008.
 */
export class BatchDecoder {
  readonly rows: number;
  readonly #arena: Arena;
  readonly #kernel: ReadKernel;
  readonly #nodes: readonly FieldNode[];
  readonly #buffers: readonly Stretch[];
  #node = 0;
  #buffer = 0;

  constructor(message: BatchMessage, arena: Arena) {
    this.rows = message.rows;
    this.#arena = arena;
    this.#kernel = kernel<ReadKernel>(arena.memory, 'exchange-read');
    this.#nodes = message.nodes;
    this.#buffers = unpackBody(message, arena);
  }

  /** The next column; codes when there is a dictionary. */
  column(type: SqlType, dictionary: ViewsVector | null): Vector {
    return this.#vector(type, this.rows, dictionary);
  }

  /** To be called after the last column. */
  end(): void {
    if (this.#node !== this.#nodes.length || this.#buffer !== this.#buffers.length) {
      throw notArrow('a record batch has more than its columns');
    }
  }

  #vector(type: SqlType, rows: number, dictionary: ViewsVector | null = null): Vector {
    const node = this.#nodes[this.#node++];
    if (!node) throw notArrow('a record batch has fewer nodes than its columns');
    if (node.length !== rows || rows > MAX_ROWS) {
      throw new ExecutionError('SQ3008', `Arrow ${arrowType(type)}: ${node.length} rows where ${rows} were expected`);
    }
    if (type.kind === 'null') return this.#nulls(type, rows);
    const bits = this.#next();
    const validity = node.nulls === 0 ? 0 : this.#demand(type, 'validity', bits, bitmapBytes(rows), rows);
    if (dictionary) return this.#codes(type, rows, validity, dictionary);
    if (isNested(type)) return this.#nested(type, rows, validity);
    const layout = layoutOf(type);
    if (layout === 'views') return this.#text(type, rows, validity);
    return { kind: 'fixed', type, width: layout, length: rows, validity, data: this.#fixed(type, rows, validity) };
  }

  #nulls(type: SqlType, rows: number): Vector {
    const validity = this.#arena.allocate(bitmapBytes(rows));
    this.#arena.bytes(validity, bitmapBytes(rows)).fill(0);
    const data = this.#arena.allocate(rows);
    this.#arena.bytes(data, rows).fill(0);
    return { kind: 'fixed', type, width: 1, length: rows, validity, data };
  }

  #codes(type: SqlType, rows: number, validity: Pointer, dictionary: ViewsVector): Vector {
    const codes = this.#demand(type, 'values', this.#next(), rows * 4, rows);
    const data = this.#arena.allocate(rows * 4);
    this.#checked(type, this.#kernel.readCodes(codes, validity, rows, dictionary.length, data));
    return { kind: 'dictionary', type, length: rows, validity, data, dictionary };
  }

  #text(type: SqlType, rows: number, validity: Pointer): Vector {
    const offsets = this.#next();
    const heap = this.#next();
    const data = this.#arena.allocate(rows * 8);
    if (rows > 0) {
      const from = this.#demand(type, 'offsets', offsets, (rows + 1) * 4, rows);
      this.#checked(type, this.#kernel.textViews(from, validity, rows, heap.pointer, heap.bytes, data));
    }
    return { kind: 'views', type, length: rows, validity, data };
  }

  #nested(type: NestedType, rows: number, validity: Pointer): Vector {
    if (type.kind === 'struct') {
      const fields = type.fields.map((field) => this.#vector(field.type, rows));
      return { kind: 'struct', type, length: rows, validity, fields };
    }
    const stored = this.#next();
    let offsets = this.#arena.allocate(4);
    this.#arena.view().setUint32(offsets, 0, true);
    if (rows > 0) offsets = this.#demand(type, 'offsets', stored, (rows + 1) * 4, rows);
    const entries = this.#nodes[this.#node]?.length ?? 0;
    this.#checked(type, this.#kernel.checkOffsets(offsets, rows, entries));
    const element = type.kind === 'map' ? entryType(type) : type.element;
    return { kind: 'list', type, length: rows, validity, offsets, entries: this.#vector(element, entries) };
  }

  #fixed(type: SqlType, rows: number, validity: Pointer): Pointer {
    const width = layoutOf(type) as number;
    const stored = this.#next();
    const demand = (bytes: number) => this.#demand(type, 'values', stored, bytes, rows);
    const made = (bytes: number, make: (out: Pointer) => number): Pointer => {
      const out = this.#arena.allocate(bytes);
      this.#checked(type, make(out));
      return out;
    };
    switch (type.kind) {
      case 'boolean': {
        const bits = demand(bitmapBytes(rows));
        return made(rows, (out) => this.#kernel.unpackBits(bits, rows, out));
      }
      case 'decimal': {
        const source = demand(rows * 16);
        const limit = pow10(type.precision);
        if (width === 8)
          return made(rows * 8, (out) => this.#kernel.narrowDecimals(source, validity, rows, limit, out));
        const [low, high] = [BigInt.asUintN(64, limit), limit >> 64n];
        this.#checked(type, this.#kernel.checkDecimals(source, validity, rows, low, high));
        return source;
      }
      case 'uuid': {
        const source = demand(rows * 16);
        const out = this.#arena.allocate(rows * 16);
        this.#kernel.reverseRows(source, rows, out);
        return out;
      }
      case 'interval': {
        const source = demand(rows * 16);
        return made(rows * 16, (out) => this.#kernel.microIntervals(source, validity, rows, out));
      }
      default:
        return demand(rows * width);
    }
  }

  #next(): Stretch {
    const buffer = this.#buffers[this.#buffer++];
    if (!buffer) throw notArrow('a record batch has fewer buffers than its columns');
    return buffer;
  }

  /** Buffers shorter than the rows they are for would be read beyond their ends. */
  #demand(type: SqlType, what: string, { pointer, bytes }: Stretch, needed: number, rows: number): Pointer {
    if (bytes >= needed) return pointer;
    throw new ExecutionError('SQ3008', `Arrow ${arrowType(type)}: ${bytes} bytes of ${what} for ${rows} rows`);
  }

  #checked(type: SqlType, status: number): void {
    if (status === 0) return;
    const why = WHY[status];
    if (why === undefined) throw new InternalError(`the kernel of exchange-read returned ${status}`);
    throw new ExecutionError('SQ3008', `Arrow ${arrowType(type)}: ${why}`);
  }
}

/** By status of the kernel. */
const WHY: Readonly<Record<number, string>> = {
  1: 'its offsets do not ascend, or end beyond what they point into',
  2: 'a value has more digits than its type',
  3: 'a value is no whole number of microseconds',
  4: 'a code is no entry of its dictionary',
};
