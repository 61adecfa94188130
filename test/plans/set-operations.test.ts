import { describe, expect, it } from 'vitest';
import { boundPlan, boundTexts, catalog } from './bound-plan.ts';
import { refusalOf } from './refusal.ts';
import { answersAsDuckDb } from './small-tables.ts';

/** Meant alike by PostgreSQL, DuckDB and Squall; ordered, so that rows compare one by one. */
const QUERIES = [
  'SELECT k FROM a UNION SELECT k FROM b ORDER BY k NULLS LAST',
  'SELECT k FROM a UNION ALL SELECT k FROM b ORDER BY k NULLS LAST',
  'SELECT k FROM a INTERSECT SELECT k FROM b ORDER BY k NULLS LAST',
  'SELECT k FROM a INTERSECT ALL SELECT k FROM b ORDER BY k NULLS LAST',
  'SELECT k FROM a EXCEPT SELECT k FROM b ORDER BY k NULLS LAST',
  'SELECT k FROM a EXCEPT ALL SELECT k FROM b ORDER BY k NULLS LAST',
  'SELECT k FROM a UNION SELECT k FROM b INTERSECT SELECT k FROM c ORDER BY k NULLS LAST',
  '(SELECT k FROM a UNION SELECT k FROM b) INTERSECT SELECT k FROM c ORDER BY k NULLS LAST',
  '(SELECT x FROM a ORDER BY x LIMIT 2) UNION ALL (SELECT y FROM b ORDER BY y LIMIT 1) ORDER BY 1 DESC LIMIT 2',
  'SELECT 1 UNION SELECT 2.5 UNION ALL SELECT NULL ORDER BY 1 NULLS LAST',
  "SELECT k AS n, 'a' AS t FROM a UNION ALL SELECT k, 'b' FROM b ORDER BY t, n NULLS LAST",
  'SELECT x, k FROM (SELECT x, k FROM a UNION ALL SELECT y, k FROM b) AS u WHERE k = 2 ORDER BY x NULLS LAST',
  'SELECT k, count(*) FROM (SELECT k FROM a UNION ALL SELECT k FROM b) AS u GROUP BY k ORDER BY k NULLS LAST',
  'SELECT x FROM a WHERE k IN (SELECT k FROM b UNION SELECT k FROM c WHERE k > 2) ORDER BY x NULLS LAST',
  'SELECT x, (SELECT max(y) FROM (SELECT y FROM b WHERE b.k = a.k UNION ALL SELECT a.x) AS u) FROM a ORDER BY x NULLS LAST',
  'SELECT x, l.v FROM a, LATERAL (SELECT b.y AS v FROM b WHERE b.k = a.k UNION SELECT src FROM edges WHERE src = a.k) AS l ORDER BY x NULLS LAST, v NULLS LAST',
  'SELECT x, l.v FROM a, LATERAL (SELECT b.y AS v FROM b WHERE b.k = a.k EXCEPT SELECT a.x * 10) AS l ORDER BY x NULLS LAST, v NULLS LAST',
  'SELECT k, x FROM a UNION SELECT k, y FROM b EXCEPT SELECT 2, 20 ORDER BY 1 NULLS LAST, 2 NULLS LAST LIMIT 3',
  'SELECT * FROM (SELECT 1 AS i UNION SELECT 2 UNION SELECT 1) AS u ORDER BY i',
  'SELECT * FROM (VALUES (1), (2)) AS p(i) INTERSECT SELECT * FROM (VALUES (2), (3)) AS q(i)',
  'SELECT s FROM a UNION SELECT s FROM b ORDER BY s NULLS FIRST',
  'SELECT CAST(k AS bigint) AS k FROM a UNION ALL SELECT 1.5 ORDER BY 1 NULLS LAST',
  "SELECT k, 'x' AS t FROM a WHERE k = 1 UNION ALL SELECT NULL, NULL ORDER BY 1 NULLS LAST",
] as const;

describe('set operations give what DuckDB gives', () => {
  answersAsDuckDb(QUERIES);
});

