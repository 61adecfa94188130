import { isFloat, isInteger, type SqlType, sameType, type Value } from '../../common/types.ts';
import type { ColumnChunkMeta } from '../../parquet/column-chunk.ts';
import { compareValues } from '../../parquet/compare-values.ts';
import type { ParquetFooter } from '../../parquet/parse-footer.ts';
import type { ParquetColumn } from '../../parquet/schema.ts';
import type { ColumnStatistics } from '../../parquet/statistics.ts';
import type { SourceStatistics } from './table-source.ts';

/** A file and where it has the column; null where it lacks it. */
export interface ColumnInFile {
  readonly footer: ParquetFooter;
  readonly position: number | null;
}

/** Row groups that are looked at, spread evenly over a table that has more. */
const MAX_CHUNKS = 512;
/** A column whose estimate comes so close to its rows may have all values different. */
const NEARLY_ALL = 0.8;
/** Of a dictionary page, before its values. */
const PAGE_HEADER_BYTES = 20;
const LENGTH_BYTES = 4;

/**
 * What the footers tell of a column of a table. The number of different values is written by some writers; else it follows
 * from the range of whole numbers and from the size of dictionary pages and of the indexes into them.
 */
export function columnStatistics(files: readonly ColumnInFile[], type: SqlType): SourceStatistics | null {
  const rows = files.reduce((sum, { footer }) => sum + footer.rows, 0);
  const chunks = chosenChunks(files).flatMap((place) => chunkFacts(place, type));
  if (chunks.length === 0) return null;
  const bounds = boundsOf(chunks, type);
  const seen = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const missing = files.reduce((sum, { footer, position }) => (position === null ? sum + footer.rows : sum), 0);
  const scale = seen > 0 ? (rows - missing) / seen : 0;
  const nullCounts = chunks.map(({ nulls }) => nulls);
  const nullCount = nullCounts.every((count) => count !== null)
    ? missing + scale * nullCounts.reduce((sum, count) => sum + count, 0)
    : null;
  const present = rows - (nullCount ?? missing);
  const { distinct, unique } = distinctValues(chunks, { type, rows: present, range: rangeOf(bounds, type), scale });
  const bytes = averageBytes(chunks);
  const groups = files.reduce((sum, { footer, position }) => sum + (position === null ? 0 : footer.rowGroupCount), 0);
  return {
    ...bounds,
    ...(bounds.min !== undefined && chunks.length === groups && ({ boundsAll: true } as const)),
    ...(nullCount !== null && { nullCount }),
    ...(distinct !== null && { distinct }),
    unique,
    ...(bytes !== null && { bytes }),
  };
}

interface ChunkPlace {
  readonly footer: ParquetFooter;
  readonly position: number;
  readonly rowGroup: number;
}

interface ChunkFacts {
  readonly rows: number;
  readonly nulls: number | null;
  readonly min: Value | undefined;
  readonly max: Value | undefined;
  /** Different values; null when nothing tells, or when nothing says that there are fewer than values. */
  readonly distinct: number | null;
  /** Bytes of a value of no fixed width. */
  readonly bytes: number | null;
}

function chosenChunks(files: readonly ColumnInFile[]): readonly ChunkPlace[] {
  const all = files.flatMap(({ footer, position }) =>
    position === null
      ? []
      : Array.from({ length: footer.rowGroupCount }, (_, rowGroup) => ({ footer, position, rowGroup })),
  );
  const every = Math.ceil(all.length / MAX_CHUNKS);
  return every <= 1 ? all : all.filter((_, i) => i % every === 0 || i === all.length - 1);
}

/** Per footer, by row group and column: footers stay, tables come and go with each query. */
const KNOWN = new WeakMap<ParquetFooter, Map<number, ChunkFacts | null>>();

function chunkFacts(place: ChunkPlace, type: SqlType): readonly ChunkFacts[] {
  const { footer, position, rowGroup } = place;
  const known = KNOWN.get(footer) ?? new Map<number, ChunkFacts | null>();
  KNOWN.set(footer, known);
  const key = rowGroup * footer.schema.length + position;
  let facts = known.get(key);
  if (facts === undefined) {
    facts = readChunkFacts(place);
    known.set(key, facts);
  }
  if (facts === null) return [];
  const comparable = sameType((footer.schema[position] as ParquetColumn).type, type);
  return [comparable ? facts : { ...facts, min: undefined, max: undefined }];
}

function readChunkFacts({ footer, position, rowGroup }: ChunkPlace): ChunkFacts | null {
  const column = footer.schema[position];
  const { rows } = footer.rowGroup(rowGroup);
  if (!column?.supported || !column.leaf || rows === 0) return null;
  const chunk = footer.rowGroup(rowGroup).column(position);
  const statistics = footer.statistics(rowGroup, position);
  const length = textLength(chunk, statistics);
  return {
    rows,
    nulls: statistics?.nullCount ?? (column.leaf.optional ? null : 0),
    min: statistics?.min,
    max: statistics?.max,
    distinct: statistics?.distinctCount ?? dictionaryValues(chunk, column.leaf.physicalType, length),
    bytes: length,
  };
}

const WIDTHS: Readonly<Record<string, number>> = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8, INT96: 12 };

/** Bytes of a text: of those in the pages when they are plain, else of the smallest and the largest. */
function textLength(chunk: ColumnChunkMeta, statistics: ColumnStatistics | null): number | null {
  const ends = [statistics?.min, statistics?.max].flatMap((end) =>
    typeof end === 'string' ? [Buffer.byteLength(end)] : end instanceof Uint8Array ? [end.length] : [],
  );
  if (ends.length === 0) return null;
  if (chunk.dictionaryPageOffset === undefined && chunk.values > 0) {
    return Math.max(0, chunk.uncompressedLength / chunk.values - LENGTH_BYTES);
  }
  return ends.reduce((sum, end) => sum + end, 0) / ends.length;
}

