import { describe, expect, it } from 'vitest';
import { boundTexts, catalog } from './bound-plan.ts';
import { refusalOf } from './refusal.ts';
import { answersAsDuckDb } from './small-tables.ts';

/** Meant alike by PostgreSQL, DuckDB and Squall; ordered, so that rows compare one by one. */
const QUERIES = [
  'SELECT x FROM a WHERE x > (SELECT avg(x) FROM a) ORDER BY x',
  'SELECT x FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k) ORDER BY x',
  'SELECT x FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k) ORDER BY x NULLS LAST',
  'SELECT x FROM a WHERE k IN (SELECT k FROM b) ORDER BY x',
  'SELECT x FROM a WHERE k NOT IN (SELECT k FROM b WHERE k IS NOT NULL) ORDER BY x NULLS LAST',
  'SELECT x FROM a WHERE k NOT IN (SELECT k FROM b) ORDER BY x NULLS LAST',
  'SELECT x, k IN (SELECT k FROM b) AS i FROM a ORDER BY x NULLS LAST',
  'SELECT x, k NOT IN (SELECT k FROM b WHERE b.s = a.s) AS i FROM a ORDER BY x NULLS LAST',
  'SELECT x FROM a WHERE x > ALL (SELECT y FROM b WHERE b.k = a.k) ORDER BY x NULLS LAST',
  'SELECT x FROM a WHERE x < ANY (SELECT y FROM b WHERE b.k = a.k) ORDER BY x NULLS LAST',
  'SELECT x FROM a WHERE x <= ALL (SELECT x FROM a WHERE x IS NOT NULL) ORDER BY x',
  'SELECT x FROM a WHERE (k, s) IN (SELECT k, s FROM b) ORDER BY x',
  'SELECT k, sum(x) FROM a GROUP BY k HAVING sum(x) > (SELECT min(y) / 10 FROM b) ORDER BY k',
  'SELECT k, sum(x) FROM a GROUP BY k HAVING sum(x) IN (SELECT x FROM a) ORDER BY k',
  "SELECT CASE WHEN EXISTS (SELECT 1 FROM b WHERE b.k = a.k) THEN 'y' ELSE (SELECT max(s) FROM b) END FROM a ORDER BY x NULLS LAST",
  'SELECT sum((SELECT max(y) FROM b WHERE b.k = a.k)) FROM a',
  'SELECT k, sum(x) FILTER (WHERE k IN (SELECT k FROM b)) FROM a GROUP BY k ORDER BY k NULLS LAST',
  'SELECT (SELECT min(y) FROM b WHERE b.k = a.k) AS g, count(*) FROM a GROUP BY 1 ORDER BY 1 NULLS LAST',
  'SELECT (SELECT min(y) FROM b WHERE b.k = a.k) AS g, count(*) FROM a GROUP BY (SELECT min(y) FROM b WHERE b.k = a.k) ORDER BY 1 NULLS LAST',
  'SELECT x FROM a ORDER BY (SELECT count(*) FROM b WHERE b.k = a.k) DESC, x NULLS LAST',
  'SELECT a.x, b.y FROM a JOIN b ON a.k = b.k AND b.y > (SELECT min(y) FROM b) ORDER BY 1, 2',
  'SELECT a.x, b.y FROM a LEFT JOIN b ON a.k = b.k AND b.y IN (SELECT y FROM b AS b2 WHERE b2.k = b.k) ORDER BY 1 NULLS LAST, 2 NULLS LAST',
  'SELECT a.x, b.y FROM a JOIN b ON EXISTS (SELECT 1 FROM edges WHERE src = a.k AND dst = b.k) ORDER BY 1 NULLS LAST, 2 NULLS LAST',
  'SELECT x, (SELECT s FROM b WHERE b.k = a.k ORDER BY y NULLS LAST LIMIT 1) FROM a ORDER BY x NULLS LAST',
  'SELECT x, (SELECT sum(z) FROM nothing WHERE nothing.k = a.k) FROM a ORDER BY x NULLS LAST',
  'SELECT x FROM a WHERE k = (SELECT b.k FROM b WHERE b.s = a.s AND b.k < 2) ORDER BY x',
  'SELECT x, (SELECT (SELECT max(y) FROM b WHERE b.k = a.k AND b.k = e.src) FROM edges AS e WHERE e.src = a.k LIMIT 1) FROM a ORDER BY x NULLS LAST',
  'VALUES ((SELECT max(x) FROM a), 1), (2, (SELECT min(y) FROM b)) ORDER BY 1',
  'SELECT ARRAY(SELECT x FROM a ORDER BY x DESC NULLS LAST)',
  'SELECT k, ARRAY(SELECT y FROM b WHERE b.k = a.k ORDER BY y NULLS LAST) FROM a ORDER BY x NULLS LAST',
  'SELECT k FROM a GROUP BY k HAVING EXISTS (SELECT 1 FROM b WHERE b.k = a.k) ORDER BY k',
  'SELECT (SELECT sum(a.x) FROM b WHERE b.k = 1) FROM a',
  'SELECT k, (SELECT max(a.x) + b.y FROM b WHERE b.k = a.k AND y > 100) FROM a GROUP BY k ORDER BY k NULLS LAST',
  'SELECT k, row_number() OVER (ORDER BY x NULLS LAST) IN (SELECT src FROM edges) AS i FROM a ORDER BY x NULLS LAST',
  'SELECT sum((SELECT max(y) FROM b WHERE b.k = a.k)) OVER (ORDER BY x NULLS LAST) FROM a ORDER BY x NULLS LAST',
  'SELECT count(*) FROM a AS p WHERE p.x = (SELECT max(q.x) FROM a AS q WHERE q.k = p.k) AND EXISTS (SELECT 1 FROM b WHERE b.k = p.k AND b.y > (SELECT avg(y) FROM b AS b2 WHERE b2.k = p.k OR b2.k = 1))',
  'SELECT x FROM a WHERE (SELECT k FROM b WHERE y = 100) = 1 AND x < 25 ORDER BY x',
  'SELECT DISTINCT (SELECT count(*) FROM b WHERE b.k = a.k) AS n FROM a ORDER BY n',
  'SELECT DISTINCT k IN (SELECT k FROM b) AS n FROM a ORDER BY 1 NULLS LAST',
  'SELECT max(d) FROM (SELECT (SELECT count(*) FROM b WHERE b.k = a.k) AS d FROM a) AS q',
  'SELECT b.k FROM b WHERE NOT (b.k IN (SELECT k FROM a WHERE a.s = b.s) OR b.y IS NULL) ORDER BY 1 NULLS LAST',
  'SELECT x FROM a WHERE x IN (SELECT x FROM a WHERE k = 2) OR k IN (SELECT k FROM b WHERE y = 100) ORDER BY x',
  'SELECT p.x FROM a AS p WHERE p.k IN (SELECT q.k FROM b AS q WHERE EXISTS (SELECT 1 FROM edges WHERE src = q.k AND dst > p.k)) ORDER BY 1',
  'SELECT x FROM a WHERE (SELECT max(y) FROM b WHERE b.k = a.k) IN (SELECT y FROM b) ORDER BY x',
  'SELECT x, k + (SELECT min(src) FROM edges) FROM a WHERE x IS NOT NULL ORDER BY x',
  'SELECT coalesce((SELECT y FROM b WHERE b.k = a.k AND b.s = a.s), -1) FROM a ORDER BY x NULLS LAST',
  'SELECT count(*) FROM a WHERE x < (SELECT y FROM b WHERE b.y = 100) AND x > (SELECT 5)',
  'SELECT x BETWEEN (SELECT min(x) FROM a) AND (SELECT 25) FROM a ORDER BY x NULLS LAST',
  'SELECT s, max(x) FROM a GROUP BY s HAVING max(x) > ANY (SELECT x FROM a AS i WHERE i.s <> a.s) ORDER BY s NULLS LAST',
  'SELECT s FROM a GROUP BY s ORDER BY (SELECT max(y) FROM b WHERE b.s = a.s) DESC NULLS LAST, s NULLS LAST',
  'SELECT k, sum(x) FROM a WHERE k IN (SELECT src FROM edges) GROUP BY k HAVING count(*) >= (SELECT min(src) FROM edges) ORDER BY k',
  'SELECT x, (SELECT count(*) + a.k FROM b) FROM a ORDER BY x NULLS LAST',
  'SELECT 1 WHERE EXISTS (SELECT 1 FROM a WHERE x = 10) AND NOT EXISTS (SELECT 1 FROM nothing)',
  'SELECT (SELECT 1 WHERE false)',
  'SELECT EXISTS (SELECT 1 FROM nothing), 1 IN (SELECT k FROM nothing), NULL IN (SELECT k FROM nothing), 1 NOT IN (SELECT k FROM nothing)',
  'SELECT NULL IN (SELECT 1), 1 IN (SELECT NULL), 1 > ALL (SELECT k FROM nothing), 1 > ANY (SELECT k FROM nothing)',
  'SELECT k FROM a GROUP BY k HAVING k NOT IN (SELECT src FROM edges WHERE src < 3) ORDER BY k',
  'SELECT k FROM c WHERE 7 IN (SELECT i FROM unnest(c.l) AS u(i)) ORDER BY k',
  'SELECT NULL IN (SELECT 1), 1 IN (SELECT NULL), 1 > ALL (SELECT k FROM nothing), 1 > ANY (SELECT k FROM nothing)',
  'SELECT 1 + (SELECT NULL)',
  'SELECT k IN (SELECT NULL FROM b) FROM a ORDER BY x NULLS LAST',
  'SELECT k NOT IN (SELECT NULL FROM nothing) FROM a ORDER BY x NULLS LAST',
  'SELECT x > (SELECT NULL) FROM a',
  'SELECT x, (SELECT count(*) FROM b WHERE b.k = a.k) AS m FROM a ORDER BY x NULLS LAST',
  'SELECT x, l.n, l.m FROM a, LATERAL (SELECT count(*) AS n, max(y) AS m FROM b WHERE b.k <= a.k) AS l ORDER BY x NULLS LAST',
  'SELECT DISTINCT (SELECT count(*) FROM b WHERE b.k = a.k) AS n FROM a ORDER BY n',
  'SELECT x FROM a ORDER BY (SELECT count(*) FROM b WHERE b.k = a.k) DESC, x NULLS LAST',
  'SELECT x, (SELECT max(v) FROM (SELECT y AS v FROM b WHERE b.k = a.k) AS t) FROM a ORDER BY x NULLS LAST',
  'SELECT x, (SELECT max(v) FROM (SELECT y + a.x AS v, k FROM b) AS t WHERE t.k = a.k) FROM a ORDER BY x NULLS LAST',
  'SELECT x, EXISTS (SELECT count(*) FROM nothing WHERE nothing.k = a.k) FROM a ORDER BY x NULLS LAST',
  'SELECT x, (SELECT count(*) FROM b WHERE b.k = a.k HAVING count(*) > 1) FROM a ORDER BY x NULLS LAST',
  'SELECT x, (SELECT y FROM b WHERE b.k = a.k ORDER BY y NULLS LAST LIMIT 1 OFFSET 1) FROM a ORDER BY x NULLS LAST',
  'SELECT x, (SELECT sum(y) FROM b WHERE b.k = a.k GROUP BY b.k) FROM a ORDER BY x NULLS LAST',
  'SELECT x FROM a WHERE EXISTS (SELECT b.k FROM b GROUP BY b.k HAVING count(*) = a.k) ORDER BY x',
  'SELECT x FROM a WHERE x <> ALL (SELECT y FROM b WHERE y IS NOT NULL) ORDER BY x',
  'SELECT x FROM a WHERE NOT (x = ANY (SELECT x FROM a WHERE k = 2)) ORDER BY x',
  'SELECT x FROM a WHERE (SELECT count(*) FROM b JOIN edges ON src = b.k AND dst > a.k) > 2 ORDER BY x',
  'SELECT x, (SELECT count(*) FROM edges WHERE src IN (SELECT k FROM b WHERE b.y > a.x)) FROM a ORDER BY x NULLS LAST',
  'SELECT x, (SELECT count(*) FROM (SELECT k FROM b WHERE b.k = a.k UNION ALL SELECT src FROM edges WHERE dst = a.k) AS u) FROM a ORDER BY x NULLS LAST',
  'SELECT k, count(*), (SELECT count(*) FROM b WHERE b.k = a.k) FROM a GROUP BY k ORDER BY k NULLS LAST',
  'SELECT k, max((SELECT max(y) FROM b WHERE b.k = a.k)) FILTER (WHERE EXISTS (SELECT 1 FROM edges WHERE src = a.k)) FROM a GROUP BY k HAVING max(x) FILTER (WHERE a.k IN (SELECT k FROM b)) > 5 ORDER BY k',
  'SELECT k, x, sum(x) OVER (PARTITION BY (SELECT count(*) FROM b WHERE b.k = a.k) ORDER BY x) AS s FROM a WHERE x IS NOT NULL ORDER BY x',
  'SELECT k, s, count(*) FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k) GROUP BY GROUPING SETS ((k), (s), ()) ORDER BY k NULLS LAST, s NULLS LAST',
  "SELECT CASE k WHEN (SELECT min(k) FROM b) THEN 'min' WHEN (SELECT max(k) FROM b) THEN 'max' ELSE 'mid' END FROM a ORDER BY x NULLS LAST",
  'SELECT CASE WHEN k IN (SELECT k FROM b) THEN (SELECT max(y) FROM b WHERE b.k = a.k) END AS c FROM a ORDER BY x NULLS LAST',
  'SELECT x FROM a WHERE x IN (VALUES (10), (50)) ORDER BY x',
  'SELECT x FROM a WHERE (k, x) IN (VALUES (1, 10), (2, 21)) ORDER BY x',
  'SELECT count(*) FROM a HAVING count(*) > (SELECT count(*) FROM nothing)',
  'SELECT DISTINCT k + 1 AS n FROM a ORDER BY k + 1 NULLS LAST',
  'SELECT DISTINCT ON (k % 2) k, x FROM a WHERE k IS NOT NULL ORDER BY k % 2, x DESC NULLS LAST LIMIT 1',
  'SELECT a.x, l.y FROM a JOIN c ON a.k = c.k, LATERAL (SELECT y FROM b WHERE b.k = a.k AND c.k > 1) AS l ORDER BY 1, 2 NULLS LAST',
  'SELECT a.x, p.y, q.dst FROM a LEFT JOIN LATERAL (SELECT y, k FROM b WHERE b.k = a.k) AS p ON true LEFT JOIN LATERAL (SELECT dst FROM edges WHERE src = p.k AND dst > a.k) AS q ON true ORDER BY 1 NULLS LAST, 2 NULLS LAST, 3',
  'SELECT a.x, l.t FROM a, LATERAL (SELECT sum(i.x) AS t FROM a AS i WHERE i.x <= a.x) AS l ORDER BY a.x NULLS LAST',
  'SELECT a.x, l.v FROM a, LATERAL (SELECT m.v FROM (SELECT max(y) AS v FROM b WHERE b.k = a.k) AS m WHERE m.v > 100) AS l ORDER BY 1',
  'SELECT a.x, l.v FROM a, LATERAL (SELECT k AS v FROM b WHERE b.k = a.k INTERSECT SELECT src FROM edges WHERE src = a.k) AS l ORDER BY 1 NULLS LAST',
  'SELECT e.src, (SELECT count(*) FROM edges AS f WHERE f.src = e.dst AND EXISTS (SELECT 1 FROM edges AS g WHERE g.src = f.dst AND g.dst <> e.src)) AS n FROM edges AS e ORDER BY 1',
  'SELECT x, (SELECT b.y FROM b WHERE b.k = a.k AND b.y = (SELECT max(y) FROM b AS b2 WHERE b2.k = a.k)) FROM a ORDER BY x NULLS LAST',
  "SELECT x, (SELECT string_agg(s, ',' ORDER BY y NULLS LAST) FROM b WHERE b.k = a.k) FROM a ORDER BY x NULLS LAST",
  'SELECT x, (SELECT count(DISTINCT y) FROM b WHERE b.k <= a.k) FROM a ORDER BY x NULLS LAST',
  'SELECT count(*) FROM (SELECT a.k FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k) EXCEPT SELECT k FROM c WHERE k IN (SELECT dst FROM edges)) AS t',
  'SELECT x FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.s = a.s) = EXISTS (SELECT 1 FROM edges WHERE src = a.k) ORDER BY x NULLS LAST',
  'SELECT x IS NULL OR x > (SELECT avg(x) FROM a) AS t, count(*) FROM a GROUP BY 1 ORDER BY 1',
  'SELECT a.k, t.n FROM a JOIN (SELECT k, count(*) AS n FROM b GROUP BY k) AS t ON t.k = a.k AND t.n > (SELECT 1) ORDER BY a.x',
  'WITH q AS (SELECT k, x FROM a WHERE k IN (SELECT k FROM b)) SELECT q.x, (SELECT count(*) FROM q AS q2 WHERE q2.x < q.x) AS below FROM q ORDER BY x',
  'WITH q AS (SELECT k FROM a) SELECT * FROM q WHERE EXISTS (WITH q AS (SELECT k FROM b) SELECT 1 FROM q AS r WHERE r.k = 2) ORDER BY k NULLS LAST',
  'SELECT (SELECT max(k) FROM a) + (SELECT max(k) FROM a) * (SELECT min(k) FROM a) AS n',
  "SELECT x FROM a WHERE 2 = (SELECT count(*) FROM b WHERE b.k = a.k) AND 'two' IN (SELECT s FROM b WHERE b.k = a.k) ORDER BY x",
  'SELECT x FROM a WHERE k + 1 IN (SELECT dst FROM edges WHERE src = a.k) ORDER BY x',
  'SELECT x, k + 1 NOT IN (SELECT dst FROM edges WHERE src <> a.k) AS n FROM a ORDER BY x NULLS LAST',
  'SELECT b.y, t.v FROM b CROSS JOIN LATERAL (SELECT b.y + i AS v FROM range(b.k) AS r(i)) AS t ORDER BY 1 NULLS LAST, 2',
  'SELECT sum(x) FROM a WHERE k = (SELECT k FROM a WHERE x = 50) OR EXISTS (SELECT 1 FROM nothing) OR x IN (SELECT z FROM nothing)',
  'SELECT k FROM a WHERE x = (SELECT min(x) FROM a) UNION SELECT k FROM b WHERE y = (SELECT max(y) FROM b) ORDER BY 1 NULLS LAST',
  'SELECT x, row_number() OVER (ORDER BY (SELECT max(y) FROM b WHERE b.k = a.k) NULLS LAST, x NULLS LAST) AS n FROM a ORDER BY n',
  'SELECT k, sum(x) AS t FROM a GROUP BY k QUALIFY sum(x) > (SELECT 15) OR rank() OVER (ORDER BY sum(x) NULLS LAST) = 1 ORDER BY k NULLS LAST',
  'SELECT * FROM (SELECT k, x FROM a ORDER BY x NULLS LAST LIMIT 3) AS t WHERE x > (SELECT min(x) FROM a) ORDER BY x',
  'SELECT a.k FROM a JOIN b USING (k) WHERE a.k = 2 AND b.k = k ORDER BY k',
  'SELECT k, a.x, b.y FROM a LEFT JOIN b USING (k) WHERE k IS NOT NULL ORDER BY k, x NULLS LAST, y NULLS LAST',
  'SELECT count(k), sum(k) FROM a RIGHT JOIN b USING (k)',
  'SELECT a.*, (SELECT a.x) AS y FROM a WHERE k = 1',
  'SELECT * FROM a WHERE (SELECT true) AND k = 1',
  'SELECT count(*) FROM (SELECT 1 FROM a LIMIT 0) AS t',
  'SELECT (SELECT count(*) FROM a, b WHERE a.k = b.k AND a.x = o.x) FROM a AS o ORDER BY x NULLS LAST',
  'SELECT k, (SELECT k FROM c WHERE c.k = a.k) FROM a WHERE k IN (1, 5) ORDER BY k',
  'SELECT o.x FROM a AS o WHERE o.x = (SELECT max(i.x) FROM a AS i WHERE i.k = o.k AND i.x < (SELECT max(j.x) FROM a AS j WHERE j.k = i.k AND o.x <= j.x)) ORDER BY 1',
  'SELECT sum(t.n) FROM (SELECT (SELECT count(*) FROM edges WHERE src = a.k) AS n FROM a) AS t',
  'SELECT k FROM a WHERE k > 1 GROUP BY k HAVING sum(x) = (SELECT sum(x) FROM a AS i WHERE i.k = a.k) ORDER BY k',
  'SELECT x, CAST((SELECT y FROM b WHERE b.k = a.k AND b.y IS NOT NULL) AS varchar) FROM a ORDER BY x NULLS LAST',
  'SELECT l.* FROM a, LATERAL (SELECT a.k, a.x UNION ALL SELECT b.k, b.y FROM b WHERE b.k = a.k) AS l ORDER BY 1 NULLS LAST, 2 NULLS LAST',
  'SELECT a.x, l.n FROM a LEFT JOIN LATERAL (SELECT count(*) AS n FROM b WHERE b.k = a.k) AS l ON l.n > 1 ORDER BY 1 NULLS LAST',
  'SELECT a.x, l.c FROM a LEFT JOIN LATERAL (SELECT 7 AS c FROM b WHERE b.k = a.k LIMIT 1) AS l ON true ORDER BY 1 NULLS LAST',
  'SELECT x FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k OR b.s = a.s) ORDER BY x NULLS LAST',
  'SELECT x FROM a WHERE EXISTS (SELECT 1 FROM b WHERE coalesce(b.k, a.k) = a.k AND b.y > a.x) ORDER BY x',
  'SELECT x, (SELECT max(b.y) FROM b WHERE b.k IS NOT DISTINCT FROM a.k) FROM a ORDER BY x NULLS LAST',
  'WITH t AS (SELECT k, x, (SELECT count(*) FROM b WHERE b.k = a.k) AS n FROM a) SELECT n, count(*), (SELECT max(n) FROM t) FROM t GROUP BY n ORDER BY n',
  'SELECT * FROM (SELECT k, rank() OVER (ORDER BY x) AS r FROM a) AS t WHERE r IN (SELECT src FROM edges WHERE src = t.k) ORDER BY k',
  'SELECT p.k, q.k FROM a AS p LEFT JOIN LATERAL (SELECT k FROM b WHERE b.k = p.k EXCEPT SELECT k FROM c WHERE c.k = p.k AND p.x > 15) AS q ON true ORDER BY p.x NULLS LAST',
  'SELECT x, y FROM a JOIN b ON a.k = b.k AND NOT EXISTS (SELECT 1 FROM c WHERE c.k = a.k AND l IS NULL) ORDER BY 1, 2 NULLS LAST',
  'SELECT a.k, sum(b.y) AS t FROM a LEFT JOIN b USING (k) GROUP BY a.k HAVING sum(b.y) IS NULL ORDER BY 1 NULLS LAST',
  'SELECT k, sum(y) FROM a LEFT JOIN b USING (k) GROUP BY k ORDER BY k NULLS LAST',
  'SELECT k FROM a FULL JOIN b USING (k) WHERE k = 4',
  'SELECT k + 1 AS n, count(*) FROM a FULL JOIN b USING (k) GROUP BY k + 1 ORDER BY 1 NULLS LAST',
  'SELECT max(k) OVER (PARTITION BY k) FROM a FULL JOIN b USING (k) ORDER BY 1 NULLS LAST',
  'SELECT DISTINCT k FROM a FULL JOIN b USING (k) ORDER BY k DESC NULLS LAST',
] as const;

