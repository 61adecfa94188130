import { expect, it } from 'vitest';
import { SquallError } from '../../common/errors.ts';
import { renderError } from '../../common/render-error.ts';
import { parseStatement } from './parse.ts';

const failure = async (sql: string) => {
  const error: unknown = await parseStatement(sql).catch((thrown: unknown) => thrown);
  return error instanceof SquallError ? renderError(error, sql) : 'no error';
};

/** Code, message and hint; the caret is tested once. */
const brief = async (sql: string) =>
  (await failure(sql))
    .split('\n')
    .filter((line) => /^(error|hint)/.test(line))
    .join(' · ');

it('shows the line and points at the word', async () => {
  expect(await failure('SELECT l_tax\nFORM lineitem\nWHERE l_tax > 0')).toBe(
    [
      'error[SQ1001] unexpected "FORM"',
      '  line 2, column 1',
      '2 | FORM lineitem',
      '    ^^^^',
      'hint: did you mean FROM?',
    ].join('\n'),
  );
});

it('points behind the end', async () => {
  expect(await failure("SELECT 'é😀' FROM")).toBe(
    [
      'error[SQ1001] unexpected end of the query',
      '  line 1, column 17',
      "1 | SELECT 'é😀' FROM",
      `${' '.repeat(21)}^`,
      "hint: expected a table, a file such as 's3://bucket/data/*.parquet' or a query in parentheses after FROM",
    ].join('\n'),
  );
});

it.each([
  ['SELECT 1 2', 'error[SQ1001] unexpected "2" · hint: expected a comma, an alias, FROM or an operator'],
  ['SELCT 1', 'error[SQ1001] unexpected "SELCT" · hint: did you mean SELECT?'],
  ['SELECT a FROM t WEHRE a', 'error[SQ1001] unexpected "WEHRE" · hint: did you mean WHERE?'],
  ['SELECT a, FROM t', 'error[SQ1001] unexpected "FROM" · hint: expected another item after the comma, or no comma'],
  ['SELECT a FROM t WHERE', 'error[SQ1001] unexpected end of the query · hint: expected a condition after WHERE'],
  ['SELECT a FROM t GROUP a', 'error[SQ1001] unexpected "a" · hint: expected BY after GROUP'],
  ['SELECT a + FROM t', 'error[SQ1001] unexpected "FROM" · hint: expected an expression after "+"'],
  ['SELECT f(a b) FROM t', 'error[SQ1001] unexpected "b" · hint: expected a comma, an operator or ")"'],
  ['SELECT (a FROM t', 'error[SQ1001] "(" is never closed · hint: expected ")"'],
  ['SELECT a) FROM t', 'error[SQ1001] unexpected ")" · hint: there is no "(" before it that is still open'],
  ['SELECT (a] FROM t', 'error[SQ1001] unexpected "]" · hint: expected ")" first'],
  ['WHERE a', 'error[SQ1001] unexpected "WHERE" · hint: expected SELECT, WITH, VALUES or EXPLAIN'],
  [
    'SELECT FROM t',
    'error[SQ1001] SELECT without anything to select · hint: write at least one expression, or *, after SELECT',
  ],
  ['', 'error[SQ1001] the query is empty · hint: write SELECT …'],
  [
    'SELECT 1; SELECT 2',
    'error[SQ2001] more than one statement at once is not supported yet · hint: run them one by one',
  ],
  ['SELECT 1a', 'error[SQ1001] trailing junk after numeric literal'],
])('%s', async (sql, message) => {
  expect(await brief(sql)).toBe(message);
});

it.each([
  [
    'SELECT * EXCEPT (a) FROM t',
    'a * with EXCEPT, RENAME or LIKE is not supported yet · hint: write * EXCLUDE (a, b), or * REPLACE (expression AS a)',
  ],
  ['SELECT `a` FROM t', 'a name in backticks is not supported yet · hint: write the name in double quotes'],
  ['SELECT a IN [1, 2]', 'a list in brackets after IN is not supported yet · hint: write IN (a, b), or = ANY ([a, b])'],
  ["SELECT {'a': 1}", 'a value in braces is not supported yet · hint: write struct_pack(a := 1)'],
  ['SELECT a FROM t SEMI JOIN u USING (a)', 'SEMI JOIN is not supported yet · hint: write WHERE [NOT] EXISTS (…)'],
  ['SELECT a FROM t LEFT ANTI JOIN u USING (a)', 'ANTI JOIN is not supported yet · hint: write WHERE [NOT] EXISTS (…)'],
  [
    'SELECT a FROM t CROSS APPLY f(t.a)',
    'CROSS APPLY or OUTER APPLY is not supported yet · hint: write CROSS JOIN LATERAL, or LEFT JOIN LATERAL … ON true',
  ],
  ['SELECT a FROM t LIMIT 5, 10', 'LIMIT with two numbers is not supported yet · hint: write LIMIT 10 OFFSET 5'],
  [
    'SELECT a FROM t FETCH FIRST 10 PERCENT ROWS ONLY',
    'FETCH … PERCENT is not supported yet · hint: write FETCH FIRST 10 ROWS ONLY',
  ],
  [
    'SELECT a FROM t MATCH_RECOGNIZE (PATTERN (x))',
    'MATCH_RECOGNIZE is not supported yet · hint: use window functions',
  ],
  ['SELECT f(a, x -> x + 1) FROM t', '-> (a lambda, or access to JSON) is not supported yet'],
  [
    'SELECT a FROM t ASOF JOIN u ON true',
    'ASOF JOIN is not supported yet · hint: write JOIN LATERAL (SELECT … ORDER BY … LIMIT 1) ON true',
  ],
  ['SELECT a FROM t MINUS SELECT 1', 'MINUS is not supported yet · hint: write EXCEPT'],
  ['SELECT TOP 10 a FROM t', 'SELECT TOP is not supported yet · hint: write LIMIT at the end of the query'],
  [
    'SELECT 1 AS a UNION BY NAME SELECT 2 AS a',
    'a set operation BY NAME is not supported yet · hint: select the columns in the same order on both sides',
  ],
  [
    "SELECT * FROM t PIVOT (sum(a) FOR b IN ('x'))",
    'PIVOT or UNPIVOT is not supported yet · hint: write sum(x) FILTER (WHERE …) for each column',
  ],
  ['SELECT a FROM t LATERAL VIEW explode(b) c', 'LATERAL VIEW is not supported yet · hint: write CROSS JOIN UNNEST(…)'],
  [
    'SELECT a FROM t GROUP BY a WITH ROLLUP',
    'WITH ROLLUP or WITH CUBE is not supported yet · hint: write GROUP BY ROLLUP (a, b)',
  ],
  [
    'SELECT a FROM t USING SAMPLE 10',
    'USING SAMPLE is not supported yet · hint: write TABLESAMPLE BERNOULLI (10) after the table',
  ],
  [
    'SUMMARIZE t',
    'this statement is not supported yet · hint: Squall reads: SELECT, WITH, VALUES, FROM, EXPLAIN, DESCRIBE, SHOW, CREATE VIEW, CREATE TABLE AS, COPY … TO',
  ],
  [
    "CREATE EXTERNAL TABLE t (a int) LOCATION 'x'",
    "CREATE EXTERNAL TABLE is not supported yet · hint: read the files in place: FROM 's3://bucket/data/*.parquet'",
  ],
])('%s is another dialect', async (sql, message) => {
  expect(await brief(sql)).toBe(`error[SQ2001] ${message}`);
});
