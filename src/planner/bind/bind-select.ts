import { BindError } from '../../common/errors.ts';
import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { Query, SelectBody } from '../parse/ast.ts';
import type { AstExpr } from '../parse/ast-expr.ts';
import { AggregateCollector } from './aggregates.ts';
import { bindExpr } from './bind-expr.ts';
import { bindFrom } from './bind-from.ts';
import type { Limits } from './bind-limit.ts';
import { project } from './bind-project.ts';
import { placeApplies, SubqueryCollector } from './bind-subquery.ts';
import { Grouping } from './grouping.ts';
import { bindGroupBy } from './grouping-sets.ts';
import { direction } from './ordering.ts';
import type { QueryEnvironment } from './query-environment.ts';
import { condition } from './resolve-call.ts';
import { Scope } from './scope.ts';
import { aliasOf, type BoundKey, bindItem, bindOrder } from './select-list.ts';
import { SelectSubqueries } from './select-subqueries.ts';
import { placeUnnested, UnnestCollector } from './unnest-items.ts';
import { WindowCollector } from './windows.ts';

/**
 * SELECT with its ORDER BY and LIMIT. From the bottom: FROM, WHERE, aggregation, HAVING, window functions, QUALIFY, select list (with
 * the sort keys that it lacks), DISTINCT, sort, limit, and the select list alone again. Queries inside expressions are applied right
 * below the clause that reads them.
 */
export function bindSelect(
  body: SelectBody,
  order: Pick<Query, 'orderBy' | 'orderByAll'>,
  limits: Limits,
  env: QueryEnvironment,
): LogicalPlan {
  const { context } = env;
  const from = bindFrom(body.from, env);
  const scope = new Scope(from, { outer: env.outer, hidden: env.hidden });
  const input = body.where ? filteredBy(body.where, from.plan, scope, env) : from.plan;

  const collector = new AggregateCollector(context);
  const windows = new WindowCollector(body.windows, context);
  const subqueries = new SelectSubqueries(env);
  const unnests = new UnnestCollector(context);
  const clause = { context, scope, aggregates: collector, windows, subqueries: subqueries.list };
  const environment = { ...clause, unnests };
  const outputs = body.items.flatMap((item) => bindItem(item, environment));
  const groups = bindGroupBy(body, outputs, { ...environment, subqueries: subqueries.groups });
  const having =
    body.having &&
    condition(
      bindExpr(body.having, { ...environment, windows: { forbiddenIn: 'HAVING' }, subqueries: subqueries.having }),
      'HAVING',
    );
  const alias = aliasOf(outputs, scope);
  const qualify = body.qualify && condition(bindExpr(body.qualify, { ...clause, alias }), 'QUALIFY');
  const distinctOn = (body.distinct?.on ?? []).map((node) => bindOrder(node, 'DISTINCT ON', outputs, environment));
  const keys = order.orderBy.map((item): BoundKey => {
    return { ...bindOrder(item.expr, 'ORDER BY', outputs, environment), ...direction(item, context) };
  });
  const { orderByAll } = order;
  if (orderByAll) keys.push(...outputs.map(({ span }, by) => ({ by, span, ...direction(orderByAll, context) })));

  const grouped = unnests.takeReadBy(groups?.keys ?? []);
  for (const { list } of grouped) requirePlain(list, collector, windows);
  let plan = placeApplies(input, subqueries.below([...(groups?.keys ?? []), ...grouped.map(({ list }) => list)]));
  plan = placeUnnested(plan, grouped);
  let lift = (expr: Expr): Expr => expr;
  if (groups || having || collector.used) {
    const grouping = new Grouping(plan, groups, collector, context);
    plan = grouping.plan;
    lift = (expr) => grouping.lift(expr);
  }
  if (having) {
    plan = placeApplies(plan, subqueries.havingApplies, lift);
    plan = { kind: 'filter', input: plan, predicate: lift(having), columns: plan.columns };
  }
  const { early, late } = subqueries.above((id) => windows.has(id));
  plan = placeApplies(plan, early, lift);
  if (windows.used) plan = windows.place(plan, lift);
  plan = placeApplies(plan, late, lift);
  if (qualify) plan = { kind: 'filter', input: plan, predicate: lift(qualify), columns: plan.columns };
  plan = unnests.place(plan, lift);
  const select = { outputs, keys, distinctOn, isDistinct: body.distinct !== null, limits, lift, context };
  return project(plan, select);
}

/** The entries of a list can be grouped by when the list itself needs no aggregation. */
function requirePlain(list: Expr, aggregates: AggregateCollector, windows: WindowCollector): void {
  const read = new Set<ColumnId>();
  collectColumns(list, read);
  if (![...read].some((id) => aggregates.find(id) !== null || windows.has(id))) return;
  throw new BindError('SQ1106', 'GROUP BY cannot name the entries of a list that the query aggregates', {
    ...(list.span && { span: list.span }),
    hint: 'aggregate in a query in FROM',
  });
}

function filteredBy(node: AstExpr, input: LogicalPlan, scope: Scope, env: QueryEnvironment): LogicalPlan {
  const subqueries = new SubqueryCollector(env);
  const environment = { context: env.context, scope, aggregates: { forbiddenIn: 'WHERE' }, subqueries };
  const predicate = condition(bindExpr(node, environment), 'WHERE');
  const applied = placeApplies(input, subqueries.applies);
  return { kind: 'filter', input: applied, predicate, columns: applied.columns };
}