describe('subqueries give what DuckDB gives', () => {
  const tables = answersAsDuckDb(QUERIES);

  /** What DuckDB does otherwise, or not at all. */
  it.each<[string, unknown[][]]>([
    // A row with a value that differs is not equal, whatever its NULLs are.
    [
      'SELECT x FROM a WHERE (k, s) NOT IN (SELECT k, s FROM b WHERE k = 1) ORDER BY x',
      [[20], [21], [40], [50], [null]],
    ],
    [
      'SELECT (k, x) = (SELECT k, min(x) FROM a AS i WHERE i.k = a.k GROUP BY k) AS e FROM a ORDER BY x',
      [[true], [true], [false], [null], [true], [null]],
    ],
    [
      'SELECT a.x, b.y FROM a LEFT JOIN b ON EXISTS (SELECT 1 FROM edges WHERE src = a.k AND dst = b.k) WHERE x < 40 ORDER BY 1, 2',
      [
        [10, 200],
        [10, null],
        [20, null],
        [21, null],
      ],
    ],
    [
      'SELECT a.x, b.y FROM a RIGHT JOIN b ON EXISTS (SELECT 1 FROM edges WHERE src = a.k AND dst = b.k) ORDER BY 2, 1',
      [
        [null, 100],
        [10, 200],
        [null, 400],
        [null, 500],
        [10, null],
      ],
    ],
    // NULL in a row that decides leaves it open.
    ['SELECT x FROM a WHERE (k, x) < ANY (SELECT k, y FROM b) ORDER BY x', [[10], [20], [21], [null]]],
    ['SELECT x FROM a WHERE (k, x) >= ALL (SELECT k, y FROM b WHERE k = 1) ORDER BY x', [[20], [21], [50], [null]]],
    ["SELECT date '2020-01-01' IN (SELECT '2020-01-01')", [[true]]],
  ])('%s', async (sql, rows) => {
    expect(await tables().session.rows(sql)).toEqual(rows);
  });

  it('raises where a second row is used, and only there', async () => {
    const two = '(SELECT x FROM a AS i WHERE i.k = 2)';
    await expect(tables().session.rows(`SELECT ${two}`)).rejects.toThrow(
      /^a query inside an expression gave more than one row$/,
    );
    expect(await tables().session.rows(`SELECT CASE WHEN k = 9 THEN ${two} ELSE 0 END FROM a WHERE k = 1`)).toEqual([
      [0],
    ]);
  });
});

