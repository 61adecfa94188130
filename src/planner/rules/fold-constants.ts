import { ExecutionError } from '../../common/errors.ts';
import { BOOLEAN } from '../../common/types.ts';
import type { CaseExpr, Expr, LogicalExpr } from '../../operators/expr/expr.ts';
import { evaluateConstant } from '../../operators/expr/interpret.ts';
import { parts, rewriteExpr } from '../../operators/expr/rewrite.ts';
import { literal } from '../expr/build.ts';
import { mapExprs, rewritePlan } from '../logical/rewrite.ts';
import type { Rule } from './rule.ts';

/**
 * Computes what has no column in it, and drops the parts of AND, OR and CASE that cannot matter. What would raise an error is
 * left alone: it may stand in an arm that is never taken.
 *
 *     Filter d <= date '1998-12-01' - interval '90 days' AND TRUE
 * ->  Filter d <= timestamp '1998-09-02 00:00:00'
 */
export const foldConstants: Rule = {
  name: 'fold_constants',
  apply: (plan) => rewritePlan(plan, (node) => mapExprs(node, (expr) => rewriteExpr(expr, fold))),
};

/** The expression with constant parts, folded when that raises nothing. */
export function fold(expr: Expr): Expr {
  if (expr.kind === 'and' || expr.kind === 'or') return foldLogical(expr);
  if (expr.kind === 'case') return foldCase(expr);
  if (expr.kind === 'literal' || expr.kind === 'column') return expr;
  if (!parts(expr).every((part) => part.kind === 'literal')) return expr;
  try {
    return literal(evaluateConstant(expr), expr.type, expr.span);
  } catch (error) {
    if (error instanceof ExecutionError) return expr;
    throw error;
  }
}

const isLiteral = (expr: Expr, value: boolean) => expr.kind === 'literal' && expr.value === value;

/** One deciding literal decides; a neutral one says nothing. */
function foldLogical(expr: LogicalExpr): Expr {
  const decides = expr.kind === 'or';
  if (expr.args.some((arg) => isLiteral(arg, decides))) return literal(decides, BOOLEAN, expr.span);
  const args = expr.args.filter((arg) => !isLiteral(arg, !decides));
  const [first] = args;
  if (first === undefined) return literal(!decides, BOOLEAN, expr.span);
  if (args.every((arg) => arg.kind === 'literal')) return literal(null, BOOLEAN, expr.span);
  if (args.length === 1) return first;
  return args.length === expr.args.length ? expr : { ...expr, args };
}

/** Arms behind a false condition are dropped, a true one ends the CASE. */
function foldCase(expr: CaseExpr): Expr {
  const possible = expr.branches.filter(({ when }) => when.kind !== 'literal' || when.value === true);
  const certain = possible.findIndex(({ when }) => isLiteral(when, true));
  const branches = certain < 0 ? possible : possible.slice(0, certain);
  const otherwise = certain < 0 ? expr.otherwise : (possible[certain]?.then ?? null);
  if (branches.length === 0) return otherwise ?? literal(null, expr.type, expr.span);
  return branches.length === expr.branches.length ? expr : { ...expr, branches, otherwise };
}
