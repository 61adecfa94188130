import { encodeWire } from '../../common/wire.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import { mapParts } from '../../operators/expr/rewrite.ts';

/** Equal for expressions that compute the same thing in the same way, wherever they stand in the text. */
export function exprKey(expr: Expr): string {
  return encodeWire(withoutSpans(expr));
}

function withoutSpans(expr: Expr): Expr {
  const { span: _span, ...bare } = mapParts(expr, withoutSpans);
  return bare.kind === 'column' ? { ...bare, name: '' } : bare;
}
