import { describe, expect, it } from 'vitest';
import { boundTexts, catalog } from './bound-plan.ts';
import { refusalOf } from './refusal.ts';
import { answersAsDuckDb } from './small-tables.ts';

/** Meant alike by PostgreSQL, DuckDB and Squall; ordered, so that rows compare one by one. */
const QUERIES = [
  'SELECT * FROM a JOIN b ON a.k = b.k ORDER BY x, y NULLS LAST',
  'SELECT * FROM a, b WHERE a.k = b.k ORDER BY x, y NULLS LAST',
  'SELECT * FROM a LEFT JOIN b ON a.k = b.k AND y > 100 ORDER BY x NULLS LAST, y NULLS LAST',
  'SELECT * FROM a RIGHT JOIN b ON a.k = b.k ORDER BY x NULLS LAST, y NULLS LAST',
  'SELECT * FROM a FULL JOIN b ON a.k = b.k ORDER BY x NULLS LAST, y NULLS LAST',
  'SELECT * FROM a FULL JOIN b USING (k) ORDER BY k NULLS LAST, x NULLS LAST, y NULLS LAST',
  'SELECT k, count(*) FROM a FULL JOIN b USING (k) GROUP BY k ORDER BY k NULLS LAST',
  'SELECT a.*, b.y FROM a CROSS JOIN b ORDER BY a.x NULLS LAST, a.k NULLS LAST, b.y NULLS LAST',
  'SELECT count(*) FROM a, b, edges',
  'SELECT a.k, b.k FROM a LEFT JOIN b USING (k) ORDER BY a.x NULLS LAST, b.y NULLS LAST',
  'SELECT k FROM a RIGHT JOIN b USING (k) ORDER BY k NULLS LAST, b.y NULLS LAST',
  'SELECT * FROM a LEFT JOIN (b JOIN c ON b.k = c.k) ON a.k = b.k ORDER BY x NULLS LAST, y NULLS LAST',
  'SELECT * FROM a AS p(i, j) WHERE i = 2 ORDER BY j',
  'SELECT t.q FROM (SELECT x AS w FROM a) AS t(q) ORDER BY q NULLS LAST',
  'SELECT x, (SELECT max(y) FROM b WHERE b.k = a.k) AS m FROM a ORDER BY x NULLS LAST',
  'SELECT x, (SELECT count(*) FROM b WHERE b.k = a.k) AS m FROM a ORDER BY x NULLS LAST',
  'SELECT * FROM a, LATERAL (SELECT y FROM b WHERE b.k = a.k ORDER BY y LIMIT 1) AS l ORDER BY x',
  'SELECT * FROM a LEFT JOIN LATERAL (SELECT max(y) AS m FROM b WHERE b.k = a.k) AS l ON true ORDER BY x NULLS LAST',
  'SELECT * FROM a LEFT JOIN LATERAL (SELECT y FROM b WHERE b.k = a.k) AS l ON y > 150 ORDER BY x NULLS LAST, y',
  'SELECT k, i FROM c, unnest(l) AS u(i) ORDER BY k, i NULLS LAST',
  'SELECT * FROM range(3) AS r(n) ORDER BY n',
  'SELECT * FROM generate_series(1, 3) AS r(n) ORDER BY n',
  'SELECT k, n FROM a, range(a.k) AS r(n) ORDER BY x, n',
  'SELECT DISTINCT ON (k) k, x FROM a ORDER BY k NULLS LAST, x DESC',
  'SELECT k, x FROM a QUALIFY row_number() OVER (PARTITION BY k ORDER BY x) = 1 ORDER BY k NULLS LAST',
  'SELECT k, row_number() OVER (PARTITION BY k ORDER BY x) AS n FROM a QUALIFY n = 1 ORDER BY k NULLS LAST',
  'SELECT * EXCLUDE (x) FROM a WHERE k = 2',
  'SELECT * REPLACE (x + 1 AS x) FROM a WHERE k = 2 ORDER BY x',
  'FROM a SELECT x WHERE k = 2 ORDER BY x',
  'FROM b ORDER BY y NULLS LAST',
  'SELECT x FROM a ORDER BY x NULLS LAST LIMIT ALL OFFSET 2',
  'SELECT x FROM a ORDER BY x NULLS LAST LIMIT 1 + 1',
  'SELECT k, x FROM a ORDER BY ALL',
  'SELECT k, sum(x) FROM a GROUP BY ALL ORDER BY ALL',
  "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS v(n, t) ORDER BY n DESC",
  'VALUES (1, 2), (3, 4) ORDER BY 1 DESC LIMIT 1',
  'SELECT x, v FROM a, LATERAL (VALUES (a.x), (a.k)) AS t(v) ORDER BY x NULLS LAST, v NULLS LAST',
  'SELECT k FROM a ORDER BY k NULLS LAST FETCH FIRST 2 ROWS ONLY',
  'SELECT c.k, u.i, u.n FROM c LEFT JOIN unnest(c.l) WITH ORDINALITY AS u(i, n) ON true ORDER BY 1, 3',
  'SELECT a.x FROM a WHERE a.x = ANY (ARRAY[10, 50]) ORDER BY 1',
  'SELECT k, x, (SELECT k FROM b WHERE b.y = 100) AS o FROM a WHERE x = 10',
  'SELECT a.k FROM a JOIN b USING (k) JOIN c USING (k) ORDER BY 1',
  'SELECT e1.src, e3.dst FROM edges e1 JOIN edges e2 ON e1.dst = e2.src JOIN edges e3 ON e2.dst = e3.src ORDER BY 1, 2',
  'SELECT t.a FROM (SELECT 1 AS a, 2 AS b) AS t WHERE t.b = 2',
  'SELECT q.k, q.n FROM (SELECT k, count(*) AS n FROM a GROUP BY k) AS q LEFT JOIN b ON q.k = b.k WHERE b.k IS NULL ORDER BY 1 NULLS LAST',
  'SELECT a1.x, (SELECT a2.x FROM a AS a2 WHERE a2.x > a1.x ORDER BY a2.x LIMIT 1) AS nxt FROM a AS a1 ORDER BY 1 NULLS LAST',
  'SELECT a1.x, t.x FROM a AS a1, LATERAL (SELECT a2.x FROM a AS a2 WHERE a2.x > a1.x ORDER BY a2.x LIMIT 2) AS t ORDER BY 1, 2',
  'SELECT x, l.n, l.m FROM a, LATERAL (SELECT count(*) AS n, max(y) AS m FROM b WHERE b.k <= a.k) AS l ORDER BY x NULLS LAST',
  'SELECT x, l.g, l.n FROM a, LATERAL (SELECT b.k % 2 AS g, count(*) AS n FROM b WHERE b.k <= a.k GROUP BY 1) AS l ORDER BY x NULLS LAST, g',
  'SELECT x, l.s FROM a, LATERAL (SELECT DISTINCT b.s FROM b WHERE b.k >= a.k) AS l ORDER BY x NULLS LAST, s NULLS LAST',
  'SELECT x, l.r FROM a, LATERAL (SELECT row_number() OVER (ORDER BY y NULLS LAST) AS r FROM b WHERE b.k = a.k) AS l ORDER BY x NULLS LAST, r',
  'SELECT count(*) FROM a LEFT JOIN b ON a.k = b.k WHERE b.k IS NULL',
  'SELECT a.x FROM a LEFT JOIN b ON a.k = b.k LEFT JOIN c ON b.k = c.k WHERE c.k IS NULL ORDER BY 1 NULLS LAST',
  'SELECT a.x, t.y FROM a LEFT JOIN (SELECT k, coalesce(y, 0) AS y FROM b) AS t ON a.k = t.k ORDER BY 1 NULLS LAST, 2 NULLS LAST',
  'SELECT a.x, t.o FROM a LEFT JOIN (SELECT k, 1 AS o FROM b) AS t ON a.k = t.k ORDER BY 1 NULLS LAST, 2 NULLS LAST',
  'SELECT p.k, q.k FROM a AS p FULL JOIN b AS q ON p.k = q.k AND p.x > 15 AND q.y > 100 ORDER BY p.x NULLS LAST, q.y NULLS LAST, q.k NULLS LAST',
  'SELECT * FROM (SELECT k FROM a) AS p CROSS JOIN (SELECT count(*) AS n FROM b) AS q ORDER BY k NULLS LAST',
  'SELECT * FROM a JOIN b ON a.k < b.k AND a.s <> b.s ORDER BY x, y',
  'SELECT * FROM a JOIN b ON true WHERE a.k = b.k OR a.s = b.s ORDER BY x, y NULLS LAST',
  'SELECT * FROM a JOIN b ON a.k IS NOT DISTINCT FROM b.k ORDER BY x, y NULLS LAST',
  'SELECT e1.src, e2.dst FROM edges AS e1 LEFT JOIN edges AS e2 ON e1.dst = e2.src AND e2.dst <> e1.src ORDER BY 1, 2',
  'SELECT k, max(i) FROM c, unnest(l) AS u(i) GROUP BY k ORDER BY k',
  'SELECT c.k, (SELECT sum(i) FROM unnest(c.l) AS u(i)) AS t FROM c ORDER BY k',
  'SELECT n, m FROM range(3) AS r(n), range(r.n) AS q(m) ORDER BY 1, 2',
  'SELECT k, unnest(l) FROM c ORDER BY 1, 2 NULLS LAST',
  'SELECT k, unnest(l) + k AS i FROM c ORDER BY 1, 2 NULLS LAST',
  'SELECT DISTINCT unnest(l) AS i FROM c ORDER BY i NULLS LAST LIMIT 2',
  'SELECT unnest([1, 2, 3]) AS i, unnest([4]) AS j ORDER BY i',
  'SELECT k, unnest(array_agg(x ORDER BY x)) AS i FROM a WHERE k = 2 GROUP BY k ORDER BY i',
  'SELECT unnest((SELECT array_agg(x ORDER BY x) FROM a)) AS i ORDER BY i NULLS LAST',
] as const;

