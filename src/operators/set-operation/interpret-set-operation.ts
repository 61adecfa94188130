import { assertNever } from '../../common/errors.ts';
import type { Value } from '../../common/types.ts';
import type { SetOperationPlan } from '../plan.ts';
import { columnValues, type Rows, rowCount, rowsOfArrays } from '../rows.ts';
import { rowKey, type ValueKey } from '../value-key.ts';

type Row = readonly Value[];

/** Counts the rows of the right side in JavaScript's memory, or remembers which rows there were. */
export async function* interpretSetOperation(
  plan: SetOperationPlan,
  inputs: readonly AsyncIterable<Rows>[],
): AsyncGenerator<Rows> {
  const { operation, all } = plan;
  if (operation === 'union' && all) {
    for (const input of inputs) yield* input;
    return;
  }
  const keyOf = rowKey(plan.columns.map(({ type }) => type));
  const [left, right] = inputs as [AsyncIterable<Rows>, AsyncIterable<Rows>];
  const counts = operation === 'union' ? new Map<ValueKey, number>() : await countRows(right, keyOf);
  const seen = new Set<ValueKey>();
  const delivers = (key: ValueKey): boolean => {
    const known = seen.has(key);
    const count = counts.get(key) ?? 0;
    switch (operation) {
      case 'union':
        seen.add(key);
        return !known;
      case 'intersect':
        if (!all) seen.add(key);
        else if (count > 0) counts.set(key, count - 1);
        return count > 0 && !known;
      case 'except':
        if (!all) seen.add(key);
        else if (count > 0) counts.set(key, count - 1);
        return count === 0 && !known;
      default:
        return assertNever(operation);
    }
  };
  for (const input of operation === 'union' ? inputs : [left]) {
    for await (const rows of input) {
      const kept = rowValues(rows).filter((row) => delivers(keyOf(row)));
      yield rowsOfArrays(
        plan.columns.map((_, i) => kept.map((row) => row[i] as Value)),
        kept.length,
      );
    }
  }
}

async function countRows(input: AsyncIterable<Rows>, keyOf: (row: Row) => ValueKey): Promise<Map<ValueKey, number>> {
  const counts = new Map<ValueKey, number>();
  for await (const rows of input) {
    for (const row of rowValues(rows)) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  }
  return counts;
}

function rowValues(rows: Rows): Row[] {
  const columns = rows.columns.map(({ read }) => columnValues(rows, read));
  return Array.from({ length: rowCount(rows) }, (_, row) => columns.map((values) => values[row] as Value));
}
