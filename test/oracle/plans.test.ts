import { afterAll, beforeAll, expect, it } from 'vitest';
import { noCounts } from './compare-plans.ts';
import { Oracle } from './duckdb.ts';
import { checkPlans, loadTables } from './plan-property.ts';
import type { TestTable } from './test-table.ts';

let oracle: Oracle;
let tables: readonly TestTable[];
beforeAll(async () => {
  oracle = await Oracle.open();
  tables = await loadTables(oracle, 'small');
});
afterAll(() => oracle.close());

it.each([1, 2, 3, 4, 5, 6])('random plans deliver what the interpreter and DuckDB say, seed %i', async (seed) => {
  const counts = noCounts();
  await checkPlans(oracle, tables, { seed, runs: 60, counts, within: 25_000 });
  expect(counts.compared).toBeGreaterThan(45);
});
