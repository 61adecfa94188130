import { BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { BOOLEAN } from '../../common/types.ts';
import { type Column, type ColumnId, caseBranch, type Expr } from '../../operators/expr/expr.ts';
import type { LogicalJoin, LogicalPlan } from '../logical/logical-plan.ts';
import { didYouMean, listed } from '../near-names.ts';
import type { JoinTable } from '../parse/ast.ts';
import { bindExpr } from './bind-expr.ts';
import { addedBy, type PendingApply, placeApplies, readBy, SubqueryCollector } from './bind-subquery.ts';
import { bindTable } from './bind-table.ts';
import { forbidding, type QueryEnvironment } from './query-environment.ts';
import { bothNames, freeColumns, idsOf, nullableColumns, oneTable, type Relation, readsAny } from './relation.ts';
import { callOf, condition, unified } from './resolve-call.ts';
import { ambiguous, type Names, readable, Scope, type VisibleColumn } from './scope.ts';
import { unnestOver } from './unnest-over.ts';

type Type = 'inner' | 'left' | 'right' | 'full';

/** `left JOIN right …`: a chain of joins is bound from its left end. */
export function bindJoin(node: JoinTable, env: QueryEnvironment, earlier: Names): Relation {
  const chain: JoinTable[] = [node];
  let first = node.left;
  while (first.kind === 'join') {
    chain.push(first);
    first = first.left;
  }
  chain.reverse();
  let relation = bindTable(first, preservedSides(chain, env), earlier);
  for (const [i, join] of chain.entries()) {
    const around = preservedSides(chain.slice(i + 1), env);
    const inRight = join.type === 'left' || join.type === 'full' ? forbidding(around, OUTER_JOIN) : around;
    const right = bindTable(join.right, inRight, {
      tables: [...earlier.tables, ...relation.tables],
      visible: [...earlier.visible, ...relation.visible],
    });
    relation = aliased(join, joined(join, relation, right, env));
  }
  return relation;
}

const OUTER_JOIN = 'the side of an outer join that may be NULL';

/** A join under a name of its own: one table. */
function aliased(node: JoinTable, relation: Relation): Relation {
  const { alias, columnAliases = [] } = node;
  return alias === undefined ? relation : oneTable(relation, { alias, columnAliases, span: node.span });
}

/** What a table sees that stands left of these joins. */
function preservedSides(joins: readonly JoinTable[], env: QueryEnvironment): QueryEnvironment {
  const isNullable = joins.some(({ type }) => type === 'right' || type === 'full');
  return isNullable ? forbidding(env, OUTER_JOIN) : env;
}

function joined(node: JoinTable, left: Relation, right: Relation, env: QueryEnvironment): Relation {
  const type: Type = node.type === 'cross' ? 'inner' : node.type;
  const names = bothNames(left, right, node.right.span);
  const { condition: on } = node;
  switch (on?.kind) {
    case undefined:
      return { ...combined(type, left, right, null, node.span), ...names };
    case 'using':
    case 'natural': {
      const columns = on.kind === 'using' ? on.columns : commonNames(left, right);
      const merged = columns.map((name) => merge(name, type, left, right, node));
      const [first] = merged;
      const predicate =
        merged.length > 1
          ? ({ kind: 'and', args: merged.map(({ equal }) => equal), type: BOOLEAN, span: node.span } as const)
          : (first?.equal ?? null);
      const taken = new Set(merged.flatMap(({ from }) => from));
      const rest = [...left.visible, ...right.visible].filter((column) => !taken.has(column));
      const visible = [...merged.map(({ column }) => column), ...rest];
      return { ...combined(type, left, right, predicate, node.span), tables: names.tables, visible };
    }
    case 'on': {
      const subqueries = new SubqueryCollector(env);
      const scope = new Scope(names, { outer: env.outer, hidden: env.hidden });
      const bound = bindExpr(on.expr, { context: env.context, scope, aggregates: { forbiddenIn: 'ON' }, subqueries });
      const predicate = condition(bound, 'ON');
      return { ...withSubqueries(type, left, right, predicate, subqueries.applies, node.span), ...names };
    }
  }
}

/** What a join of two items of FROM is, but for what it lets name. */
type Combined = Pick<Relation, 'plan' | 'lateral'>;

/** The pairs for which the predicate is true. When the right item names columns of the left one, it is applied to each of its rows. */
export function combined(type: Type, left: Relation, right: Relation, predicate: Expr | null, span: Span): Combined {
  const lateral = left.lateral || right.lateral;
  if (!right.lateral || !readsAny(freeColumns(right.plan), idsOf(left.plan.columns))) {
    return { plan: joinOf(type, left.plan, right.plan, predicate), lateral };
  }
  if (type === 'right' || type === 'full') {
    throw new BindError(
      'SQ1106',
      `the right side of a ${type.toUpperCase()} JOIN cannot name columns of the left side`,
      {
        span,
        hint: 'use INNER JOIN or LEFT JOIN with LATERAL',
      },
    );
  }
  const isTrue = predicate === null || (predicate.kind === 'literal' && predicate.value === true);
  if (right.unnest && (type === 'inner' || isTrue)) {
    const plan = unnestOver(left.plan, right.unnest, type === 'left');
    return { plan: isTrue ? plan : filtered(plan, predicate), lateral };
  }
  return { plan: applied(type, left.plan, right.plan, isTrue ? null : predicate), lateral };
}

const filtered = (input: LogicalPlan, predicate: Expr): LogicalPlan => ({
  kind: 'filter',
  input,
  predicate,
  columns: input.columns,
});

function joinOf(type: Type, left: LogicalPlan, right: LogicalPlan, predicate: Expr | null): LogicalJoin {
  const columns = pairColumns(type, left, right);
  return { kind: 'join', type, left, right, condition: predicate, compare: null, mark: null, columns };
}

function applied(type: 'inner' | 'left', left: LogicalPlan, right: LogicalPlan, predicate: Expr | null): LogicalPlan {
  const columns = pairColumns(type, left, right);
  return { kind: 'apply', type, left, right, condition: predicate, compare: null, mark: null, columns };
}

function pairColumns(type: Type, left: LogicalPlan, right: LogicalPlan): readonly Column[] {
  const lefts = type === 'right' || type === 'full' ? nullableColumns(left.columns) : left.columns;
  const rights = type === 'left' || type === 'full' ? nullableColumns(right.columns) : right.columns;
  return [...lefts, ...rights];
}

/**
 * A join whose condition holds queries. Each is computed on the side whose columns it names. When one names columns of both, the pairs
 * come first: an inner join filters them, an outer one applies its other side to each row of the side that it keeps.
 */
function withSubqueries(
  type: Type,
  left: Relation,
  right: Relation,
  predicate: Expr,
  applies: readonly PendingApply[],
  span: Span,
): Combined {
  if (applies.length === 0) return combined(type, left, right, predicate, span);
  const sides = bySide(applies, left.plan, right.plan);
  if (sides) {
    const over = (relation: Relation, own: readonly PendingApply[]): Relation => {
      const { unnest: _unnest, ...rest } = relation;
      return own.length === 0 ? relation : { ...rest, plan: placeApplies(relation.plan, own) };
    };
    return combined(type, over(left, sides.left), over(right, sides.right), predicate, span);
  }
  const lateral = left.lateral || right.lateral;
  if (type === 'inner') {
    const { plan } = combined('inner', left, right, null, span);
    return { plan: filtered(placeApplies(plan, applies), predicate), lateral };
  }
  if (type === 'full') {
    throw new UnsupportedError(
      'SQ2005',
      'a query in ON of a FULL JOIN that names columns of both sides is not supported',
      {
        span,
        hint: 'compute it in a query in FROM',
      },
    );
  }
  if (right.lateral && readsAny(freeColumns(right.plan), idsOf(left.plan.columns)) && type === 'right') {
    return combined(type, left, right, predicate, span);
  }
  const [kept, other] = type === 'left' ? [left.plan, right.plan] : [right.plan, left.plan];
  return { plan: applied('left', kept, filtered(placeApplies(other, applies), predicate), null), lateral };
}

interface Sides {
  readonly left: readonly PendingApply[];
  readonly right: readonly PendingApply[];
}

/** Which side each can be computed on; null when one needs both. */
function bySide(applies: readonly PendingApply[], left: LogicalPlan, right: LogicalPlan): Sides | null {
  const sides = { left: [] as PendingApply[], right: [] as PendingApply[] };
  const ids = { left: new Set<ColumnId>(idsOf(left.columns)), right: new Set<ColumnId>(idsOf(right.columns)) };
  for (const apply of applies) {
    const read = readBy(apply);
    const needsRight = readsAny(read, ids.right);
    if (needsRight && readsAny(read, ids.left)) return null;
    const side = needsRight ? 'right' : 'left';
    sides[side].push(apply);
    for (const { id } of addedBy(apply)) ids[side].add(id);
  }
  return sides;
}

interface Merged {
  readonly column: VisibleColumn & { readonly parts?: readonly Expr[] };
  readonly equal: Expr;
  readonly from: readonly VisibleColumn[];
}

/** The one column that USING makes of a column of each side. */
function merge(name: string, type: Type, left: Names, right: Names, node: JoinTable): Merged {
  const { span } = node;
  const one = using(name, left, 'left', span);
  const other = using(name, right, 'right', span);
  const exprs = [readable(one, span), readable(other, span)] as const;
  const equal = callOf('=', exprs, span);
  const parts = type === 'full' ? [...partsOf(one, exprs[0]), ...partsOf(other, exprs[1])] : exprs;
  const values = unified(parts, 'USING', span);
  const [first, second] = values as [Expr, Expr];
  const expr = type === 'full' ? firstOf(values, span) : type === 'right' ? second : first;
  const merged = { name: one.name, expr, owner: null };
  return { column: type === 'full' ? { ...merged, parts } : merged, equal, from: [one, other] };
}

/** Of a column that is itself the first of several that is not NULL: these. */
const partsOf = (column: Merged['column'], expr: Expr): readonly Expr[] => column.parts ?? [expr];

function firstOf(values: readonly Expr[], span: Span): Expr {
  const branches = values.slice(0, -1).map((input) => {
    const known: Expr = { kind: 'isNull', input, negated: true, type: BOOLEAN, span };
    return caseBranch(known, input);
  });
  const last = values.at(-1) as Expr;
  return { kind: 'case', branches, otherwise: last, type: last.type, span };
}

function using(name: string, { visible }: Names, side: 'left' | 'right', span: Span): VisibleColumn {
  const exact = visible.filter((column) => column.name === name);
  const found = exact.length > 0 ? exact : visible.filter((column) => sameName(column.name, name));
  const [first, second] = found;
  if (!first) {
    const names = visible.map((column) => column.name);
    throw new BindError('SQ1102', `the ${side} side of the join has no column "${name}"`, {
      span,
      hint: didYouMean(name, names) ?? `it has ${listed(names)}`,
    });
  }
  if (second) throw ambiguous(name, found, span);
  return first;
}

const sameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** NATURAL: the names that both sides have. */
function commonNames(left: Names, right: Names): readonly string[] {
  const names = new Set(right.visible.map(({ name }) => name.toLowerCase()));
  const common = left.visible.map(({ name }) => name).filter((name) => names.has(name.toLowerCase()));
  return common.filter((name, i) => common.findIndex((other) => sameName(name, other)) === i);
}
