import type { SquallError } from '../common/errors.ts';
import { type SqlType, typeName } from '../common/types.ts';
import { type ColumnChunkMeta, ColumnChunkReader } from './column-chunk.ts';
import { parquetError, unsupportedParquet } from './errors.ts';
import { buildSchema, type ParquetColumn, type ParquetLeaf } from './schema.ts';
import { readSchemaElement, type SchemaElement } from './schema-element.ts';
import { type ColumnOrder, type ColumnStatistics, columnStatistics } from './statistics.ts';
import { CompactReader, WIRE, type WireType } from './thrift/compact-reader.ts';

/**
 * What a Parquet file says about itself. Parsed in one pass that only remembers where the column chunks' metadata begin;
 * they are parsed when first asked for. Damage found then throws ExecutionError SQ3102 to SQ3104 as well.
 */
export interface ParquetFooter {
  /** The file's name in errors. */
  readonly uri: string;
  /** Bytes. */
  readonly fileSize: number;
  /** Top-level columns, in the file's order. */
  readonly schema: readonly ParquetColumn[];
  readonly rows: number;
  readonly rowGroupCount: number;
  /** The writer, as it names itself. */
  readonly createdBy?: string;
  readonly keyValueMetadata: ReadonlyMap<string, string>;
  rowGroup(index: number): ParquetRowGroup;
  /** What the chunk's metadata say about its values; null when they say nothing, or for nested columns. */
  statistics(rowGroup: number, column: number): ColumnStatistics | null;
  /** What the bounds of a column are ordered by, here and in the column index; undefined for nested columns and old files. */
  columnOrder(column: number): ColumnOrder | undefined;
}

export interface ParquetRowGroup {
  readonly rows: number;
  /** Uncompressed, of all columns. */
  readonly bytes: number;
  /** Metadata of the chunk of a column of `schema`. Throws UnsupportedError SQ2303 for a nested column. */
  column(index: number): ColumnChunkMeta;
  /** Metadata of the chunk of a leaf of a nested column. */
  leaf(leaf: ParquetLeaf, type: SqlType): ColumnChunkMeta;
}

interface RowGroupIndex {
  readonly rows: number;
  readonly bytes: number;
  /** Where the metadata of each column chunk begins. */
  readonly starts: Uint32Array;
}

/** A column chunk that has been asked for; its statistics once they have been, too. */
interface KnownChunk {
  readonly meta: ColumnChunkMeta;
  statistics: ColumnStatistics | null | undefined;
}

/** Column chunks that a footer keeps parsed; those beyond are parsed whenever they are asked for. */
const MAX_KNOWN_CHUNKS = 4096;

/** Parses the serialised FileMetaData of a file. The footer keeps `bytes`. */
export function parseFooter(bytes: Uint8Array, file: { readonly uri: string; readonly size: number }): ParquetFooter {
  const { uri, size } = file;
  const reader = new CompactReader(bytes, (why) => parquetError('SQ3102', uri, `the footer is damaged: ${why}`));
  const { elements, rows, rowGroups, keyValueMetadata, createdBy, orders } = readFileMetaData(reader);
  const contradiction = (why: string) => parquetError('SQ3103', uri, `the footer contradicts itself: ${why}`);
  const { columns, leafCount } = buildSchema(elements, contradiction);
  checkCounts(rows, rowGroups, leafCount, contradiction);
  const chunks = new ColumnChunkReader(bytes, { uri, size });
  const known = new Map<number, KnownChunk>();

  const chunk = (rowGroup: number, column: number): ColumnChunkMeta => {
    const { name, leaf, type } = columns[column] as ParquetColumn;
    if (leaf === undefined) {
      throw unsupportedParquet('SQ2303', uri, `column "${name}" has the nested type ${typeName(type)}`);
    }
    return leafChunk(rowGroup, name, leaf, type).meta;
  };
  const leafChunk = (rowGroup: number, name: string, leaf: ParquetLeaf, type: SqlType): KnownChunk => {
    const key = rowGroup * leafCount + leaf.index;
    const kept = known.get(key);
    if (kept) return kept;
    const { starts, rows } = rowGroups[rowGroup] as RowGroupIndex;
    const meta = chunks.read(starts[leaf.index] as number, { name, leaf, type, rowGroup, rows });
    const chunk: KnownChunk = { meta, statistics: undefined };
    if (known.size < MAX_KNOWN_CHUNKS) known.set(key, chunk);
    return chunk;
  };
  return {
    uri,
    fileSize: size,
    schema: columns,
    rows,
    rowGroupCount: rowGroups.length,
    keyValueMetadata,
    ...(createdBy !== undefined && { createdBy }),
    rowGroup(index) {
      const { rows, bytes } = rowGroups[index] as RowGroupIndex;
      return {
        rows,
        bytes,
        column: (column) => chunk(index, column),
        leaf: (leaf, type) => leafChunk(index, leaf.path.join('.'), leaf, type).meta,
      };
    },
    statistics(rowGroup, column) {
      const { name, leaf, supported, type } = columns[column] as ParquetColumn;
      if (leaf === undefined || !supported) return null;
      const chunk = leafChunk(rowGroup, name, leaf, type);
      if (chunk.statistics === undefined) {
        const raw = chunk.meta.statistics;
        const { rows } = rowGroups[rowGroup] as RowGroupIndex;
        chunk.statistics = raw ? columnStatistics(raw, { leaf, type, rows, order: orders[leaf.index] }) : null;
      }
      return chunk.statistics;
    },
    columnOrder(column) {
      const { leaf } = columns[column] as ParquetColumn;
      return leaf && orders[leaf.index];
    },
  };
}

