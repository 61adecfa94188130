import type { Value } from '../../common/types.ts';
import type { RecursivePlan, WorkingTablePlan } from '../plan.ts';
import { columnValues, type Rows, rowCount, rowsOfArrays } from '../rows.ts';
import { rowKey, type ValueKey } from '../value-key.ts';

type Row = readonly Value[];

/** Runs the step over the rows that were new in the round before, all in JavaScript's memory. */
export async function* interpretRecursive(
  plan: RecursivePlan,
  base: AsyncIterable<Rows>,
  step: (working: readonly Row[]) => AsyncIterable<Rows>,
): AsyncGenerator<Rows> {
  const keyOf = rowKey(plan.columns.map(({ type }) => type));
  const seen = new Set<ValueKey>();
  const fresh = async (input: AsyncIterable<Rows>): Promise<readonly Row[]> => {
    const rows: Row[] = [];
    for await (const part of input) {
      for (const row of rowsOf(part)) {
        const key = plan.all ? null : keyOf(row);
        if (!plan.all && seen.has(key)) continue;
        seen.add(key);
        rows.push(row);
      }
    }
    return rows;
  };
  for (let working = await fresh(base); working.length > 0; working = await fresh(step(working))) {
    yield rowsOfColumns(plan.columns.length, working);
  }
}

/** The working table of a round. */
export async function* interpretWorkingTable(
  { fields }: WorkingTablePlan,
  working: readonly Row[],
): AsyncGenerator<Rows> {
  yield rowsOfColumns(
    fields.length,
    working.map((row) => fields.map((field) => row[field] as Value)),
  );
}

function rowsOf(rows: Rows): Row[] {
  const columns = rows.columns.map(({ read }) => columnValues(rows, read));
  return Array.from({ length: rowCount(rows) }, (_, row) => columns.map((values) => values[row] as Value));
}

const rowsOfColumns = (width: number, rows: readonly Row[]): Rows =>
  rowsOfArrays(
    Array.from({ length: width }, (_, i) => rows.map((row) => row[i] as Value)),
    rows.length,
  );
