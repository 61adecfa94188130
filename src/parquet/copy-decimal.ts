import { InternalError } from '../common/errors.ts';
import { type DecimalType, decimal, typeName } from '../common/types.ts';
import type { ArrowColumn } from './arrow-ffi.ts';
import { type ColumnContext, unfit } from './conversion.ts';
import { copySame, type Target } from './copy-same.ts';

const DATA = 1;

/**
 * Decimals and integers of any physical type to decimals of 64 or 128 bits at the wanted scale. Every value is checked
 * against the precision.
 */
export function copyDecimal(source: ArrowColumn, target: Target, context: ColumnContext): void {
  const { type, physicalType } = context.chunk;
  const wanted = context.wanted.type;
  if (wanted.kind !== 'decimal') throw new InternalError(`${typeName(wanted)} is no decimal`);
  const stored = type.kind === 'decimal' ? type : decimal(wanted.precision - wanted.scale, 0);
  if (physicalType === 'INT64' && type.kind === 'decimal' && target.width === 8 && type.scale === wanted.scale) {
    checkHighWords(source, type, context);
    copySame(source, target);
    return;
  }
  const factor = 10n ** BigInt(wanted.scale - stored.scale);
  const limit = 10n ** BigInt(stored.precision);
  const read = wholeReader(source, context);
  const out = new BigInt64Array(target.memory, target.pointer, (source.length * target.width) / 8);
  for (let row = 0; row < source.length; row++) {
    if (!source.isValid(row)) continue;
    const value = read(row);
    if (value >= limit || value <= -limit) throw beyond(context, value, stored);
    const scaled = value * factor;
    if (target.width === 16) {
      out[row * 2] = BigInt.asIntN(64, scaled);
      out[row * 2 + 1] = scaled >> 64n;
    } else out[row] = scaled;
  }
}

/** Reads integers of 32, 64 or 128 bits. */
function wholeReader(source: ArrowColumn, { chunk }: ColumnContext): (row: number) => bigint {
  const { physicalType, type } = chunk;
  const width = physicalType === 'INT32' ? 4 : physicalType === 'INT64' ? 8 : 16;
  const bytes = source.bytes(DATA, width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (type.kind === 'uinteger') return (row) => BigInt(view.getUint32(row * 4, true));
  if (type.kind === 'ubigint') return (row) => view.getBigUint64(row * 8, true);
  if (width === 4) return (row) => BigInt(view.getInt32(row * 4, true));
  if (width === 8) return (row) => view.getBigInt64(row * 8, true);
  return (row) => (view.getBigInt64(row * 16 + 8, true) << 64n) | view.getBigUint64(row * 16, true);
}

/** The precision check over 32-bit halves: only values in the limit's own neighbourhood are looked at exactly. */
function checkHighWords(source: ArrowColumn, type: DecimalType, context: ColumnContext): void {
  const limit = 10n ** BigInt(type.precision);
  if (BigInt.asIntN(64, limit) !== limit) return;
  const inside = Number(limit >> 32n) - 1;
  const words = source.words(DATA, 8);
  const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
  for (let row = 0; row < source.length; row++) {
    const high = words[row * 2 + 1] as number;
    if ((high + inside) >>> 0 <= 2 * inside) continue;
    const value = view.getBigInt64(row * 8, true);
    if ((value >= limit || value <= -limit) && source.isValid(row)) throw beyond(context, value, type);
  }
}

const beyond = (context: ColumnContext, value: bigint, type: DecimalType) =>
  unfit(context, `the unscaled value ${value}`, `which is beyond ${typeName(type)}`);
