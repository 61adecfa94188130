import type { SquallError } from '../common/errors.ts';
import type { SqlType } from '../common/types.ts';
import { parquetError, unsupportedParquet } from './errors.ts';
import type { Codec, PhysicalType } from './row-group-input.ts';
import type { ParquetLeaf } from './schema.ts';
import { named, readPhysicalType } from './schema-element.ts';
import { type RawStatistics, readStatistics } from './statistics.ts';
import { CompactReader, WIRE, type WireType } from './thrift/compact-reader.ts';

/** A column chunk as the footer describes it, checked: it lies inside the file and belongs to its column. */
export interface ColumnChunkMeta {
  readonly codec: Codec;
  readonly encodings: readonly string[];
  readonly values: number;
  /** First byte of the chunk. */
  readonly offset: number;
  /** Compressed bytes, page headers included. */
  readonly length: number;
  readonly uncompressedLength: number;
  readonly dataPageOffset: number;
  readonly dictionaryPageOffset?: number;
  /** As stored; `ParquetFooter.statistics` gives them as values. */
  readonly statistics?: RawStatistics;
  readonly offsetIndex?: FileRegion;
  readonly columnIndex?: FileRegion;
  /** The length is 0 where the writer did not say it. */
  readonly bloomFilter?: FileRegion;
}

/** Bytes of a file. */
export interface FileRegion {
  readonly offset: number;
  readonly length: number;
}

const CODECS: readonly Codec[] = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'LZO', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW'];

export const ENCODINGS: readonly string[] = [
  'PLAIN',
  'GROUP_VAR_INT',
  'PLAIN_DICTIONARY',
  'RLE',
  'BIT_PACKED',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
  'RLE_DICTIONARY',
  'BYTE_STREAM_SPLIT',
  'ALP',
];

const MAGIC_BYTES = 4;

export interface ChunkOwner {
  readonly name: string;
  readonly leaf: ParquetLeaf;
  readonly type: SqlType;
  readonly rowGroup: number;
  readonly rows: number;
}

/** Parses the metadata of single column chunks out of a footer. */
export class ColumnChunkReader {
  readonly #bytes: Uint8Array;
  readonly #uri: string;
  readonly #fileSize: number;

  constructor(bytes: Uint8Array, file: { readonly uri: string; readonly size: number }) {
    this.#bytes = bytes;
    this.#uri = file.uri;
    this.#fileSize = file.size;
  }

