import { assertNever, BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { typeName, VARCHAR } from '../../common/types.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import { castTo, columnExpr, literal } from '../expr/build.ts';
import type { OrderItem } from '../parse/ast.ts';
import type { AstExpr } from '../parse/ast-expr.ts';
import type { NullOrder } from '../statements/settings.ts';
import type { BindContext } from './bind-context.ts';

/** The direction of a sort key; where NULLs stand when the query does not say, the setting says. */
export function direction(
  item: Omit<OrderItem, 'expr'>,
  { session }: Pick<BindContext, 'session'>,
): { readonly descending: boolean; readonly nullsFirst: boolean } {
  const { descending } = item;
  return {
    descending,
    nullsFirst: item.nullsFirst ?? nullsFirstByDefault(session.settings.default_null_order, descending),
  };
}

function nullsFirstByDefault(order: NullOrder, descending: boolean): boolean {
  switch (order) {
    case 'nulls_last_on_asc_first_on_desc':
      return descending;
    case 'nulls_first_on_asc_last_on_desc':
      return !descending;
    case 'nulls_first':
      return true;
    case 'nulls_last':
      return false;
    default:
      return assertNever(order);
  }
}

/** `ORDER BY 2`: the second column; null for what is no plain number. Throws BindError SQ1109 when there is no such one. */
export function ordinal(node: AstExpr, columns: readonly Column[], clause: string): Expr | null {
  const position = ordinalPosition(node, columns.length, clause);
  return position === null ? null : columnExpr(columns[position] as Column, node.span);
}

export function ordinalPosition(node: AstExpr, count: number, clause: string): number | null {
  if (node.kind !== 'number') return null;
  const position = Number(node.text);
  if (Number.isInteger(position) && position >= 1 && position <= count) return position - 1;
  throw new BindError('SQ1109', `${clause} ${node.text} is not a position of the select list`, {
    span: node.span,
    hint: count === 1 ? 'it has one column' : `positions go from 1 to ${count}`,
  });
}

/** A column of the result has a type, even when it is NULL everywhere. */
export function typedResult(expr: Expr): Expr {
  return expr.type.kind === 'null' ? castTo(literal(null, expr.type, expr.span), VARCHAR) : expr;
}

/** Types that have no order cannot be sorted, grouped or made distinct. */
export function requireOrder(expr: Expr, clause: string, span: Span): void {
  const { kind } = expr.type;
  if (kind === 'list' || kind === 'struct' || kind === 'map') {
    const by = clause.endsWith(' BY') || clause.endsWith(' ON') ? clause : `${clause} by`;
    throw new UnsupportedError('SQ2001', `${by} a value of type ${typeName(expr.type)} is not supported yet`, {
      span,
    });
  }
}
