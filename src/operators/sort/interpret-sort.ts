import type { Value } from '../../common/types.ts';
import { type Comparator, comparator } from '../expr/compare-values.ts';
import type { SortKey, SortPlan } from '../plan.ts';
import { columnValues, RowExpressions, type Rows, rowsOfArrays } from '../rows.ts';

/** Rows delivered at once. */
const CHUNK = 16_384;

/** Sorts all of its input in JavaScript's memory; rows with equal keys keep their order. */
export async function* interpretSort(plan: SortPlan, input: AsyncIterable<Rows>): AsyncGenerator<Rows> {
  const expressions = new RowExpressions(plan.input.columns);
  const compute = plan.keys.map(({ expr }) => expressions.compile(expr));
  const columns: Value[][] = plan.columns.map(() => []);
  const keys: Value[][] = plan.keys.map(() => []);
  for await (const rows of input) {
    expressions.over(rows);
    rows.columns.forEach(({ read }, i) => {
      append(columns[i] as Value[], columnValues(rows, read));
    });
    compute.forEach((key, i) => {
      append(keys[i] as Value[], columnValues(rows, key));
    });
  }
  const order = sortedOrder(plan.keys, keys);
  for (let start = 0; start < order.length; start += CHUNK) {
    const chunk = order.slice(start, start + CHUNK);
    yield rowsOfArrays(
      columns.map((values) => chunk.map((row) => values[row] as Value)),
      chunk.length,
    );
  }
}

function append(target: Value[], values: readonly Value[]): void {
  for (const value of values) target.push(value);
}

/** The positions of the rows, in the order of the keys. */
function sortedOrder(keys: readonly SortKey[], values: readonly (readonly Value[])[]): number[] {
  const compare = keys.map(keyComparator);
  const order = Array.from({ length: values[0]?.length ?? 0 }, (_, row) => row);
  return order.sort((a, b) => {
    for (let i = 0; i < compare.length; i++) {
      const column = values[i] as readonly Value[];
      const result = (compare[i] as Comparator)(column[a] as Value, column[b] as Value);
      if (result !== 0) return result;
    }
    return 0;
  });
}

function keyComparator({ expr, descending, nullsFirst }: SortKey): Comparator {
  const compare = expr.type.kind === 'null' ? () => 0 : comparator(expr.type);
  return (a, b) => {
    if (a === null || b === null) return a === b ? 0 : (a === null) === nullsFirst ? -1 : 1;
    return descending ? compare(b, a) : compare(a, b);
  };
}
