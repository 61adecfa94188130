import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import { byText, type Distribution, distributionTables, randomQuery } from './distribution-tables.ts';

let tables: Distribution;
beforeAll(async () => {
  tables = await distributionTables();
});
afterAll(() => tables?.close());

it('300 random queries give the same rows over one, two and three tasks, those that DuckDB gives', async () => {
  const random = seededRandom(4711);
  for (let i = 0; i < 300; i++) {
    const sql = randomQuery(random);
    expect(byText(await tables.inEveryWay(sql)), sql).toEqual(byText(await tables.oracle.rows(sql)));
  }
});
