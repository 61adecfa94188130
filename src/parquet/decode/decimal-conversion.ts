import { InternalError } from '../../common/errors.ts';
import { type DecimalType, decimal, type SqlType, typeName } from '../../common/types.ts';
import type { FixedWidth } from '../../wasm/layout.ts';
import type { Bounds, Pointer } from '../../wasm/vector.ts';
import { unfit } from '../conversion.ts';
import { signedBigEndian } from '../encoded-values.ts';
import type { ColumnChunkInput } from '../row-group-input.ts';
import { leastAndGreatest64, measure32, measure64, readBounds128 } from './bounds.ts';
import type { ChunkContext } from './chunk-context.ts';
import type { Conversion } from './conversion.ts';

const FIT = -1;
/** Factor, limit, least and greatest value. */
const PARAMETER_BYTES = 64;

/**
 * Decimals and integers of any physical type to decimals of 64 or 128 bits at the wanted scale. Every value is checked
 * against the precision it is stored with.
 */
export function decimalConversion(context: ChunkContext, width: FixedWidth): Conversion {
  const { chunk, wanted } = context;
  const stored = storedAs(chunk.type, wanted.type);
  const scaled = scaleOf(wanted.type) - stored.scale;
  const limit = 10n ** BigInt(stored.precision);
  if (width === 8 && scaled === 0 && chunk.physicalType === 'INT64') return sameWidth(context, stored, limit);
  if (width === 8 && scaled === 0 && chunk.physicalType === 'INT32' && chunk.type.kind !== 'uinteger') {
    return widened(context, stored, limit);
  }
  return general(context, width, stored, 10n ** BigInt(scaled), limit);
}

const scaleOf = (type: SqlType) => {
  if (type.kind !== 'decimal') throw new InternalError(`${typeName(type)} is no decimal`);
  return type.scale;
};

/** The type that stored values are checked against: the digits before the point that the wanted one has, for integers. */
function storedAs(type: SqlType, wanted: SqlType): DecimalType {
  if (type.kind === 'decimal') return type;
  if (wanted.kind !== 'decimal') throw new InternalError(`${typeName(wanted)} is no decimal`);
  return decimal(wanted.precision - wanted.scale, 0);
}

const outside = ({ min, max }: Bounds, limit: bigint) => min <= -limit || max >= limit;

function sameWidth(context: ChunkContext, stored: DecimalType, limit: bigint): Conversion {
  const measure = measure64(context);
  const measureExactly = leastAndGreatest64(context);
  return {
    width: 8,
    same: true,
    run: (source, count) => {
      const bounds = measure(source, count);
      if (!outside(bounds, limit)) return bounds;
      const exact = measureExactly(source, count);
      if (outside(exact, limit)) throw firstBeyond(context, source, count, stored, limit);
      return exact;
    },
  };
}

function widened(context: ChunkContext, stored: DecimalType, limit: bigint): Conversion {
  const measure = measure32(context, false);
  return {
    width: 8,
    same: false,
    run: (source, count, target) => {
      const bounds = measure(source, count);
      if (outside(bounds, limit)) throw firstBeyond(context, source, count, stored, limit);
      context.kernels.convert.widenSigned(source, count, target);
      return bounds;
    },
  };
}

/** Integers of 32 or 64 bits: the error of the first that is beyond. */
function firstBeyond(context: ChunkContext, source: Pointer, count: number, stored: DecimalType, limit: bigint): Error {
  for (let i = 0; i < count; i++) {
    const value = storedValue(context, source, i);
    if (value >= limit || value <= -limit) return beyond(context, value, stored);
  }
  return new InternalError('no value is beyond the bounds');
}

const beyond = (context: ChunkContext, value: bigint, type: DecimalType) =>
  unfit(context, `the unscaled value ${value}`, `which is beyond ${typeName(type)}`);

function general(
  context: ChunkContext,
  width: FixedWidth,
  stored: DecimalType,
  factor: bigint,
  limit: bigint,
): Conversion {
  const { linear, chunk } = context.memory;
  const kind = sourceKind(context.chunk);
  const length = context.chunk.typeLength ?? 0;
  const parameters = chunk.allocate(PARAMETER_BYTES);
  const view = linear.view();
  for (const [i, value] of [factor, limit].entries()) {
    view.setBigInt64(parameters + i * 16, BigInt.asIntN(64, value), true);
    view.setBigInt64(parameters + i * 16 + 8, value >> 64n, true);
  }
  return {
    width,
    same: false,
    run: (source, count, target) => {
      const bad = context.kernels.convert.decimals(kind, source, length, count, parameters, width, target);
      if (bad !== FIT) throw beyond(context, storedValue(context, source, bad), stored);
      return readBounds128(linear, parameters + 32);
    },
  };
}

/** What the kernel calls the stored form. */
function sourceKind({ physicalType, type }: ColumnChunkInput): number {
  switch (physicalType) {
    case 'INT32':
      return type.kind === 'uinteger' ? 1 : 0;
    case 'INT64':
      return type.kind === 'ubigint' ? 3 : 2;
    case 'FIXED_LEN_BYTE_ARRAY':
      return 4;
    case 'BYTE_ARRAY':
      return 5;
    case 'BOOLEAN':
    case 'INT96':
    case 'FLOAT':
    case 'DOUBLE':
      throw new InternalError(`${physicalType} holds no decimal`);
  }
}

function storedValue({ memory, chunk }: ChunkContext, source: Pointer, index: number): bigint {
  const { linear } = memory;
  const view = linear.view();
  const { physicalType, type, typeLength = 0 } = chunk;
  if (physicalType === 'INT32') {
    const at = source + index * 4;
    return BigInt(type.kind === 'uinteger' ? view.getUint32(at, true) : view.getInt32(at, true));
  }
  if (physicalType === 'INT64') {
    const at = source + index * 8;
    return type.kind === 'ubigint' ? view.getBigUint64(at, true) : view.getBigInt64(at, true);
  }
  if (physicalType === 'FIXED_LEN_BYTE_ARRAY') {
    return signedBigEndian(linear.bytes(source + index * typeLength, typeLength));
  }
  const at = source + index * 8;
  return signedBigEndian(linear.bytes(view.getUint32(at, true), view.getUint32(at + 4, true)));
}
