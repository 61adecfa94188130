import { crc32 } from 'node:zlib';
import { parquetError } from './errors.ts';
import type { ColumnChunkInput } from './row-group-input.ts';
import { CompactReader, WIRE, type WireType } from './thrift/compact-reader.ts';

/** The header of one page of a column chunk, checked against the chunk's bytes. */
export interface PageHeader {
  readonly kind: 'dictionary' | 'data' | 'data_v2' | 'index';
  /** Where the page's bytes begin in the chunk, after the header. */
  readonly offset: number;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly values: number;
}

const PAGE_KINDS = ['data', 'index', 'dictionary', 'data_v2'] as const;
const VALUE_COUNT_FIELDS: Readonly<Record<number, PageHeader['kind']>> = { 5: 'data', 7: 'dictionary', 8: 'data_v2' };

/** What a page may unpack to; more is taken for damage, since all of a chunk has to fit a 32-bit memory. */
const MAX_PAGE_BYTES = 1024 * 1024 * 1024;

/**
 * Walks over the pages of a chunk and checks that they fill it, that their values add up to the chunk's, and that they have
 * the checksum their header names.
 * @throws ExecutionError SQ3105, SQ3109
 */
export function readPageHeaders(bytes: Uint8Array, chunk: ColumnChunkInput, uri: string, where: string): PageHeader[] {
  const damaged = (why: string) => parquetError('SQ3105', uri, `${where} cannot be decoded: ${why}`);
  const pages: PageHeader[] = [];
  let at = 0;
  let values = 0;
  while (values < chunk.values) {
    const reader = new CompactReader(bytes, damaged, at);
    const { kind, crc, ...sizes } = readPageHeader(reader);
    const offset = reader.position;
    const { compressedSize, uncompressedSize } = sizes;
    if (compressedSize < 0 || compressedSize > bytes.length - offset) {
      throw damaged(`a page of ${compressedSize} bytes where ${bytes.length - offset} are left`);
    }
    if (uncompressedSize < 0 || uncompressedSize > MAX_PAGE_BYTES) {
      throw damaged(`a page that unpacks to ${uncompressedSize} bytes`);
    }
    if (sizes.values < 0) throw damaged(`a page of ${sizes.values} values`);
    if (crc !== undefined && crc32(bytes.subarray(offset, offset + compressedSize)) !== crc >>> 0) {
      throw parquetError('SQ3109', uri, `${where} is damaged: page ${pages.length} does not match its checksum`);
    }
    pages.push({ kind, offset, ...sizes });
    at = offset + compressedSize;
    if (kind === 'data' || kind === 'data_v2') values += sizes.values;
  }
  if (values !== chunk.values) throw damaged(`its pages hold ${values} values, not ${chunk.values}`);
  return pages;
}

function readPageHeader(reader: CompactReader): Omit<PageHeader, 'offset'> & { readonly crc: number | undefined } {
  let kind: PageHeader['kind'] | undefined;
  let compressedSize: number | undefined;
  let uncompressedSize: number | undefined;
  let crc: number | undefined;
  const counts: Partial<Record<PageHeader['kind'], number>> = { index: 0 };
  reader.struct(WIRE.STRUCT, (id, type) => {
    const counted = VALUE_COUNT_FIELDS[id];
    if (counted) counts[counted] = readValueCount(reader, type);
    else if (id === 1) kind = PAGE_KINDS[reader.i32(type)];
    else if (id === 2) uncompressedSize = reader.i32(type);
    else if (id === 3) compressedSize = reader.i32(type);
    else if (id === 4) crc = reader.i32(type);
    else reader.skip(type);
  });
  const values = kind && counts[kind];
  if (kind === undefined || compressedSize === undefined || uncompressedSize === undefined || values === undefined) {
    throw reader.error('an incomplete page header');
  }
  return { kind, compressedSize, uncompressedSize, values, crc };
}

function readValueCount(reader: CompactReader, wire: WireType): number {
  let count: number | undefined;
  reader.struct(wire, (id, type) => {
    if (id === 1) count = reader.i32(type);
    else reader.skip(type);
  });
  if (count === undefined) throw reader.error('a page without value count');
  return count;
}
