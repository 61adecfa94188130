import { InternalError } from '../../common/errors.ts';
import { type SqlType, typeName } from '../../common/types.ts';
import { type FixedWidth, layoutOf } from '../../wasm/layout.ts';
import type { Bounds, Pointer } from '../../wasm/vector.ts';
import { unfit } from '../conversion.ts';
import { measure32, measure64 } from './bounds.ts';
import type { ChunkContext } from './chunk-context.ts';
import { decimalConversion } from './decimal-conversion.ts';
import { physicalWidth } from './page.ts';

/** How values as a column chunk stores them become rows of the wanted type. */
export interface Conversion {
  /** Bytes of a row. */
  readonly width: FixedWidth;
  /** Rows are stored values, bit for bit: `run` is given them where they are to be, and only looks at them. */
  readonly same: boolean;
  /**
   * Converts `count` >= 1 values, and says what they lie between where that is known for their type.
   * Throws ExecutionError SQ3108 for a value that the type does not hold.
   */
  run(source: Pointer, count: number, target: Pointer): Bounds | undefined;
}

const FIT = -1;
const UNKNOWN = () => undefined;

const NARROW: Readonly<Record<string, readonly [number, number]>> = {
  tinyint: [-128, 127],
  utinyint: [0, 255],
  smallint: [-32768, 32767],
  usmallint: [0, 65535],
};

/** The conversion of a chunk's values; `canWiden` has said that there is one. */
export function conversionOf(context: ChunkContext): Conversion {
  const { chunk, wanted } = context;
  const layout = layoutOf(wanted.type);
  if (layout === 'views') return viewsConversion(context);
  const { physicalType, type } = chunk;
  if (wanted.type.kind === 'decimal') return decimalConversion(context, layout);
  const same = (run: Conversion['run'] = UNKNOWN): Conversion => ({ width: layout, same: true, run });
  const other = (run: Conversion['run']): Conversion => ({ width: layout, same: false, run });
  const { convert } = context.kernels;
  switch (physicalType) {
    case 'BOOLEAN':
      return same();
    case 'INT32':
      return type.kind === 'time' ? other(timeOfMillis(context)) : int32Conversion(context, layout);
    case 'INT64':
      if (type.kind === 'ubigint') return same(unsignedBounds(context));
      if (type.kind === 'bigint' || chunk.timeUnit === 'micros') return same(measure64(context));
      return other(timeConversion(context));
    case 'INT96':
      return other(int96Conversion(context));
    case 'FLOAT':
      if (wanted.type.kind === 'real') return same();
      return other((source, count, target) => convert.promote(source, count, target) as undefined);
    case 'DOUBLE':
      return same();
    case 'FIXED_LEN_BYTE_ARRAY':
      return other(bytesConversion(context, layout));
    case 'BYTE_ARRAY':
      throw noConversion(physicalType, type);
  }
}

const noConversion = (physicalType: string, type: SqlType) =>
  new InternalError(`${physicalType} holds no ${typeName(type)} of fixed width`);

/** Strings and blobs are views of the page already, except those of a fixed length. */
function viewsConversion(context: ChunkContext): Conversion {
  if (context.chunk.physicalType === 'BYTE_ARRAY') return { width: 8, same: true, run: UNKNOWN };
  const width = physicalWidth(context);
  return {
    width: 8,
    same: false,
    run: (source, count, target) => {
      context.kernels.values.fixedViews(source, width, count, target);
      return undefined;
    },
  };
}

function int32Conversion(context: ChunkContext, width: FixedWidth): Conversion {
  const { convert } = context.kernels;
  const { type } = context.chunk;
  const unsigned = type.kind === 'uinteger';
  const measure = measure32(context, unsigned);
  const range = NARROW[type.kind];
  const check = (source: Pointer, bad: number) => {
    if (bad === FIT) return;
    const value = context.memory.linear.view().getInt32(source + bad * 4, true);
    throw unfit(context, String(value), `which is no ${typeName(type)}`);
  };
  if (context.wanted.type.kind === 'double') {
    return {
      width,
      same: false,
      run: (source, count, target) => {
        if (range) check(source, convert.check32(source, count, ...range, target));
        convert.toDouble(source, count, unsigned, target);
        return undefined;
      },
    };
  }
  if (width === 4 && !range) return { width, same: true, run: measure };
  return {
    width,
    same: false,
    run: (source, count, target) => {
      const [least, greatest] = range ?? [0, 0];
      if (width === 1) check(source, convert.narrow8(source, count, least, greatest, target));
      else if (width === 2) check(source, convert.narrow16(source, count, least, greatest, target));
      else if (range) check(source, convert.check32(source, count, least, greatest, target));
      if (width === 8) {
        if (unsigned) convert.widenUnsigned(source, count, target);
        else convert.widenSigned(source, count, target);
      }
      return measure(source, count);
    },
  };
}

/** Of u64: unknown where one is beyond 63 bits. */
function unsignedBounds(context: ChunkContext): Conversion['run'] {
  const measure = measure64(context);
  return (source, count) => {
    const bounds = measure(source, count);
    return bounds.min >= 0n ? bounds : undefined;
  };
}

function timeOfMillis(context: ChunkContext): Conversion['run'] {
  const measure = measure64(context);
  return (source, count, target) => {
    context.kernels.convert.millis32(source, count, target);
    return measure(target, count);
  };
}

function timeConversion(context: ChunkContext): Conversion['run'] {
  const { convert } = context.kernels;
  const measure = measure64(context);
  const nanos = context.chunk.timeUnit === 'nanos';
  return (source, count, target) => {
    const bad = nanos ? convert.nanos64(source, count, target) : convert.millis64(source, count, target);
    if (bad === FIT) return measure(target, count);
    const value = context.memory.linear.view().getBigInt64(source + bad * 8, true);
    if (nanos) throw unfit(context, `${value} ns`, NOT_WHOLE);
    throw unfit(context, `${value} ms`, OUT_OF_RANGE);
  };
}

const NOT_WHOLE = 'which is no whole number of microseconds';
const OUT_OF_RANGE = 'which is beyond the range of timestamps';
const EPOCH_JULIAN_DAY = 2440588n;
const NANOS_PER_DAY = 86_400_000_000_000n;

function int96Conversion(context: ChunkContext): Conversion['run'] {
  const measure = measure64(context);
  return (source, count, target) => {
    const bad = context.kernels.convert.int96(source, count, target);
    if (bad === FIT) return measure(target, count);
    const view = context.memory.linear.view();
    const at = source + bad * 12;
    const day = BigInt(view.getInt32(at + 8, true)) - EPOCH_JULIAN_DAY;
    const nanos = day * NANOS_PER_DAY + view.getBigInt64(at, true);
    throw unfit(context, `${nanos} ns`, nanos % 1000n === 0n ? OUT_OF_RANGE : NOT_WHOLE);
  };
}

/** FIXED_LEN_BYTE_ARRAY as UUID, interval or binary16. */
function bytesConversion(context: ChunkContext, width: number): Conversion['run'] {
  const { convert } = context.kernels;
  const { type } = context.chunk;
  switch (type.kind) {
    case 'uuid':
      return (source, count, target) => convert.uuids(source, count, target) as undefined;
    case 'interval':
      return (source, count, target) => convert.intervals(source, count, target) as undefined;
    case 'real':
      return (source, count, target) =>
        (width === 4
          ? convert.halfToFloat(source, count, target)
          : convert.halfToDouble(source, count, target)) as undefined;
    default:
      throw noConversion('FIXED_LEN_BYTE_ARRAY', type);
  }
}
