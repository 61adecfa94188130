import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import { byText, type Distribution, distributionTables, randomQuery } from './distribution-tables.ts';
import { SPREAD } from './planned-run.ts';

let tables: Distribution;
beforeAll(async () => {
  tables = await distributionTables();
});
afterAll(() => tables?.close());

const QUERIES: readonly string[] = [
  'SELECT count(*), sum(a.n), sum(b.n) FROM a JOIN b ON a.k = b.k',
  'SELECT a.n, b.n FROM a LEFT JOIN b ON a.k = b.k AND b.g < 3 WHERE a.n < 900',
  'SELECT a.n, b.n FROM a RIGHT JOIN b ON a.k = b.k AND a.g = 4',
  'SELECT a.n, b.n FROM a FULL JOIN b ON a.k = b.k AND a.g = b.g',
  'SELECT a.g, b.g, count(*) FROM a FULL JOIN b ON a.k = b.k GROUP BY 1, 2',
  'SELECT a.s, count(*), count(b.n) FROM a LEFT JOIN b ON a.s = b.s AND a.g = b.g GROUP BY a.s',
  'SELECT b.k, count(*) FROM a LEFT JOIN b ON a.k = b.k GROUP BY b.k',
  'SELECT a.k, sum(b.n), count(*) FROM a JOIN b ON a.k = b.k JOIN e ON b.k = e.src GROUP BY a.k',
  'SELECT n FROM a WHERE k IN (SELECT k FROM b WHERE g = 2)',
  'SELECT n FROM a WHERE k NOT IN (SELECT k FROM b WHERE g = 2 AND k IS NOT NULL)',
  'SELECT n FROM a WHERE k NOT IN (SELECT k FROM b WHERE g = 2)',
  'SELECT n FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.n > a.n)',
  'SELECT n FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.g = a.g)',
  'SELECT n, k IN (SELECT k FROM b WHERE g = 1) AS found FROM a WHERE g < 4',
  'SELECT n, EXISTS (SELECT 1 FROM b WHERE b.k = a.k) AS found FROM a WHERE g < 4',
  'SELECT n FROM a WHERE n > ANY (SELECT n * 3 FROM b WHERE b.g = a.g)',
  'SELECT n, g < ALL (SELECT g FROM b WHERE b.k = a.k) AS lower FROM a WHERE n < 500',
  'SELECT n, (SELECT sum(b.n) FROM b WHERE b.k = a.k) AS total FROM a WHERE g = 3',
  'SELECT k, sum(d), min(s), max(n), count(*) FROM a GROUP BY k',
  'SELECT g, count(DISTINCT k), count(DISTINCT s) FROM a GROUP BY g',
  'SELECT count(DISTINCT k) FROM a',
  'SELECT g, count(DISTINCT k) FROM a GROUP BY g',
  'SELECT count(DISTINCT s), sum(n), avg(d) FROM a',
  'SELECT g, s, count(*), sum(n) FROM a GROUP BY ROLLUP (g, s)',
  'SELECT g, s, count(*) FROM a GROUP BY GROUPING SETS ((g), (s))',
  'SELECT count(*), sum(n) FROM a WHERE n < 0',
  'SELECT g, count(*) FROM a WHERE n < 0 GROUP BY g',
  'SELECT DISTINCT k, g FROM a',
  'SELECT n, row_number() OVER (PARTITION BY k ORDER BY n), sum(n) OVER (PARTITION BY k ORDER BY n) FROM a',
  'SELECT n, rank() OVER (ORDER BY d DESC, n) FROM a WHERE g = 1',
  'SELECT k FROM a UNION SELECT k FROM b',
  'SELECT k FROM a UNION ALL SELECT k FROM b UNION ALL SELECT k FROM c',
  'SELECT k FROM a INTERSECT SELECT k FROM b',
  'SELECT k FROM a INTERSECT ALL SELECT k FROM b',
  'SELECT k, g FROM a EXCEPT SELECT k, g FROM b',
  'SELECT k FROM a EXCEPT ALL SELECT k FROM b',
  'SELECT count(*) FROM (SELECT k FROM a UNION ALL SELECT 5)',
  'WITH t AS MATERIALIZED (SELECT k, sum(n) AS n FROM a GROUP BY k) SELECT x.k, x.n, y.n FROM t x JOIN t y ON x.k = y.k + 1',
  'WITH t AS MATERIALIZED (SELECT * FROM a) SELECT count(*), (SELECT max(n) FROM t) FROM t JOIN b ON t.k = b.k',
  'WITH RECURSIVE r(x) AS (SELECT 1::BIGINT UNION SELECT e.dst FROM r JOIN e ON e.src = r.x) SELECT x FROM r',
  'WITH RECURSIVE r(x, y) AS (SELECT 1, 1 UNION ALL SELECT x + 1, y * 2 FROM r WHERE x < 20) SELECT * FROM r',
  'SELECT c.name, count(*) FROM c, a, b WHERE c.k = a.g AND a.k = b.k AND b.g <> a.g GROUP BY c.name',
  'SELECT count(*) FROM c x, c y WHERE x.k < y.k',
  'SELECT a.n, u FROM a, unnest([a.g, a.n]) AS t(u) WHERE a.n < 300',
];

