import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INTEGER, VARCHAR } from '../../src/common/types.ts';
import { Oracle } from '../oracle/duckdb.ts';
import { FakeCatalog, field } from './fake-catalog.ts';
import { type InlineSession, inlineSession } from './inline-session.ts';
import { refusalOf } from './refusal.ts';

/** Three row groups; ids ascend, digits repeat, every third price is NULL. */
const FILE = './datasets/golden/row-groups.parquet';
const FIRST = '(SELECT * FROM t WHERE id < 40) AS s';

/** Meant alike by PostgreSQL, DuckDB and Squall; ordered, so that rows compare one by one. */
const QUERIES = [
  'SELECT count(DISTINCT digit), sum(id), sum(DISTINCT digit), count(*) FROM t',
  'SELECT name, count(DISTINCT digit), count(DISTINCT price), count(*) FROM t GROUP BY name ORDER BY name',
  'SELECT digit, count(DISTINCT name) FILTER (WHERE price > 0.1), min(DISTINCT id) FROM t GROUP BY digit ORDER BY digit',
  `SELECT digit, string_agg(name, ',' ORDER BY id DESC), array_agg(id ORDER BY price NULLS FIRST, id) FROM ${FIRST} GROUP BY digit ORDER BY digit`,
  `SELECT string_agg(DISTINCT name, ',' ORDER BY name DESC) FROM ${FIRST}`,
  `SELECT digit, percentile_cont(0.25) WITHIN GROUP (ORDER BY id), percentile_disc(0.5) WITHIN GROUP (ORDER BY id),
     percentile_cont(0.25) WITHIN GROUP (ORDER BY id DESC), mode() WITHIN GROUP (ORDER BY digit)
   FROM ${FIRST} GROUP BY digit ORDER BY digit`,
  `SELECT digit, name, sum(id), CAST(GROUPING(digit) AS integer), CAST(GROUPING(name) AS integer), CAST(GROUPING(digit, name) AS integer) FROM ${FIRST} GROUP BY ROLLUP (digit, name) ORDER BY 4, 5, 1, 2`,
  `SELECT digit, id % 2 AS p, count(*), CAST(GROUPING(id % 2, digit) AS integer) FROM ${FIRST} GROUP BY CUBE (digit, p) ORDER BY 4, 1, 2`,
  `SELECT digit, id % 2, id % 3, count(*) FROM ${FIRST} GROUP BY GROUPING SETS ((digit, id % 2), (id % 3), ()) ORDER BY 1, 2, 3`,
  `SELECT digit, id % 2, count(*) FROM ${FIRST} GROUP BY digit, ROLLUP (id % 2) ORDER BY 1, 2`,
  `SELECT digit, count(*) FROM ${FIRST} GROUP BY GROUPING SETS ((digit), (digit), ()) ORDER BY 1`,
  'SELECT count(*), sum(id) FROM t WHERE id < 0 GROUP BY ROLLUP (digit)',
  'SELECT digit, count(*) FROM t WHERE id < 0 GROUP BY GROUPING SETS ((digit), ())',
  `SELECT digit, sum(id) FROM ${FIRST} GROUP BY ROLLUP (digit) HAVING GROUPING(digit) = 1`,
  `SELECT digit, id % 2 AS p, count(*) AS n FROM ${FIRST} GROUP BY ALL ORDER BY ALL`,
  `SELECT digit + 1 AS d, count(*) FROM ${FIRST} GROUP BY d ORDER BY d`,
  `SELECT digit + 1, count(*) FROM ${FIRST} GROUP BY 1 ORDER BY 1`,
  'SELECT sum(id) FROM t HAVING count(*) > 1',
  'SELECT digit FROM t GROUP BY digit HAVING max(price) > 0.4 ORDER BY max(price), digit',
  `SELECT digit, digit + 1, (digit + 1) * 2 FROM ${FIRST} GROUP BY digit + 1, digit ORDER BY 1`,
  `SELECT bool_and(id >= 0), bool_or(id > 38), count(*) FILTER (WHERE digit = 3) FROM ${FIRST}`,
  `SELECT digit, rank() OVER (ORDER BY digit), sum(count(*)) OVER () FROM ${FIRST} GROUP BY ROLLUP (digit) ORDER BY 1`,
] as const;

