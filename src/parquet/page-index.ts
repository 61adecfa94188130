import type { SquallError } from '../common/errors.ts';
import type { ColumnChunkMeta } from './column-chunk.ts';
import { parquetError } from './errors.ts';
import { type ColumnConstraint, mayMatch } from './prune.ts';
import type { ParquetColumn, ParquetLeaf } from './schema.ts';
import { type ColumnOrder, type ColumnStatistics, columnStatistics } from './statistics.ts';
import { CompactReader, WIRE, type WireType } from './thrift/compact-reader.ts';

/** One data page of a chunk, from its header on. */
export interface PageLocation {
  /** In the file, bytes. */
  readonly offset: number;
  /** With the header, bytes. */
  readonly length: number;
  /** Rows of the row group, from `firstRow` to before `endRow`. */
  readonly firstRow: number;
  readonly endRow: number;
}

/** The chunk whose index it is. */
export interface PageIndexOwner {
  readonly uri: string;
  /** The column and its row group, for errors. */
  readonly where: string;
  readonly chunk: Pick<ColumnChunkMeta, 'offset' | 'length'>;
  /** Rows of the row group. */
  readonly rows: number;
}

/**
 * The data pages of a chunk that is not nested, in order, from its offset index. Pure.
 * @throws ExecutionError SQ3102 when it cannot be parsed, or names pages that cannot be
 */
export function parseOffsetIndex(bytes: Uint8Array, owner: PageIndexOwner): readonly PageLocation[] {
  const { chunk, rows } = owner;
  const damaged = damage(owner, 'offset index');
  const reader = new CompactReader(bytes, damaged);
  const starts: Omit<PageLocation, 'endRow'>[] = [];
  reader.struct(WIRE.STRUCT, (id, type) => {
    if (id === 1) reader.list(type, (element) => starts.push(readPageLocation(reader, element)));
    else reader.skip(type);
  });
  let end = chunk.offset;
  const pages = starts.map((page, i) => ({ ...page, endRow: starts[i + 1]?.firstRow ?? rows }));
  for (const [i, { offset, length, firstRow, endRow }] of pages.entries()) {
    if (offset < end || length <= 0 || offset + length > chunk.offset + chunk.length) {
      throw damaged(`page ${i} is said to be bytes ${offset} to ${offset + length}`);
    }
    end = offset + length;
    if ((i === 0 && firstRow !== 0) || endRow <= firstRow || endRow > rows) {
      throw damaged(`page ${i} is said to hold rows ${firstRow} to ${endRow} of ${rows}`);
    }
  }
  if (pages.length === 0 && rows > 0) throw damaged('it names no page');
  return pages;
}

function readPageLocation(reader: CompactReader, wire: WireType): Omit<PageLocation, 'endRow'> {
  let offset: number | undefined;
  let length: number | undefined;
  let firstRow: number | undefined;
  reader.struct(wire, (id, type) => {
    if (id === 1) offset = reader.i64(type);
    else if (id === 2) length = reader.i32(type);
    else if (id === 3) firstRow = reader.i64(type);
    else reader.skip(type);
  });
  if (offset === undefined || length === undefined || firstRow === undefined) {
    throw reader.error('an incomplete page location');
  }
  return { offset, length, firstRow };
}

export interface ColumnIndexOwner extends PageIndexOwner {
  readonly column: Pick<ParquetColumn, 'type'> & { readonly leaf: ParquetLeaf };
  /** The column's order as the footer names it; undefined when it names none. */
  readonly order: ColumnOrder | undefined;
}

/**
 * What the column index says about each page of `pages`, as far as it can be relied upon; a page that it calls all NULL has
 * as many NULLs as rows. Pure.
 * @throws ExecutionError SQ3102 when it cannot be parsed, or is about another number of pages
 */