describe('joins give what DuckDB gives', () => {
  const tables = answersAsDuckDb(QUERIES);

  /** What DuckDB does otherwise, or not at all. */
  it.each<[string, unknown[][]]>([
    // The columns of USING come first.
    [
      'SELECT * FROM a JOIN b USING (k, s) ORDER BY k, x',
      [
        [1, 'one', 10, 100],
        [2, 'two', 20, null],
        [2, 'two', 21, null],
      ],
    ],
    [
      'SELECT * FROM a NATURAL LEFT JOIN b WHERE k > 2 ORDER BY k',
      [
        [3, null, null, null],
        [5, 'five', 50, null],
      ],
    ],
    [
      'SELECT k AS m, a.k, b.k, c.k FROM a FULL JOIN b USING (k) FULL JOIN c USING (k) WHERE k > 2 ORDER BY m',
      [
        [3, 3, null, 3],
        [4, null, 4, 4],
        [5, 5, null, null],
      ],
    ],
    [
      'SELECT a.x, l.y, l.dst FROM a, LATERAL (SELECT y, dst FROM b LEFT JOIN edges ON src = b.k AND dst > a.k WHERE b.k = a.k) AS l WHERE x < 21 ORDER BY 1, 2',
      [
        [10, 100, 2],
        [20, 200, 3],
        [20, null, 3],
      ],
    ],
    [
      'SELECT unnest(l) AS i, count(*) FROM c GROUP BY i HAVING count(*) < 2 ORDER BY i',
      [
        [1, 1n],
        [2, 1n],
        [7, 1n],
        [null, 1n],
      ],
    ],
    [
      'SELECT x, m FROM a LEFT JOIN LATERAL (SELECT a.x + 1 AS m) AS l ON a.k = 2 WHERE k < 3 ORDER BY x',
      [
        [10, null],
        [20, 21],
        [21, 22],
      ],
    ],
    [
      'SELECT t.k, u.k FROM (a LEFT JOIN edges ON k = src) AS t(k, x, s, src, dst) JOIN b AS u ON t.k = u.k WHERE y > 0 ORDER BY 1, t.x',
      [
        [1, 1],
        [2, 2],
        [2, 2],
      ],
    ],
    [
      'SELECT J.k, y FROM (a JOIN b USING (k)) AS J WHERE x < 21 ORDER BY 1, 2',
      [
        [1, 100],
        [2, 200],
        [2, null],
      ],
    ],
    ['SELECT x FROM a ORDER BY x LIMIT 0', []],
    ['SELECT k FROM a ORDER BY k FETCH FIRST 2 ROWS WITH TIES', [[1], [2], [2]]],
    ['SELECT k FROM a ORDER BY k OFFSET 1 FETCH FIRST 1 ROWS WITH TIES', [[2], [2]]],
    ['SELECT k FROM a ORDER BY k FETCH FIRST 0 ROWS WITH TIES', []],
    ['SELECT x FROM a ORDER BY k, x FETCH FIRST 2 ROWS WITH TIES', [[10], [20]]],
    [
      "SELECT u.i, u.j FROM unnest(ARRAY[1, 2, 3], ARRAY['a', 'b']) AS u(i, j) ORDER BY 1",
      [
        [1, 'a'],
        [2, 'b'],
        [3, null],
      ],
    ],
  ])('%s', async (sql, rows) => {
    expect(await tables().session.rows(sql)).toEqual(rows);
  });
});

