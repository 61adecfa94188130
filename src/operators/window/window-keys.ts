import type { Expr } from '../expr/expr.ts';
import type { FrameBound, SortKey, WindowPlan } from '../plan.ts';

/** The order in which a window's rows are computed and delivered: by partition, ascending and NULLs last, then by its ORDER BY. */
export function windowSortKeys({ partitionBy, orderBy }: Pick<WindowPlan, 'partitionBy' | 'orderBy'>): SortKey[] {
  return [...partitionBy.map((expr) => ({ expr, descending: false, nullsFirst: false })), ...orderBy];
}

/** The offset of a frame's bound, null where it has none. */
export const offsetExpr = (bound: FrameBound): Expr | null => ('offset' in bound ? bound.offset : null);
