import { crc32 } from 'node:zlib';
import { assertNever, SquallError } from '../common/errors.ts';
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
  const { whole } = bytes;
  const reader = whole && new CompactReader(whole, damaged);
  const pages: PageHeader[] = [];
  let at = 0;
  let values = 0;
  while (values < chunk.values) {
    const header = reader ? readPageHeader(reader, at) : headerAt(bytes, at, damaged);
    const { offset, compressedSize, uncompressedSize } = header;
    if (compressedSize < 0 || compressedSize > bytes.length - offset) {
      throw damaged(`a page of ${compressedSize} bytes where ${bytes.length - offset} are left`);
    }
    if (uncompressedSize < 0 || uncompressedSize > MAX_PAGE_BYTES) {
      throw damaged(`a page that unpacks to ${uncompressedSize} bytes`);
    }
    if (header.values < 0) throw damaged(`a page of ${header.values} values`);
    pages.push(header);
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

/** The header at a byte of a chunk in several pieces. One that is longer than what is looked at first is read from all that is left. */
function headerAt(bytes: ByteRope, at: number, damaged: (why: string) => SquallError): PageHeader {
  const end = Math.min(bytes.length, at + USUAL_HEADER_BYTES);
  const read = (to: number) => readPageHeader(new CompactReader(bytes.slice(at, to), damaged, 0, at), 0, at);
  if (end === bytes.length) return read(end);
  try {
    return read(end);
  } catch (error) {
    if (!(error instanceof SquallError)) throw error;
    return read(bytes.length);
  }
}

/** @param origin Where the reader's bytes begin in the chunk. */
function readPageHeader(reader: CompactReader, at: number, origin = 0): PageHeader {
  let kind: PageHeader['kind'] | undefined;
  let compressedSize: number | undefined;
  let uncompressedSize: number | undefined;
  let crc: number | undefined;
  let data: KindHeader | undefined;
  let dictionary: KindHeader | undefined;
  let second: KindHeader | undefined;
  reader.position = at;
  reader.enterStruct(WIRE.STRUCT);
  for (let id = 0; reader.nextField(id); ) {
    id = reader.fieldId;
    const type = reader.fieldType;
    switch (id) {
      case 1:
        kind = PAGE_KINDS[reader.i32(type)];
        break;
      case 2:
        uncompressedSize = reader.i32(type);
        break;
      case 3:
        compressedSize = reader.i32(type);
        break;
      case 4:
        crc = reader.i32(type);
        break;
      case 5:
        data = readKindHeader(reader, type);
        break;
      case 7:
        dictionary = readKindHeader(reader, type);
        break;
      case 8:
        second = readSecondHeader(reader, type);
        break;
      default:
        reader.skip(type);
    }
  }
  const header = headerOf(kind, data, dictionary, second);
  if (kind === undefined || compressedSize === undefined || uncompressedSize === undefined || header === undefined) {
    throw reader.error('an incomplete page header');
  }
  const { values, encoding, packedLevels, packedRepetitions, repetitionBytes, definitionBytes, compressed } = header;
  return {
    kind,
    offset: origin + reader.position,
    compressedSize,
    uncompressedSize,
    values,
    encoding,
    packedLevels,
    packedRepetitions,
    repetitionBytes,
    definitionBytes,
    compressed,
    crc,
  };
}

/** The part of a header that the page's kind asks for. */
function headerOf(
  kind: PageHeader['kind'] | undefined,
  data: KindHeader | undefined,
  dictionary: KindHeader | undefined,
  second: KindHeader | undefined,
): KindHeader | undefined {
  switch (kind) {
    case 'data':
      return data;
    case 'dictionary':
      return dictionary;
    case 'data_v2':
      return second;
    case 'index':
      return INDEX_PAGE;
    case undefined:
      return undefined;
    default:
      return assertNever(kind);
  }
}

const BIT_PACKED = 4;

/** The header of a dictionary page, or of a data page of the first version. */
function readKindHeader(reader: CompactReader, wire: WireType): KindHeader {
  let values: number | undefined;
  let encoding: string | undefined;
  let packedLevels = false;
  let packedRepetitions = false;
  reader.enterStruct(wire);
  for (let id = 0; reader.nextField(id); ) {
    id = reader.fieldId;
    const type = reader.fieldType;
    if (id === 1) values = reader.i32(type);
    else if (id === 2) encoding = ENCODINGS[reader.i32(type)];
    else if (id === 3 && type === WIRE.I32) packedLevels = reader.i32(type) === BIT_PACKED;
    else if (id === 4 && type === WIRE.I32) packedRepetitions = reader.i32(type) === BIT_PACKED;
    else reader.skip(type);
  }
  if (values === undefined) throw withoutCount(reader);
  return {
    values,
    encoding,
    packedLevels,
    packedRepetitions,
    repetitionBytes: 0,
    definitionBytes: 0,
    compressed: true,
  };
}

/** The header of a data page of the second version, whose fields have other numbers. */
function readSecondHeader(reader: CompactReader, wire: WireType): KindHeader {
  let values: number | undefined;
  let encoding: string | undefined;
  let definitionBytes = 0;
  let repetitionBytes = 0;
  let compressed = true;
  reader.enterStruct(wire);
  for (let id = 0; reader.nextField(id); ) {
    id = reader.fieldId;
    const type = reader.fieldType;
    if (id === 1) values = reader.i32(type);
    else if (id === 4) encoding = ENCODINGS[reader.i32(type)];
    else if (id === 5) definitionBytes = reader.i32(type);
    else if (id === 6) repetitionBytes = reader.i32(type);
    else if (id === 7) compressed = reader.bool(type);
    else reader.skip(type);
  }
  if (values === undefined) throw withoutCount(reader);
  return {
    values,
    encoding,
    packedLevels: false,
    packedRepetitions: false,
    repetitionBytes,
    definitionBytes,
    compressed,
  };
}

const withoutCount = (reader: CompactReader) => reader.error('a page without value count');
