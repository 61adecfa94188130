import { NULL } from '../../common/types.ts';
import type { Column, Expr, LiteralExpr } from '../../operators/expr/expr.ts';
import { columnExpr, literal } from '../expr/build.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';

/** The constant text, or NULL, that the query itself gives a column: it takes the type of what it is united or compared with. */
export function constantOf(plan: LogicalPlan, i: number): LiteralExpr | null {
  if (plan.kind !== 'project') return null;
  const expr = plan.exprs[i] as Expr;
  return expr.kind === 'literal' && expr.type.kind === 'varchar' ? expr : null;
}

/** What a column is compared as: itself, or the constant that it is. */
export function comparedColumn(plan: LogicalPlan, i: number): Expr {
  const constant = constantOf(plan, i);
  if (constant?.value === null) return literal(null, NULL, constant.span);
  return constant ?? columnExpr(plan.columns[i] as Column);
}
