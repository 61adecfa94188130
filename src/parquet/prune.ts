import { assertNever } from '../common/errors.ts';
import type { SqlType, Value } from '../common/types.ts';
import { compareValues } from './compare-values.ts';
import type { ParquetFooter } from './parse-footer.ts';
import type { ParquetColumn } from './schema.ts';
import type { ColumnStatistics } from './statistics.ts';

/** One end of a range. */
export interface ConstraintBound {
  readonly value: Value;
  readonly inclusive: boolean;
}

/**
 * What rows must satisfy for a query to look at them, for one column. Values are in Value form of the column's type in
 * the file; a bound or list value that is NULL matches no row. NaN is larger than every other number, and equal to itself.
 */
export type ColumnConstraint = {
  /** Index in `footer.schema`. */
  readonly column: number;
} & (
  | { readonly kind: 'range'; readonly min?: ConstraintBound; readonly max?: ConstraintBound }
  | { readonly kind: 'in'; readonly values: readonly Value[] }
  | { readonly kind: 'isNull' }
  | { readonly kind: 'notNull' }
);

/** False only when no row of the row group can satisfy all constraints. */
export function rowGroupMayMatch(
  footer: ParquetFooter,
  rowGroup: number,
  constraints: readonly ColumnConstraint[],
): boolean {
  const { rows } = footer.rowGroup(rowGroup);
  if (rows === 0) return false;
  return constraints.every((constraint) => {
    const column = footer.schema[constraint.column] as ParquetColumn;
    return mayMatch(constraint, column, footer.statistics(rowGroup, constraint.column), rows);
  });
}

/** False only when none of `rows` rows that have these statistics can satisfy the constraint. */
export function mayMatch(
  constraint: ColumnConstraint,
  { type, leaf }: Pick<ParquetColumn, 'type' | 'leaf'>,
  statistics: ColumnStatistics | null,
  rows: number,
): boolean {
  if (constraint.kind === 'isNull') return leaf?.optional !== false && statistics?.nullCount !== 0;
  if (statistics?.nullCount === rows) return false;
  switch (constraint.kind) {
    case 'notNull':
      return true;
    case 'in':
      return constraint.values.some((value) =>
        rangeMayMatch({ value, inclusive: true }, { value, inclusive: true }, type, statistics),
      );
    case 'range':
      return rangeMayMatch(constraint.min, constraint.max, type, statistics);
    default:
      return assertNever(constraint);
  }
}

function rangeMayMatch(
  low: ConstraintBound | undefined,
  high: ConstraintBound | undefined,
  type: SqlType,
  statistics: ColumnStatistics | null,
): boolean {
  if (low?.value === null || high?.value === null) return false;
  if (statistics === null || type.kind === 'interval') return true;
  const { min, max, nanCount } = statistics;
  const floating = type.kind === 'real' || type.kind === 'double';
  // Statistics leave NaN out, and NaN lies above every lower bound.
  const nanBeyondMax = floating && nanCount !== 0 && (high === undefined || Number.isNaN(high.value));
  if (low && max !== undefined && !nanBeyondMax && isBelow(max, low, type)) return false;
  return !(high && min !== undefined && isAbove(min, high, type));
}

/** Whether everything up to `max` lies below the lower bound. */
function isBelow(max: Value, { value, inclusive }: ConstraintBound, type: SqlType): boolean {
  const order = compareWithNaN(max, value, type);
  return inclusive ? order < 0 : order <= 0;
}

/** Whether everything from `min` on lies above the upper bound. */
function isAbove(min: Value, { value, inclusive }: ConstraintBound, type: SqlType): boolean {
  const order = compareWithNaN(min, value, type);
  return inclusive ? order > 0 : order >= 0;
}

/** Orders a bound of the statistics, never NaN, against a value of the query. */
function compareWithNaN(bound: Value, value: Value, { kind }: SqlType): number {
  if (Number.isNaN(value)) return -1;
  if (kind === 'uuid' && typeof value === 'string') return compareValues(bound, value.toLowerCase());
  return compareValues(bound, value);
}
