import { assertNever } from '../../common/errors.ts';
import type { SortKey } from '../../operators/plan.ts';
import { columnExpr } from '../expr/build.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { Query, SetOperation, ValuesBody } from '../parse/ast.ts';
import { bindWith } from './bind-common-tables.ts';
import type { BindContext } from './bind-context.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { bindLimits, firstColumns, type Limits, sortedAndLimited } from './bind-limit.ts';
import { bindSelect } from './bind-select.ts';
import { bindSetOperation } from './bind-set-operation.ts';
import { placeApplies, SubqueryCollector } from './bind-subquery.ts';
import { bindValues } from './bind-values.ts';
import { direction, ordinal, requireOrder } from './ordering.ts';
import type { QueryEnvironment } from './query-environment.ts';
import { relationOf } from './relation.ts';
import { resolveTables } from './resolve-tables.ts';
import { Scope } from './scope.ts';

/**
 * A query as a logical plan: its tables are looked up in the catalog, all at once, then everything is bound.
 *
 * @throws BindError and UnsupportedError with the span of what is wrong; what the catalog throws.
 */
export async function bindQuery(query: Query, context: BindContext): Promise<LogicalPlan> {
  const tables = await resolveTables(query, context);
  return bind(query, { context, tables, known: [], views: [], later: [], outer: null, hidden: null, bindQuery: bind });
}

function bind(query: Query, around: QueryEnvironment): LogicalPlan {
  const { env, around: withTables } = bindWith(query, around);
  const limits = bindLimits(query, env.context);
  return withTables(bindBody(query, limits, env));
}

function bindBody(query: Query, limits: Limits, env: QueryEnvironment): LogicalPlan {
  const { body } = query;
  switch (body.kind) {
    case 'setOperation':
    case 'values':
      return ordered(bindRows(body, env), query, limits, env);
    case 'select':
      return bindSelect(body, query, limits, env);
    default:
      return assertNever(body);
  }
}

const bindRows = (body: SetOperation | ValuesBody, env: QueryEnvironment) =>
  body.kind === 'values' ? bindValues(body, env) : bindSetOperation(body, env);

/** ORDER BY of what is no SELECT: by its columns. */
function ordered(plan: LogicalPlan, query: Query, limits: Limits, env: QueryEnvironment): LogicalPlan {
  const { context } = env;
  const { orderBy, orderByAll } = query;
  const subqueries = new SubqueryCollector(env);
  const names = relationOf(plan, { alias: null, columnAliases: [], span: query.span }, null);
  const scope = new Scope(names, { outer: env.outer, hidden: env.hidden });
  const environment: ExprEnvironment = { context, scope, aggregates: { forbiddenIn: 'ORDER BY' }, subqueries };
  const keys = orderBy.map((item): SortKey => {
    const expr = ordinal(item.expr, plan.columns, 'ORDER BY') ?? bindExpr(item.expr, environment);
    requireOrder(expr, 'ORDER BY', item.span);
    return { expr, ...direction(item, context) };
  });
  const all = orderByAll
    ? plan.columns.map((column) => ({ expr: columnExpr(column), ...direction(orderByAll, context) }))
    : [];
  const input = placeApplies(plan, subqueries.applies);
  const sorted = sortedAndLimited(input, [...keys, ...all], limits, context);
  return firstColumns(sorted, plan.columns.length, context);
}
