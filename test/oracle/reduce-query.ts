import { sameType } from '../../src/common/types.ts';
import type { Aggregate, Grouped, SqlQuery } from './sql-query.ts';
import { literalTerm, type Term } from './sql-term.ts';

/** The smallest query that can be reached by steps after which `fails` still holds. */
export async function reduceQuery(
  query: SqlQuery,
  fails: (candidate: SqlQuery) => Promise<boolean>,
  maxSteps = 400,
): Promise<SqlQuery> {
  let best = query;
  let steps = 0;
  for (let smaller = true; smaller; ) {
    smaller = false;
    for (const candidate of smallerQueries(best)) {
      if (!isWhole(candidate)) continue;
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

/** Without keys it is the aggregates that make it a grouped query. */
function isWhole(query: SqlQuery): boolean {
  if (query.from && !isWhole(query.from.query)) return false;
  return (
    query.grouped?.keys.length !== 0 ||
    allTerms(query).some((term) => [...names(term)].some((name) => /^a\d/.test(name)))
  );
}

function* smallerQueries(query: SqlQuery): Generator<SqlQuery> {
  const { from, where, grouped, items, order, limit, offset, distinct } = query;
  if (from) yield from.query;
  if (limit !== null || offset !== 0) yield { ...query, limit: null, offset: 0 };
  if (offset !== 0) yield { ...query, offset: 0 };
  if (order.length > 0 && limit === null && offset === 0) yield { ...query, order: [] };
  if (distinct) yield { ...query, distinct: false };
  if (where) yield { ...query, where: null };
  if (grouped?.having) yield { ...query, grouped: { ...grouped, having: null } };
  if (items.length > 1) {
    for (const i of items.keys()) {
      const kept = order.flatMap((key) =>
        typeof key.by !== 'number' ? [key] : key.by === i ? [] : [{ ...key, by: key.by > i ? key.by - 1 : key.by }],
      );
      yield { ...query, items: items.filter((_, other) => other !== i), order: kept };
    }
  }
  for (const i of order.keys()) yield { ...query, order: order.filter((_, other) => other !== i) };
  if (grouped) {
    for (const i of grouped.keys.keys()) {
      const used = allTerms(query).some((term) => names(term).has(`k${i}`));
      if (!used && i === grouped.keys.length - 1)
        yield { ...query, grouped: { ...grouped, keys: grouped.keys.slice(0, -1) } };
    }
    for (const smaller of smallerGroupings(grouped)) yield { ...query, grouped: smaller };
  }
  if (where) for (const smaller of smallerTerms(where)) yield { ...query, where: smaller };
  for (const [i, item] of items.entries()) {
    for (const smaller of smallerTerms(item)) yield { ...query, items: items.with(i, smaller) };
  }
  for (const [i, key] of order.entries()) {
    if (typeof key.by === 'number') continue;
    for (const smaller of smallerTerms(key.by)) yield { ...query, order: order.with(i, { ...key, by: smaller }) };
  }
  if (from) for (const inner of smallerQueries(from.query)) yield { ...query, from: { ...from, query: inner } };
}

function* smallerGroupings(grouped: Grouped): Generator<Grouped> {
  const { keys, aggregates, having } = grouped;
  for (const [i, aggregate] of aggregates.entries()) {
    const replaced = (other: Aggregate): Grouped => ({ ...grouped, aggregates: aggregates.with(i, other) });
    if (aggregate.filter) {
      yield replaced({ ...aggregate, filter: null });
      for (const filter of smallerTerms(aggregate.filter)) yield replaced({ ...aggregate, filter });
    }
    if (aggregate.arg) for (const arg of smallerTerms(aggregate.arg)) yield replaced({ ...aggregate, arg });
  }
  for (const [i, key] of keys.entries()) {
    for (const smaller of smallerTerms(key)) yield { ...grouped, keys: keys.with(i, smaller) };
  }
  if (having) for (const smaller of smallerTerms(having)) yield { ...grouped, having: smaller };
}

function allTerms({ items, order, grouped }: SqlQuery): readonly Term[] {
  const keys = order.flatMap(({ by }) => (typeof by === 'number' ? [] : [by]));
  return [...items, ...keys, ...(grouped?.having ? [grouped.having] : [])];
}

function names(term: Term): Set<string> {
  const found = new Set<string>();
  term.sql((name) => {
    found.add(name);
    return name;
  });
  return found;
}

/** The term with a part of it replaced by something smaller of the same type. */
function* smallerTerms(term: Term): Generator<Term> {
  const { type } = term.expr;
  if (term.args.length === 0) return;
  for (const arg of term.args) if (sameType(arg.expr.type, type)) yield arg;
  for (const arg of term.args) {
    for (const inner of arg.args) if (sameType(inner.expr.type, type)) yield inner;
  }
  if (type.kind === 'boolean') {
    yield literalTerm(true, type);
    yield literalTerm(false, type);
  }
  for (const i of term.args.keys()) {
    if (term.args.length <= 2) break;
    const fewer = rebuilt(
      term,
      term.args.filter((_, other) => other !== i),
    );
    if (fewer && sameType(fewer.expr.type, type)) yield fewer;
  }
  for (const [i, arg] of term.args.entries()) {
    for (const smaller of smallerTerms(arg)) {
      const made = rebuilt(term, term.args.with(i, smaller));
      if (made) yield made;
    }
  }
}

/** Null when there is no such expression. */
function rebuilt(term: Term, args: readonly Term[]): Term | null {
  try {
    return term.rebuild(args);
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}
