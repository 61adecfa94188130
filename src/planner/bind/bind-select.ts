import { BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import type { SortKey } from '../../operators/plan.ts';
import { columnExpr } from '../expr/build.ts';
import { isNullable } from '../expr/nullable.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { OrderItem, SelectBody, SelectItem } from '../parse/ast.ts';
import type { AstExpr } from '../parse/ast-expr.ts';
import { AggregateCollector } from './aggregates.ts';
import { textOf } from './bind-context.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { direction, ordinalPosition, requireOrder, typedResult } from './bind-query.ts';
import { bindTable, joinsUnsupported, type TableEnvironment } from './bind-table.ts';
import { distinctOf, Grouping } from './grouping.ts';
import { bindGroupBy } from './grouping-sets.ts';
import { condition } from './resolve-call.ts';
import { namesMatch, Scope, type ScopeTable } from './scope.ts';
import { WindowCollector } from './windows.ts';

/** A column of the select list. */
interface Output {
  readonly name: string;
  readonly expr: Expr;
  readonly span: Span;
}

/**
 * SELECT with its ORDER BY. From the bottom: table, WHERE, aggregation, HAVING, select list (with the sort keys that it lacks),
 * DISTINCT, sort, and the select list alone again.
 */
export async function bindSelect(
  body: SelectBody,
  orderBy: readonly OrderItem[],
  env: TableEnvironment,
): Promise<LogicalPlan> {
  refuse(body);
  const from = await bindFrom(body, env);
  const scope = new Scope(from.tables);
  let plan = from.plan;
  if (body.where) {
    const where = bindExpr(body.where, { context: env.context, scope, aggregates: { forbiddenIn: 'WHERE' } });
    plan = { kind: 'filter', input: plan, predicate: condition(where, 'WHERE'), columns: plan.columns };
  }

  const collector = new AggregateCollector(env.context);
  const windows = new WindowCollector(body.windows, env.context);
  const environment = { context: env.context, scope, aggregates: collector, windows };
  const outputs = body.items.flatMap((item) => bindItem(item, environment, env.context.sql));
  const groups = bindGroupBy(body, outputs, environment);
  const having =
    body.having && condition(bindExpr(body.having, { ...environment, windows: { forbiddenIn: 'HAVING' } }), 'HAVING');
  const order = orderBy.map((item) => bindOrder(item, outputs, environment));

  let lift = (expr: Expr): Expr => expr;
  if (groups || having || collector.used) {
    const grouping = new Grouping(plan, groups, collector, env.context);
    plan = grouping.plan;
    lift = (expr) => grouping.lift(expr);
  }
  if (having) plan = { kind: 'filter', input: plan, predicate: lift(having), columns: plan.columns };
  if (windows.used) plan = windows.place(plan, lift);
  return project(plan, outputs, order, { body, lift, env });
}

function refuse(body: SelectBody): void {
  if (body.qualify) throw new UnsupportedError('SQ2001', 'QUALIFY is not supported yet', { span: body.qualify.span });
  if (body.distinct && body.distinct.on.length > 0) {
    const { span } = body.distinct.on[0] as AstExpr;
    throw new UnsupportedError('SQ2001', 'DISTINCT ON is not supported yet', { span, hint: 'use GROUP BY and min()' });
  }
}

async function bindFrom(
  body: SelectBody,
  env: TableEnvironment,
): Promise<{ readonly plan: LogicalPlan; readonly tables: readonly ScopeTable[] }> {
  const [first, second] = body.from;
  if (!first) return { plan: { kind: 'values', rows: [[]], columns: [] }, tables: [] };
  const { plan, table } = await bindTable(first, env);
  if (second) throw joinsUnsupported({ start: first.span.start, end: second.span.end });
  return { plan, tables: [table] };
}

function bindItem(item: SelectItem, environment: ExprEnvironment, sql: string): readonly Output[] {
  const { expr: node, alias, span } = item;
  const { scope } = environment;
  if (node.kind === 'star') {
    if (node.exclude.length + node.replace.length > 0) {
      throw new UnsupportedError('SQ2001', 'a * with EXCLUDE or REPLACE is not supported yet', { span });
    }
    if (scope.tables.length === 0) throw new BindError('SQ1102', '* needs a table in FROM', { span });
    const [qualifier] = node.qualifier;
    const columns = scope.all(span, qualifier ? scope.qualified(qualifier) : scope.tables);
    return columns.map((column) => ({ name: column.name, expr: columnExpr(column, span), span }));
  }
  const expr = typedResult(bindExpr(node, environment));
  const name = alias ?? (expr.kind === 'column' && node.kind === 'column' ? expr.name : textOf(sql, node.span));
  return [{ name, expr, span: node.span }];
}

interface BoundOrder extends Omit<SortKey, 'expr'> {
  /** Position in the select list, or an expression that it may lack. */
  readonly by: number | Expr;
  readonly span: Span;
}

/** A position, an alias, or any expression over the tables; an alias wins over a column. */
function bindOrder(item: OrderItem, outputs: readonly Output[], environment: ExprEnvironment): BoundOrder {
  const { expr: node, span } = item;
  const position = ordinalPosition(node, outputs.length, 'ORDER BY');
  if (position !== null) return { by: position, span, ...direction(item, environment.context) };
  if (node.kind === 'column' && node.path.length === 1) {
    const [name] = node.path;
    const found = outputs.flatMap((output, i) => (name && namesMatch(name, output.name) ? [i] : []));
    const [first] = found;
    if (first !== undefined) {
      const key = exprKey((outputs[first] as Output).expr);
      if (found.some((i) => exprKey((outputs[i] as Output).expr) !== key)) {
        throw new BindError('SQ1103', `column "${name?.name}" is ambiguous`, {
          span,
          hint: 'the select list has several of that name: give them different aliases',
        });
      }
      return { by: first, span, ...direction(item, environment.context) };
    }
  }
  return { by: bindExpr(node, environment), span, ...direction(item, environment.context) };
}

interface Projecting {
  readonly body: SelectBody;
  readonly lift: (expr: Expr) => Expr;
  readonly env: TableEnvironment;
}

function project(
  input: LogicalPlan,
  outputs: readonly Output[],
  order: readonly BoundOrder[],
  { body, lift, env }: Projecting,
): LogicalPlan {
  const { ids } = env.context;
  const exprs = outputs.map(({ expr }) => lift(expr));
  const positions = new Map(exprs.map((expr, i) => [exprKey(expr), i]));
  const keyPositions = order.map(({ by, span }) => {
    if (typeof by === 'number') return by;
    const expr = lift(by);
    const key = exprKey(expr);
    const known = positions.get(key);
    if (known !== undefined) return known;
    if (body.distinct) {
      throw new BindError('SQ1106', 'ORDER BY of SELECT DISTINCT names what is not selected', {
        span,
        hint: 'add it to the select list',
      });
    }
    positions.set(key, exprs.length);
    return exprs.push(expr) - 1;
  });
  const columns = exprs.map((expr, i): Column => {
    const name = outputs[i]?.name ?? 'sort key';
    return ids.column(name, expr.type, isNullable(expr, input.columns));
  });
  let plan: LogicalPlan = { kind: 'project', input, exprs, columns };
  if (body.distinct) {
    for (const [i, expr] of exprs.entries()) requireOrder(expr, 'DISTINCT', (outputs[i] as Output).span);
    plan = distinctOf(plan, ids);
  }
  if (order.length === 0) return plan;
  const sorted = plan;
  const keys = order.map(({ descending, nullsFirst, span }, i): SortKey => {
    const expr = columnExpr(sorted.columns[keyPositions[i] as number] as Column, span);
    requireOrder(expr, 'ORDER BY', span);
    return { expr, descending, nullsFirst };
  });
  plan = { kind: 'sort', input: sorted, keys, columns: sorted.columns };
  if (exprs.length === outputs.length) return plan;
  const wanted = plan.columns.slice(0, outputs.length);
  return {
    kind: 'project',
    input: plan,
    exprs: wanted.map((column) => columnExpr(column)),
    columns: renewed(wanted, ids),
  };
}

const renewed = (columns: readonly Column[], ids: TableEnvironment['context']['ids']) =>
  columns.map(({ name, type, nullable }) => ids.column(name, type, nullable));
