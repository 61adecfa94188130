import { assertNever } from '../common/errors.ts';
import type { SqlType, Value } from '../common/types.ts';
import { formatUuid } from '../wasm/read-vector.ts';
import { compareValues } from './compare-values.ts';
import { float16, signedBigEndian } from './encoded-values.ts';
import type { ParquetLeaf } from './schema.ts';
import type { TimeUnit } from './schema-element.ts';
import type { CompactReader, WireType } from './thrift/compact-reader.ts';

/** Facts about the values of one column chunk, in Value form of the column's SQL type. */
export interface ColumnStatistics {
  /** No value that is neither NULL nor NaN is smaller. Absent when unknown. */
  readonly min?: Value;
  /** No value that is neither NULL nor NaN is larger. */
  readonly max?: Value;
  /** `min` is itself a value of the chunk; false when unknown. */
  readonly minExact: boolean;
  readonly maxExact: boolean;
  readonly nullCount?: number;
  /** NaN values of a float column; absent when unknown. */
  readonly nanCount?: number;
  readonly distinctCount?: number;
}

/** Statistics as the footer stores them. */
export interface RawStatistics {
  /** In the order that the column's ColumnOrder names. */
  readonly minValue?: Uint8Array;
  readonly maxValue?: Uint8Array;
  /** Deprecated: in signed order, whatever the type. */
  readonly min?: Uint8Array;
  readonly max?: Uint8Array;
  readonly minExact?: boolean;
  readonly maxExact?: boolean;
  readonly nullCount?: number;
  readonly nanCount?: number;
  readonly distinctCount?: number;
}

/** What `min_value` and `max_value` are ordered by: the type's own order, IEEE 754's total order, or one not known here. */
export type ColumnOrder = 'type' | 'ieee754' | 'unknown';

export function readStatistics(reader: CompactReader, wire: WireType): RawStatistics {
  const raw: { -readonly [K in keyof RawStatistics]: RawStatistics[K] } = {};
  reader.struct(wire, (id, type) => {
    switch (id) {
      case 1:
        raw.max = reader.binary(type);
        break;
      case 2:
        raw.min = reader.binary(type);
        break;
      case 3:
        raw.nullCount = reader.i64(type);
        break;
      case 4:
        raw.distinctCount = reader.i64(type);
        break;
      case 5:
        raw.maxValue = reader.binary(type);
        break;
      case 6:
        raw.minValue = reader.binary(type);
        break;
      case 7:
        raw.maxExact = reader.bool(type);
        break;
      case 8:
        raw.minExact = reader.bool(type);
        break;
      case 9:
        raw.nanCount = reader.i64(type);
        break;
      default:
        reader.skip(type);
    }
  });
  return raw;
}

export interface StatisticsOwner {
  readonly leaf: ParquetLeaf;
  readonly type: SqlType;
  readonly rows: number;
  /** Undefined when the footer names no orders at all. */
  readonly order: ColumnOrder | undefined;
}

/**
 * The statistics that can be relied upon. Bounds are dropped when their order is not the type's, when they do not decode,
 * when they are NaN, and when they contradict each other; counts when they are impossible.
 */
export function columnStatistics(raw: RawStatistics, owner: StatisticsOwner): ColumnStatistics {
  const { rows } = owner;
  const [min, max] = bounds(raw, owner);
  const count = (value: number | undefined) => (value !== undefined && value >= 0 && value <= rows ? value : undefined);
  const nullCount = count(raw.nullCount);
  const nanCount = count(raw.nanCount);
  const distinctCount = count(raw.distinctCount);
  return {
    ...(min !== undefined && { min: min.value }),
    ...(max !== undefined && { max: max.value }),
    minExact: min?.whole === true && raw.minExact === true,
    maxExact: max?.whole === true && raw.maxExact === true,
    ...(nullCount !== undefined && { nullCount }),
    ...(nanCount !== undefined && { nanCount }),
    ...(distinctCount !== undefined && { distinctCount }),
  };
}

/** A decoded bound; not whole when the SQL type is coarser than the stored value and the bound was moved outwards. */
interface Bound {
  readonly value: Value;
  readonly whole: boolean;
}

function bounds(raw: RawStatistics, owner: StatisticsOwner): readonly [Bound | undefined, Bound | undefined] {
  const { leaf, type, order } = owner;
  if (!leaf.orderDefined) return [undefined, undefined];
  const signed = signedOrderIsTypeOrder(leaf, type);
  const newOnes = order === 'type' || (order === 'ieee754' && isFloating(type)) || (order === undefined && signed);
  let low = newOnes ? raw.minValue : undefined;
  let high = newOnes ? raw.maxValue : undefined;
  if (low === undefined && high === undefined && signed) {
    low = raw.min;
    high = raw.max;
  }
  const min = low && decodeBound(low, leaf, type, 'down');
  const max = high && decodeBound(high, leaf, type, 'up');
  if (min && max && compareValues(min.value, max.value) > 0) return [undefined, undefined];
  return [min, max];
}

