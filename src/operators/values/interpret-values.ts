import { evaluateConstant } from '../expr/interpret.ts';
import type { ValuesPlan } from '../plan.ts';
import { type Rows, rowsOfArrays } from '../rows.ts';

/** Rows written in the query, at once. */
export async function* interpretValues(plan: ValuesPlan): AsyncGenerator<Rows> {
  if (plan.rows.length === 0) return;
  const values = plan.rows.map((row) => row.map(evaluateConstant));
  const columns = plan.columns.map((_, i) => values.map((row) => row[i] ?? null));
  yield rowsOfArrays(columns, plan.rows.length);
}
