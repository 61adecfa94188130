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
    'SELECT a FROM t QUALIFY b',
    'QUALIFY is not supported yet · hint: put the query into FROM (…) and filter it with WHERE',
  ],
  ['SELECT TRY_CAST(a AS int)', 'TRY_CAST is not supported yet · hint: write CAST(x AS type)'],
  ['SELECT * EXCLUDE (a) FROM t', 'a * with EXCLUDE or REPLACE is not supported yet · hint: list the columns'],
  ['SELECT a FROM t GROUP BY ALL', 'GROUP BY ALL is not supported yet · hint: list the columns, or their positions'],
  ['FROM t', 'a query that starts with FROM is not supported yet · hint: write SELECT * FROM …'],
  ['SELECT ?', 'a parameter written as ? is not supported yet · hint: write $1, $2, …'],
  ['SELECT :name', 'a parameter by name is not supported yet · hint: write $1, $2, …'],
  ['SELECT `a` FROM t', 'a name in backticks is not supported yet · hint: write the name in double quotes'],
  ['SELECT [1, 2]', 'a list in brackets is not supported yet · hint: for IN, write (a, b)'],
  ['DESCRIBE t', 'this statement is not supported yet · hint: write SELECT * FROM … LIMIT 0 to see the columns'],
  [
    "CREATE EXTERNAL TABLE t (a int) LOCATION 'x'",
    "CREATE EXTERNAL TABLE is not supported yet · hint: read the files in place: FROM 's3://bucket/data/*.parquet'",
  ],
])('%s is another dialect', async (sql, message) => {
  expect(await brief(sql)).toBe(`error[SQ2001] ${message}`);
});
