import { assertNever } from '../common/errors.ts';
import type { SqlType, Value } from '../common/types.ts';
import { parquetError } from './errors.ts';
import type { ParquetLeaf } from './schema.ts';
import { CompactReader, WIRE, type WireType } from './thrift/compact-reader.ts';
import { xxhash64 } from './xxhash64.ts';

/**
 * A split block Bloom filter over the values of one column chunk: Putze, Sanders and Singler, "Cache-, Hash- and
 * Space-Efficient Bloom Filters", JEA 2009, as the format's BloomFilter.md has it.
 */
export interface BloomFilter {
  /** Blocks of 32 bytes. */
  readonly blocks: Uint8Array;
}

/** Bytes before the blocks, and of the blocks. */
export interface BloomFilterHeader {
  readonly headerBytes: number;
  readonly blockBytes: number;
}

export interface BloomFilterOwner {
  readonly uri: string;
  /** The column and its row group, for errors. */
  readonly where: string;
}

/** A header is shorter. */
export const MAX_BLOOM_HEADER_BYTES = 256;
const BLOCK_BYTES = 32;
const MAX_BLOCK_BYTES = 128 * 1024 * 1024;

/**
 * The header of a Bloom filter, for those whose length the footer does not name. Null for an algorithm, hash or compression
 * not known here: such a filter says nothing. Pure.
 * @throws ExecutionError SQ3102 when it cannot be parsed
 */
export function parseBloomFilterHeader(bytes: Uint8Array, { uri, where }: BloomFilterOwner): BloomFilterHeader | null {
  const damaged = (why: string) => parquetError('SQ3102', uri, `the Bloom filter of ${where} is damaged: ${why}`);
  const reader = new CompactReader(bytes, damaged);
  let blockBytes: number | undefined;
  const known = new Set<number>();
  reader.struct(WIRE.STRUCT, (id, type) => {
    if (id === 1) blockBytes = reader.i32(type);
    else if (id >= 2 && id <= 4) {
      if (isFirstOfUnion(reader, type)) known.add(id);
    } else reader.skip(type);
  });
  if (blockBytes === undefined) throw damaged('no length');
  if (blockBytes < BLOCK_BYTES || blockBytes > MAX_BLOCK_BYTES || blockBytes % BLOCK_BYTES !== 0) {
    throw damaged(`${blockBytes} bytes`);
  }
  return known.size === 3 ? { headerBytes: reader.position, blockBytes } : null;
}

/** Split blocks, XXH64 and no compression are each the first member of their union, and the only one. */
function isFirstOfUnion(reader: CompactReader, wire: WireType): boolean {
  let first = false;
  reader.struct(wire, (id, type) => {
    first = id === 1;
    reader.skip(type);
  });
  return first;
}

/**
 * The filter that begins at the first of `bytes`, which it keeps; null where its header is null. Pure.
 * @throws ExecutionError SQ3102 when it cannot be parsed
 */
export function parseBloomFilter(bytes: Uint8Array, owner: BloomFilterOwner): BloomFilter | null {
  const header = parseBloomFilterHeader(bytes, owner);
  if (header === null) return null;
  const { headerBytes, blockBytes } = header;
  const blocks = bytes.subarray(headerBytes, headerBytes + blockBytes);
  if (blocks.length === blockBytes) return { blocks };
  const why = `${blocks.length} of its ${blockBytes} bytes are there`;
  throw parquetError('SQ3102', owner.uri, `the Bloom filter of ${owner.where} is damaged: ${why}`);
}

/** False only when no value of the chunk equals this one, which is one of the column's type; NULL is in no filter. */
export function bloomMayContain(
  filter: BloomFilter,
  value: Value,
  column: { readonly type: SqlType; readonly leaf: ParquetLeaf },
): boolean {
  if (value === null) return true;
  const stored = storedForms(value, column.type, column.leaf);
  return stored === null || stored.some((bytes) => hashMayBeIn(filter, xxhash64(bytes)));
}

const SALTS = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];

function hashMayBeIn({ blocks }: BloomFilter, hash: bigint): boolean {
  const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.length);
  const block = Number(((hash >> 32n) * BigInt(blocks.length / BLOCK_BYTES)) >> 32n);
  const key = Number(hash & 0xffffffffn);
  return SALTS.every((salt, i) => {
    const bit = Math.imul(key, salt) >>> 27;
    return ((view.getUint32(block * BLOCK_BYTES + 4 * i, true) >>> bit) & 1) === 1;
  });
}

/** The ways in which the file may store a value, as they are hashed; none where it cannot; null where they are not known. */
function storedForms(value: Value, type: SqlType, leaf: ParquetLeaf): readonly Uint8Array[] | null {
  switch (leaf.physicalType) {
    case 'INT32':
      return integerForms(value, leaf, 4);
    case 'INT64':
      return integerForms(value, leaf, 8);
    case 'FLOAT':
    case 'DOUBLE':
      return floatForms(value, leaf.physicalType === 'FLOAT' ? 4 : 8);
    case 'BYTE_ARRAY':
      if (type.kind === 'varchar' && typeof value === 'string') return [new TextEncoder().encode(value)];
      return type.kind === 'blob' && value instanceof Uint8Array ? [value] : null;
    case 'FIXED_LEN_BYTE_ARRAY':
      return fixedForms(value, type, leaf.typeLength ?? 0);
    case 'BOOLEAN':
    case 'INT96':
      return null;
    default:
      return assertNever(leaf.physicalType);
  }
}

function integerForms(value: Value, { timeUnit }: ParquetLeaf, bytes: 4 | 8): readonly Uint8Array[] | null {
  if (typeof value !== 'bigint' && !Number.isInteger(value)) return null;
  // Many nanoseconds read as the same microsecond.
  if (timeUnit === 'nanos') return null;
  const whole = BigInt(value as bigint | number);
  if (timeUnit === 'millis' && whole % 1000n !== 0n) return [];
  const stored = timeUnit === 'millis' ? whole / 1000n : whole;
  const bits = bytes * 8;
  if (BigInt.asIntN(bits, stored) !== stored && BigInt.asUintN(bits, stored) !== stored) return [];
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, stored, true);
  return [new Uint8Array(view.buffer, 0, bytes)];
}

function floatForms(value: Value, bytes: 4 | 8): readonly Uint8Array[] | null {
  // NaN has many forms.
  if (typeof value !== 'number' || Number.isNaN(value)) return null;
  if (bytes === 4 && Math.fround(value) !== value) return [];
  const forms = value === 0 ? [0, -0] : [value];
  return forms.map((form) => {
    const view = new DataView(new ArrayBuffer(bytes));
    if (bytes === 4) view.setFloat32(0, form, true);
    else view.setFloat64(0, form, true);
    return new Uint8Array(view.buffer);
  });
}

function fixedForms(value: Value, { kind }: SqlType, length: number): readonly Uint8Array[] | null {
  if (kind === 'blob' && value instanceof Uint8Array) return value.length === length ? [value] : [];
  if (kind === 'uuid' && typeof value === 'string') return [Buffer.from(value.replaceAll('-', ''), 'hex')];
  if (kind !== 'decimal' || typeof value !== 'bigint') return null;
  if (BigInt.asIntN(8 * length, value) !== value) return [];
  const digits = BigInt.asUintN(8 * length, value).toString(16);
  return [Buffer.from(digits.padStart(2 * length, '0'), 'hex')];
}
