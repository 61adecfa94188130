import { BindError, type Span } from '../../common/errors.ts';
import { BIGINT } from '../../common/types.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import type { SortKey } from '../../operators/plan.ts';
import { columnExpr } from '../expr/build.ts';
import { isNullable } from '../expr/nullable.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { Query, SelectBody, SelectItem } from '../parse/ast.ts';
import type { AstExpr, SubqueryExpression } from '../parse/ast-expr.ts';
import { AggregateCollector } from './aggregates.ts';
import { textOf } from './bind-context.ts';
import { bindExpr, type ExprEnvironment, type Subqueries } from './bind-expr.ts';
import { bindFrom } from './bind-from.ts';
import { atMost, firstColumns, type Limits, numbered, sortedAndLimited } from './bind-limit.ts';
import { addedBy, type PendingApply, placeApplies, readBy, SubqueryCollector } from './bind-subquery.ts';
import { distinctOf, Grouping } from './grouping.ts';
import { bindGroupBy } from './grouping-sets.ts';
import { direction, ordinalPosition, requireOrder, typedResult } from './ordering.ts';
import type { QueryEnvironment } from './query-environment.ts';
import { condition } from './resolve-call.ts';
import { namesMatch, Scope } from './scope.ts';
import { bindStar, type Output } from './star.ts';
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
  const environment = { context, scope, aggregates: collector, windows, subqueries: subqueries.list };
  const outputs = body.items.flatMap((item) => bindItem(item, environment));
  const groups = bindGroupBy(body, outputs, { ...environment, subqueries: subqueries.groups });
  const having =
    body.having &&
    condition(
      bindExpr(body.having, { ...environment, windows: { forbiddenIn: 'HAVING' }, subqueries: subqueries.having }),
      'HAVING',
    );
  const alias = aliasOf(outputs, scope);
  const qualify = body.qualify && condition(bindExpr(body.qualify, { ...environment, alias }), 'QUALIFY');
  const distinctOn = (body.distinct?.on ?? []).map((node) => bindOrder(node, 'DISTINCT ON', outputs, environment));
  const keys = order.orderBy.map((item): BoundKey => {
    return { ...bindOrder(item.expr, 'ORDER BY', outputs, environment), ...direction(item, context) };
  });
  const { orderByAll } = order;
  if (orderByAll) keys.push(...outputs.map(({ span }, by) => ({ by, span, ...direction(orderByAll, context) })));

  let plan = placeApplies(input, subqueries.below(groups?.keys ?? []));
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
  const select = { outputs, keys, distinctOn, isDistinct: body.distinct !== null, limits, lift, env };
  return project(plan, select);
}

function filteredBy(node: AstExpr, input: LogicalPlan, scope: Scope, env: QueryEnvironment): LogicalPlan {
  const subqueries = new SubqueryCollector(env);
  const environment = { context: env.context, scope, aggregates: { forbiddenIn: 'WHERE' }, subqueries };
  const predicate = condition(bindExpr(node, environment), 'WHERE');
  const applied = placeApplies(input, subqueries.applies);
  return { kind: 'filter', input: applied, predicate, columns: applied.columns };
}

/** The queries inside the expressions of a SELECT, by where they are applied: below its aggregation, for HAVING, or above it. */
class SelectSubqueries {
  readonly #below: SubqueryCollector;
  readonly #having: SubqueryCollector;
  readonly #above: SubqueryCollector;

  constructor(env: QueryEnvironment) {
    this.#below = new SubqueryCollector(env);
    this.#having = new SubqueryCollector(env);
    this.#above = new SubqueryCollector(env);
  }

