import * as arrow from 'apache-arrow';
import { ExecutionError, InternalError, SquallError } from '../common/errors.ts';
import type { DecimalType, Field, NestedType, SqlType } from '../common/types.ts';
import { entryType, isNested, MAX_INT64_DECIMAL_PRECISION } from '../common/types.ts';
import type { Arena } from '../wasm/arena.ts';
import { buildVector } from '../wasm/build-vector.ts';
import { bitmapBytes, layoutOf } from '../wasm/layout.ts';
import type { Batch, Pointer, Vector, ViewsVector } from '../wasm/vector.ts';
import { sqlType } from './arrow-types.ts';

/** The columns of an Arrow IPC stream and its batches, each put into the arena as it is pulled. */
export interface ArrowStream {
  readonly schema: readonly Field[];
  batches(): IterableIterator<Batch>;
}

/**
 * Opens an Arrow IPC stream or file. Throws ExecutionError SQ3008 when it is none, UnsupportedError SQ2305 for a column that
 * Squall has no type for.
 */
export function openArrow(bytes: Uint8Array, arena: Arena): ArrowStream {
  const reader = guarded(() => arrow.RecordBatchReader.from(bytes).open());
  const schema = reader.schema.fields.map(
    (field): Field => ({ name: field.name, type: sqlType(field), nullable: field.nullable }),
  );
  return {
    schema,
    *batches() {
      for (;;) {
        const { done, value } = guarded(() => reader.next());
        if (done) return;
        yield guarded(() => toBatch(arena, schema, value));
      }
    },
  };
}

/** Whatever the Arrow library throws about malformed bytes, as one error of ours. */
function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SquallError) throw error;
    throw new ExecutionError('SQ3008', 'the bytes are not an Arrow IPC stream', { cause: error });
  }
}

/** An Arrow record batch in linear memory. */
function toBatch(arena: Arena, schema: readonly Field[], batch: arrow.RecordBatch): Batch {
  if (batch.numRows === 0) {
    // A stream without batches is read as one of no rows, whose nested columns are not whole.
    return { schema, length: 0, columns: schema.map(({ type }) => buildVector(arena, type, [])) };
  }
  const columns = schema.map((field, i) => toVector(arena, field.type, childOf(batch.data, i, batch.numRows)));
  return { schema, length: batch.numRows, columns };
}

/** A column of a batch, a field of a struct, the entries of a list. */
function childOf(parent: arrow.Data, index: number, rows: number): arrow.Data {
  const child = parent.children[index];
  if (child === undefined || child.offset !== 0 || child.length < rows) {
    throw new ExecutionError('SQ3008', `Arrow ${parent.type}: child ${index} has fewer than ${rows} rows`);
  }
  return child.length === rows ? child : child.slice(0, rows);
}

function toVector(arena: Arena, type: SqlType, data: arrow.Data): Vector {
  const { length } = data;
  checkBuffers(data);
  const validity = data.nullCount === 0 ? 0 : bitmap(arena, data);
  if (arrow.DataType.isDictionary(data.type)) {
    const dictionary = dictionaryViews(arena, type, data);
    return { kind: 'dictionary', type, length, validity, data: codes(arena, data, dictionary.length), dictionary };
  }
  if (isNested(type)) return toNested(arena, type, data, validity);
  const layout = layoutOf(type);
  if (layout === 'views') return { kind: 'views', type, length, validity, data: views(arena, data) };
  const pointer = arena.allocate(length * layout);
  writeFixed(arena, pointer, type, data);
  return { kind: 'fixed', type, width: layout, length, validity, data: pointer };
}

function toNested(arena: Arena, type: NestedType, data: arrow.Data, validity: Pointer): Vector {
  const { length } = data;
  if (type.kind === 'struct') {
    const fields = type.fields.map((field, i) => toVector(arena, field.type, childOf(data, i, length)));
    return { kind: 'struct', type, length, validity, fields };
  }
  const offsets = listOffsets(arena, data);
  const last = arena.view().getInt32(offsets + length * 4, true);
  const entries = toVector(arena, type.kind === 'map' ? entryType(type) : type.element, childOf(data, 0, last));
  return { kind: 'list', type, length, validity, offsets, entries };
}

function listOffsets(arena: Arena, { length, valueOffsets }: arrow.Data): Pointer {
  const pointer = arena.allocate((length + 1) * 4);
  const view = arena.view();
  let end = length === 0 ? 0 : (valueOffsets[0] as number);
  for (let row = 0; row <= length; row++) {
    const next = length === 0 ? 0 : (valueOffsets[row] as number);
    if (next < end || next < 0) throw new ExecutionError('SQ3008', 'the offsets of an Arrow list column do not ascend');
    view.setInt32(pointer + row * 4, next, true);
    end = next;
  }
  return pointer;
}

