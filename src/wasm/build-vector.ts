import { assertNever, InternalError } from '../common/errors.ts';
import {
  entryType,
  type Interval,
  isNested,
  MAX_INT64_DECIMAL_PRECISION,
  type NestedType,
  type SqlType,
  typeName,
  type Value,
} from '../common/types.ts';
import type { Arena } from './arena.ts';
import { bitmapBytes, layoutOf } from './layout.ts';
import type { Pointer, Vector } from './vector.ts';

/**
 * A vector that holds the values: views for varchar and blob, list or struct for nested types, fixed width for every other
 * type. Throws InternalError when a value is not one of the type, numbers out of its range included.
 */
export function buildVector(arena: Arena, type: SqlType, values: readonly Value[]): Vector {
  if (isNested(type)) return buildNested(arena, type, values);
  const layout = layoutOf(type);
  const { length } = values;
  const validity = buildValidity(arena, values);
  if (layout === 'views') return { kind: 'views', type, length, validity, data: buildViews(arena, type, values) };
  const data = arena.allocate(length * layout);
  const write = fixedWriter(arena.view(), type);
  for (let row = 0; row < length; row++) {
    const value = values[row] as Value;
    if (value === null) continue;
    if (!write(data + row * layout, value)) throw misfit(type, value);
  }
  return { kind: 'fixed', type, width: layout, length, validity, data };
}

function buildNested(arena: Arena, type: NestedType, values: readonly Value[]): Vector {
  const { length } = values;
  for (const value of values) if (value !== null && !Array.isArray(value)) throw misfit(type, value);
  const rows = values as readonly (readonly Value[] | null)[];
  const validity = buildValidity(arena, values);
  if (type.kind === 'struct') {
    for (const row of rows) if (row !== null && row.length !== type.fields.length) throw misfit(type, row);
    const fields = type.fields.map((field, i) =>
      buildVector(
        arena,
        field.type,
        rows.map((row) => (row === null ? null : (row[i] as Value))),
      ),
    );
    return { kind: 'struct', type, length, validity, fields };
  }
  if (type.kind === 'map') {
    for (const row of rows)
      if (row?.some((entry) => !Array.isArray(entry) || entry[0] === null)) throw misfit(type, row);
  }
  const offsets = arena.allocate((length + 1) * 4);
  const view = arena.view();
  let end = 0;
  view.setInt32(offsets, 0, true);
  rows.forEach((row, i) => {
    end += row?.length ?? 0;
    view.setInt32(offsets + (i + 1) * 4, end, true);
  });
  const entries = buildVector(
    arena,
    type.kind === 'map' ? entryType(type) : type.element,
    rows.flatMap((row) => row ?? []),
  );
  return { kind: 'list', type, length, validity, offsets, entries };
}

/** A validity bitmap for the values, 0 when none is null. */
function buildValidity(arena: Arena, values: readonly Value[]): Pointer {
  if (!values.includes(null)) return 0;
  const bytes = bitmapBytes(values.length);
  const pointer = arena.allocate(bytes);
  const bitmap = arena.bytes(pointer, bytes).fill(0);
  values.forEach((value, row) => {
    if (value !== null) bitmap[row >>> 3] = (bitmap[row >>> 3] as number) | (1 << (row & 7));
  });
  return pointer;
}

function buildViews(arena: Arena, type: SqlType, values: readonly Value[]): Pointer {
  let heapBytes = 0;
  for (const value of values) {
    if (value === null) continue;
    if (type.kind === 'varchar' && typeof value === 'string') heapBytes += Buffer.byteLength(value);
    else if (type.kind === 'blob' && value instanceof Uint8Array) heapBytes += value.length;
    else throw misfit(type, value);
  }
  const data = arena.allocate(values.length * 8);
  let at = arena.allocate(heapBytes);
  const view = arena.view();
  const memory = Buffer.from(view.buffer as ArrayBuffer);
  values.forEach((value, row) => {
    let length = 0;
    if (typeof value === 'string') length = memory.write(value, at);
    else if (value instanceof Uint8Array) {
      memory.set(value, at);
      length = value.length;
    }
    view.setUint32(data + row * 8, at, true);
    view.setUint32(data + row * 8 + 4, length, true);
    at += length;
  });
  return data;
}

