import { encodeWire } from '../../common/wire.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import { mapParts } from '../../operators/expr/rewrite.ts';

const KNOWN = new WeakMap<Expr, string>();

/** Equal for expressions that compute the same thing in the same way, wherever they stand in the text. */
export function exprKey(expr: Expr): string {
  if (expr.kind === 'column') return `{"kind":"column","id":${expr.id},"type":${JSON.stringify(expr.type)}}`;
  const known = KNOWN.get(expr);
  if (known !== undefined) return known;
  const key = encodeWire(withoutSpans(expr));
  KNOWN.set(expr, key);
  return key;
}

function withoutSpans(expr: Expr): Expr {
  const { span: _span, ...bare } = mapParts(expr, withoutSpans);
  return bare.kind === 'column' ? { ...bare, name: '' } : bare;
}
