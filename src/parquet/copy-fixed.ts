import { assertNever, InternalError } from '../common/errors.ts';
import { type SqlType, typeName } from '../common/types.ts';
import type { ArrowColumn } from './arrow-ffi.ts';
import { type ColumnContext, unfit } from './conversion.ts';
import { copyDecimal } from './copy-decimal.ts';
import { copySame, type Target } from './copy-same.ts';
import { copyInt96, copyTime } from './copy-time.ts';
import { float16 } from './encoded-values.ts';

/** Writes the rows of an Arrow array as rows of a FixedVector of the wanted type. Rows that are null get any bits. */
export function copyFixed(source: ArrowColumn, target: Target, context: ColumnContext): void {
  copierOf(context)(source, target, context);
}

type Copier = (source: ArrowColumn, target: Target, context: ColumnContext) => void;

function copierOf({ chunk, wanted }: ColumnContext): Copier {
  const { physicalType, type } = chunk;
  if (wanted.type.kind === 'decimal') return copyDecimal;
  switch (physicalType) {
    case 'BOOLEAN':
      return copyBooleans;
    case 'INT32':
      if (type.kind === 'time') return copyTime;
      if (wanted.type.kind !== 'double') return copyInt32;
      return copyReals(
        (view, at) => (type.kind === 'uinteger' ? view.getUint32(at, true) : view.getInt32(at, true)),
        4,
      );
    case 'INT64':
      return type.kind === 'bigint' || type.kind === 'ubigint' ? copySame : copyTime;
    case 'INT96':
      return copyInt96;
    case 'FLOAT':
      return wanted.type.kind === 'double' ? copyReals((view, at) => view.getFloat32(at, true), 4) : copySame;
    case 'DOUBLE':
      return copySame;
    case 'FIXED_LEN_BYTE_ARRAY':
      if (type.kind === 'uuid') return copyUuids;
      if (type.kind === 'interval') return copyIntervals;
      if (type.kind === 'real') return copyReals((view, at) => float16(view.getUint16(at, true)), 2);
      throw noCopier(physicalType, type);
    case 'BYTE_ARRAY':
      throw noCopier(physicalType, type);
    default:
      return assertNever(physicalType);
  }
}

const noCopier = (physicalType: string, type: SqlType) =>
  new InternalError(`${physicalType} holds no ${typeName(type)} of fixed width`);

const DATA = 1;

function copyBooleans(source: ArrowColumn, { memory, pointer }: Target): void {
  const out = new Uint8Array(memory, pointer, source.length);
  for (let row = 0; row < source.length; row++) out[row] = source.bit(DATA, row);
}

/** Bounds of what an INT32 with an annotation for fewer bits may hold. */
const NARROW: Readonly<Record<string, readonly [number, number]>> = {
  tinyint: [-128, 127],
  utinyint: [0, 255],
  smallint: [-32768, 32767],
  usmallint: [0, 65535],
};

function copyInt32(source: ArrowColumn, target: Target, context: ColumnContext): void {
  const { memory, pointer, width } = target;
  const { type } = context.chunk;
  const values = source.words(DATA, 4);
  const range = NARROW[type.kind];
  if (range) {
    const [min, max] = range;
    values.forEach((value, row) => {
      if ((value < min || value > max) && source.isValid(row)) {
        throw unfit(context, String(value), `which is no ${typeName(type)}`);
      }
    });
  }
  if (width === 1) new Uint8Array(memory, pointer, values.length).set(values);
  else if (width === 2) new Uint16Array(memory, pointer, values.length).set(values);
  else if (width === 4) new Int32Array(memory, pointer, values.length).set(values);
  else {
    const out = new Int32Array(memory, pointer, values.length * 2);
    const signed = type.kind !== 'uinteger';
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number;
      out[row * 2] = value;
      out[row * 2 + 1] = signed ? value >> 31 : 0;
    }
  }
}

const copyReals =
  (read: (view: DataView, at: number) => number, sourceWidth: number): Copier =>
  (source, { memory, pointer, width }) => {
    const { buffer, byteOffset, length } = source.bytes(DATA, sourceWidth);
    const view = new DataView(buffer, byteOffset, length);
    const rows = source.length;
    const out = width === 4 ? new Float32Array(memory, pointer, rows) : new Float64Array(memory, pointer, rows);
    for (let row = 0; row < rows; row++) out[row] = read(view, row * sourceWidth);
  };

/** 16 bytes, the first the most significant, to low and high half. */
function copyUuids(source: ArrowColumn, { memory, pointer, width }: Target): void {
  const bytes = source.bytes(DATA, width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = new DataView(memory, pointer, bytes.length);
  for (let at = 0; at < bytes.length; at += width) {
    out.setBigUint64(at, view.getBigUint64(at + 8), true);
    out.setBigUint64(at + 8, view.getBigUint64(at), true);
  }
}

/** Unsigned 32-bit months, days and milliseconds. */
function copyIntervals(source: ArrowColumn, { memory, pointer, width }: Target): void {
  const bytes = source.bytes(DATA, 12);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = new DataView(memory, pointer, source.length * width);
  for (let row = 0; row < source.length; row++) {
    out.setInt32(row * width, view.getInt32(row * 12, true), true);
    out.setInt32(row * width + 4, view.getInt32(row * 12 + 4, true), true);
    out.setBigInt64(row * width + 8, BigInt(view.getUint32(row * 12 + 8, true)) * 1000n, true);
  }
}
