import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import { inputs, type LogicalPlan } from './logical-plan.ts';
import { exprsOf } from './rewrite.ts';

const REFERENCED = new WeakMap<LogicalPlan, ReadonlySet<ColumnId>>();

/** Every column that an expression anywhere in the plan reads. */
export function referencedColumns(plan: LogicalPlan): ReadonlySet<ColumnId> {
  const known = REFERENCED.get(plan);
  if (known) return known;
  const all = new Set<ColumnId>();
  for (const expr of exprsOf(plan)) collectColumns(expr, all);
  for (const input of inputs(plan)) for (const id of referencedColumns(input)) all.add(id);
  REFERENCED.set(plan, all);
  return all;
}

/** Whether an expression of the plan reads one of the columns. */
export function readsAny(plan: LogicalPlan, columns: ReadonlySet<ColumnId>): boolean {
  const read = referencedColumns(plan);
  for (const id of columns) if (read.has(id)) return true;
  return false;
}

/** Whether an expression reads one of the columns. */
export function exprReadsAny(expr: Expr, columns: ReadonlySet<ColumnId>): boolean {
  const read = new Set<ColumnId>();
  collectColumns(expr, read);
  for (const id of read) if (columns.has(id)) return true;
  return false;
}
