import { afterAll, beforeAll, expect, it } from 'vitest';
import { noCounts } from './compare-plans.ts';
import { Oracle } from './duckdb.ts';
import { checkPlans, loadTables } from './plan-property.ts';

/** Milliseconds for plans over each set of tables. */
const TIME = 60_000;
const RUNS_PER_SEED = 200;

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.open();
});
afterAll(() => oracle.close());

it.each(['small', 'large'] as const)('random plans over %s tables', async (sizes) => {
  const tables = await loadTables(oracle, sizes);
  const counts = noCounts();
  const end = Date.now() + TIME;
  for (let seed = 10_000; Date.now() < end; seed++) {
    await checkPlans(oracle, tables, { seed, runs: RUNS_PER_SEED, counts, within: Math.max(1, end - Date.now()) });
  }
  process.stdout.write(`random plans over ${sizes} tables: ${JSON.stringify(counts)}\n`);
  expect(counts.compared).toBeGreaterThan(100);
});
