import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import { TABLE, TABLE_ROWS } from './query-table.ts';
import { QueryComparer } from './random-queries.ts';
import { RandomSql } from './random-sql.ts';
import { reduceQuery } from './reduce-query.ts';
import { squallText } from './sql-query.ts';

describe('random queries', () => {
  let comparer: QueryComparer;
  beforeAll(async () => {
    comparer = await QueryComparer.open();
  });
  afterAll(() => comparer.close());

  it('are answered as DuckDB does', async () => {
    const { differences, errors, rows } = await comparer.compare(1, 120);
    expect(differences).toEqual([]);
    expect(errors).toBeGreaterThan(0);
    expect(rows).toBeGreaterThan(1000);
  });
});

it('a query that fails is reduced to what fails', async () => {
  const columns = TABLE.map((column) => ({ ...column, approximate: false, values: [] }));
  const random = new RandomSql(seededRandom(5), columns, TABLE_ROWS);
  const reduced = new Set<string>();
  for (let n = 0; n < 60; n++) {
    const query = random.next();
    const fails = async (candidate: typeof query) => squallText(candidate).includes('substring(');
    if (await fails(query)) reduced.add(squallText(await reduceQuery(query, fails)).replace(/\(.*\)/, '(…)'));
  }
  expect([...reduced].sort()).toEqual([
    'SELECT s AS c0 FROM t GROUP BY 1, substring(…)',
    'SELECT substring(…) AS c0 FROM t',
  ]);
});
