import { assertNever, BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { BIGINT, isInteger, typeName, VARCHAR } from '../../common/types.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import { evaluateConstant } from '../../operators/expr/interpret.ts';
import { isConstant } from '../../operators/expr/rewrite.ts';
import { castTo, columnExpr, literal } from '../expr/build.ts';
import { isNullable } from '../expr/nullable.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { OrderItem, Query, ValuesBody } from '../parse/ast.ts';
import type { AstExpr } from '../parse/ast-expr.ts';
import type { NullOrder } from '../statements/settings.ts';
import { type BindContext, locatedAt } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';
import { bindSelect } from './bind-select.ts';
import type { CommonTables } from './bind-table.ts';
import { adaptTexts, unified } from './resolve-call.ts';
import { Scope } from './scope.ts';

/** A query with ORDER BY and LIMIT as a logical plan. */
export async function bindQuery(query: Query, commonTables: CommonTables, context: BindContext): Promise<LogicalPlan> {
  if (query.recursive) {
    throw new UnsupportedError('SQ2001', 'WITH RECURSIVE is not supported yet', { span: query.span });
  }
  if (query.withTies) {
    throw new UnsupportedError('SQ2001', 'WITH TIES is not supported yet', { span: query.limit?.span ?? query.span });
  }
  if (query.orderByAll) {
    throw new UnsupportedError('SQ2001', 'ORDER BY ALL is not supported yet', { span: query.orderByAll.span });
  }
  refuseDuplicates(query.with);
  const visible = [...commonTables, ...query.with];
  const limits = bindLimits(query, context);
  const { body } = query;
  switch (body.kind) {
    case 'setOperation':
      throw new UnsupportedError('SQ2003', `${body.operator.toUpperCase()} is not supported yet`, {
        span: body.span,
        hint: 'run the queries one by one',
      });
    case 'values':
      return limited(sortedValues(bindValues(body, context), query.orderBy, context), limits);
    case 'select':
      return limited(await bindSelect(body, query.orderBy, { context, commonTables: visible, bindSubquery }), limits);
    default:
      return assertNever(body);
  }

  function bindSubquery(inner: Query, known: CommonTables): Promise<LogicalPlan> {
    return locatedAt(inner.span, () => bindQuery(inner, known, context));
  }
}

function refuseDuplicates(commonTables: CommonTables): void {
  const names = new Set<string>();
  for (const { name, span } of commonTables) {
    if (names.has(name.toLowerCase())) {
      throw new BindError('SQ1111', `WITH names "${name}" twice`, { span, hint: 'give each query its own name' });
    }
    names.add(name.toLowerCase());
  }
}

interface Limits {
  readonly limit: number | null;
  readonly offset: number;
}

function bindLimits(query: Query, context: BindContext): Limits {
  return {
    limit: query.limit && rowCount(query.limit, 'LIMIT', context),
    offset: query.offset === null ? 0 : rowCount(query.offset, 'OFFSET', context),
  };
}

function rowCount(node: AstExpr, clause: string, context: BindContext): number {
  const bound = bindExpr(node, { context, scope: new Scope([]), aggregates: { forbiddenIn: clause } });
  const [expr] = adaptTexts([bound], BIGINT) as [Expr];
  const value = isConstant(expr) && isInteger(expr.type) ? evaluateConstant(expr) : null;
  const count = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new BindError('SQ1105', `${clause} needs a whole number that is not negative`, {
    span: node.span,
    hint: `write ${clause} 10`,
  });
}

function limited(plan: LogicalPlan, { limit, offset }: Limits): LogicalPlan {
  if (limit === null && offset === 0) return plan;
  return { kind: 'limit', input: plan, limit, offset, columns: plan.columns };
}

function bindValues(body: ValuesBody, context: BindContext): LogicalPlan {
  const scope = new Scope([]);
  const rows = body.rows.map((row) =>
    row.map((node) => bindExpr(node, { context, scope, aggregates: { forbiddenIn: 'VALUES' } })),
  );
  const width = rows[0]?.length ?? 0;
  const uneven = rows.findIndex((row) => row.length !== width);
  if (uneven >= 0) {
    throw new BindError('SQ1105', `the rows of VALUES have ${width} and ${rows[uneven]?.length} columns`, {
      span: body.span,
      hint: 'give every row as many values',
    });
  }
  const byColumn = Array.from({ length: width }, (_, i) =>
    unified(
      rows.map((row) => row[i] as Expr),
      'a column of VALUES',
      body.span,
    ),
  );
  const columns = byColumn.map((exprs, i) => {
    const type = (exprs[0] as Expr).type;
    return context.ids.column(
      `column${i + 1}`,
      type,
      exprs.some((expr) => isNullable(expr, [])),
    );
  });
  return { kind: 'values', rows: rows.map((_, r) => byColumn.map((exprs) => exprs[r] as Expr)), columns };
}

function sortedValues(plan: LogicalPlan, orderBy: readonly OrderItem[], context: BindContext): LogicalPlan {
  if (orderBy.length === 0) return plan;
  const scope = new Scope([{ alias: null, columns: plan.columns.map((column) => ({ column })) }]);
  const keys = orderBy.map((item) => ({
    expr:
      ordinal(item.expr, plan.columns, 'ORDER BY') ??
      bindExpr(item.expr, { context, scope, aggregates: { forbiddenIn: 'ORDER BY' } }),
    ...direction(item, context),
  }));
  return { kind: 'sort', input: plan, keys, columns: plan.columns };
}

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
    throw new UnsupportedError('SQ2001', `${clause} by a value of type ${typeName(expr.type)} is not supported yet`, {
      span,
    });
  }
}
