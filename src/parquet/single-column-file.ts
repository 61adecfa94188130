import type { ColumnChunkInput, PhysicalType } from './row-group-input.ts';
import { PHYSICAL_TYPES } from './schema-element.ts';
import { encodeThrift, type ThriftStruct, type ThriftValue } from './thrift/compact-writer.ts';

const MAGIC = Buffer.from('PAR1');
const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'LZO', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW'];
const INT96_BYTES = 12;

/**
 * A complete Parquet file with this column chunk as its only column and row group, for readers that want a whole file. The
 * column is called `c`. Annotations that make such readers convert values are left out: integers, dates and times arrive
 * as they are stored, INT96 as 12 bytes. Strings keep theirs, so that UTF-8 is verified, and so do decimals in bytes.
 */
export function singleColumnFile(chunk: ColumnChunkInput, bytes: Uint8Array): Uint8Array {
  const footer = encodeThrift(fileMetaData(chunk));
  const file = new Uint8Array(MAGIC.length + bytes.length + footer.length + 8);
  file.set(MAGIC);
  file.set(bytes, MAGIC.length);
  const end = MAGIC.length + bytes.length;
  file.set(footer, end);
  new DataView(file.buffer).setUint32(end + footer.length, footer.length, true);
  file.set(MAGIC, end + footer.length + 4);
  return file;
}

function fileMetaData(chunk: ColumnChunkInput): ThriftStruct {
  const rows = { i64: chunk.values };
  const bytes = { i64: chunk.uncompressedLength };
  const root: ThriftStruct = { 4: { binary: 'schema' }, 5: { i32: 1 } };
  const rowGroup: ThriftStruct = { 1: { list: [{ struct: columnChunk(chunk) }] }, 2: bytes, 3: rows };
  return {
    1: { i32: 2 },
    2: { list: [{ struct: root }, { struct: schemaElement(chunk) }] },
    3: rows,
    4: { list: [{ struct: rowGroup }] },
  };
}

function schemaElement(chunk: ColumnChunkInput): ThriftStruct {
  const { type } = chunk;
  const length = chunk.physicalType === 'INT96' ? INT96_BYTES : chunk.typeLength;
  const byteDecimal = type.kind === 'decimal' && isBytes(chunk.physicalType) ? type : undefined;
  return {
    1: { i32: physicalIndex(chunk) },
    2: length === undefined ? undefined : { i32: length },
    3: { i32: chunk.optional ? 1 : 0 },
    4: { binary: 'c' },
    6: type.kind === 'varchar' ? { i32: 0 } : byteDecimal && { i32: 5 },
    7: byteDecimal && { i32: byteDecimal.scale },
    8: byteDecimal && { i32: byteDecimal.precision },
  };
}

function columnChunk(chunk: ColumnChunkInput): ThriftStruct {
  const moved = (offset: number): ThriftValue => ({ i64: offset - chunk.offset + MAGIC.length });
  const metaData: ThriftStruct = {
    1: { i32: physicalIndex(chunk) },
    2: { list: [{ i32: 0 }, { i32: 3 }] },
    3: { list: [{ binary: 'c' }] },
    4: { i32: CODECS.indexOf(chunk.codec) },
    5: { i64: chunk.values },
    6: { i64: chunk.uncompressedLength },
    7: { i64: chunk.length },
    9: moved(chunk.dataPageOffset),
    11: chunk.dictionaryPageOffset === undefined ? undefined : moved(chunk.dictionaryPageOffset),
  };
  return { 2: { i64: 0 }, 3: { struct: metaData } };
}

const isBytes = (type: PhysicalType) => type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY';

const physicalIndex = ({ physicalType }: ColumnChunkInput) =>
  PHYSICAL_TYPES.indexOf(physicalType === 'INT96' ? 'FIXED_LEN_BYTE_ARRAY' : physicalType);