it('binds joins, LATERAL and functions in FROM', async () => {
  const plans = await boundTexts([
    'SELECT * FROM a, b WHERE a.k = b.k',
    'SELECT * FROM a LEFT JOIN b USING (k)',
    'SELECT k FROM a FULL JOIN b USING (k) FULL JOIN c USING (k)',
    'SELECT k FROM a RIGHT JOIN edges AS b(k, z) USING (k)',
    'SELECT * FROM a NATURAL JOIN b',
    'SELECT a.x FROM a LEFT JOIN (b JOIN c ON b.k = c.k) ON a.k = b.k',
    'SELECT x, y FROM a, LATERAL (SELECT y FROM b WHERE b.k = a.k) AS l',
    'SELECT x, y FROM a LEFT JOIN LATERAL (SELECT y FROM b WHERE b.k = a.k) AS l ON y > x',
    'SELECT x FROM a, b JOIN LATERAL (SELECT a.x + b.y AS z) AS l ON z > 1',
    'SELECT x, y FROM a, LATERAL (SELECT y FROM b) AS l',
    'SELECT k, i FROM c, unnest(l) WITH ORDINALITY AS u(i, n) WHERE n < 3',
    'SELECT k, i FROM c LEFT JOIN unnest(l) AS u(i) ON true',
    'SELECT k, i FROM c LEFT JOIN unnest(l) AS u(i) ON i > k',
    'SELECT * FROM generate_series(1, 3), unnest(ARRAY[1, 2]) AS u(i)',
    'SELECT * FROM range((SELECT max(k) FROM a)) AS r(n)',
    'SELECT k FROM a TABLESAMPLE BERNOULLI (12.5) REPEATABLE (7) WHERE x > 1',
    'SELECT DISTINCT ON (k) x, s FROM a ORDER BY k DESC, x',
    'SELECT x FROM a ORDER BY k FETCH FIRST 2 ROWS WITH TIES',
    'SELECT * REPLACE (x + 1 AS x) FROM a QUALIFY rank() OVER (ORDER BY x) < 3',
  ]);
  await expect(plans).toMatchFileSnapshot('snapshots/joins.txt');
});