export function parseColumnIndex(
  bytes: Uint8Array,
  pages: readonly PageLocation[],
  owner: ColumnIndexOwner,
): readonly ColumnStatistics[] {
  const damaged = damage(owner, 'column index');
  const { nullPages, min, max, nullCounts } = readColumnIndex(new CompactReader(bytes, damaged));
  for (const list of [nullPages, min, max, nullCounts ?? pages]) {
    if (list.length !== pages.length) throw damaged(`a list of ${list.length} for ${pages.length} pages`);
  }
  const { column, order } = owner;
  return pages.map(({ firstRow, endRow }, i) => {
    const rows = endRow - firstRow;
    const nullCount = nullCounts?.[i];
    if (!nullPages[i]) {
      const raw = { minValue: min[i] as Uint8Array, maxValue: max[i] as Uint8Array };
      const counted = nullCount === undefined ? raw : { ...raw, nullCount };
      return columnStatistics(counted, { ...column, rows, order });
    }
    const contradicted = nullCount !== undefined && nullCount !== rows;
    return { minExact: false, maxExact: false, ...(!contradicted && { nullCount: rows }) };
  });
}

interface RawColumnIndex {
  readonly nullPages: readonly boolean[];
  readonly min: readonly Uint8Array[];
  readonly max: readonly Uint8Array[];
  readonly nullCounts: readonly number[] | undefined;
}

function readColumnIndex(reader: CompactReader): RawColumnIndex {
  const nullPages: boolean[] = [];
  const min: Uint8Array[] = [];
  const max: Uint8Array[] = [];
  let nullCounts: number[] | undefined;
  reader.struct(WIRE.STRUCT, (id, type) => {
    switch (id) {
      case 1:
        // Elements of a list of bools are bytes, whatever their type says.
        reader.list(type, () => nullPages.push(reader.i8(WIRE.BYTE) === 1));
        break;
      case 2:
        reader.list(type, (element) => min.push(reader.binary(element)));
        break;
      case 3:
        reader.list(type, (element) => max.push(reader.binary(element)));
        break;
      case 5: {
        const counts: number[] = [];
        reader.list(type, (element) => counts.push(reader.i64(element)));
        nullCounts = counts;
        break;
      }
      default:
        reader.skip(type);
    }
  });
  return { nullPages, min, max, nullCounts };
}

const damage =
  ({ uri, where }: PageIndexOwner, what: string) =>
  (why: string): SquallError =>
    parquetError('SQ3102', uri, `the ${what} of ${where} is damaged: ${why}`);

/** For each page, false only when none of its rows can satisfy the constraint, which is one on this column. */
export function pagesMayMatch(
  pages: readonly PageLocation[],
  statistics: readonly ColumnStatistics[],
  constraint: ColumnConstraint,
  column: Pick<ParquetColumn, 'type' | 'leaf'>,
): readonly boolean[] {
  return pages.map(({ firstRow, endRow }, i) => mayMatch(constraint, column, statistics[i] ?? null, endRow - firstRow));
}

/** Rows of a row group, from `from` to before `to`. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** The rows of the pages that may match: ascending ranges, none next to another. */
export function matchingRows(pages: readonly PageLocation[], mayMatch: readonly boolean[]): readonly RowRange[] {
  const ranges: { from: number; to: number }[] = [];
  for (const [i, { firstRow, endRow }] of pages.entries()) {
    if (!mayMatch[i]) continue;
    const last = ranges.at(-1);
    if (last?.to === firstRow) last.to = endRow;
    else ranges.push({ from: firstRow, to: endRow });
  }
  return ranges;
}

/** The rows that are in both. Both ascend. */
export function intersectRows(a: readonly RowRange[], b: readonly RowRange[]): readonly RowRange[] {
  const common: RowRange[] = [];
  for (let i = 0, j = 0; ; ) {
    const [left, right] = [a[i], b[j]];
    if (left === undefined || right === undefined) return common;
    const from = Math.max(left.from, right.from);
    const to = Math.min(left.to, right.to);
    if (from < to) common.push({ from, to });
    if (left.to <= right.to) i++;
    else j++;
  }
}