/** Whether statistics ordered by signed comparison are right for the type. */
function signedOrderIsTypeOrder({ physicalType }: ParquetLeaf, { kind }: SqlType): boolean {
  switch (physicalType) {
    case 'BOOLEAN':
    case 'FLOAT':
    case 'DOUBLE':
      return true;
    case 'INT32':
    case 'INT64':
      return kind !== 'utinyint' && kind !== 'usmallint' && kind !== 'uinteger' && kind !== 'ubigint';
    case 'INT96':
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return false;
    default:
      return assertNever(physicalType);
  }
}

const isFloating = ({ kind }: SqlType) => kind === 'real' || kind === 'double';

const PLAIN_LENGTH = { BOOLEAN: 1, INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8 } as const;

function decodeBound(bytes: Uint8Array, leaf: ParquetLeaf, type: SqlType, towards: 'down' | 'up'): Bound | undefined {
  const { physicalType, timeUnit } = leaf;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (physicalType) {
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return decodeBytes(bytes, view, leaf, type);
    case 'INT96':
      return undefined;
    case 'BOOLEAN':
    case 'INT32':
    case 'INT64':
    case 'FLOAT':
    case 'DOUBLE':
      if (bytes.length !== PLAIN_LENGTH[physicalType]) return undefined;
      break;
    default:
      return assertNever(physicalType);
  }
  switch (physicalType) {
    case 'BOOLEAN':
      return { value: view.getUint8(0) !== 0, whole: true };
    case 'FLOAT':
      return number(view.getFloat32(0, true));
    case 'DOUBLE':
      return number(view.getFloat64(0, true));
    case 'INT32':
      return decodeInt32(view, type, timeUnit);
    case 'INT64':
      return decodeInt64(view, type, timeUnit, towards);
    default:
      return assertNever(physicalType);
  }
}

const number = (value: number): Bound | undefined => (Number.isNaN(value) ? undefined : { value, whole: true });

function decodeInt32(view: DataView, type: SqlType, timeUnit: TimeUnit | undefined): Bound {
  const value = view.getInt32(0, true);
  if (type.kind === 'decimal') return { value: BigInt(value), whole: true };
  if (timeUnit !== undefined) return { value: BigInt(value) * 1000n, whole: true };
  return { value: type.kind.startsWith('u') ? value >>> 0 : value, whole: true };
}

function decodeInt64(
  view: DataView,
  type: SqlType,
  timeUnit: TimeUnit | undefined,
  towards: 'down' | 'up',
): Bound | undefined {
  if (type.kind === 'ubigint') return { value: view.getBigUint64(0, true), whole: true };
  const value = view.getBigInt64(0, true);
  switch (timeUnit) {
    case undefined:
    case 'micros':
      return { value, whole: true };
    case 'millis': {
      const micros = value * 1000n;
      return BigInt.asIntN(64, micros) === micros ? { value: micros, whole: true } : undefined;
    }
    case 'nanos': {
      const rest = ((value % 1000n) + 1000n) % 1000n;
      const floor = (value - rest) / 1000n;
      return { value: rest !== 0n && towards === 'up' ? floor + 1n : floor, whole: rest === 0n };
    }
    default:
      return assertNever(timeUnit);
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeBytes(bytes: Uint8Array, view: DataView, leaf: ParquetLeaf, type: SqlType): Bound | undefined {
  switch (type.kind) {
    case 'varchar':
      return decodeUtf8(bytes);
    case 'blob':
      return { value: bytes.slice(), whole: true };
    case 'decimal':
      return bytes.length > 0 ? { value: signedBigEndian(bytes), whole: true } : undefined;
    case 'uuid':
      return bytes.length === leaf.typeLength
        ? { value: formatUuid(view.getBigUint64(0), view.getBigUint64(8)), whole: true }
        : undefined;
    case 'real':
      return bytes.length === leaf.typeLength ? number(float16(view.getUint16(0, true))) : undefined;
    default:
      return undefined;
  }
}

/** Bounds may be cut in the middle of a character; such a one is no string and is not used. */
function decodeUtf8(bytes: Uint8Array): Bound | undefined {
  try {
    return { value: UTF8.decode(bytes), whole: true };
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
