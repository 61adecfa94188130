import type { SqlType, Value } from '../../../common/types.ts';
import { compareValues } from '../../../parquet/compare-values.ts';
import { type ColumnConstraint, mayMatch } from '../../../parquet/prune.ts';
import type { SourceStatistics } from '../table-source.ts';

/** False only when no row can satisfy the constraint in a file whose rows all have this value. */
export function valueMayMatch(constraint: ColumnConstraint, value: Value, type: SqlType): boolean {
  if (Number.isNaN(value)) return true;
  const exact = { minExact: true, maxExact: true };
  const statistics = value === null ? { nullCount: 1, ...exact } : { min: value, max: value, nullCount: 0, ...exact };
  return mayMatch(constraint, { type }, statistics, 1);
}

/** Rows of a file and the value that all of them have. */
export interface ValueOfRows {
  readonly rows: number;
  readonly value: Value;
}

/** What is known of a partition column: all there is to know. */
export function valueStatistics(files: readonly ValueOfRows[], type: SqlType): SourceStatistics {
  const nullCount = files.reduce((sum, { rows, value }) => (value === null ? sum + rows : sum), 0);
  const present = files.filter(({ rows, value }) => rows > 0 && value !== null);
  const distinct = new Map(present.map(({ value }) => [String(value), value]));
  const ordered = type.kind === 'interval' ? [] : [...distinct.values()].filter((value) => !Number.isNaN(value));
  const [min, max] = [ordered.reduce(least, null), ordered.reduce(most, null)];
  const texts = present.flatMap(({ rows, value }) => (typeof value === 'string' ? [{ rows, value }] : []));
  const rowsOfTexts = texts.reduce((sum, { rows }) => sum + rows, 0);
  const bytes = texts.reduce((sum, { rows, value }) => sum + rows * Buffer.byteLength(value), 0);
  return {
    ...(min !== null && { min }),
    ...(max !== null && { max }),
    nullCount,
    distinct: distinct.size,
    unique: false,
    ...(rowsOfTexts > 0 && { bytes: bytes / rowsOfTexts }),
  };
}

const least = (a: Value, b: Value) => (a === null || compareValues(b, a) < 0 ? b : a);
const most = (a: Value, b: Value) => (a === null || compareValues(b, a) > 0 ? b : a);
