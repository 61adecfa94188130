import * as arrow from 'apache-arrow';
import { assertNever, InternalError, ResourceError } from '../common/errors.ts';
import type { Field } from '../common/types.ts';
import { outOfRange } from '../operators/expr/ranges.ts';
import { intervalText } from '../operators/expr/value-text.ts';
import type { Arena } from '../wasm/arena.ts';
import { bitmapBytes } from '../wasm/layout.ts';
import type { Batch, DictionaryVector, FixedVector, ListVector, Pointer, Vector, ViewsVector } from '../wasm/vector.ts';
import { arrowSchema, arrowType } from './arrow-types.ts';

/** Batches of linear memory as an Arrow IPC stream. Every batch is copied as it is added, so its memory may go after. */
export class ArrowEncoder {
  readonly #arena: Arena;
  readonly #schema: arrow.Schema;
  readonly #writer = new arrow.RecordBatchStreamWriter();
  #rows = 0;

  constructor(arena: Arena, schema: readonly Field[]) {
    this.#arena = arena;
    this.#schema = arrowSchema(schema);
    this.#writer.reset(undefined, this.#schema);
  }

  /** Rows added so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Throws ResourceError SQ4002 for a column with 2 GiB of text, ExecutionError SQ3002 for an interval of over 292 years. */
  add(batch: Batch): void {
    const mark = this.#arena.mark();
    this.#writer.write(recordBatch(this.#arena, this.#schema, batch));
    this.#arena.release(mark);
    this.#rows += batch.length;
  }

  /** The stream, whole. */
  finish(): Uint8Array {
    this.#writer.finish();
    return this.#writer.toUint8Array(true);
  }
}

/** A record batch with its own copy of the rows. */
function recordBatch(arena: Arena, schema: arrow.Schema, batch: Batch): arrow.RecordBatch {
  if (batch.columns.length !== schema.fields.length) {
    throw new InternalError(`a batch of ${batch.columns.length} columns does not fit ${schema.fields.length} fields`);
  }
  const children = batch.columns.map((vector) => arrowData(arena, vector));
  const type = new arrow.Struct(schema.fields);
  const made = new arrow.RecordBatch(schema, arrow.makeData({ type, length: batch.length, nullCount: 0, children }));
  // The constructor gives fields of one name one type, and the writer drops batches whose schema is not its own.
  return Object.assign(made, { schema });
}

function arrowData(arena: Arena, vector: Vector): arrow.Data {
  const { type, length } = vector;
  const kind = arrowType(type);
  if (type.kind === 'null') return new arrow.Data(kind, 0, length, length);
  const validity = vector.validity === 0 ? undefined : arena.bytes(vector.validity, bitmapBytes(length)).slice();
  const nulls = validity ? { [arrow.BufferType.VALIDITY]: validity } : {};
  const nullCount = validity ? length - ones(validity, length) : 0;
  switch (vector.kind) {
    case 'fixed':
      return new arrow.Data(kind, 0, length, nullCount, {
        ...nulls,
        [arrow.BufferType.DATA]: fixedValues(arena, vector),
      });
    case 'views':
    case 'dictionary': {
      const { values, offsets } = heapValues(arena, vector);
      const buffers = { ...nulls, [arrow.BufferType.DATA]: values, [arrow.BufferType.OFFSET]: offsets };
      return new arrow.Data(kind, 0, length, nullCount, buffers);
    }
    case 'list': {
      const { offsets, first } = listOffsets(arena, vector);
      const entries = trimmed(arena, vector.entries, first, offsets[length] as number);
      const buffers = { ...nulls, [arrow.BufferType.OFFSET]: offsets };
      return new arrow.Data(kind, 0, length, nullCount, buffers, [arrowData(arena, entries)]);
    }
    case 'struct': {
      const fields = vector.fields.map((field) => arrowData(arena, field));
      return new arrow.Data(kind, 0, length, nullCount, nulls, fields);
    }
    default:
      return assertNever(vector);
  }
}

/** The offsets of a list from 0 on, and the entry that they began with. */
function listOffsets(arena: Arena, { offsets, length }: ListVector): { offsets: Int32Array; first: number } {
  const view = arena.view();
  const first = view.getInt32(offsets, true);
  const rebased = Int32Array.from({ length: length + 1 }, (_, row) => view.getInt32(offsets + row * 4, true) - first);
  return { offsets: rebased, first };
}

/** Rows `from` to `from + length` of a vector: the same memory but for bitmaps. */
function trimmed(arena: Arena, vector: Vector, from: number, length: number): Vector {
  if (from === 0 && length === vector.length) return vector;
  const validity = vector.validity === 0 ? 0 : shiftedBitmap(arena, vector.validity, from, length);
  switch (vector.kind) {
    case 'fixed':
      return { ...vector, length, validity, data: vector.data + from * vector.width };
    case 'views':
      return { ...vector, length, validity, data: vector.data + from * 8 };
    case 'dictionary':
      return { ...vector, length, validity, data: vector.data + from * 4 };
    case 'list':
      return { ...vector, length, validity, offsets: vector.offsets + from * 4 };
    case 'struct':
      return { ...vector, length, validity, fields: vector.fields.map((field) => trimmed(arena, field, from, length)) };
    default:
      return assertNever(vector);
  }
}

function shiftedBitmap(arena: Arena, bitmap: Pointer, from: number, length: number): Pointer {
  const bytes = bitmapBytes(length);
  const pointer = arena.allocate(bytes);
  const source = arena.bytes(bitmap, bitmapBytes(from + length));
  const target = arena.bytes(pointer, bytes).fill(0);
  for (let row = 0; row < length; row++) {
    const bit = ((source[(from + row) >>> 3] as number) >>> ((from + row) & 7)) & 1;
    target[row >>> 3] = (target[row >>> 3] as number) | (bit << (row & 7));
  }
  return pointer;
}

