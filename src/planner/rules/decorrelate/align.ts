import type { ColumnId, Expr } from '../../../operators/expr/expr.ts';
import { exprKey } from '../../expr/same-expr.ts';
import { outerColumnsIn, perOuterValues, type UnnestContext, withDefaults } from './domain-join.ts';
import { type OuterEquality, outerValues, type Unnested } from './unnested.ts';

/** Several plans that tell outer rows apart by the same equalities, in one order; the values of `wanted` are known in each. */
export function aligned(
  inputs: readonly Unnested[],
  wanted: ReadonlySet<ColumnId>,
  context: UnnestContext,
): readonly Unnested[] {
  const rows = inputs.map((input) => withDefaults(input, context));
  const ordered = rows.map(byOuter);
  const [first] = ordered as [readonly OuterEquality[]];
  const keys = first.map(({ outer }) => exprKey(outer)).join();
  const same = ordered.every((equalities) => equalities.map(({ outer }) => exprKey(outer)).join() === keys);
  const free = rows.every(({ others }) => others.length === 0);
  if (same && free && rows.every((each) => knowsAll(each, wanted))) {
    const nullsEqual = first.map((_, i) => ordered.some((equalities) => equalities[i]?.nullsEqual));
    return rows.map((each, input) => ({
      ...each,
      equalities: (ordered[input] as readonly OuterEquality[]).map((equality, i) => ({
        ...equality,
        nullsEqual: nullsEqual[i] as boolean,
      })),
    }));
  }
  const asked: Expr[] = rows.flatMap(({ equalities, others }) => [...equalities.map(({ outer }) => outer), ...others]);
  const columns = new Set([...wanted, ...outerColumnsIn(asked, context.outer)]);
  return rows.map((each) => perOuterValues(each, columns, context));
}

/** One for each expression over outer columns, in an order that the text of the query does not change. */
function byOuter({ equalities }: Unnested): readonly OuterEquality[] {
  return [...equalities].sort((a, b) => (exprKey(a.outer) < exprKey(b.outer) ? -1 : 1));
}

function knowsAll(rows: Unnested, wanted: ReadonlySet<ColumnId>): boolean {
  const values = outerValues(rows);
  return [...wanted].every((id) => values.has(id));
}
