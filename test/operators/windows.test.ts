import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import { Oracle } from '../oracle/duckdb.ts';
import { RowSource, runRows } from '../oracle/run-rows.ts';
import { RandomWindows, tableSql, windowSql } from './random-windows.ts';

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.open();
});
afterAll(() => oracle.close());

it.each(Array.from({ length: 50 }, (_, i) => i))('windows as DuckDB computes them, seed %i', async (seed) => {
  const random = new RandomWindows(seededRandom(seed));
  const rows = random.rows(random.pick([0, 1, 10, 80]));
  await oracle.run(tableSql(rows));
  for (let i = 0; i < 4; i++) {
    const plan = random.plan(3);
    const sql = windowSql(plan);
    const expected = await oracle.rows(sql);
    const actual = await runRows(plan, new RowSource([rows]));
    actual.sort((a, b) => (a[0] as number) - (b[0] as number));
    expect(actual, sql).toEqual(expected);
  }
});
