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
  `SELECT id, row_number() OVER (ORDER BY id DESC) FROM ${FIRST} ORDER BY id`,
  `SELECT id, rank() OVER w, dense_rank() OVER w, percent_rank() OVER w, cume_dist() OVER w, ntile(3) OVER (ORDER BY digit, id)
   FROM ${FIRST} WINDOW w AS (ORDER BY digit) ORDER BY id`,
  `SELECT id, lag(price) OVER w, lead(id, 2, -1) OVER w, first_value(price) OVER w, last_value(id) OVER w
   FROM ${FIRST} WINDOW w AS (PARTITION BY digit ORDER BY id) ORDER BY id`,
  `SELECT id, sum(id) OVER (), sum(id) OVER (ORDER BY digit), count(price) OVER (PARTITION BY digit) FROM ${FIRST} ORDER BY id`,
  `SELECT id, sum(id) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING),
     sum(id) OVER (ORDER BY id ROWS 2 PRECEDING), min(id) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),
     max(id) OVER (ORDER BY digit, id GROUPS BETWEEN 1 PRECEDING AND 1 PRECEDING),
     sum(id) OVER (ORDER BY digit RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING),
     count(*) OVER (ORDER BY digit RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE TIES)
   FROM ${FIRST} ORDER BY id`,
  `SELECT id, sum(id) OVER (ORDER BY day RANGE BETWEEN INTERVAL '3 days' PRECEDING AND CURRENT ROW) FROM ${FIRST} ORDER BY id`,
  `SELECT id, nth_value(price, 2) OVER (ORDER BY id ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) FROM ${FIRST} ORDER BY id`,
  `SELECT id, lag(price IGNORE NULLS) OVER (ORDER BY id), first_value(price IGNORE NULLS) OVER (ORDER BY id DESC)
   FROM ${FIRST} ORDER BY id`,
  `SELECT id, count(*) FILTER (WHERE price > 0.1) OVER (PARTITION BY digit) FROM ${FIRST} ORDER BY id`,
  `SELECT id, sum(id) OVER (w ORDER BY id) FROM ${FIRST} WINDOW w AS (PARTITION BY digit) ORDER BY id`,
  'SELECT digit, sum(sum(id)) OVER () AS all_ids, rank() OVER (ORDER BY sum(id) DESC) FROM t GROUP BY digit ORDER BY digit',
  'SELECT digit, sum(count(*)) OVER (ORDER BY digit) FROM t GROUP BY digit HAVING count(*) > 1 ORDER BY digit',
  'SELECT digit % 2 AS parity, count(*), sum(digit % 2) OVER (ORDER BY digit % 2) FROM t GROUP BY digit % 2 ORDER BY 1',
  `SELECT id FROM ${FIRST} ORDER BY row_number() OVER (ORDER BY digit, id) DESC`,
  `SELECT DISTINCT count(*) OVER (PARTITION BY digit) AS n FROM t ORDER BY n`,
  `SELECT id, 1 + row_number() OVER (ORDER BY id) * 2 AS n FROM ${FIRST} ORDER BY n DESC LIMIT 3`,
  `SELECT id, sum(price) OVER (PARTITION BY digit ORDER BY id) - price AS before FROM ${FIRST} ORDER BY id`,
  'SELECT sum(id) OVER () FROM t WHERE id < 0',
  `SELECT id, string_agg(name, '-') OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM ${FIRST} ORDER BY id`,
  `SELECT id, row_number() OVER (ORDER BY price NULLS FIRST, id), row_number() OVER (ORDER BY price DESC NULLS LAST, id)
   FROM ${FIRST} ORDER BY id`,
] as const;

describe('window functions give what DuckDB gives', () => {
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

  it('computes functions over one partition and order together', async () => {
    const plan = await session.plan(
      'SELECT sum(id) OVER w, avg(id) OVER w, sum(id) OVER (PARTITION BY digit), sum(id) OVER w + 1 FROM t WINDOW w AS (ORDER BY digit)',
    );
    const windows: number[] = [];
    for (let node = plan.logical; 'input' in node; node = node.input) {
      if (node.kind === 'window') windows.push(node.functions.length);
    }
    expect(windows).toEqual([1, 2]);
  });
});

const catalog = new FakeCatalog({ t: { schema: [field('a', INTEGER), field('b', VARCHAR)] } });

