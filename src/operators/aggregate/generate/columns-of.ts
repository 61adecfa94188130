import { assertNever } from '../../../common/errors.ts';
import type { ColumnId, Expr } from '../../expr/expr.ts';

/** Adds the columns that an expression reads. */
export function columnsOf(expr: Expr, into: Set<ColumnId>): void {
  switch (expr.kind) {
    case 'column':
      into.add(expr.id);
      return;
    case 'literal':
      return;
    case 'call':
    case 'and':
    case 'or':
      for (const arg of expr.args) columnsOf(arg, into);
      return;
    case 'cast':
    case 'not':
    case 'isNull':
      columnsOf(expr.input, into);
      return;
    case 'inList':
      columnsOf(expr.input, into);
      for (const item of expr.list) columnsOf(item, into);
      return;
    case 'case':
      for (const { when, then } of expr.branches) {
        columnsOf(when, into);
        columnsOf(then, into);
      }
      if (expr.otherwise) columnsOf(expr.otherwise, into);
      return;
    default:
      assertNever(expr);
  }
}
