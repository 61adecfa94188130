import { ExecutionError } from '../../common/errors.ts';
import { isInteger, type SqlType, type Value } from '../../common/types.ts';
import { encodeWire } from '../../common/wire.ts';
import { canImplicitlyCast } from '../../operators/expr/coerce.ts';
import type { CallExpr, CastExpr, Expr, InListExpr, LiteralExpr } from '../../operators/expr/expr.ts';
import { evaluateConstant } from '../../operators/expr/interpret.ts';
import { rewriteExpr } from '../../operators/expr/rewrite.ts';
import { literal } from '../expr/build.ts';
import { mapExprs, rewritePlan } from '../logical/rewrite.ts';
import type { Rule } from './rule.ts';

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);

/**
 * Compares a widened column as it is, with the literal made narrower, when the literal has a value of the narrow type: less
 * work per row, and a predicate that file statistics can answer.
 *
 *     CAST(d AS timestamp) <= timestamp '1998-09-02 00:00:00'  ->  d <= date '1998-09-02'
 */
export const unwrapCasts: Rule = {
  name: 'unwrap_casts',
  apply: (plan) => rewritePlan(plan, (node) => mapExprs(node, (expr) => rewriteExpr(expr, unwrap))),
};

function unwrap(expr: Expr): Expr {
  if (expr.kind === 'call' && COMPARISONS.has(expr.function)) return unwrapComparison(expr);
  return expr.kind === 'inList' ? unwrapInList(expr) : expr;
}

function unwrapComparison(expr: CallExpr): Expr {
  const [left, right] = expr.args as [Expr, Expr];
  if (isWidening(left) && right.kind === 'literal') {
    const narrow = narrowed(right, left.input.type);
    return narrow ? { ...expr, args: [left.input, narrow] } : expr;
  }
  if (isWidening(right) && left.kind === 'literal') {
    const narrow = narrowed(left, right.input.type);
    return narrow ? { ...expr, args: [narrow, right.input] } : expr;
  }
  return expr;
}

function unwrapInList(expr: InListExpr): Expr {
  const { input } = expr;
  if (!isWidening(input)) return expr;
  const list = expr.list.map((item) => (item.kind === 'literal' ? narrowed(item, input.input.type) : null));
  return list.every((item) => item !== null) ? { ...expr, input: input.input, list } : expr;
}

/** A cast that keeps every value apart and in order. */
function isWidening(expr: Expr): expr is CastExpr {
  if (expr.kind !== 'cast' || expr.try) return false;
  const [from, to] = [expr.input.type, expr.type];
  if (to.kind === 'timestamptz' || !canImplicitlyCast(from, to)) return false;
  return to.kind !== 'double' || from.kind === 'real' || (isInteger(from) && isShort(from));
}

const isShort = ({ kind }: SqlType) => kind !== 'bigint' && kind !== 'ubigint';

/** The literal in the narrower type; null when that type has no such value. */
function narrowed(wide: LiteralExpr, type: SqlType): LiteralExpr | null {
  if (wide.value === null) return literal(null, type, wide.span);
  const value = attempt({ kind: 'cast', input: wide, type, try: false });
  if (value === null) return null;
  const back = attempt({ kind: 'cast', input: literal(value, type), type: wide.type, try: false });
  return encodeWire(back) === encodeWire(wide.value) ? literal(value, type, wide.span) : null;
}

function attempt(expr: Expr): Value {
  try {
    return evaluateConstant(expr);
  } catch (error) {
    if (error instanceof ExecutionError) return null;
    throw error;
  }
}
