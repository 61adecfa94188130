import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareExpressions } from './compare-expressions.ts';
import { Oracle } from './duckdb.ts';

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.open();
});
afterAll(() => oracle.close());

it.each([1, 2, 3])('agrees with DuckDB on random expressions, seed %i', async (seed) => {
  const { differences, values, errors } = await compareExpressions(oracle, seed, 250);
  expect(differences).toEqual([]);
  expect(values).toBeGreaterThan(1000);
  expect(errors).toBeGreaterThan(0);
});
