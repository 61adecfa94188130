import { crc32 } from 'node:zlib';
import { SquallError } from '../common/errors.ts';
import type { ByteRope } from './byte-rope.ts';
import { ENCODINGS } from './column-chunk.ts';
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
  /** As the format's enum names it; undefined where the header does not say one that the format knows. */
  readonly encoding: string | undefined;
  /** Whether the definition levels of a page of the first version are bit-packed without length. */
  readonly packedLevels: boolean;
  /** The same for repetition levels, which only nested columns have. */
  readonly packedRepetitions: boolean;
  /** Bytes of levels before the values, uncompressed; 0 for pages of the first version. */
  readonly repetitionBytes: number;
  readonly definitionBytes: number;
  /** False for a page of the second version whose values are stored as they are. */
  readonly compressed: boolean;
  readonly crc: number | undefined;
}

const PAGE_KINDS = ['data', 'index', 'dictionary', 'data_v2'] as const;
const HEADER_FIELDS: Readonly<Record<number, PageHeader['kind']>> = { 5: 'data', 7: 'dictionary', 8: 'data_v2' };

/** What a page may unpack to; more is taken for damage, since all of a chunk has to fit a 32-bit memory. */
const MAX_PAGE_BYTES = 1024 * 1024 * 1024;

/** Headers are short, unless their statistics have long texts. */
const USUAL_HEADER_BYTES = 1024;

/**
 * Walks over the pages of a chunk and checks that they fill it and that their values add up to the chunk's.
 * @throws ExecutionError SQ3105
 */
export function readPageHeaders(bytes: ByteRope, chunk: ColumnChunkInput, uri: string, where: string): PageHeader[] {
  const damaged = (why: string) => parquetError('SQ3105', uri, `${where} cannot be decoded: ${why}`);
  const pages: PageHeader[] = [];
  let at = 0;
  let values = 0;
  while (values < chunk.values) {
    const { offset, ...header } = headerAt(bytes, at, damaged);
    const { compressedSize, uncompressedSize } = header;
    if (compressedSize < 0 || compressedSize > bytes.length - offset) {
      throw damaged(`a page of ${compressedSize} bytes where ${bytes.length - offset} are left`);
    }
    if (uncompressedSize < 0 || uncompressedSize > MAX_PAGE_BYTES) {
      throw damaged(`a page that unpacks to ${uncompressedSize} bytes`);
    }
    if (header.values < 0) throw damaged(`a page of ${header.values} values`);
    pages.push({ offset, ...header });
    at = offset + compressedSize;
    if (header.kind === 'data' || header.kind === 'data_v2') values += header.values;
  }
  if (values !== chunk.values) throw damaged(`its pages hold ${values} values, not ${chunk.values}`);
  return pages;
}

/**
 * Checks the bytes of page number `index` against the checksum that its header names, if it does.
 * @throws ExecutionError SQ3109
 */
export function checkPage(bytes: ByteRope, page: PageHeader, index: number, uri: string, where: string): void {
  const { crc, offset, compressedSize } = page;
  if (crc === undefined) return;
  let computed = 0;
  for (const piece of bytes.pieces(offset, offset + compressedSize)) computed = crc32(piece, computed);
  if (computed === crc >>> 0) return;
  throw parquetError('SQ3109', uri, `${where} is damaged: page ${index} does not match its checksum`);
}

type KindHeader = Pick<
  PageHeader,
  'values' | 'encoding' | 'packedLevels' | 'packedRepetitions' | 'repetitionBytes' | 'definitionBytes' | 'compressed'
>;

const INDEX_PAGE: KindHeader = {
  values: 0,
  encoding: undefined,
  packedLevels: false,
  packedRepetitions: false,
  repetitionBytes: 0,
  definitionBytes: 0,
  compressed: true,
};

/** The header at a byte of a chunk. One that is longer than what is looked at first is read from all that is left. */
function headerAt(bytes: ByteRope, at: number, damaged: (why: string) => SquallError): PageHeader {
  const end = Math.min(bytes.length, at + USUAL_HEADER_BYTES);
  const read = (to: number): PageHeader => {
    const reader = new CompactReader(bytes.slice(at, to), damaged, 0, at);
    const header = readPageHeader(reader);
    return { offset: at + reader.position, ...header };
  };
  if (end === bytes.length) return read(end);
  try {
    return read(end);
  } catch (error) {
    if (!(error instanceof SquallError)) throw error;
    return read(bytes.length);
  }
}

function readPageHeader(reader: CompactReader): Omit<PageHeader, 'offset'> {
  let kind: PageHeader['kind'] | undefined;
  let compressedSize: number | undefined;
  let uncompressedSize: number | undefined;
  let crc: number | undefined;
  const headers: Partial<Record<PageHeader['kind'], KindHeader>> = { index: INDEX_PAGE };
  reader.struct(WIRE.STRUCT, (id, type) => {
    const kindOfHeader = HEADER_FIELDS[id];
    if (kindOfHeader) headers[kindOfHeader] = readKindHeader(reader, type, kindOfHeader === 'data_v2');
    else if (id === 1) kind = PAGE_KINDS[reader.i32(type)];
    else if (id === 2) uncompressedSize = reader.i32(type);
    else if (id === 3) compressedSize = reader.i32(type);
    else if (id === 4) crc = reader.i32(type);
    else reader.skip(type);
  });
  const header = kind && headers[kind];
  if (kind === undefined || compressedSize === undefined || uncompressedSize === undefined || header === undefined) {
    throw reader.error('an incomplete page header');
  }
  return { kind, compressedSize, uncompressedSize, crc, ...header };
}

const BIT_PACKED = 4;

/** The header of a data or dictionary page; those of the second version number their fields differently. */
function readKindHeader(reader: CompactReader, wire: WireType, second: boolean): KindHeader {
  let values: number | undefined;
  let encoding: string | undefined;
  let packedLevels = false;
  let packedRepetitions = false;
  let definitionBytes = 0;
  let repetitionBytes = 0;
  let compressed = true;
  reader.struct(wire, (id, type) => {
    if (id === 1) values = reader.i32(type);
    else if (id === (second ? 4 : 2)) encoding = ENCODINGS[reader.i32(type)];
    else if (!second && id === 3 && type === WIRE.I32) packedLevels = reader.i32(type) === BIT_PACKED;
    else if (!second && id === 4 && type === WIRE.I32) packedRepetitions = reader.i32(type) === BIT_PACKED;
    else if (second && id === 5) definitionBytes = reader.i32(type);
    else if (second && id === 6) repetitionBytes = reader.i32(type);
    else if (second && id === 7) compressed = reader.bool(type);
    else reader.skip(type);
  });
  if (values === undefined) throw reader.error('a page without value count');
  return { values, encoding, packedLevels, packedRepetitions, repetitionBytes, definitionBytes, compressed };
}
