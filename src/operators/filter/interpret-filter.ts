import type { FilterPlan } from '../plan.ts';
import { forEachRow, RowExpressions, type Rows } from '../rows.ts';

/** Keeps the rows whose predicate is true; nothing is copied. Passes on no empty Rows. */
export async function* interpretFilter(plan: FilterPlan, input: AsyncIterable<Rows>): AsyncGenerator<Rows> {
  const expressions = new RowExpressions(plan.input.columns);
  const predicate = expressions.compile(plan.predicate);
  for await (const rows of input) {
    expressions.over(rows);
    const selection: number[] = [];
    forEachRow(rows, (row) => {
      if (predicate(row) === true) selection.push(row);
    });
    if (selection.length > 0) yield { ...rows, selection: selection.length === rows.length ? null : selection };
  }
}