  /** For the select list, QUALIFY and ORDER BY; inside an aggregate they are computed below it. */
  get list(): Subqueries {
    return split(this.#below, this.#above);
  }

  get having(): Subqueries {
    return split(this.#below, this.#having);
  }

  /** For GROUP BY: one that the select list has too is the same. */
  get groups(): Subqueries {
    return {
      value: (node, env) => {
        const [known] = this.#above.find(node, env) ?? [];
        return known ?? this.#below.value(node, env);
      },
      row: (node, env) => this.#above.find(node, env) ?? this.#below.row(node, env),
    };
  }

  /** What the aggregation needs. */
  below(groups: readonly Expr[]): readonly PendingApply[] {
    const read = new Set<ColumnId>();
    for (const group of groups) collectColumns(group, read);
    return [...this.#below.applies, ...this.#above.release(read)];
  }

  get havingApplies(): readonly PendingApply[] {
    return this.#having.applies;
  }

  /** Those that read the result of a window function are late. */
  above(isWindow: (id: ColumnId) => boolean): {
    readonly early: readonly PendingApply[];
    readonly late: readonly PendingApply[];
  } {
    const known = new Set<ColumnId>();
    const early: PendingApply[] = [];
    const late: PendingApply[] = [];
    for (const apply of this.#above.applies) {
      const isLate = [...readBy(apply)].some((id) => known.has(id) || isWindow(id));
      (isLate ? late : early).push(apply);
      if (isLate) for (const { id } of addedBy(apply)) known.add(id);
    }
    return { early, late };
  }
}

function split(below: SubqueryCollector, above: SubqueryCollector): Subqueries {
  const of = ({ aggregates }: ExprEnvironment) => ('forbiddenIn' in aggregates ? below : above);
  return {
    value: (node: SubqueryExpression, env) => of(env).value(node, env),
    row: (node: SubqueryExpression, env) => of(env).row(node, env),
  };
}

function bindItem(item: SelectItem, environment: ExprEnvironment): readonly Output[] {
  const { expr: node, alias } = item;
  if (node.kind === 'star') return bindStar(node, environment);
  const expr = typedResult(bindExpr(node, environment));
  return [{ name: alias ?? nameOf(node, expr, environment.context.sql), expr, span: node.span }];
}

/** A column's own name, spelt as its table does; of anything else its text. */
function nameOf(node: AstExpr, expr: Expr, sql: string): string {
  if (node.kind !== 'column') return textOf(sql, node.span);
  return expr.kind === 'column' ? expr.name : (node.path.at(-1)?.name ?? '');
}

/** Aliases of the select list, for names that the tables do not have. */
function aliasOf(outputs: readonly Output[], scope: Scope): (node: AstExpr) => Expr | null {
  return (node) => {
    if (node.kind !== 'column' || node.path.length !== 1 || scope.find(node.path, node.span)) return null;
    const position = outputPosition(node, outputs);
    return position === null ? null : (outputs[position] as Output).expr;
  };
}

/** The output that a bare name means. Throws BindError SQ1103 when it could be several. */
function outputPosition(node: AstExpr, outputs: readonly Output[]): number | null {
  if (node.kind !== 'column' || node.path.length !== 1) return null;
  const [name] = node.path;
  const found = outputs.flatMap((output, i) => (name && namesMatch(name, output.name) ? [i] : []));
  const [first] = found;
  if (first === undefined) return null;
  const key = exprKey((outputs[first] as Output).expr);
  if (found.every((i) => exprKey((outputs[i] as Output).expr) === key)) return first;
  throw new BindError('SQ1103', `column "${name?.name}" is ambiguous`, {
    span: node.span,
    hint: 'the select list has several of that name: give them different aliases',
  });
}

/** Position in the select list, or an expression that it may lack. */
interface BoundBy {
  readonly by: number | Expr;
  readonly span: Span;
}

type BoundKey = BoundBy & Omit<SortKey, 'expr'>;

/** A position, an alias, or any expression over the tables; an alias wins over a column. */
function bindOrder(node: AstExpr, clause: string, outputs: readonly Output[], environment: ExprEnvironment): BoundBy {
  const { span } = node;
  const position = ordinalPosition(node, outputs.length, clause) ?? outputPosition(node, outputs);
  return { by: position ?? bindExpr(node, environment), span };
}

interface Select {
  readonly outputs: readonly Output[];
  readonly keys: readonly BoundKey[];
  readonly distinctOn: readonly BoundBy[];
  readonly isDistinct: boolean;
  readonly limits: Limits;
  readonly lift: (expr: Expr) => Expr;
  readonly env: QueryEnvironment;
}

function project(input: LogicalPlan, select: Select): LogicalPlan {
  const { outputs, keys, distinctOn, isDistinct, limits, lift, env } = select;
  const { context } = env;
  const exprs = outputs.map(({ expr }) => lift(expr));
  const positions = new Map(exprs.map((expr, i) => [exprKey(expr), i]));
  const plainDistinct = isDistinct && distinctOn.length === 0;
  const positionOf = ({ by, span }: BoundBy): number => {
    if (typeof by === 'number') return by;
    const expr = lift(by);
    const key = exprKey(expr);
    const known = positions.get(key);
    if (known !== undefined) return known;
    if (plainDistinct) {
      throw new BindError('SQ1106', 'ORDER BY of SELECT DISTINCT names what is not selected', {
        span,
        hint: 'add it to the select list',
      });
    }
    positions.set(key, exprs.length);
    return exprs.push(expr) - 1;
  };
  const onPositions = distinctOn.map(positionOf);
  const keyPositions = keys.map(positionOf);
  const columns = exprs.map((expr, i): Column => {
    const name = outputs[i]?.name ?? 'sort key';
    return context.ids.column(name, expr.type, isNullable(expr, input.columns));
  });
  let plan: LogicalPlan = { kind: 'project', input, exprs, columns };
  if (plainDistinct) {
    for (const [i, expr] of exprs.entries()) requireOrder(expr, 'DISTINCT', (outputs[i] as Output).span);
    plan = distinctOf(plan, context.ids);
  }
  const projected = plan.columns;
  const at = (position: number, span: Span) => columnExpr(projected[position] as Column, span);
  const sortKeys = keys.map(({ descending, nullsFirst, span }, i): SortKey => {
    const expr = at(keyPositions[i] as number, span);
    requireOrder(expr, 'ORDER BY', span);
    return { expr, descending, nullsFirst };
  });
  if (distinctOn.length > 0) {
    requireLeading(keys, keyPositions, new Set(onPositions));
    const partition = distinctOn.map(({ span }, i) => at(onPositions[i] as number, span));
    for (const expr of partition) requireOrder(expr, 'DISTINCT ON', expr.span as Span);
    const number = context.ids.column('row', BIGINT, false);
    plan = atMost(numbered('row_number', plan, partition, sortKeys, number), 1);
  }
  return firstColumns(sortedAndLimited(plan, sortKeys, limits, context), outputs.length, context);
}

/** ORDER BY has to begin with the expressions of DISTINCT ON: it says which row of each is kept. */
function requireLeading(keys: readonly BoundKey[], keyPositions: readonly number[], wanted: ReadonlySet<number>): void {
  const seen = new Set<number>();
  for (const [i, position] of keyPositions.entries()) {
    if (seen.size === wanted.size) return;
    if (!wanted.has(position)) {
      throw new BindError('SQ1106', 'ORDER BY has to begin with the expressions of DISTINCT ON', {
        span: (keys[i] as BoundKey).span,
        hint: 'order by them first, in any order',
      });
    }
    seen.add(position);
  }
}