it('binds queries in every clause', async () => {
  const plans = await boundTexts([
    'SELECT x FROM a WHERE k = (SELECT max(k) FROM b WHERE b.s = a.s)',
    'SELECT x FROM a WHERE k = (SELECT b.k FROM b WHERE b.s = a.s)',
    'SELECT x FROM a WHERE EXISTS (SELECT * FROM b WHERE b.k = a.k) AND k NOT IN (SELECT k FROM b)',
    'SELECT x FROM a WHERE (k, s) IN (SELECT k, s FROM b) OR x > ALL (SELECT y FROM b)',
    'SELECT (k, s) = (SELECT k, s FROM b LIMIT 1) FROM a',
    'SELECT k, sum((SELECT max(y) FROM b)) FROM a GROUP BY k HAVING count(*) > (SELECT 1) ORDER BY (SELECT min(y) FROM b WHERE b.k = a.k)',
    'SELECT (SELECT max(y) FROM b WHERE b.k = a.k) AS g, count(*) FILTER (WHERE EXISTS (SELECT 1 FROM b)) FROM a GROUP BY g',
    'SELECT k, (SELECT sum(a.x) FROM b) FROM a GROUP BY k',
    'SELECT a.x FROM a JOIN b ON a.k = (SELECT max(src) FROM edges) AND b.y IN (SELECT dst FROM edges WHERE src = b.k)',
    'SELECT a.x FROM a JOIN b ON EXISTS (SELECT 1 FROM edges WHERE src = a.k AND dst = b.k)',
    'SELECT a.x FROM a LEFT JOIN b ON EXISTS (SELECT 1 FROM edges WHERE src = a.k AND dst = b.k)',
    'SELECT row_number() OVER (ORDER BY x) IN (SELECT src FROM edges), sum((SELECT 1)) OVER () FROM a',
    'VALUES ((SELECT max(x) FROM a), 1), (2, 3)',
    'SELECT ARRAY(SELECT y FROM b WHERE b.k = a.k ORDER BY y) FROM a',
    'SELECT (SELECT (SELECT max(y) FROM b WHERE b.k = a.k AND b.k = src) FROM edges LIMIT 1) FROM a',
  ]);
  await expect(plans).toMatchFileSnapshot('snapshots/subqueries.txt');
});