it.each([
  ['SELECT 1 FROM a, a', 'SQ1115 FROM has two tables called "a" | a | give one of them another alias: a AS a2'],
  [
    'SELECT 1 FROM a AS t JOIN b AS T ON true',
    'SQ1115 FROM has two tables called "T" | b | give one of them another alias: T AS T2',
  ],
  ['SELECT k FROM a, b', 'SQ1103 column "k" is ambiguous | k | it could be a.k or b.k'],
  [
    'SELECT k FROM (SELECT k, x AS k FROM a) AS t',
    'SQ1103 column "k" is ambiguous | k | t has several columns of that name: give them different aliases',
  ],
  [
    'SELECT 1 FROM (SELECT k, x AS k FROM a) JOIN b USING (k)',
    'SQ1103 column "k" is ambiguous | (SELECT k, x AS k FROM a) JOIN b | FROM has several columns of that name: give them different aliases',
  ],
  ['SELECT a.x FROM (a JOIN b USING (k)) AS j', 'SQ1101 there is no table "a" in FROM | a | FROM has j'],
  [
    'SELECT 1 FROM (a JOIN b USING (k)) AS j(p, q, r, s, t, u)',
    'SQ1105 j has 5 columns, not 6 | a JOIN b | give a name to at most as many columns as there are',
  ],
  ['SELECT a.z FROM a, b', 'SQ1102 column "z" does not exist | a.z | a: k, x, s'],
  ['SELECT z FROM a, b', 'SQ1102 column "z" does not exist | z | a: k, x, s; b: k, y, s'],
  ['SELECT t.k FROM a, b', 'SQ1101 there is no table "t" in FROM | t | FROM has a, b'],
  [
    'SELECT 1 FROM a JOIN b USING (y)',
    'SQ1102 the left side of the join has no column "y" | a JOIN b | it has k, x, s',
  ],
  ['SELECT 1 FROM a JOIN c USING (x)', 'SQ1102 the right side of the join has no column "x" | a JOIN c | it has k, l'],
  [
    'SELECT 1 FROM a JOIN b ON a.k = b.k JOIN c USING (k)',
    'SQ1103 column "k" is ambiguous | a JOIN b ON a.k = b.k JOIN c | it could be a.k or b.k',
  ],
  [
    'SELECT 1 FROM a JOIN c AS c(s) USING (s)',
    'SQ1105 cannot compare varchar with integer | a JOIN c | cast one of them: CAST(… AS varchar) or CAST(… AS integer)',
  ],
  [
    'SELECT 1 FROM a JOIN b ON a.k',
    'SQ1105 ON needs a condition, not a value of type integer | a.k | write a comparison',
  ],
  [
    'SELECT 1 FROM a JOIN b ON sum(a.k) = 1',
    'SQ1106 sum() cannot stand in ON | sum(a.k) | aggregate in a query in FROM',
  ],
  ['SELECT 1 FROM c, a JOIN b ON c.k = b.k', 'SQ1101 there is no table "c" in FROM | c | FROM has a, b'],
  [
    'SELECT 1 FROM a, (SELECT x FROM b) AS t',
    'SQ1102 column "x" does not exist | x | write LATERAL before the query in FROM that names tables before it',
  ],
  [
    'SELECT 1 FROM a, (SELECT a.x) AS t',
    'SQ1101 there is no table "a" in FROM | a | write LATERAL before the query in FROM that names tables before it',
  ],
  [
    'SELECT 1 FROM a RIGHT JOIN LATERAL (SELECT x) AS t ON true',
    'SQ1106 the right side of a RIGHT JOIN cannot name columns of the left side | a RIGHT JOIN LATERAL (SELECT x) AS t ON true | use INNER JOIN or LEFT JOIN with LATERAL',
  ],
  [
    'SELECT 1 FROM a, LATERAL (SELECT sum(a.x)) AS t',
    'SQ1106 sum() cannot stand in FROM | sum(a.x) | aggregate in a query in FROM',
  ],
  ['SELECT 1 FROM unnest(7)', 'SQ1105 unnest takes lists, not a value of type integer | 7 | write unnest(ARRAY[…])'],
  ['SELECT unnest(7)', 'SQ1105 unnest takes lists, not a value of type integer | unnest(7) | write unnest(ARRAY[…])'],
  [
    'SELECT k FROM c WHERE unnest(l) = 1',
    'SQ1106 unnest() cannot stand in WHERE | unnest(l) | write it in FROM: unnest(list) AS u(x)',
  ],
  [
    'SELECT sum(unnest(l)) FROM c',
    'SQ1106 unnest() cannot stand in another aggregate | unnest(l) | write it in FROM: unnest(list) AS u(x)',
  ],
  [
    'SELECT unnest(l, l) FROM c',
    'SQ1105 unnest takes one list in the select list | unnest(l, l) | write several in FROM: unnest(a, b) AS u(x, y)',
  ],
  [
    'SELECT unnest(array_agg(x)) AS i FROM a GROUP BY i',
    'SQ1106 GROUP BY cannot name the entries of a list that the query aggregates | array_agg(x) | aggregate in a query in FROM',
  ],
  ['SELECT 1 FROM unnest()', 'SQ1105 unnest needs an argument | unnest() | '],
  ['SELECT 1 FROM rang(7)', 'SQ1104 there is no table function "rang" | rang(7) | did you mean "range"?'],
  [
    "SELECT 1 FROM read_parquet('x', file_row_number => true)",
    'SQ2001 the option file_row_number of read_parquet is not supported yet | file_row_number => true | known options: union_by_name, hive_partitioning, hive_types_autocast',
  ],
  [
    "SELECT 1 FROM read_parquet('x', hive_partitioning => 'auto')",
    "SQ1105 hive_partitioning of read_parquet is true or false | 'auto' | ",
  ],
  [
    "SELECT 1 FROM read_parquet('x', hive_partition => true)",
    'SQ2001 the option hive_partition of read_parquet is not supported yet | hive_partition => true | did you mean "hive_partitioning"?',
  ],
  [
    "SELECT 1 FROM read_parquet('x', union_by_name => false)",
    'SQ2001 union_by_name of read_parquet can only be true | false | leave union_by_name out',
  ],
  ["SELECT 1 FROM read_parquet(['x', 1])", 'SQ1105 read_parquet takes texts that name files | 1 | '],
  ['SELECT 1 FROM read_parquet()', 'SQ1105 read_parquet needs the name of a file | read_parquet() | '],
  [
    'SELECT 1 FROM a TABLESAMPLE SYSTEM (101)',
    'SQ1105 TABLESAMPLE needs a number from 0 to 100 | 101 | write TABLESAMPLE BERNOULLI (10) for a tenth of the rows',
  ],
  [
    'SELECT 1 FROM a TABLESAMPLE SYSTEM (10) REPEATABLE (1.5)',
    'SQ1105 REPEATABLE needs a whole number | 1.5 | write REPEATABLE (42)',
  ],
  [
    'SELECT 1 FROM a LIMIT (SELECT 1)',
    'SQ2005 a query in LIMIT is not supported | (SELECT 1) | write the number, or filter by row_number()',
  ],
  [
    'SELECT DISTINCT ON (k) x FROM a ORDER BY x, k',
    'SQ1106 ORDER BY has to begin with the expressions of DISTINCT ON | x | order by them first, in any order',
  ],
  ['SELECT * EXCLUDE (y) FROM a', 'SQ1102 EXCLUDE names "y", which * does not stand for | y | it stands for k, x, s'],
  [
    'SELECT * REPLACE (1 AS y) FROM a',
    'SQ1102 REPLACE names "y", which * does not stand for | y | it stands for k, x, s',
  ],
  ['SELECT * EXCLUDE (k, x, s) FROM a', 'SQ1105 EXCLUDE leaves no column | * | leave one column at least'],
])('%s', async (sql, message) => {
  expect(await refusalOf(sql, { catalog })).toBe(message);
});
