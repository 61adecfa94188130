import { describe, expect, it } from 'vitest';
import { failure } from '../outline.test-helper.ts';

/** Code, message and what it points at. */
describe('mysql', () => {
  it.each([
    [`SELECT 'it\\'s'`, `SQ2001 a backslash in a text of mysql is not supported yet | \\`],
    ['SELECT a || b FROM t', 'SQ2001 || in the dialect mysql is not supported yet | ||'],
    ['SELECT a && b FROM t', 'SQ2001 the operator && in the dialect mysql is not supported yet | &&'],
    ['SELECT a <=> b FROM t', 'SQ2001 the operator <=> in the dialect mysql is not supported yet | <=>'],
    ['SELECT a DIV b FROM t', 'SQ1001 unexpected "b" | b'],
    [`SELECT a RLIKE 'x' FROM t`, 'SQ2001 a regular expression by REGEXP or RLIKE is not supported yet | RLIKE'],
    ['SELECT 5--3', 'SQ2001 -- without a space behind it in mysql is not supported yet | --'],
    ['SELECT /*! 1 */ a FROM t', 'SQ2001 a comment that is executed is not supported yet | /*! 1 */'],
    [`SELECT "it's" FROM t`, `SQ2001 a quote inside "…" of mysql is not supported yet | "it's"`],
    ['SELECT @a', 'SQ2001 the operator @ in the dialect mysql is not supported yet | @'],
    ['SELECT a FROM t USE INDEX (i)', 'SQ1001 unexpected "INDEX" | INDEX'],
    ['SELECT a FROM t STRAIGHT_JOIN u', 'SQ1001 unexpected "u" | u'],
    ['SELECT a FROM t JOIN u', 'SQ2001 a join without a condition is not supported yet | t JOIN u'],
    ['SELECT a FROM t GROUP BY a WITH ROLLUP', 'SQ2001 WITH in the dialect mysql is not supported yet | WITH'],
    [`SELECT group_concat(a SEPARATOR ',') FROM t`, 'SQ2001 SEPARATOR is not supported yet | SEPARATOR'],
    ['SELECT a FROM t ORDER BY b LIMIT 1 FOR UPDATE', 'SQ2001 FOR in the dialect mysql is not supported yet | FOR'],
    [
      'SELECT a FROM (t JOIN u ON true)',
      'SQ2001 a join in parentheses in the dialect mysql is not supported yet | (t JOIN u ON true)',
    ],
    ['SELECT `a', 'SQ1001 unterminated quoted name | `'],
  ])('%s', async (sql, expected) => {
    expect(await failure(sql, 'mysql')).toBe(expected);
  });
});

describe('bigquery', () => {
  it.each([
    ['SELECT STRUCT(1 AS a)', 'SQ2001 STRUCT in the dialect bigquery is not supported yet | (1 AS a)'],
    [`SELECT r'a\\d'`, `SQ2001 a backslash in a text of bigquery is not supported yet | \\`],
    ['SELECT ARRAY(SELECT 1)', 'SQ2001 ARRAY in the dialect bigquery is not supported yet | (SELECT 1)'],
    ['SELECT a[OFFSET(0)] FROM t', 'SQ2001 "[" in the dialect bigquery is not supported yet | ['],
    ['SELECT * REPLACE (a + 1 AS a) FROM t', 'SQ2001 AS in the dialect bigquery is not supported yet | AS'],
    [
      'SELECT a FROM t WHERE b IN UNNEST([1])',
      'SQ2001 IN without a list in parentheses in the dialect bigquery is not supported yet | IN UNNEST',
    ],
    ['SELECT ARRAY<INT64>[1]', 'SQ2001 ARRAY in the dialect bigquery is not supported yet | ARRAY'],
    ['SELECT CAST(a AS NUMERIC) FROM t', 'SQ2001 decimal without precision and scale is not supported yet | NUMERIC'],
    [`SELECT a FROM t PIVOT (sum(b) FOR c IN ('x'))`, 'SQ1001 unexpected "(" | ('],
    ['SELECT """a"""', 'SQ2001 a quote inside "…" of bigquery is not supported yet | """a"""'],
  ])('%s', async (sql, expected) => {
    expect(await failure(sql, 'bigquery')).toBe(expected);
  });
});

