import type { StatementExpr, StatementFrom, StatementNode, StatementQuery } from './statement.ts';

/** The smallest statement that can be reached by steps after which `fails` still holds. */
export async function reduceStatement(
  statement: StatementQuery,
  fails: (candidate: StatementQuery) => Promise<boolean>,
  maxSteps = 600,
): Promise<StatementQuery> {
  let best = statement;
  let steps = 0;
  for (let smaller = true; smaller; ) {
    smaller = false;
    for (const candidate of smallerQueries(best)) {
      if (steps++ >= maxSteps) return best;
      if (await fails(candidate)) {
        best = candidate;
        smaller = true;
        break;
      }
    }
  }
  return best;
}

const LITERAL = { int: '1', dec: '1.50', text: "'a'", bool: 'true', date: "DATE '2020-01-01'", float: '0.5' } as const;

/** Candidates may name what is no longer there: then both engines refuse them, and they fail for no good reason. */
function* smallerQueries(query: StatementQuery): Generator<StatementQuery> {
  yield* queriesWithin(query);
  if (query.limit !== null || query.offset !== 0) yield { ...query, limit: null, offset: 0 };
  if (query.order.length > 0) yield { ...query, order: [], limit: null, offset: 0 };
  for (const i of query.with.keys()) {
    const common = query.with[i]!;
    yield { ...query, with: query.with.filter((_, other) => other !== i) };
    if (common.materialized !== '') yield { ...query, with: query.with.with(i, { ...common, materialized: '' }) };
    for (const smaller of smallerQueries(common.query))
      yield { ...query, with: query.with.with(i, { ...common, query: smaller }) };
  }
  const { body } = query;
  if (body.kind === 'setOperation') {
    yield body.left;
    yield body.right;
    for (const left of smallerQueries(body.left)) yield { ...query, body: { ...body, left } };
    for (const right of smallerQueries(body.right)) yield { ...query, body: { ...body, right } };
    return;
  }
  const { where, grouping, having, qualify, items, from, distinct } = body;
  if (distinct) yield { ...query, body: { ...body, distinct: false } };
  if (qualify) yield { ...query, body: { ...body, qualify: null } };
  if (having) yield { ...query, body: { ...body, having: null } };
  if (where) yield { ...query, body: { ...body, where: null } };
  if (items.length > 1) {
    for (const i of items.keys()) {
      yield {
        ...query,
        order: query.order.slice(0, -1),
        body: { ...body, items: items.filter((_, other) => other !== i) },
      };
    }
  }
  if (grouping) {
    if (grouping.style !== '') yield { ...query, body: { ...body, grouping: { ...grouping, style: '' } } };
    for (const i of grouping.keys.keys()) {
      const keys = grouping.keys.filter((_, other) => other !== i);
      yield { ...query, body: { ...body, grouping: keys.length > 0 ? { ...grouping, keys } : null } };
    }
  }
  for (const smaller of smallerFroms(from)) yield { ...query, body: { ...body, from: smaller } };
  if (where) for (const smaller of smallerExprs(where)) yield { ...query, body: { ...body, where: smaller } };
  if (having) for (const smaller of smallerExprs(having)) yield { ...query, body: { ...body, having: smaller } };
  for (const i of items.keys()) {
    for (const smaller of smallerExprs(items[i]!)) yield { ...query, body: { ...body, items: items.with(i, smaller) } };
  }
}

/** Queries that stand in another one, as statements of their own. */
function* queriesWithin(query: StatementQuery): Generator<StatementQuery> {
  const { body } = query;
  if (body.kind !== 'select') return;
  for (const from of body.from)
    if (from.kind === 'derived') yield { ...from.query, with: [...query.with, ...from.query.with] };
}

function* smallerFroms(from: readonly StatementFrom[]): Generator<readonly StatementFrom[]> {
  if (from.length > 1) for (const i of from.keys()) yield from.filter((_, other) => other !== i);
  for (const i of from.keys()) for (const smaller of smallerFrom(from[i]!)) yield from.with(i, smaller);
}

function* smallerFrom(from: StatementFrom): Generator<StatementFrom> {
  if (from.kind === 'derived') {
    if (from.lateral) yield { ...from, lateral: false };
    for (const query of smallerQueries(from.query)) yield { ...from, query };
  }
  if (from.kind !== 'join') return;
  yield from.left;
  yield from.right;
  if (from.type !== 'INNER' && from.type !== 'CROSS') yield { ...from, type: 'INNER' };
  if (from.on) for (const on of smallerExprs(from.on)) yield { ...from, on };
  for (const left of smallerFrom(from.left)) yield { ...from, left };
  for (const right of smallerFrom(from.right)) yield { ...from, right };
}

/** The expression with a part of it replaced by something smaller of the same type. */
function* smallerExprs(of: StatementExpr): Generator<StatementExpr> {
  const { type, parts } = of;
  const inner = parts.filter((part) => isExpr(part));
  if (parts.length > 1) yield { kind: 'expr', type, parts: [LITERAL[type]] };
  for (const part of inner) if (part.type === type) yield part;
  for (const [i, part] of parts.entries()) {
    if (typeof part === 'string') continue;
    const candidates = part.kind === 'expr' ? smallerExprs(part) : smallerQueries(part);
    for (const smaller of candidates) yield { ...of, parts: parts.with(i, smaller) };
  }
}

const isExpr = (part: string | StatementNode): part is StatementExpr =>
  typeof part !== 'string' && part.kind === 'expr';