describe('windows that cannot be', () => {
  it.each([
    [
      'select 1 from t where row_number() over () > 1',
      'SQ1106 the window function row_number() cannot stand in WHERE | row_number() over () | compute it in a query in FROM, or use QUALIFY',
    ],
    [
      'select a from t group by a having rank() over () > 1',
      'SQ1106 the window function rank() cannot stand in HAVING | rank() over () | compute it in a query in FROM, or use QUALIFY',
    ],
    [
      'select 1 from t group by rank() over ()',
      'SQ1106 the window function rank() cannot stand in GROUP BY | rank() over () | compute it in a query in FROM, or use QUALIFY',
    ],
    [
      'select sum(rank() over ()) from t',
      'SQ1106 the window function rank() cannot stand in an aggregate | rank() over () | compute it in a query in FROM, or use QUALIFY',
    ],
    [
      'select sum(rank() over ()) over () from t',
      'SQ1106 the window function rank() cannot stand in a window | rank() over () | compute it in a query in FROM',
    ],
    ['select rank() from t', 'SQ1106 rank() needs a window | rank() | write rank(…) OVER (ORDER BY …)'],
    ['select rank() over w from t', 'SQ1114 there is no window "w" | w | define it: WINDOW w AS (…)'],
    ['select rank() over ww from t window w as ()', 'SQ1114 there is no window "ww" | ww | did you mean "w"?'],
    ['select 1 from t window w as (), w as ()', 'SQ1114 WINDOW names "w" twice | () | give each window its own name'],
    ['select 1 from t window w as (v), v as ()', 'SQ1114 there is no window "v" | (v) | define it: WINDOW w AS (…)'],
    [
      'select sum(a) over (w partition by a) from t window w as ()',
      'SQ1114 PARTITION BY cannot be added to the window "w" | (w partition by a) | write the window out',
    ],
    [
      'select sum(a) over (w order by a) from t window w as (order by b)',
      'SQ1114 the window "w" has an ORDER BY already | (w order by a) | write the window out',
    ],
    [
      'select sum(a) over (w order by a) from t window w as (rows 1 preceding)',
      'SQ1114 the window "w" has a frame and cannot be extended | (w order by a) | write the window out',
    ],
    [
      'select sum(a) over (groups 1 preceding) from t',
      'SQ1114 a frame of GROUPS needs an ORDER BY | (groups 1 preceding) | the groups are its peers',
    ],
    [
      'select sum(a) over (range 1 preceding) from t',
      'SQ1114 a RANGE with an offset needs exactly one ORDER BY expression | (range 1 preceding) | ',
    ],
    [
      'select sum(a) over (order by b range 1 preceding) from t',
      'SQ1114 a RANGE around varchar cannot have an offset of type integer | 1 | order by a number, a date or a time',
    ],
    [
      'select sum(a) over (order by a range 1.5e0 preceding) from t',
      'SQ1114 a RANGE around integer cannot have an offset of type double | 1.5e0 | order by a number, a date or a time',
    ],
    [
      'select sum(a) over (order by a rows 1.5 preceding) from t',
      'SQ1114 ROWS is counted in whole numbers, not by decimal(2,1) | 1.5 | ',
    ],
    [
      'select sum(a) over (order by a rows a preceding) from t',
      'SQ1114 the bound of a frame needs a constant | a | write a number',
    ],
    [
      'select lag(b, b) over () from t',
      'SQ1105 lag(varchar, varchar) OVER does not exist | lag(b, b) over () | write lag(value [, rows [, default]])',
    ],
    [
      'select row_number(1) over () from t',
      'SQ1105 row_number(integer) OVER does not exist | row_number(1) over () | write row_number()',
    ],
    [
      'select lag(a) filter (where true) over () from t',
      'SQ1106 the window function lag() does not take FILTER | lag(a) filter (where true) over () | ',
    ],
    [
      'select lower(b) over () from t',
      'SQ1104 "lower" is neither a window function nor an aggregate | lower(b) over () | ',
    ],
    [
      'select sum(b) over () from t',
      'SQ1105 sum(varchar) does not exist | sum(b) over () | there is sum(bigint), sum(double)',
    ],
    [
      'select string_agg(b order by a) over () from t',
      'SQ2001 ORDER BY inside string_agg() OVER is not supported yet | string_agg(b order by a) over () | the ORDER BY of the window says the order',
    ],
  ])('%s', async (sql, expected) => {
    expect(await refusalOf(sql, { catalog })).toBe(expected);
  });
});
