import type { Value } from '../../common/types.ts';
import type { UnnestPlan } from '../plan.ts';
import { forEachRow, RowExpressions, type Rows, rowsOfArrays } from '../rows.ts';

/** A NULL list has no entries. A map's entries are arrays of key and value. */
export async function* interpretUnnest(plan: UnnestPlan, input: AsyncIterable<Rows>): AsyncGenerator<Rows> {
  const { lists, outer, ordinality } = plan;
  const expressions = new RowExpressions(plan.input.columns);
  const compute = lists.map((list) => expressions.compile(list));
  for await (const rows of input) {
    expressions.over(rows);
    const columns: Value[][] = plan.columns.map(() => []);
    let length = 0;
    const deliver = (values: readonly Value[]) => {
      for (let i = 0; i < columns.length; i++) columns[i]?.push(values[i] as Value);
      length++;
    };
    forEachRow(rows, (row) => {
      const values = rows.columns.map(({ read }) => read(row));
      const entries = compute.map((list) => (list(row) as readonly Value[] | null) ?? []);
      const count = Math.max(...entries.map((list) => list.length));
      for (let i = 0; i < count; i++) {
        const side = entries.flatMap((list, at) => parts(lists[at]?.type.kind === 'map', list[i] ?? null));
        deliver([...values, ...side, ...(ordinality ? [BigInt(i + 1)] : [])]);
      }
      if (count === 0 && outer) {
        const nulls: Value[] = new Array(columns.length - values.length).fill(null);
        deliver([...values, ...nulls]);
      }
    });
    yield rowsOfArrays(columns, length);
  }
}

/** The columns of one entry. */
function parts(isMap: boolean, entry: Value): readonly Value[] {
  if (!isMap) return [entry];
  return entry === null ? [null, null] : (entry as readonly Value[]);
}
