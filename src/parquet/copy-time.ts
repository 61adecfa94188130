import type { ArrowColumn } from './arrow-ffi.ts';
import { type ColumnContext, unfit } from './conversion.ts';
import { copySame, type Target } from './copy-same.ts';

const DATA = 1;
const EPOCH_JULIAN_DAY = 2440588n;
const NANOS_PER_DAY = 86_400_000_000_000n;

/** TIME and TIMESTAMP of any unit to microseconds. */
export function copyTime(source: ArrowColumn, target: Target, context: ColumnContext): void {
  const { physicalType, timeUnit } = context.chunk;
  if (physicalType === 'INT32') {
    const millis = source.words(DATA, 4);
    fill(source, target, (row) => BigInt(millis[row] as number) * 1000n);
    return;
  }
  if (timeUnit === 'micros') {
    copySame(source, target);
    return;
  }
  const values = view(source, 8);
  if (timeUnit === 'nanos') {
    fill(source, target, (row) => wholeMicros(values.getBigInt64(row * 8, true), context));
    return;
  }
  fill(source, target, (row) => {
    const millis = values.getBigInt64(row * 8, true);
    const micros = millis * 1000n;
    if (BigInt.asIntN(64, micros) === micros) return micros;
    throw unfit(context, `${millis} ms`, 'which is beyond the range of timestamps');
  });
}

/** 64-bit nanoseconds of the day, 32-bit Julian day. */
export function copyInt96(source: ArrowColumn, target: Target, context: ColumnContext): void {
  const values = view(source, 12);
  fill(source, target, (row) => {
    const day = BigInt(values.getInt32(row * 12 + 8, true)) - EPOCH_JULIAN_DAY;
    return wholeMicros(day * NANOS_PER_DAY + values.getBigInt64(row * 12, true), context);
  });
}

function wholeMicros(nanos: bigint, context: ColumnContext): bigint {
  if (nanos % 1000n === 0n) return nanos / 1000n;
  throw unfit(context, `${nanos} ns`, 'which is no whole number of microseconds');
}

/** Writes `read(row)` for every row that is not null. */
function fill(source: ArrowColumn, { memory, pointer }: Target, read: (row: number) => bigint): void {
  const out = new BigInt64Array(memory, pointer, source.length);
  for (let row = 0; row < source.length; row++) if (source.isValid(row)) out[row] = read(row);
}

function view(source: ArrowColumn, width: number): DataView {
  const bytes = source.bytes(DATA, width);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
