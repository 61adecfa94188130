import { BOOLEAN } from '../../../common/types.ts';
import type { CallExpr, ColumnId, Expr } from '../../../operators/expr/expr.ts';
import { collectColumns } from '../../../operators/expr/rewrite.ts';
import { exprReadsAny } from '../../logical/referenced-columns.ts';
import type { OuterEquality } from './unnested.ts';

/** a = b, or a IS NOT DISTINCT FROM b when NULLs are equal. */
export function equality(left: Expr, right: Expr, nullsEqual: boolean): CallExpr {
  return { kind: 'call', function: nullsEqual ? 'is_not_distinct_from' : '=', args: [left, right], type: BOOLEAN };
}

export const equalityOf = ({ outer, inner, nullsEqual }: OuterEquality): Expr => equality(outer, inner, nullsEqual);

/** A predicate as an equality of an expression over outer columns alone with one over other columns alone; null when it is none. */
export function asOuterEquality(predicate: Expr, outer: ReadonlySet<ColumnId>): OuterEquality | null {
  if (predicate.kind !== 'call' || !(predicate.function === '=' || predicate.function === 'is_not_distinct_from')) {
    return null;
  }
  const nullsEqual = predicate.function === 'is_not_distinct_from';
  const [left, right] = predicate.args as [Expr, Expr];
  if (isOuterOnly(left, outer) && isInnerOnly(right, outer)) return { outer: left, inner: right, nullsEqual };
  if (isOuterOnly(right, outer) && isInnerOnly(left, outer)) return { outer: right, inner: left, nullsEqual };
  return null;
}

export function columnsIn(exprs: readonly Expr[]): Set<ColumnId> {
  const columns = new Set<ColumnId>();
  for (const expr of exprs) collectColumns(expr, columns);
  return columns;
}

function isOuterOnly(expr: Expr, outer: ReadonlySet<ColumnId>): boolean {
  const columns = columnsIn([expr]);
  return columns.size > 0 && [...columns].every((id) => outer.has(id));
}

function isInnerOnly(expr: Expr, outer: ReadonlySet<ColumnId>): boolean {
  return columnsIn([expr]).size > 0 && !exprReadsAny(expr, outer);
}
