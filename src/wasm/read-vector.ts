import { assertNever, InternalError } from '../common/errors.ts';
import { MAX_INT64_DECIMAL_PRECISION, type SqlType, typeName, type Value } from '../common/types.ts';
import type { Arena } from './arena.ts';
import type { DictionaryVector, FixedVector, ListVector, StructVector, Vector, ViewsVector } from './vector.ts';

export type RowReader = (row: number) => Value;

/**
 * Reads rows of a vector as Values. Stays valid when the arena grows, and until the vector's memory is released. Strings
 * are decoded at every read, those of a dictionary once per entry.
 */
export function columnReader(arena: Arena, vector: Vector): RowReader {
  const read = valueReader(arena, vector);
  const { validity } = vector;
  if (validity === 0) return read;
  return (row) => ((arena.view().getUint8(validity + (row >>> 3)) >>> (row & 7)) & 1 ? read(row) : null);
}

function valueReader(arena: Arena, vector: Vector): RowReader {
  switch (vector.kind) {
    case 'fixed':
      return fixedReader(arena, vector);
    case 'views':
      return viewsReader(arena, vector);
    case 'dictionary':
      return dictionaryReader(arena, vector);
    case 'list':
      return listReader(arena, vector);
    case 'struct':
      return structReader(arena, vector);
    default:
      return assertNever(vector);
  }
}

/** Lists, and maps: their entries are structs of key and value, read as arrays of the two. */
function listReader(arena: Arena, { offsets, entries }: ListVector): RowReader {
  const entry = columnReader(arena, entries);
  return (row) => {
    const view = arena.view();
    const from = view.getInt32(offsets + row * 4, true);
    const length = view.getInt32(offsets + row * 4 + 4, true) - from;
    return Array.from({ length }, (_, i) => entry(from + i));
  };
}

function structReader(arena: Arena, { fields }: StructVector): RowReader {
  const readers = fields.map((field) => columnReader(arena, field));
  return (row) => readers.map((read) => read(row));
}

function dictionaryReader(arena: Arena, vector: DictionaryVector): RowReader {
  const entry = columnReader(arena, vector.dictionary);
  const entries: (Value | undefined)[] = new Array(vector.dictionary.length);
  const { data } = vector;
  return (row) => {
    const code = arena.view().getInt32(data + row * 4, true);
    const known = entries[code];
    if (known !== undefined) return known;
    const value = entry(code);
    entries[code] = value;
    return value;
  };
}

function viewsReader(arena: Arena, vector: ViewsVector): RowReader {
  const { data, type } = vector;
  if (type.kind === 'blob') {
    return (row) => {
      const view = arena.view();
      return arena.bytes(view.getUint32(data + row * 8, true), view.getUint32(data + row * 8 + 4, true)).slice();
    };
  }
  let buffer = Buffer.from(arena.memory.buffer);
  return (row) => {
    const view = arena.view();
    if (buffer.buffer !== view.buffer) buffer = Buffer.from(view.buffer as ArrayBuffer);
    const start = view.getUint32(data + row * 8, true);
    return buffer.toString('utf8', start, start + view.getUint32(data + row * 8 + 4, true));
  };
}

function fixedReader(arena: Arena, { data, type }: FixedVector): RowReader {
  switch (type.kind) {
    case 'null':
      return () => null;
    case 'boolean':
      return (row) => arena.view().getUint8(data + row) !== 0;
    case 'tinyint':
      return (row) => arena.view().getInt8(data + row);
    case 'utinyint':
      return (row) => arena.view().getUint8(data + row);
    case 'smallint':
      return (row) => arena.view().getInt16(data + row * 2, true);
    case 'usmallint':
      return (row) => arena.view().getUint16(data + row * 2, true);
    case 'integer':
    case 'date':
      return (row) => arena.view().getInt32(data + row * 4, true);
    case 'uinteger':
      return (row) => arena.view().getUint32(data + row * 4, true);
    case 'real':
      return (row) => arena.view().getFloat32(data + row * 4, true);
    case 'double':
      return (row) => arena.view().getFloat64(data + row * 8, true);
    case 'bigint':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return (row) => arena.view().getBigInt64(data + row * 8, true);
    case 'ubigint':
      return (row) => arena.view().getBigUint64(data + row * 8, true);
    case 'decimal':
      if (type.precision <= MAX_INT64_DECIMAL_PRECISION) return (row) => arena.view().getBigInt64(data + row * 8, true);
      return (row) => {
        const view = arena.view();
        return (view.getBigInt64(data + row * 16 + 8, true) << 64n) | view.getBigUint64(data + row * 16, true);
      };
    case 'uuid':
      return (row) => {
        const view = arena.view();
        return formatUuid(view.getBigUint64(data + row * 16 + 8, true), view.getBigUint64(data + row * 16, true));
      };
    case 'interval':
      return (row) => {
        const view = arena.view();
        const at = data + row * 16;
        return {
          months: view.getInt32(at, true),
          days: view.getInt32(at + 4, true),
          micros: view.getBigInt64(at + 8, true),
        };
      };
    case 'varchar':
    case 'blob':
    case 'list':
    case 'struct':
    case 'map':
      throw notFixed(type);
    default:
      return assertNever(type);
  }
}

/** The 36-character form of a UUID given as two unsigned 64-bit halves. */
export function formatUuid(high: bigint, low: bigint): string {
  const hex = high.toString(16).padStart(16, '0') + low.toString(16).padStart(16, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const notFixed = (type: SqlType) => new InternalError(`a fixed-width vector cannot have the type ${typeName(type)}`);
