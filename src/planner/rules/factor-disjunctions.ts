import { sameType } from '../../common/types.ts';
import type { Expr, LogicalExpr } from '../../operators/expr/expr.ts';
import { rewriteExpr } from '../../operators/expr/rewrite.ts';
import { conjunction, conjuncts } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import { mapExprs, rewritePlan } from '../logical/rewrite.ts';
import { mayRaise } from './may-raise.ts';
import type { Rule } from './rule.ts';

/**
 * What all parts of an OR have in common stands before it, and equalities of one expression with constants become IN.
 *
 *     (k = j AND x = 1) OR (k = j AND x = 2)  ->  k = j AND x IN (1, 2)
 */
export const factorDisjunctions: Rule = {
  name: 'factor_disjunctions',
  apply: (plan) => rewritePlan(plan, (node) => mapExprs(node, (expr) => rewriteExpr(expr, factored))),
};

/** Bottom-up: its parts are factored already. */
export function factored(expr: Expr): Expr {
  if (expr.kind === 'and')
    return expr.args.some(({ kind }) => kind === 'and') ? conjunction(expr.args, expr.span) : expr;
  return expr.kind === 'or' ? listed(flat(expr)) : expr;
}

function flat(expr: LogicalExpr): Expr {
  const args = expr.args.flatMap((arg) => (arg.kind === 'or' ? arg.args : [arg]));
  return withoutCommon(args.length === expr.args.length ? expr : { ...expr, args });
}

/** (a AND x) OR (a AND y) is a AND (x OR y), in three-valued logic too. What could raise an error stays behind what guards it. */
function withoutCommon(expr: LogicalExpr): Expr {
  const parts = expr.args.map(conjuncts);
  const [first, ...others] = parts as [readonly Expr[], ...(readonly Expr[])[]];
  if (first.length === 1 && others.every((part) => part.length === 1)) return expr;
  const keys = others.map((part) => new Set(part.map(exprKey)));
  const common = first.filter((part) => {
    const key = exprKey(part);
    return !mayRaise(part) && keys.every((other) => other.has(key));
  });
  if (common.length === 0) return expr;
  const commonKeys = new Set(common.map(exprKey));
  const rests = parts.map((part) => part.filter((each) => !commonKeys.has(exprKey(each))));
  // One part is no more than what they have in common.
  if (rests.some((rest) => rest.length === 0)) return conjunction(common, expr.span);
  const left = rests.map((each) => conjunction(each)).flatMap((each) => (each.kind === 'or' ? each.args : [each]));
  const rest = listed({ ...expr, args: left });
  return conjunction([...common, rest], expr.span);
}

/** x = 1 OR x = 2 OR x IN (3, 4) is x IN (1, 2, 3, 4). */
function listed(expr: Expr): Expr {
  if (expr.kind !== 'or') return expr;
  const lists = expr.args.map(asList);
  const [first] = lists;
  if (!first) return expr;
  const key = exprKey(first.input);
  const same = lists.every(
    (list) => list && exprKey(list.input) === key && sameType(list.input.type, first.input.type),
  );
  if (!same) return expr;
  const items = new Map(lists.flatMap((list) => (list?.list ?? []).map((item) => [exprKey(item), item])));
  return { kind: 'inList', input: first.input, list: [...items.values()], negated: false, type: expr.type };
}

function asList(expr: Expr): { readonly input: Expr; readonly list: readonly Expr[] } | null {
  if (expr.kind === 'inList') {
    return !expr.negated && expr.list.every(({ kind }) => kind === 'literal') ? expr : null;
  }
  if (expr.kind !== 'call' || expr.function !== '=') return null;
  const [left, right] = expr.args as [Expr, Expr];
  if (right.kind === 'literal') return { input: left, list: [right] };
  return left.kind === 'literal' ? { input: right, list: [left] } : null;
}