it('binds set operations and VALUES', async () => {
  const plans = await boundTexts([
    'SELECT k FROM a UNION ALL SELECT k FROM b UNION ALL SELECT src FROM edges',
    'SELECT k FROM a UNION SELECT k FROM b UNION ALL SELECT k FROM c',
    'SELECT k FROM a UNION SELECT k FROM b INTERSECT SELECT k FROM c',
    '(SELECT k FROM a EXCEPT SELECT k FROM b) EXCEPT ALL SELECT k FROM c',
    'SELECT k, dst FROM a, edges UNION SELECT dst, k FROM c, edges',
    "SELECT k, s FROM a UNION ALL SELECT NULL, 'x' ORDER BY s DESC, 1 LIMIT 3 OFFSET 1",
    "SELECT DATE '2020-01-01' AS d UNION SELECT '2020-01-02'",
    '(SELECT k FROM a ORDER BY x LIMIT 1) UNION ALL (SELECT k FROM b LIMIT 1)',
    'SELECT k AS n FROM a UNION ALL SELECT k FROM b ORDER BY n + 1, (SELECT max(x) FROM a)',
    'VALUES (1, NULL), (2.5, 3) ORDER BY column1',
    'SELECT v FROM a, LATERAL (VALUES (a.k), (1)) AS t(v)',
  ]);
  await expect(plans).toMatchFileSnapshot('snapshots/set-operations.txt');
});

it('binds long chains', async () => {
  const chain = (operator: string) => Array.from({ length: 1000 }, () => 'SELECT k FROM a').join(` ${operator} `);
  expect(await boundPlan(chain('UNION ALL'))).toMatchObject({ kind: 'setOperation', inputs: { length: 1000 } });
  expect(await boundPlan(chain('EXCEPT'))).toMatchObject({ kind: 'setOperation', inputs: { length: 2 } });
  const joins = Array.from({ length: 500 }, (_, i) => `JOIN edges AS e${i + 1} ON e${i}.dst = e${i + 1}.src`).join(' ');
  expect(await boundPlan(`SELECT count(*) FROM edges AS e0 ${joins}`)).toMatchObject({ kind: 'project' });
});

it.each([
  [
    'SELECT 1 UNION SELECT 1, 2',
    'SQ1105 the queries of UNION have 1 and 2 columns | SELECT 1 UNION SELECT 1, 2 | select as many columns in each of them',
  ],
  [
    'SELECT k FROM a EXCEPT SELECT s FROM a',
    'SQ1105 column 1 of EXCEPT mixes integer and varchar | SELECT k FROM a EXCEPT SELECT s FROM a | cast them to one type',
  ],
  ["SELECT k FROM a UNION SELECT 'x'", "SQ1108 'x' is not a value of type integer | 'x' | "],
  [
    'SELECT l FROM c UNION SELECT l FROM c',
    'SQ2001 UNION by a value of type integer[] is not supported yet | SELECT l FROM c UNION SELECT l FROM c | ',
  ],
  ['SELECT k FROM a UNION SELECT k FROM b ORDER BY x', 'SQ1102 column "x" does not exist | x | columns: k'],
  [
    'SELECT k FROM a UNION SELECT k FROM b ORDER BY 2',
    'SQ1109 ORDER BY 2 is not a position of the select list | 2 | it has one column',
  ],
  [
    'VALUES (1), (2, 3)',
    'SQ1105 the rows of VALUES have 1 and 2 columns | VALUES (1), (2, 3) | give every row as many values',
  ],
  [
    "VALUES (1), (DATE '2020-01-01')",
    "SQ1105 a column of VALUES mixes integer and date | VALUES (1), (DATE '2020-01-01') | cast them to one type",
  ],
  ['VALUES (max(1))', 'SQ1106 max() cannot stand in VALUES | max(1) | aggregate in a query in FROM'],
])('%s', async (sql, message) => {
  expect(await refusalOf(sql, { catalog })).toBe(message);
});
