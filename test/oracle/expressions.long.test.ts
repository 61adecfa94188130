import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareExpressions } from './compare-expressions.ts';
import { Oracle } from './duckdb.ts';

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.open();
});
afterAll(() => oracle.close());

it.each(Array.from({ length: 20 }, (_, i) => 1000 + i))(
  'agrees with DuckDB on random expressions, seed %i',
  async (seed) => {
    const { differences } = await compareExpressions(oracle, seed, 500);
    expect(differences).toEqual([]);
  },
);