/** Bits that are set among the first `length`. */
function ones(bitmap: Uint8Array, length: number): number {
  let count = 0;
  for (let row = 0; row < length; row++) count += ((bitmap[row >>> 3] as number) >>> (row & 7)) & 1;
  return count;
}

function fixedValues(arena: Arena, { type, width, length, data, validity }: FixedVector): ArrayBufferView {
  switch (type.kind) {
    case 'boolean':
      return bits(arena.bytes(data, length));
    case 'decimal':
      return width === 8 ? widened(arena, data, length) : words(arena, data, length * 16);
    case 'uuid':
      return reversed(arena.bytes(data, length * 16));
    case 'interval':
      return nanoIntervals(arena, data, length, validity);
    default:
      return typed(type.kind, arena.bytes(data, length * width).slice());
  }
}

function typed(kind: string, bytes: Uint8Array): ArrayBufferView {
  const { buffer } = bytes;
  switch (kind) {
    case 'tinyint':
      return new Int8Array(buffer);
    case 'utinyint':
      return bytes;
    case 'smallint':
      return new Int16Array(buffer);
    case 'usmallint':
      return new Uint16Array(buffer);
    case 'integer':
    case 'date':
      return new Int32Array(buffer);
    case 'uinteger':
      return new Uint32Array(buffer);
    case 'real':
      return new Float32Array(buffer);
    case 'double':
      return new Float64Array(buffer);
    case 'bigint':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return new BigInt64Array(buffer);
    case 'ubigint':
      return new BigUint64Array(buffer);
    default:
      throw new InternalError(`no Arrow values for ${kind}`);
  }
}

const words = (arena: Arena, data: number, bytes: number) => new Uint32Array(arena.bytes(data, bytes).slice().buffer);

function bits(flags: Uint8Array): Uint8Array {
  const bitmap = new Uint8Array(bitmapBytes(flags.length));
  for (let row = 0; row < flags.length; row++) {
    if (flags[row] !== 0) bitmap[row >>> 3] = (bitmap[row >>> 3] as number) | (1 << (row & 7));
  }
  return bitmap;
}

/** 64-bit values with their signs extended to 128 bits. */
function widened(arena: Arena, data: number, length: number): Uint32Array {
  const view = arena.view();
  const values = new BigInt64Array(length * 2);
  for (let row = 0; row < length; row++) {
    const value = view.getBigInt64(data + row * 8, true);
    values[row * 2] = value;
    values[row * 2 + 1] = value < 0n ? -1n : 0n;
  }
  return new Uint32Array(values.buffer);
}

/** Arrow keeps the bytes of a UUID as its text shows them, linear memory the number they make. */
function reversed(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  for (let at = 0; at < copy.length; at += 16) copy.subarray(at, at + 16).reverse();
  return copy;
}

const NANOS_PER_MICRO = 1000n;

function nanoIntervals(arena: Arena, data: number, length: number, validity: number): Int32Array {
  const view = arena.view();
  const copy = new DataView(new ArrayBuffer(length * 16));
  for (let row = 0; row < length; row++) {
    if (validity !== 0 && ((view.getUint8(validity + (row >>> 3)) >>> (row & 7)) & 1) === 0) continue;
    const at = data + row * 16;
    const [months, days, micros] = [
      view.getInt32(at, true),
      view.getInt32(at + 4, true),
      view.getBigInt64(at + 8, true),
    ];
    const nanos = micros * NANOS_PER_MICRO;
    if (BigInt.asIntN(64, nanos) !== nanos) {
      throw outOfRange(`INTERVAL '${intervalText({ months, days, micros })}'`, { kind: 'interval' });
    }
    copy.setInt32(row * 16, months, true);
    copy.setInt32(row * 16 + 4, days, true);
    copy.setBigInt64(row * 16 + 8, nanos, true);
  }
  return new Int32Array(copy.buffer);
}

interface HeapValues {
  readonly values: Uint8Array;
  readonly offsets: Int32Array;
}

/** Where the bytes of a row lie: pairs of pointer and length, of the dictionary's entry where there is one. */
function heapValues(arena: Arena, vector: ViewsVector | DictionaryVector): HeapValues {
  const { length, validity } = vector;
  const view = arena.view();
  const entry =
    vector.kind === 'views'
      ? (row: number) => vector.data + row * 8
      : (row: number) => vector.dictionary.data + view.getInt32(vector.data + row * 4, true) * 8;
  const isNull = (row: number) => validity !== 0 && ((view.getUint8(validity + (row >>> 3)) >>> (row & 7)) & 1) === 0;

  const offsets = new Int32Array(length + 1);
  let end = 0;
  for (let row = 0; row < length; row++) {
    if (!isNull(row)) end += view.getUint32(entry(row) + 4, true);
    if (end > 0x7fffffff) throw new ResourceError('SQ4002', 'a batch holds more than 2 GiB of text in one column');
    offsets[row + 1] = end;
  }
  const memory = new Uint8Array(view.buffer);
  const values = new Uint8Array(end);
  for (let row = 0; row < length; row++) {
    const start = offsets[row] as number;
    const size = (offsets[row + 1] as number) - start;
    if (size === 0) continue;
    const from = view.getUint32(entry(row), true);
    values.set(memory.subarray(from, from + size), start);
  }
  return { values, offsets };
}