  /** The chunk whose metadata begin at `start` of the footer. */
  read(start: number, owner: ChunkOwner): ColumnChunkMeta {
    const where = `column "${owner.name}" of row group ${owner.rowGroup}`;
    const damaged = (why: string) => parquetError('SQ3102', this.#uri, `the footer is damaged in ${where}: ${why}`);
    const reader = new CompactReader(this.#bytes, damaged, start);
    const fields = readColumnChunk(reader);
    if (fields.encrypted) throw unsupportedParquet('SQ2302', this.#uri, `${where} is encrypted`);
    if (fields.filePath) throw unsupportedParquet('SQ2304', this.#uri, `${where} is in another file`);
    const raw = complete(fields, reader);
    this.#checkOwner(raw, owner, (why) =>
      parquetError('SQ3103', this.#uri, `the footer contradicts itself: ${where} ${why}`),
    );
    return this.#place(raw, (why) => parquetError('SQ3104', this.#uri, `${where} ${why}`));
  }

  #checkOwner(raw: RawColumnChunk, { leaf, rows }: ChunkOwner, contradiction: (why: string) => SquallError): void {
    if (raw.physicalType !== leaf.physicalType) {
      throw contradiction(`has type ${raw.physicalType}, its schema ${leaf.physicalType}`);
    }
    if (raw.path.length !== leaf.path.length || raw.path.some((name, i) => name !== leaf.path[i])) {
      throw contradiction(`is called ${JSON.stringify(raw.path.join('.'))}`);
    }
    // An empty or null list has an entry of its own in the levels.
    const repeats = leaf.levels !== undefined && leaf.levels.repetition > 0;
    if (repeats ? raw.values < rows : raw.values !== rows) {
      throw contradiction(`has ${raw.values} values for ${rows} rows`);
    }
  }

  #place(raw: RawColumnChunk, misplaced: (why: string) => SquallError): ColumnChunkMeta {
    const { dataPageOffset, dictionaryPageOffset, length, uncompressedLength } = raw;
    // Old writers put 0 where there is no dictionary page, and some an offset behind the data pages.
    const hasDictionary = dictionaryPageOffset > 0 && dictionaryPageOffset < dataPageOffset;
    const offset = hasDictionary ? dictionaryPageOffset : dataPageOffset;
    const end = offset + length;
    if (length < 0 || uncompressedLength < 0) throw misplaced(`is ${Math.min(length, uncompressedLength)} bytes long`);
    if (raw.values > 0 && length === 0) throw misplaced(`holds ${raw.values} values in 0 bytes`);
    if (length > 0 && (offset < MAGIC_BYTES || end > this.#fileSize)) {
      throw misplaced(`is said to be bytes ${offset} to ${end} of a file of ${this.#fileSize} bytes`);
    }
    if (hasDictionary && dataPageOffset > end) throw misplaced('has its data pages behind its end');
    return {
      codec: raw.codec,
      encodings: raw.encodings,
      values: raw.values,
      offset,
      length,
      uncompressedLength,
      dataPageOffset,
      ...(hasDictionary && { dictionaryPageOffset }),
      ...(raw.statistics !== undefined && { statistics: raw.statistics }),
      ...this.#region('offsetIndex', raw.offsetIndex),
      ...this.#region('columnIndex', raw.columnIndex),
      ...this.#region('bloomFilter', raw.bloomFilter),
    };
  }

  /** Optional structures are left out when they cannot be where they are said to be: reading does not need them. */
  #region(name: string, { offset, length }: FileRegion): { readonly [name: string]: FileRegion } | undefined {
    const inside = offset >= MAGIC_BYTES && length >= 0 && offset + length <= this.#fileSize;
    return inside ? { [name]: { offset, length } } : undefined;
  }
}

interface RawColumnChunk {
  readonly physicalType: PhysicalType;
  readonly encodings: readonly string[];
  readonly path: readonly string[];
  readonly codec: Codec;
  readonly values: number;
  readonly uncompressedLength: number;
  readonly length: number;
  readonly dataPageOffset: number;
  readonly dictionaryPageOffset: number;
  readonly statistics: RawStatistics | undefined;
  readonly offsetIndex: FileRegion;
  readonly columnIndex: FileRegion;
  readonly bloomFilter: FileRegion;
}

/** Fields as they are met; `complete` demands those that the format requires. */
interface ChunkFields extends Partial<Mutable<RawColumnChunk>> {
  filePath?: string;
  encrypted?: true;
  offsets: Record<'offsetIndex' | 'columnIndex' | 'bloomFilter', Mutable<FileRegion>>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function readColumnChunk(reader: CompactReader): ChunkFields {
  const region = () => ({ offset: 0, length: 0 });
  const fields: ChunkFields = {
    offsets: { offsetIndex: region(), columnIndex: region(), bloomFilter: region() },
  };
  const { offsetIndex, columnIndex } = fields.offsets;
  reader.struct(WIRE.STRUCT, (id, type) => {
    switch (id) {
      case 1:
        fields.filePath = reader.string(type);
        break;
      case 3:
        readColumnMetaData(reader, type, fields);
        break;
      case 4:
        offsetIndex.offset = reader.i64(type);
        break;
      case 5:
        offsetIndex.length = reader.i32(type);
        break;
      case 6:
        columnIndex.offset = reader.i64(type);
        break;
      case 7:
        columnIndex.length = reader.i32(type);
        break;
      case 8:
        fields.encrypted = true;
        reader.skip(type);
        break;
      default:
        reader.skip(type);
    }
  });
  return fields;
}

function complete(fields: ChunkFields, reader: CompactReader): RawColumnChunk {
  const { physicalType, path, codec, values, length, uncompressedLength, dataPageOffset, offsets } = fields;
  if (physicalType === undefined) throw reader.error('no type');
  if (path === undefined) throw reader.error('no path');
  if (codec === undefined) throw reader.error('no codec');
  if (values === undefined) throw reader.error('no value count');
  if (length === undefined) throw reader.error('no length');
  if (uncompressedLength === undefined) throw reader.error('no uncompressed length');
  if (dataPageOffset === undefined) throw reader.error('no data page offset');
  const { encodings = [], dictionaryPageOffset = 0, statistics } = fields;
  const { offsetIndex, columnIndex, bloomFilter } = offsets;
  return {
    physicalType,
    encodings,
    path,
    codec,
    values,
    uncompressedLength,
    length,
    dataPageOffset,
    dictionaryPageOffset,
    statistics,
    offsetIndex,
    columnIndex,
    bloomFilter,
  };
}

function readColumnMetaData(reader: CompactReader, wire: WireType, chunk: ChunkFields): void {
  const { bloomFilter } = chunk.offsets;
  const encodings: string[] = [];
  const path: string[] = [];
  reader.struct(wire, (id, type) => {
    switch (id) {
      case 1:
        chunk.physicalType = readPhysicalType(reader, type);
        break;
      case 2:
        reader.list(type, (element) => encodings.push(named(reader, ENCODINGS, reader.i32(element), 'encoding')));
        break;
      case 3:
        reader.list(type, (element) => path.push(reader.string(element)));
        chunk.path = path;
        break;
      case 4:
        chunk.codec = readCodec(reader, type);
        break;
      case 5:
        chunk.values = reader.i64(type);
        break;
      case 6:
        chunk.uncompressedLength = reader.i64(type);
        break;
      case 7:
        chunk.length = reader.i64(type);
        break;
      case 9:
        chunk.dataPageOffset = reader.i64(type);
        break;
      case 11:
        chunk.dictionaryPageOffset = reader.i64(type);
        break;
      case 12:
        chunk.statistics = readStatistics(reader, type);
        break;
      case 14:
        bloomFilter.offset = reader.i64(type);
        break;
      case 15:
        bloomFilter.length = reader.i32(type);
        break;
      default:
        reader.skip(type);
    }
  });
  chunk.encodings = encodings;
}

const readCodec = (reader: CompactReader, type: WireType) => named(reader, CODECS, reader.i32(type), 'codec');
