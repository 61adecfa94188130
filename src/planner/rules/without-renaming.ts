import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { substitute } from '../../operators/expr/rewrite.ts';
import { columnExpr } from '../expr/build.ts';
import type { LogicalPlan, LogicalProject } from '../logical/logical-plan.ts';
import { mapExprs, rewritePlan } from '../logical/rewrite.ts';

/**
 * The input of a project that only names columns, with these names for them; it may deliver more columns, in another order. Null
 * for a project that computes something or names a column twice.
 */
export function withoutRenaming({ input, exprs, columns }: LogicalProject): LogicalPlan | null {
  const names = new Map<ColumnId, ColumnId>();
  const meaning = new Map<ColumnId, Expr>();
  for (const [i, expr] of exprs.entries()) {
    if (expr.kind !== 'column' || names.has(expr.id)) return null;
    const column = columns[i] as Column;
    names.set(expr.id, column.id);
    meaning.set(expr.id, { ...columnExpr(column), name: expr.name });
  }
  const renamed = (column: Column): Column => ({ ...column, id: names.get(column.id) ?? column.id });
  return rewritePlan(input, (node) => {
    const read = mapExprs(node, (expr) => substitute(expr, meaning));
    const made = { ...read, columns: read.columns.map(renamed) };
    return 'mark' in made && made.mark ? { ...made, mark: renamed(made.mark) } : made;
  });
}
