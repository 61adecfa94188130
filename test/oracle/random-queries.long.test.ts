import { afterAll, beforeAll, expect, it } from 'vitest';
import { QueryComparer } from './random-queries.ts';

const QUERIES = 6000;
const MINUTES = 2;

let comparer: QueryComparer;
beforeAll(async () => {
  comparer = await QueryComparer.open();
});
afterAll(() => comparer.close());

it(`answers ${QUERIES} random queries, or as many as ${MINUTES} minutes take, as DuckDB does`, async () => {
  const end = Date.now() + MINUTES * 60_000;
  const { differences, errors, queries, rows } = await comparer.compare(1000, QUERIES, () => Date.now() > end);
  expect(differences).toEqual([]);
  expect(errors).toBeGreaterThan(queries / 300);
  expect(rows).toBeGreaterThan(10 * queries);
});