/**
 * Entries of the chunk's dictionary: its bytes by the bytes of an entry, corrected by the width of the indexes, which have the
 * fewest bits that number the entries. Null without a dictionary.
 */
function dictionaryValues(chunk: ColumnChunkMeta, physicalType: string, length: number | null): number | null {
  if (chunk.dictionaryPageOffset === undefined || chunk.values === 0) return null;
  const dictionary = chunk.dataPageOffset - chunk.dictionaryPageOffset;
  const width = WIDTHS[physicalType] ?? LENGTH_BYTES + (length ?? LENGTH_BYTES);
  const byBytes = Math.max(1, (dictionary - PAGE_HEADER_BYTES) / width);
  const bits = Math.floor(((chunk.uncompressedLength - dictionary) * 8) / chunk.values);
  // Runs of one value take no bits, so few bits prove nothing.
  const least = bits >= 2 && bits <= 24 ? 2 ** (bits - 1) + 1 : 1;
  return Math.min(chunk.values, Math.max(byBytes, least));
}

interface Bounds {
  readonly min?: Value;
  readonly max?: Value;
}

function boundsOf(chunks: readonly ChunkFacts[], type: SqlType): Bounds {
  const withValues = chunks.filter(({ nulls, rows }) => nulls !== rows);
  if (type.kind === 'interval' || withValues.length === 0) return {};
  if (withValues.some(({ min, max }) => min === undefined || max === undefined)) return {};
  const least = (a: Value, b: Value) => (compareValues(a, b) <= 0 ? a : b);
  const most = (a: Value, b: Value) => (compareValues(a, b) >= 0 ? a : b);
  return {
    min: withValues.map(({ min }) => min as Value).reduce(least),
    max: withValues.map(({ max }) => max as Value).reduce(most),
  };
}

/** Different values there can be between the bounds; null where they cannot be counted. */
function rangeOf({ min, max }: Pick<ChunkFacts, 'min' | 'max'> | Bounds, type: SqlType): number | null {
  if (type.kind === 'boolean') return 2;
  if (min === undefined || max === undefined) return null;
  if (!isInteger(type) && type.kind !== 'date' && type.kind !== 'decimal') return null;
  return Number(max) - Number(min) + 1;
}

interface TableFacts {
  readonly type: SqlType;
  /** That are not NULL. */
  readonly rows: number;
  readonly range: number | null;
  /** Rows of the table for each row that was looked at. */
  readonly scale: number;
}

function distinctValues(
  chunks: readonly ChunkFacts[],
  { type, rows, range, scale }: TableFacts,
): { readonly distinct: number | null; readonly unique: boolean } {
  const present = chunks
    .map((chunk) => ({ ...chunk, rows: chunk.rows - (chunk.nulls ?? 0) }))
    .filter((c) => c.rows > 0);
  if (present.length === 0) return { distinct: 0, unique: false };
  const told = present.every((chunk) => chunk.distinct !== null) || range !== null || !isFloat(type);
  if (!told) return { distinct: null, unique: false };
  const ranges = present.map((chunk) => rangeOf(chunk, type) ?? Number.POSITIVE_INFINITY);
  const mayBeUnique =
    rows <= (range ?? Number.POSITIVE_INFINITY) &&
    present.every(
      (chunk, i) =>
        chunk.rows <= (ranges[i] as number) && (chunk.distinct ?? Number.POSITIVE_INFINITY) >= NEARLY_ALL * chunk.rows,
    );
  if (mayBeUnique) return { distinct: rows, unique: type.kind !== 'decimal' && type.kind !== 'date' };
  const perChunk = present.map((chunk, i) => {
    const drawn = drawnFrom(ranges[i] as number, chunk.rows);
    return Math.max(1, Math.min(chunk.distinct ?? chunk.rows, chunk.distinct === null ? drawn : (ranges[i] as number)));
  });
  const sum = scale * perChunk.reduce((total, values) => total + values, 0);
  const most = Math.min(rows, range ?? rows);
  if (isClustered(ranges, range)) return { distinct: Math.min(most, sum), unique: false };
  const average = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0) / numbers.length;
  const drawn = drawnFrom(populationOf(average(perChunk), average(present.map((chunk) => chunk.rows))), rows);
  return { distinct: Math.min(most, sum, Math.max(drawn, ...perChunk)), unique: false };
}

/** Row groups that hardly overlap have different values. */
function isClustered(ranges: readonly number[], range: number | null): boolean {
  if (range === null || ranges.length === 1) return ranges.length === 1;
  return ranges.reduce((sum, each) => sum + each, 0) < 1.5 * range;
}

/** Different values among `rows` that are each drawn from as many as `population`. */
function drawnFrom(population: number, rows: number): number {
  if (!Number.isFinite(population)) return rows;
  return population * -Math.expm1(-rows / population);
}

const BISECTIONS = 50;

/** How many values there are to draw from when `rows` draws have shown `seen` different ones. */
function populationOf(seen: number, rows: number): number {
  if (seen >= 0.99 * rows) return Number.POSITIVE_INFINITY;
  let [low, high] = [seen, 100 * rows];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (drawnFrom(middle, rows) < seen) low = middle;
    else high = middle;
  }
  return high;
}

function averageBytes(chunks: readonly ChunkFacts[]): number | null {
  const known = chunks.filter(({ bytes }) => bytes !== null);
  if (known.length === 0) return null;
  return known.reduce((sum, { bytes }) => sum + (bytes as number), 0) / known.length;
}
