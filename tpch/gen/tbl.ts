import { assertNever } from '../../src/common/errors.ts';
import type { Field } from '../../src/common/types.ts';
import { TPCH_SCHEMA } from '../schema.ts';
import type { ColumnValues, TextValues, TpchBatch } from './columns.ts';

const SEPARATOR = 124;
const NEWLINE = 10;
const ZERO = 48;
const DOT = 46;
const MINUS = 45;
/** More than any number, date and separator together. */
const FIXED_BYTES = 24;

type CellWriter = (to: Uint8Array, at: number, row: number) => number;

/** The rows as the reference writes them: every value ends in `|`, every row in a line feed. */
export function tblBytes(batch: TpchBatch): Uint8Array {
  const { schema } = TPCH_SCHEMA[batch.table];
  const cells = schema.map((field, i) => cellWriter(field, batch.columns[i] as ColumnValues));
  const to = new Uint8Array(byteBound(batch));
  let at = 0;
  for (let row = 0; row < batch.rows; row++) {
    for (let i = 0; i < cells.length; i++) {
      at = (cells[i] as CellWriter)(to, at, row);
      to[at++] = SEPARATOR;
    }
    to[at++] = NEWLINE;
  }
  return to.subarray(0, at);
}

function byteBound(batch: TpchBatch): number {
  let bytes = batch.rows * (batch.columns.length + 1);
  for (const column of batch.columns) bytes += 'bytes' in column ? column.bytes.length : batch.rows * FIXED_BYTES;
  return bytes;
}

function cellWriter(field: Field, values: ColumnValues): CellWriter {
  const { kind } = field.type;
  switch (kind) {
    case 'integer':
    case 'bigint':
      return (to, at, row) => writeWhole(to, at, (values as Int32Array)[row] as number);
    case 'decimal': {
      const numbers = values as Float64Array;
      // The reference counts quantities in pieces.
      if (field.name === 'l_quantity') return (to, at, row) => writeWhole(to, at, (numbers[row] as number) / 100);
      return (to, at, row) => writeHundredths(to, at, numbers[row] as number);
    }
    case 'date':
      return (to, at, row) => writeDate(to, at, (values as Int32Array)[row] as number);
    case 'varchar':
      return textWriter(values as TextValues);
    case 'null':
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
    case 'real':
    case 'double':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'interval':
    case 'blob':
    case 'uuid':
    case 'list':
    case 'struct':
    case 'map':
      throw new TypeError(`no TPC-H column is ${kind}`);
    default:
      return assertNever(kind);
  }
}

/** A number that is not negative. */
function writeWhole(to: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let bound = 10; bound <= value; bound *= 10) digits++;
  let left = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const tens = Math.floor(left / 10);
    to[i] = ZERO + left - tens * 10;
    left = tens;
  }
  return at + digits;
}

function writeHundredths(to: Uint8Array, start: number, value: number): number {
  let at = start;
  if (value < 0) to[at++] = MINUS;
  const size = Math.abs(value);
  const whole = Math.floor(size / 100);
  const cents = size - whole * 100;
  at = writeWhole(to, at, whole);
  to[at++] = DOT;
  to[at++] = ZERO + Math.floor(cents / 10);
  to[at++] = ZERO + (cents % 10);
  return at;
}

const encoder = new TextEncoder();
const dates: (Uint8Array | undefined)[] = [];

/** `YYYY-MM-DD`. */
function writeDate(to: Uint8Array, at: number, day: number): number {
  dates[day] ??= encoder.encode(new Date(day * 86_400_000).toISOString().slice(0, 10));
  const text = dates[day];
  for (let i = 0; i < 10; i++) to[at + i] = text[i] as number;
  return at + 10;
}

function textWriter({ offsets, bytes }: TextValues): CellWriter {
  return (to, start, row) => {
    const end = offsets[row + 1] as number;
    let at = start;
    for (let i = offsets[row] as number; i < end; i++) to[at++] = bytes[i] as number;
    return at;
  };
}