/** Buffers shorter than the rows they are for would be read as zeros, NULLs and empty texts. */
function checkBuffers({ type, length, values, valueOffsets, nullBitmap, nullCount }: arrow.Data): void {
  const demand = (what: string, buffer: ArrayBufferView | undefined, bytes: number) => {
    const held = buffer?.byteLength ?? 0;
    if (!(held >= bytes))
      throw new ExecutionError('SQ3008', `Arrow ${type}: ${held} bytes of ${what} for ${length} rows`);
  };
  if (arrow.DataType.isNull(type) || length === 0) return;
  if (nullCount > 0) demand('validity', nullBitmap, bitmapBytes(length));
  if (hasOffsets(type)) {
    demand('offsets', valueOffsets, (length + 1) * (valueOffsets as Int32Array | BigInt64Array).BYTES_PER_ELEMENT);
  } else if (!arrow.DataType.isStruct(type)) demand('values', values, storedBytes(type, length));
}

const hasOffsets = (type: arrow.DataType): boolean =>
  arrow.DataType.isUtf8(type) ||
  arrow.DataType.isLargeUtf8(type) ||
  arrow.DataType.isBinary(type) ||
  arrow.DataType.isLargeBinary(type) ||
  arrow.DataType.isList(type) ||
  arrow.DataType.isMap(type);