interface FileMetaData {
  readonly elements: readonly SchemaElement[];
  readonly rows: number;
  readonly rowGroups: readonly RowGroupIndex[];
  readonly keyValueMetadata: ReadonlyMap<string, string>;
  readonly createdBy: string | undefined;
  readonly orders: readonly ColumnOrder[];
}

function readFileMetaData(reader: CompactReader): FileMetaData {
  const elements: SchemaElement[] = [];
  const rowGroups: RowGroupIndex[] = [];
  const keyValueMetadata = new Map<string, string>();
  const orders: ColumnOrder[] = [];
  let rows: number | undefined;
  let createdBy: string | undefined;
  let hasRowGroups = false;
  reader.struct(WIRE.STRUCT, (id, type) => {
    switch (id) {
      case 2:
        reader.list(type, (element) => elements.push(readSchemaElement(reader, element)));
        break;
      case 3:
        rows = reader.i64(type);
        break;
      case 4:
        hasRowGroups = true;
        reader.list(type, (element) => rowGroups.push(indexRowGroup(reader, element)));
        break;
      case 5:
        reader.list(type, (element) => readKeyValue(reader, element, keyValueMetadata));
        break;
      case 6:
        createdBy = reader.string(type);
        break;
      case 7:
        reader.list(type, (element) => orders.push(readColumnOrder(reader, element)));
        break;
      default:
        reader.skip(type);
    }
  });
  if (elements.length === 0) throw reader.error('no schema');
  if (rows === undefined) throw reader.error('no row count');
  if (!hasRowGroups) throw reader.error('no list of row groups');
  return { elements, rows, rowGroups, keyValueMetadata, createdBy, orders };
}

/** More do not fit a 32-bit memory, and a scan of no column would count them for days. */
const MAX_ROW_GROUP_ROWS = 2 ** 32;

function checkCounts(
  rows: number,
  rowGroups: readonly RowGroupIndex[],
  leafCount: number,
  contradiction: (why: string) => SquallError,
): void {
  let counted = 0;
  rowGroups.forEach((group, index) => {
    if (group.rows < 0 || group.rows > MAX_ROW_GROUP_ROWS) {
      throw contradiction(`row group ${index} has ${group.rows} rows`);
    }
    const chunks = group.starts.length;
    if (chunks !== leafCount) {
      throw contradiction(`row group ${index} has ${chunks} column chunks, the schema ${leafCount} columns`);
    }
    counted += group.rows;
  });
  if (counted !== rows) throw contradiction(`it counts ${rows} rows, its row groups ${counted}`);
}

function indexRowGroup(reader: CompactReader, wire: WireType): RowGroupIndex {
  let rows: number | undefined;
  let bytes = 0;
  let starts: Uint32Array | undefined;
  reader.struct(wire, (id, type) => {
    switch (id) {
      case 1:
        starts = indexColumnChunks(reader, type);
        break;
      case 2:
        bytes = reader.i64(type);
        break;
      case 3:
        rows = reader.i64(type);
        break;
      default:
        reader.skip(type);
    }
  });
  if (starts === undefined) throw reader.error('a row group without column chunks');
  if (rows === undefined) throw reader.error('a row group without row count');
  return { rows, bytes, starts };
}

function indexColumnChunks(reader: CompactReader, type: WireType): Uint32Array {
  const { size, elementType } = reader.listHeader(type);
  if (elementType !== WIRE.STRUCT && size > 0) throw reader.error(`column chunks of wire type ${elementType}`);
  const starts = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    starts[i] = reader.position;
    reader.skipStruct();
  }
  return starts;
}

function readKeyValue(reader: CompactReader, wire: WireType, into: Map<string, string>): void {
  let key = '';
  let value = '';
  reader.struct(wire, (id, type) => {
    if (id === 1) key = reader.string(type);
    else if (id === 2) value = reader.string(type);
    else reader.skip(type);
  });
  into.set(key, value);
}

const COLUMN_ORDERS: Readonly<Record<number, ColumnOrder>> = { 1: 'type', 2: 'ieee754' };

function readColumnOrder(reader: CompactReader, wire: WireType): ColumnOrder {
  let order: ColumnOrder = 'unknown';
  reader.struct(wire, (id, type) => {
    order = COLUMN_ORDERS[id] ?? 'unknown';
    reader.skip(type);
  });
  return order;
}