describe('aggregates give what DuckDB gives', () => {
  let oracle: Oracle;
  let session: InlineSession;

  beforeAll(async () => {
    oracle = await Oracle.open();
    await oracle.run(`CREATE VIEW t AS FROM '${FILE}'`);
    session = inlineSession({ t: FILE }, 3);
  });

  afterAll(async () => {
    await session.close();
    oracle.close();
  });

  it.each(QUERIES)('%s', async (sql) => {
    expect(await session.rows(sql)).toEqual(await oracle.rows(sql));
  });

  it.each([
    [`SELECT array_agg(price IGNORE NULLS ORDER BY id) FROM (SELECT * FROM t WHERE id < 4) AS s`, [[[10n, 20n]]]],
    ['SELECT GROUPING(digit) FROM t WHERE digit = 1 GROUP BY digit', [[0]]],
  ])('%s', async (sql, rows) => {
    const found = await session.rows(sql);
    expect(found.map((row) => row.length)).toEqual(rows.map((row) => row.length));
    if (sql.includes('GROUPING')) expect(found).toEqual(rows);
    else
      expect(found).toEqual(
        await oracle.rows(sql.replace('IGNORE NULLS', '').replace('< 4)', '< 4 AND price IS NOT NULL)')),
      );
  });
});

const catalog = new FakeCatalog({ t: { schema: [field('a', INTEGER), field('b', VARCHAR)] } });

describe('aggregates that cannot be', () => {
  it.each([
    [
      'select a, sum(b) from t group by a',
      'SQ1105 sum(varchar) does not exist | sum(b) | there is sum(bigint), sum(double)',
    ],
    ['select count() from t', 'SQ1105 count() does not exist | count() | write count(*) or count(x)'],
    [
      'select count(a, b) from t',
      'SQ1105 count(integer, varchar) does not exist | count(a, b) | write count(*) or count(x)',
    ],
    [
      'select string_agg(a) from t',
      'SQ1105 string_agg(integer) does not exist | string_agg(a) | there is string_agg(varchar)',
    ],
    [
      'select string_agg(distinct b order by a) from t',
      'SQ1106 ORDER BY of string_agg(DISTINCT …) names what is not an argument | a | order by an argument',
    ],
    [
      'select percentile_cont(a) within group (order by a) from t',
      'SQ1105 percentile_cont() needs a constant number between 0 and 1 | a | write percentile_cont(0.5) WITHIN GROUP (ORDER BY …)',
    ],
    [
      'select rank(a) within group (order by a) from t',
      'SQ2001 rank() WITHIN GROUP of a value that is not constant is not supported | a | count the rows before it: 1 + count(*) FILTER (WHERE x < …)',
    ],
    [
      'select sum(a) within group (order by a) from t',
      'SQ1105 sum() WITHIN GROUP does not exist for 1 arguments | sum(a) within group (order by a) | percentile_cont(0.5), percentile_disc(0.5), mode() and string_agg(x) are such functions',
    ],
    [
      'select percentile_cont(0.5) within group (order by a, b) from t',
      'SQ1105 percentile_cont() WITHIN GROUP takes one ORDER BY expression | percentile_cont(0.5) within group (order by a, b) | ',
    ],
    [
      'select a, b, grouping(b) from t group by rollup (a)',
      'SQ1106 GROUPING names what the query does not group by | b | its arguments are expressions of GROUP BY',
    ],
    ['select a from t where grouping(a) = 0', 'SQ1106 grouping() cannot stand in WHERE | grouping(a) | '],
    [
      'select b from t group by rollup (a)',
      'SQ1106 column "b" is neither grouped nor aggregated | b | add it to GROUP BY, or aggregate it: min(b)',
    ],
    [
      'select sum(sum(a)) from t',
      'SQ1106 sum() cannot stand in another aggregate | sum(a) | aggregate in a query in FROM',
    ],
    [
      'select sum(a) filter (where count(*) > 1) from t',
      'SQ1106 count() cannot stand in another aggregate | count(*) | aggregate in a query in FROM',
    ],
    [
      'select sum(a) filter (where a) from t',
      'SQ1105 FILTER needs a condition, not a value of type integer | a | write a comparison',
    ],
    [
      'select sum(a) from t group by 2',
      'SQ1109 GROUP BY 2 is not a position of the select list | 2 | it has one column',
    ],
    [
      'select sum(a) as s from t group by s',
      'SQ1106 sum() cannot stand in GROUP BY | sum(a) | aggregate in a query in FROM',
    ],
    [
      'select a + sum(a) from t group by all',
      'SQ1106 column "a" is neither grouped nor aggregated | a | add it to GROUP BY, or aggregate it: min(a)',
    ],
    [
      'select a from t group by cube (a, a, a, a, a, a, a, a, a, a, a, a, a)',
      'SQ2001 more than 4,096 grouping sets are not supported | cube (a, a, a, a, a, a, a, a, a, a, a, a, a) | ',
    ],
  ])('%s', async (sql, expected) => {
    expect(await refusalOf(sql, { catalog })).toBe(expected);
  });
});
