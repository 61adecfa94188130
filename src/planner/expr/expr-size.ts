import { ResourceError } from '../../common/errors.ts';
import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { parts } from '../../operators/expr/rewrite.ts';

/** Nodes of the largest expression that is planned. */
const MAX_SIZE = 250_000;

const SIZES = new WeakMap<Expr, number>();

/** Nodes of an expression, a part that stands in it twice counted twice. */
export function exprSize(expr: Expr): number {
  const known = SIZES.get(expr);
  if (known !== undefined) return known;
  let size = 1;
  for (const part of parts(expr)) size += exprSize(part);
  SIZES.set(expr, size);
  return size;
}

/** Nodes of the expression that `substitute` would make. */
export function substitutedSize(expr: Expr, meaning: ReadonlyMap<ColumnId, Expr>): number {
  if (expr.kind === 'column') return exprSize(meaning.get(expr.id) ?? expr);
  return parts(expr).reduce((size, part) => size + substitutedSize(part, meaning), 1);
}

/** COALESCE, NULLIF, BETWEEN and CASE x WHEN write an operand twice: nested, they double with every level. */
export function checkedSize(expr: Expr): Expr {
  if (exprSize(expr) <= MAX_SIZE) return expr;
  throw new ResourceError('SQ4005', `the expression has more than ${MAX_SIZE.toLocaleString('en')} parts`, {
    ...(expr.span && { span: expr.span }),
    hint: 'compute nested COALESCE, NULLIF, BETWEEN and CASE in a query in FROM',
  });
}