describe('snowflake', () => {
  it.each([
    ['SELECT a:b FROM t', 'SQ2001 ":" in the dialect snowflake is not supported yet | :'],
    ['SELECT a FROM t SAMPLE (10)', 'SQ1001 unexpected "10" | 10'],
    ['SELECT a FROM TABLE(f(1))', 'SQ2001 TABLE in FROM in the dialect snowflake is not supported yet | TABLE'],
    [
      'SELECT a FROM t, LATERAL FLATTEN(b)',
      'SQ2001 LATERAL in FROM in the dialect snowflake is not supported yet | LATERAL',
    ],
    ['SELECT a FROM t MINUS SELECT b FROM u', 'SQ1001 unexpected "FROM" | FROM'],
    [
      'SELECT a FROM t ASOF JOIN u ON true',
      'SQ2001 ASOF JOIN in the dialect snowflake is not supported yet | ASOF JOIN',
    ],
    [`SELECT * ILIKE 'x%' FROM t`, `SQ2001 a * inside an expression is not supported yet | * ILIKE 'x%'`],
    [
      `SELECT a LIKE ANY ('x', 'y') FROM t`,
      `SQ2001 ANY without a query in the dialect snowflake is not supported yet | ANY ('x', 'y')`,
    ],
  ])('%s', async (sql, expected) => {
    expect(await failure(sql, 'snowflake')).toBe(expected);
  });
});

describe('trino', () => {
  it.each([
    ['SELECT x -> x + 1 FROM t', 'SQ2001 the operator -> in the dialect trino is not supported yet | ->'],
    ['SELECT a[1] FROM t', 'SQ2001 "[" in the dialect trino is not supported yet | ['],
    ['SELECT (a, b) IN ((1, 2)) FROM t', 'SQ2001 a row value in the dialect trino is not supported yet | (a, b)'],
    [
      'SELECT a FROM t TABLESAMPLE BERNOULLI (10)',
      'SQ2001 TABLESAMPLE in the dialect trino is not supported yet | TABLESAMPLE',
    ],
    ['SELECT a FROM t MATCH_RECOGNIZE (PATTERN (x))', 'SQ1001 unexpected "(" | ('],
    ['SELECT a FROM t QUALIFY b', 'SQ1001 unexpected "b" | b'],
    ['SELECT DISTINCT ON (a) b FROM t', 'SQ2001 DISTINCT ON in the dialect trino is not supported yet | ON'],
    ['SELECT a FROM t ORDER BY ALL', 'SQ2001 ORDER BY ALL in the dialect trino is not supported yet | ORDER BY ALL'],
    [
      'SELECT percentile(a) WITHIN GROUP (ORDER BY b) FROM t',
      'SQ2001 WITHIN GROUP in the dialect trino is not supported yet | WITHIN GROUP',
    ],
    ['SELECT a FROM t LEFT SEMI JOIN u ON true', 'SQ1001 unexpected "LEFT" | LEFT'],
    ['SELECT a FROM t SEMI JOIN u ON true', 'SQ2001 SEMI JOIN in the dialect trino is not supported yet | SEMI JOIN'],
    ['SELECT a < b < c FROM t', 'SQ1001 operators that do not fit together | a < b < c'],
    ['SELECT a FROM t JOIN u ON a = b WHERE c GROUP d', 'SQ1001 unexpected "d" | d'],
    ['SELECT a b c FROM t', 'SQ1001 unexpected "c" | c'],
    ['SELECT a, FROM t', 'SQ1001 unexpected "FROM" | FROM'],
    ['SELECT a FROM t WHERE', 'SQ1001 unexpected end of the query | '],
    ['SELECT FROM t', 'SQ1001 unexpected "FROM" | FROM'],
    ['SELECT CASE WHEN a END FROM t', 'SQ1001 unexpected "END" | END'],
    ['SELECT CASE a END FROM t', 'SQ1001 unexpected "END" | END'],
    ['SELECT CAST(a) FROM t', 'SQ1001 unexpected ")" | )'],
    ['SELECT f(a b) FROM t', 'SQ1001 unexpected "b" | b'],
    ['SELECT a = b c = d FROM t WHERE e f', 'SQ1001 unexpected "=" | ='],
    ['SELECT a FROM t LIMIT 1 LIMIT 2', 'SQ1001 unexpected "LIMIT" | LIMIT'],
    ['SELECT a FROM t WHERE b HAVING c WHERE d', 'SQ1001 unexpected "WHERE" | WHERE'],
    ['WITH a AS SELECT 1 SELECT 2', 'SQ1001 unexpected "SELECT" | SELECT'],
    ['SELECT a FROM t UNION', 'SQ1001 unexpected end of the query | '],
    ['SELECT a FROM t ORDER BY b UNION SELECT c', 'SQ1001 unexpected "ORDER" | ORDER'],
    ['INSERT INTO t VALUES (1)', 'SQ2001 INSERT in the dialect trino is not supported yet | INSERT'],
    ['CREATE VIEW v AS SELECT 1', 'SQ2001 CREATE in the dialect trino is not supported yet | CREATE'],
  ])('%s', async (sql, expected) => {
    expect(await failure(sql, 'trino')).toBe(expected);
  });
});