/** What `length` rows take in Arrow. */
function storedBytes(type: arrow.DataType, length: number): number {
  if (arrow.DataType.isBool(type)) return bitmapBytes(length);
  if (arrow.DataType.isFixedSizeBinary(type)) return length * type.byteWidth;
  if (arrow.DataType.isDecimal(type) || arrow.DataType.isInterval(type)) return length * 16;
  const stored = arrow.DataType.isDictionary(type) ? type.indices : type;
  return length * (stored.ArrayType as { readonly BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
}

/** A column of type null says so by its length alone. */
function bitmap(arena: Arena, { length, nullBitmap }: arrow.Data): Pointer {
  const size = bitmapBytes(length);
  const pointer = arena.allocate(size);
  const target = arena.bytes(pointer, size).fill(0);
  if (nullBitmap) target.set(nullBitmap.subarray(0, size));
  return pointer;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);

function writeFixed(arena: Arena, pointer: Pointer, type: SqlType, data: arrow.Data): void {
  const { length } = data;
  const bytes = length * (layoutOf(type) as number);
  if (type.kind === 'null') arena.bytes(pointer, bytes).fill(0);
  else if (type.kind === 'boolean') unpack(arena.bytes(pointer, bytes), data.values as Uint8Array);
  else if (type.kind === 'decimal') decimals(arena.view(), pointer, data, type);
  else if (type.kind === 'uuid') reverse(arena.bytes(pointer, bytes), bytesOf(data.values));
  else if (type.kind === 'interval') microIntervals(arena.view(), pointer, data);
  else if (isOtherUnit(data.type)) moments(arena.view(), pointer, data);
  else arena.bytes(pointer, bytes).set(bytesOf(data.values).subarray(0, bytes));
}

/** A date not in days, a time or timestamp not in microseconds. */
function isOtherUnit(type: arrow.DataType): boolean {
  if (arrow.DataType.isDate(type)) return type.unit !== arrow.DateUnit.DAY;
  return (arrow.DataType.isTime(type) || arrow.DataType.isTimestamp(type)) && type.unit !== arrow.TimeUnit.MICROSECOND;
}

function unpack(target: Uint8Array, bits: Uint8Array): void {
  for (let row = 0; row < target.length; row++) target[row] = ((bits[row >>> 3] as number) >>> (row & 7)) & 1;
}

/** 128-bit decimals, their low halves where the type fits 64 bits; a value with more digits than its type is an error. */
function decimals(view: DataView, pointer: Pointer, data: arrow.Data, { precision }: DecimalType): void {
  const { buffer, byteOffset, byteLength } = data.values as Uint32Array;
  const source = new DataView(buffer, byteOffset, byteLength);
  const limit = 10n ** BigInt(precision);
  const wide = precision > MAX_INT64_DECIMAL_PRECISION;
  for (let row = 0; row < data.length; row++) {
    if (!data.getValid(row)) continue;
    const low = source.getBigUint64(row * 16, true);
    const high = source.getBigInt64(row * 16 + 8, true);
    const value = (high << 64n) | low;
    if (value >= limit || value <= -limit) {
      throw new ExecutionError('SQ3008', `an Arrow decimal has more than its ${precision} digits`);
    }
    view.setBigUint64(pointer + row * (wide ? 16 : 8), low, true);
    if (wide) view.setBigInt64(pointer + row * 16 + 8, high, true);
  }
}

function reverse(target: Uint8Array, source: Uint8Array): void {
  target.set(source.subarray(0, target.length));
  for (let at = 0; at < target.length; at += 16) target.subarray(at, at + 16).reverse();
}

const NANOS_PER_MICRO = 1000n;

function exactMicros(nanos: bigint): bigint {
  if (nanos % NANOS_PER_MICRO !== 0n) {
    throw new ExecutionError('SQ3008', `Arrow time of ${nanos} ns is no whole number of microseconds`);
  }
  return nanos / NANOS_PER_MICRO;
}

function microIntervals(view: DataView, pointer: Pointer, data: arrow.Data): void {
  const { buffer, byteOffset, byteLength } = data.values as Int32Array;
  const source = new DataView(buffer, byteOffset, byteLength);
  for (let row = 0; row < data.length; row++) {
    if (!data.getValid(row)) continue;
    const at = pointer + row * 16;
    view.setInt32(at, source.getInt32(row * 16, true), true);
    view.setInt32(at + 4, source.getInt32(row * 16 + 4, true), true);
    view.setBigInt64(at + 8, exactMicros(source.getBigInt64(row * 16 + 8, true)), true);
  }
}

const MILLIS_PER_DAY = 86_400_000n;

/** Dates in milliseconds, times and timestamps in any unit but microseconds. */
function moments(view: DataView, pointer: Pointer, data: arrow.Data): void {
  const { type, length } = data;
  const values = data.values as Int32Array | BigInt64Array;
  const isDate = arrow.DataType.isDate(type);
  const micros = isDate ? null : toMicros((type as arrow.Time | arrow.Timestamp).unit);
  for (let row = 0; row < length; row++) {
    if (!data.getValid(row)) continue;
    const stored = BigInt(values[row] as number | bigint);
    if (!micros) {
      view.setInt32(pointer + row * 4, wholeDays(stored), true);
      continue;
    }
    const value = micros(stored);
    if (BigInt.asIntN(64, value) !== value) {
      throw new ExecutionError('SQ3008', `Arrow time of ${value} µs does not fit 64 bits`);
    }
    view.setBigInt64(pointer + row * 8, value, true);
  }
}

function wholeDays(millis: bigint): number {
  if (millis % MILLIS_PER_DAY !== 0n) {
    throw new ExecutionError('SQ3008', `Arrow date of ${millis} ms is no whole number of days`);
  }
  return Number(millis / MILLIS_PER_DAY);
}

function toMicros(unit: arrow.TimeUnit): (value: bigint) => bigint {
  switch (unit) {
    case arrow.TimeUnit.SECOND:
      return (value) => value * 1_000_000n;
    case arrow.TimeUnit.MILLISECOND:
      return (value) => value * 1000n;
    case arrow.TimeUnit.MICROSECOND:
      return (value) => value;
    case arrow.TimeUnit.NANOSECOND:
      return exactMicros;
    default:
      throw new InternalError(`Arrow has no time unit ${String(unit)}`);
  }
}

/** Pairs of pointer and length into a copy of the heap. */
function views(arena: Arena, data: arrow.Data): Pointer {
  const { length } = data;
  const offsets = data.valueOffsets as Int32Array | BigInt64Array;
  const offset = (row: number) => (length === 0 ? 0 : Number(offsets[row]));
  const heap = bytesOf(data.values as Uint8Array).subarray(offset(0), offset(length));
  const pointer = arena.allocate(length * 8);
  const base = arena.allocate(heap.length);
  arena.bytes(base, heap.length).set(heap);
  const view = arena.view();
  for (let row = 0; row < length; row++) {
    const size = offset(row + 1) - offset(row);
    const start = offset(row) - offset(0);
    if (size < 0 || start < 0 || start + size > heap.length) {
      throw new ExecutionError('SQ3008', 'the offsets of an Arrow text column do not ascend');
    }
    view.setUint32(pointer + row * 8, base + start, true);
    view.setUint32(pointer + row * 8 + 4, size, true);
  }
  return pointer;
}

function dictionaryViews(arena: Arena, type: SqlType, data: arrow.Data): ViewsVector {
  const chunks = data.dictionary?.data ?? [];
  const [chunk] = chunks;
  if (!chunk || chunks.length !== 1) throw new InternalError('an Arrow dictionary came in several pieces');
  const entries = toVector(arena, type, chunk);
  if (entries.kind !== 'views') throw new InternalError('an Arrow dictionary does not hold text');
  return entries;
}

function codes(arena: Arena, data: arrow.Data, entries: number): Pointer {
  const pointer = arena.allocate(data.length * 4);
  const view = arena.view();
  const indices = data.values as Int32Array;
  for (let row = 0; row < data.length; row++) {
    const code = data.getValid(row) ? Number(indices[row]) : 0;
    if (code < 0 || (code >= entries && data.getValid(row))) {
      throw new ExecutionError('SQ3008', `Arrow dictionary code ${code} of ${entries}`);
    }
    view.setInt32(pointer + row * 4, code, true);
  }
  return pointer;
}
