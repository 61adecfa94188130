import { type Data, makeVector, type RecordBatch, type Vector } from 'apache-arrow';
import { assertNever, InternalError } from '../common/errors.ts';
import { entryType, type SqlType, type Value } from '../common/types.ts';

/**
 * Reads one column of an Arrow record batch as SQL values. apache-arrow's own `get` turns timestamps into doubles and decimals
 * into word arrays; this reads the buffers and loses nothing.
 */
export function arrowColumn(batch: RecordBatch, index: number, type: SqlType): (row: number) => Value {
  const vector = batch.getChildAt(index) as Vector | null;
  const data = vector?.data[0] as Data | undefined;
  if (!vector || !data) throw new InternalError(`a record batch lacks column ${index}`);
  return nullable(vector, data, type);
}

function nullable(vector: Vector, data: Data, type: SqlType): (row: number) => Value {
  const read = reader(vector, data, type);
  if (data.nullCount === 0) return read;
  return (row) => (data.getValid(row) ? read(row) : null);
}

function childReader(data: Data, index: number, type: SqlType): (row: number) => Value {
  const child = data.children[index];
  if (!child) throw new InternalError(`a ${type.kind} in a record batch lacks its child ${index}`);
  return nullable(makeVector(child), child, type);
}

function listReader(data: Data, entries: SqlType): (row: number) => Value {
  const entry = childReader(data, 0, entries);
  const offsets = data.valueOffsets;
  return (row) => {
    const from = offsets[row] as number;
    return Array.from({ length: (offsets[row + 1] as number) - from }, (_, i) => entry(from + i));
  };
}

function reader(vector: Vector, data: Data, type: SqlType): (row: number) => Value {
  switch (type.kind) {
    case 'null':
      return () => null;
    case 'boolean':
    case 'varchar':
    case 'blob':
    case 'real':
    case 'double':
      return (row) => vector.get(row) as Value;
    case 'uuid':
      return (row) => uuidText(vector.get(row) as Uint8Array);
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'date': {
      const values = data.values as Int32Array;
      return (row) => values[row] as number;
    }
    case 'bigint':
    case 'ubigint':
    case 'time':
    case 'timestamp':
    case 'timestamptz': {
      const values = data.values as BigInt64Array;
      return (row) => values[row] as bigint;
    }
    case 'decimal': {
      const words = data.values as Uint32Array;
      const wide = new BigInt64Array(words.buffer, words.byteOffset, words.byteLength / 8);
      return (row) => (wide[2 * row + 1]! << 64n) + BigInt.asUintN(64, wide[2 * row]!);
    }
    case 'interval': {
      const words = data.values as Int32Array;
      const wide = new BigInt64Array(words.buffer, words.byteOffset, words.byteLength / 8);
      return (row) => ({ months: words[4 * row]!, days: words[4 * row + 1]!, micros: wide[2 * row + 1]! / 1000n });
    }
    case 'list':
      return listReader(data, type.element);
    case 'map':
      return listReader(data, entryType(type));
    case 'struct': {
      const fields = type.fields.map((field, i) => childReader(data, i, field.type));
      return (row) => fields.map((read) => read(row));
    }
    default:
      return assertNever(type);
  }
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