/** Writes a value at an address and says whether it was one of the type. */
type Writer = (at: Pointer, value: Value) => boolean;

function fixedWriter(view: DataView, type: SqlType): Writer {
  const integer =
    (min: number, max: number, set: (at: Pointer, value: number) => void): Writer =>
    (at, value) => {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) return false;
      set(at, value);
      return true;
    };
  const int64: Writer = (at, value) => {
    if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) return false;
    view.setBigInt64(at, value, true);
    return true;
  };
  switch (type.kind) {
    case 'null':
      return () => false;
    case 'boolean':
      return (at, value) => {
        if (typeof value !== 'boolean') return false;
        view.setUint8(at, value ? 1 : 0);
        return true;
      };
    case 'tinyint':
      return integer(-128, 127, (at, value) => view.setInt8(at, value));
    case 'utinyint':
      return integer(0, 255, (at, value) => view.setUint8(at, value));
    case 'smallint':
      return integer(-32768, 32767, (at, value) => view.setInt16(at, value, true));
    case 'usmallint':
      return integer(0, 65535, (at, value) => view.setUint16(at, value, true));
    case 'integer':
    case 'date':
      return integer(-2147483648, 2147483647, (at, value) => view.setInt32(at, value, true));
    case 'uinteger':
      return integer(0, 4294967295, (at, value) => view.setUint32(at, value, true));
    case 'real':
      return (at, value) => {
        if (typeof value !== 'number' || !Object.is(Math.fround(value), value)) return false;
        view.setFloat32(at, value, true);
        return true;
      };
    case 'double':
      return (at, value) => {
        if (typeof value !== 'number') return false;
        view.setFloat64(at, value, true);
        return true;
      };
    case 'bigint':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return int64;
    case 'ubigint':
      return (at, value) => {
        if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) return false;
        view.setBigUint64(at, value, true);
        return true;
      };
    case 'decimal': {
      const limit = 10n ** BigInt(type.precision);
      const wide = type.precision > MAX_INT64_DECIMAL_PRECISION;
      return (at, value) => {
        if (typeof value !== 'bigint' || value >= limit || value <= -limit) return false;
        if (!wide) view.setBigInt64(at, value, true);
        else setInt128(view, at, value);
        return true;
      };
    }
    case 'uuid':
      return (at, value) => {
        if (typeof value !== 'string' || !UUID_TEXT.test(value)) return false;
        setInt128(view, at, BigInt(`0x${value.replaceAll('-', '')}`));
        return true;
      };
    case 'interval':
      return (at, value) => {
        if (!isInterval(value)) return false;
        const { months, days, micros } = value;
        if ((months | 0) !== months || (days | 0) !== days) return false;
        view.setInt32(at, months, true);
        view.setInt32(at + 4, days, true);
        return int64(at + 8, micros);
      };
    case 'varchar':
    case 'blob':
    case 'list':
    case 'struct':
    case 'map':
      throw new InternalError(`a fixed-width vector cannot have the type ${typeName(type)}`);
    default:
      return assertNever(type);
  }
}

const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const isInterval = (value: Value): value is Interval =>
  typeof value === 'object' && value !== null && 'micros' in value;

function setInt128(view: DataView, at: Pointer, value: bigint): void {
  view.setBigInt64(at, BigInt.asIntN(64, value), true);
  view.setBigInt64(at + 8, BigInt.asIntN(64, value >> 64n), true);
}

const misfit = (type: SqlType, value: Value) =>
  new InternalError(
    `${typeof value === 'object' ? JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v)) : String(value)} is not a value of type ${typeName(type)}`,
  );