const ORDERED: readonly string[] = [
  'SELECT n, d FROM a ORDER BY d DESC, n LIMIT 25 OFFSET 10',
  'SELECT k, g, n FROM a ORDER BY k NULLS FIRST, g DESC, n',
  'SELECT a.n, b.n FROM a JOIN b ON a.k = b.k ORDER BY 1, 2 LIMIT 40',
  'SELECT k, sum(n) AS total FROM a GROUP BY k ORDER BY total DESC, k LIMIT 12',
  'SELECT s, n, d FROM a ORDER BY s DESC NULLS LAST, n DESC',
  'SELECT n FROM a ORDER BY k + g, -n',
  'SELECT n, k FROM a ORDER BY n OFFSET 4800',
  'SELECT n, g FROM a ORDER BY g, n LIMIT 3000000 OFFSET 4',
  'SELECT n + 1, s FROM a ORDER BY d DESC LIMIT 1000001',
  'SELECT a.n, b.n FROM a JOIN b ON a.k = b.k ORDER BY a.n DESC, b.n',
  'SELECT g, s, count(*), sum(n) FROM a GROUP BY g, s ORDER BY 3 DESC, 1, 2',
  'SELECT n, sum(n) OVER (PARTITION BY g ORDER BY n) AS total FROM a ORDER BY total, n',
  'SELECT n * 2 FROM (SELECT n, g FROM a ORDER BY g DESC, n) WHERE n % 3 = 0',
  'WITH t AS MATERIALIZED (SELECT k, n FROM a ORDER BY n) SELECT x.n, y.n FROM t x JOIN t y ON x.k = y.k ORDER BY x.n, y.n',
  'SELECT list(n) FROM (SELECT n FROM a WHERE g < 5 ORDER BY d DESC)',
  'SELECT k, g FROM a UNION SELECT k, g FROM b ORDER BY g, k NULLS FIRST',
  'SELECT n FROM a WHERE n < 0 ORDER BY n',
];

describe('queries over several tasks give what they give in one, which is what DuckDB gives', () => {
  it.each(QUERIES)('%s', async (sql) => {
    expect(byText(await tables.inEveryWay(sql))).toEqual(byText(await tables.oracle.rows(sql)));
  });

  it.each(ORDERED)('%s', async (sql) => {
    expect((await tables.inEveryWay(sql, true)).map(String)).toEqual((await tables.oracle.rows(sql)).map(String));
  });

  it('many rows are sorted over several tasks, whose rows together are in order', async () => {
    const { planned, attempts } = await tables.inline.run('SELECT n FROM a ORDER BY d', { workers: 3, limits: SPREAD });
    const last = planned.stages.stages.at(-1);
    expect(last?.inputs.map(({ route }) => route.kind)).toEqual(['range']);
    const delivered = attempts.filter(({ stage }) => stage === last?.id).map(({ metrics }) => metrics?.rowsOut ?? 0);
    expect(delivered).toHaveLength(3);
    for (const rows of delivered) expect(Math.abs(rows - 5000 / 3)).toBeLessThan(200);
  });

  it('LIMIT takes as many rows as it says, and no more tasks than it needs', async () => {
    const { rows, attempts } = await tables.inline.run('SELECT n FROM a LIMIT 7 OFFSET 2', { workers: 3 });
    expect(rows).toHaveLength(7);
    expect(attempts.map(({ stage, task }) => [stage, task])).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(new Set(rows.map(String)).size).toBe(7);
  });

  it('a sample of a table is the same in however many tasks', async () => {
    const sql = 'SELECT n FROM a TABLESAMPLE BERNOULLI (20) REPEATABLE (3) WHERE g < 9';
    const rows = await tables.inEveryWay(sql);
    // Of 2,647 rows a fifth, give or take six deviations: which ones depends on where the files lie.
    expect(rows.length).toBeGreaterThan(405);
    expect(rows.length).toBeLessThan(654);
    await tables.inEveryWay('SELECT count(*) FROM a TABLESAMPLE SYSTEM (50) REPEATABLE (1)');
  });
});

it('random queries give the same rows over one, two and three tasks', async () => {
  const random = seededRandom(20);
  for (let i = 0; i < 6; i++) await tables.inEveryWay(randomQuery(random));
});
