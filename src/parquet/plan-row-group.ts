import type { SqlType } from '../common/types.ts';
import type { ColumnChunkMeta, FileRegion } from './column-chunk.ts';
import { parquetError, unsupportedParquet } from './errors.ts';
import type { ParquetFooter, ParquetRowGroup } from './parse-footer.ts';
import {
  type ColumnChunkInput,
  mapLeaves,
  type NestedColumnInput,
  nestedLeaves,
  type RowGroupInput,
} from './row-group-input.ts';
import type { ParquetColumn, ParquetLeaf } from './schema.ts';

const MAX_GAP_BYTES = 1024 * 1024;
const MAX_RANGE_BYTES = 16 * 1024 * 1024;

export interface RangeOptions {
  /** Unwanted bytes read rather than making another request; default 1 MiB. */
  readonly maxGapBytes?: number;
  /** Longest range of one request; default 16 MiB. */
  readonly maxRangeBytes?: number;
}

export interface RowGroupRequest {
  readonly footer: ParquetFooter;
  readonly uri: string;
  readonly etag: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly rowGroup: number;
  /** Indexes into `footer.schema`, one per column of the scan; null where the file lacks the column. */
  readonly columns: readonly (number | null)[];
}

/**
 * What a worker needs to read these columns of a row group, without a footer. Pure.
 * @throws UnsupportedError SQ2303, SQ2304 for a column that cannot be read; ExecutionError SQ3102 to SQ3104 for damaged metadata
 */
export function planRowGroup(request: RowGroupRequest): RowGroupInput {
  const { footer, uri, etag, size, rowGroup, columns } = request;
  const group = footer.rowGroup(rowGroup);
  const planned = new Map<number, ColumnChunkInput | NestedColumnInput>();
  for (const index of columns) {
    if (index !== null && !planned.has(index)) planned.set(index, planColumn(request, group, index));
  }
  const regions = [...planned.values()].flatMap(chunksOf).filter(({ length }) => length > 0);
  refuseOverlaps(uri, rowGroup, regions);
  const chunks = columns.map((index) => (index === null ? null : (planned.get(index) ?? null)));
  return {
    uri,
    etag,
    fileSize: size,
    rowGroup,
    rows: group.rows,
    chunks,
    ranges: planRanges(group.rows > 0 ? regions : []),
  };
}

/** The chunks that a column is read from. */
const chunksOf = (column: ColumnChunkInput | NestedColumnInput): readonly ColumnChunkInput[] =>
  'nested' in column ? nestedLeaves(column.nested) : [column];

function planColumn(
  { footer, uri }: RowGroupRequest,
  group: ParquetRowGroup,
  index: number,
): ColumnChunkInput | NestedColumnInput {
  const { name, leaf, nested, type, supported, reason } = footer.schema[index] as ParquetColumn;
  if (supported && leaf) return planChunk(uri, leaf, type, group.column(index));
  if (supported && nested) {
    const plan = (leaf: ParquetLeaf, type: SqlType) => planChunk(uri, leaf, type, group.leaf(leaf, type));
    return { path: [name], type, nested: mapLeaves(nested, plan) };
  }
  throw unsupportedParquet('SQ2303', uri, `column "${name}" cannot be read: ${reason}`);
}

/** A footer keeps its chunks, each of which belongs to one leaf: what is read of it is the same for every query. */
const PLANNED = new WeakMap<ColumnChunkMeta, ColumnChunkInput>();

function planChunk(uri: string, leaf: ParquetLeaf, type: SqlType, chunk: ColumnChunkMeta): ColumnChunkInput {
  const known = PLANNED.get(chunk);
  if (known) return known;
  if (chunk.codec === 'LZO') {
    throw unsupportedParquet('SQ2304', uri, `column "${leaf.path.join('.')}" is compressed with LZO`);
  }
  const { codec, offset, length, uncompressedLength, dataPageOffset, dictionaryPageOffset, values, encodings } = chunk;
  const planned: ColumnChunkInput = {
    path: leaf.path,
    physicalType: leaf.physicalType,
    ...(leaf.typeLength !== undefined && { typeLength: leaf.typeLength }),
    type,
    ...(leaf.timeUnit !== undefined && { timeUnit: leaf.timeUnit }),
    optional: leaf.optional,
    ...(leaf.levels && { levels: leaf.levels }),
    codec,
    offset,
    length,
    uncompressedLength,
    dataPageOffset,
    ...(dictionaryPageOffset !== undefined && { dictionaryPageOffset }),
    values,
    encodings,
  };
  PLANNED.set(chunk, planned);
  return planned;
}

function refuseOverlaps(uri: string, rowGroup: number, chunks: readonly ColumnChunkInput[]): void {
  const sorted = [...chunks].sort((a, b) => a.offset - b.offset);
  sorted.forEach((chunk, i) => {
    const before = sorted[i - 1];
    if (before === undefined || before.offset + before.length <= chunk.offset) return;
    const names = `columns "${before.path.join('.')}" and "${chunk.path.join('.')}"`;
    throw parquetError('SQ3104', uri, `${names} of row group ${rowGroup} share bytes`);
  });
}

/**
 * The ranges to read so that every region lies in one or continues over adjacent ones: regions apart by no more than the
 * gap are joined, what is then longer than the limit is cut into equal parts. Sorted by offset.
 */
export function planRanges(regions: readonly FileRegion[], options: RangeOptions = {}): readonly FileRegion[] {
  const { maxGapBytes = MAX_GAP_BYTES, maxRangeBytes = MAX_RANGE_BYTES } = options;
  const sorted = regions.filter(({ length }) => length > 0).sort((a, b) => a.offset - b.offset);
  const joined: { offset: number; length: number }[] = [];
  for (const { offset, length } of sorted) {
    const last = joined.at(-1);
    if (last && offset - (last.offset + last.length) <= maxGapBytes) {
      last.length = Math.max(last.length, offset + length - last.offset);
    } else joined.push({ offset, length });
  }
  return joined.flatMap((range) => cut(range, maxRangeBytes));
}

function cut(region: FileRegion, maxBytes: number): readonly FileRegion[] {
  const { offset, length } = region;
  if (length <= maxBytes) return [region];
  const parts = Math.ceil(length / maxBytes);
  const size = Math.ceil(length / parts);
  return Array.from({ length: parts }, (_, i) => ({
    offset: offset + i * size,
    length: Math.min(size, length - i * size),
  }));
}