it.each([
  [
    'SELECT (SELECT k, x FROM a)',
    'SQ1105 a query inside an expression delivers one column, not 2 | (SELECT k, x FROM a) | select one column',
  ],
  [
    'SELECT 1 FROM a WHERE k IN (SELECT k, y FROM b)',
    'SQ1105 1 column cannot be compared with the 2 columns of a query | k IN (SELECT k, y FROM b) | select 1 column',
  ],
  [
    'SELECT 1 FROM a WHERE (k, x) IN (SELECT k FROM b)',
    'SQ1105 2 columns cannot be compared with the 1 column of a query | (k, x) IN (SELECT k FROM b) | select 2 columns',
  ],
  [
    'SELECT 1 FROM a WHERE k IN (SELECT s FROM b)',
    'SQ1105 cannot compare integer with varchar | k IN (SELECT s FROM b) | cast one of them: CAST(… AS integer) or CAST(… AS varchar)',
  ],
  [
    'SELECT ARRAY(SELECT k, x FROM a)',
    'SQ1105 ARRAY takes a query of one column, not 2 | ARRAY(SELECT k, x FROM a) | ',
  ],
  [
    'SELECT k, (SELECT a.x + y FROM b LIMIT 1) FROM a GROUP BY k',
    'SQ1106 column "x" is neither grouped nor aggregated | a.x | add it to GROUP BY, or aggregate it: min(x)',
  ],
  [
    'SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b WHERE sum(a.x) > 1)',
    'SQ1106 sum() cannot stand in WHERE | sum(a.x) | aggregates are filtered by HAVING',
  ],
  [
    'SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.z)',
    'SQ1102 column "z" does not exist | a.z | a: k, x, s',
  ],
  [
    'SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b AS a WHERE a.x = 1)',
    'SQ1102 column "x" does not exist | a.x | a: k, y, s',
  ],
  [
    'SELECT 1 FROM a FULL JOIN b ON a.k = b.k AND EXISTS (SELECT 1 FROM edges WHERE src = a.k AND dst = b.k)',
    'SQ2005 a query in ON of a FULL JOIN that names columns of both sides is not supported | a FULL JOIN b ON a.k = b.k AND EXISTS (SELECT 1 FROM edges WHERE src = a.k AND dst = b.k) | compute it in a query in FROM',
  ],
])('%s', async (sql, message) => {
  expect(await refusalOf(sql, { catalog })).toBe(message);
});
