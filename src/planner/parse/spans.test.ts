import { describe, expect, it } from 'vitest';
import { SquallError } from '../../common/errors.ts';
import { renderError } from '../../common/render-error.ts';
import { parse, parseStatement } from './parse.ts';

/** Texts of the spans of all nodes of a kind, in the order of the tree. */
function texts(node: unknown, kind: string, sql: string): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  const own =
    'kind' in node && node.kind === kind && 'span' in node
      ? [sql.slice((node.span as { start: number }).start, (node.span as { end: number }).end)]
      : [];
  return [...own, ...Object.values(node).flatMap((child) => texts(child, kind, sql))];
}

describe('what is rewritten for the grammar keeps its place', () => {
  it.each([
    ['FROM "é😀" SELECT a, f(b) WHERE c > 1', 'call', ['f(b)']],
    ['FROM t SELECT a WHERE c > 1', 'binary', ['c > 1']],
    ['FROM (FROM t SELECT f(a)) SELECT g(b) LIMIT 1', 'call', ['g(b)', 'f(a)']],
    ['SELECT a FROM t QUALIFY rank() OVER (ORDER BY é) = 1', 'binary', ['rank() OVER (ORDER BY é) = 1']],
    ['SELECT [a, [b]], c[1]', 'list', ['[a, [b]]', '[b]']],
    ['SELECT TRY_CAST(a AS int) + TRY_CAST("é" AS text)', 'cast', ['TRY_CAST(a AS int)', 'TRY_CAST("é" AS text)']],
    ['SELECT ? + :name, $x', 'parameter', ['?', ':name', '$x']],
    ["SELECT interval 5 days, interval '2' week, x", 'interval', ['interval 5 days', "interval '2' week"]],
    [
      'SELECT f(a IGNORE NULLS) OVER w, g(b) RESPECT NULLS OVER w',
      'call',
      ['f(a IGNORE NULLS) OVER w', 'g(b) RESPECT NULLS OVER w'],
    ],
    ['SELECT * EXCLUDE (a) REPLACE (é + 1 AS "É"), b + c FROM t', 'binary', ['é + 1', 'b + c']],
    [
      'SELECT a FROM t TABLESAMPLE BERNOULLI (10) REPEATABLE (1)',
      'sample',
      ['t TABLESAMPLE BERNOULLI (10) REPEATABLE (1)'],
    ],
    ["SELECT 'a'\n  'b', 'c'", 'string', ["'a'\n  'b'", "'c'"]],
    ['SELECT a::int[][] + 1', 'cast', ['a::int[][]']],
    ['SELECT (s).f, x[1].f', 'field', ['(s).f', 'x[1].f']],
    ['SELECT (a, b) = ROW(c, d)', 'row', ['(a, b)', 'ROW(c, d)']],
  ] as const)('%s', async (sql, kind, expected) => {
    expect(texts(await parse(sql), kind, sql)).toEqual(expected);
  });
});

describe('a query reaches to its end', () => {
  it.each([
    ['CREATE VIEW v AS SELECT a FROM t AS x (y)', 'SELECT a FROM t AS x (y)'],
    [
      'CREATE VIEW v AS SELECT a FROM (SELECT 1 b) q ORDER BY a DESC FETCH FIRST 2 ROWS ONLY;',
      'SELECT a FROM (SELECT 1 b) q ORDER BY a DESC FETCH FIRST 2 ROWS ONLY',
    ],
    ['CREATE VIEW v AS SELECT a b', 'SELECT a b'],
    ['CREATE VIEW v AS VALUES (1), ((2))', 'VALUES (1), ((2))'],
    ['CREATE VIEW v AS SELECT 1 x UNION SELECT (2) AS y', 'SELECT 1 x UNION SELECT (2) AS y'],
    ['CREATE VIEW v AS FROM t SELECT a b WHERE ((c))', 'FROM t SELECT a b WHERE ((c))'],
    [
      'CREATE VIEW v AS WITH a AS (SELECT 1 x) SELECT * FROM a b LIMIT 1',
      'WITH a AS (SELECT 1 x) SELECT * FROM a b LIMIT 1',
    ],
    ["COPY (SELECT a b FROM t c) TO 'x'", 'SELECT a b FROM t c'],
  ])('%s', async (sql, expected) => {
    const statement = await parseStatement(sql);
    if (!('query' in statement)) throw new Error('no query');
    expect(sql.slice(statement.query.span.start, statement.query.span.end)).toBe(expected);
  });
});

describe('a syntax error in what is rewritten points at what was written', () => {
  it.each([
    ['FROM t SELECT a b c', '1 | FROM t SELECT a b c\n                      ^'],
    [
      'SELECT a FROM t QUALIFY b = ORDER BY c',
      '1 | SELECT a FROM t QUALIFY b = ORDER BY c\n                                ^^^^^',
    ],
    ['SELECT TRY_CAST(a AS) + ?', '1 | SELECT TRY_CAST(a AS) + ?\n                        ^'],
    ['SELECT [1, 2 3]', '1 | SELECT [1, 2 3]\n                 ^'],
    ['SELECT ?, ? ?', '1 | SELECT ?, ? ?\n                ^'],
    ['DESCRIBE t u v', '1 | DESCRIBE t u v\n                 ^'],
  ])('%s', async (sql, shown) => {
    const error: unknown = await parse(sql).catch((thrown: unknown) => thrown);
    if (!(error instanceof SquallError)) throw new Error('no error');
    expect(renderError(error, sql).split('\n').slice(2, 4).join('\n')).toBe(shown);
  });
});
