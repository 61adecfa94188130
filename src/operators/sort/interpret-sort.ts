import type { Value } from '../../common/types.ts';
import type { SortPlan } from '../plan.ts';
import { columnValues, RowExpressions, type Rows, rowCount, rowsOfArrays } from '../rows.ts';
import { sortedOrder } from './sorted-order.ts';

/** Rows delivered at once. */
const CHUNK = 16_384;

/** Sorts all of its input in JavaScript's memory; rows with equal keys keep their order. */
export async function* interpretSort(
  plan: Pick<SortPlan, 'input' | 'keys'>,
  input: AsyncIterable<Rows>,
): AsyncGenerator<Rows> {
  const expressions = new RowExpressions(plan.input.columns);
  const compute = plan.keys.map(({ expr }) => expressions.compile(expr));
  const columns: Value[][] = plan.input.columns.map(() => []);
  const keys: Value[][] = plan.keys.map(() => []);
  let length = 0;
  for await (const rows of input) {
    expressions.over(rows);
    length += rowCount(rows);
    rows.columns.forEach(({ read }, i) => {
      append(columns[i] as Value[], columnValues(rows, read));
    });
    compute.forEach((key, i) => {
      append(keys[i] as Value[], columnValues(rows, key));
    });
  }
  const order = sortedOrder(plan.keys, keys, length);
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
