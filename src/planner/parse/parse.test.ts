import { describe, expect, it } from 'vitest';
import { SquallError } from '../../common/errors.ts';
import { parse, parseStatement } from './parse.ts';

/** The AST with the text of each span in place of the span, kinds and names only. */
function outline(node: unknown, sql: string): unknown {
  if (Array.isArray(node)) return node.map((item) => outline(item, sql));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => {
      if (key === 'span') return [['text', sql.slice(value.start, value.end)]];
      const isAbsent = value === null || value === false || (Array.isArray(value) && value.length === 0);
      return isAbsent ? [] : [[key, outline(value, sql)]];
    }),
  );
}

async function select(sql: string): Promise<Record<string, unknown>> {
  const statement = await parseStatement(sql);
  if (statement.kind !== 'select') throw new Error('no SELECT');
  return outline(statement.query.body, sql) as Record<string, unknown>;
}

const item = async (expr: string) => {
  const body = await select(`SELECT ${expr} FROM t`);
  return (body.items as Record<string, unknown>[])[0] as Record<string, unknown>;
};

describe('spans are the text that was written', () => {
  it.each([
    ['(a + b) * c', '(a + b) * c'],
    ['- 5', '- 5'],
    ['count ( * )', 'count ( * )'],
    ['sum(x) FILTER (WHERE y) ', 'sum(x) FILTER (WHERE y)'],
    ['t."A b".c', 't."A b".c'],
    ["date '1998-12-01'", "date '1998-12-01'"],
    ["interval '90' day (3)", "interval '90' day (3)"],
    ["timestamp with time zone '2020-01-01'", "timestamp with time zone '2020-01-01'"],
    ['x::decimal(15, 2)', 'x::decimal(15, 2)'],
    ['CAST(x AS double precision)', 'CAST(x AS double precision)'],
    ['CASE WHEN (CASE WHEN a THEN b END) THEN 1 END', 'CASE WHEN (CASE WHEN a THEN b END) THEN 1 END'],
    ['a IN (1, (2))', 'a IN (1, (2))'],
    ['a IS NOT NULL', 'a IS NOT NULL'],
    ['EXISTS (SELECT 1)', 'EXISTS (SELECT 1)'],
    ['extract(year FROM d)', 'extract(year FROM d)'],
    ["'é😀' || ñ", "'é😀' || ñ"],
    ['NOT (a AND b)', 'NOT (a AND b)'],
  ])('%s', async (expr, text) => {
    expect(((await item(expr)).expr as Record<string, unknown>).text).toBe(text);
  });
});

describe('expressions', () => {
  it('numbers keep their digits', async () => {
    const statement = await parseStatement('SELECT -9223372036854775808, 0.1234567890123456789, 12.10, 0, false');
    const items =
      statement.kind === 'select' && statement.query.body.kind === 'select' ? statement.query.body.items : [];
    expect(items.map(({ expr }) => ('text' in expr ? expr.text : 'value' in expr ? expr.value : null))).toEqual([
      '-9223372036854775808',
      '0.1234567890123456789',
      '12.10',
      '0',
      false,
    ]);
  });

  it('AND binds tighter than OR, IS DISTINCT FROM takes a text', async () => {
    expect((await select("SELECT 1 FROM t WHERE a OR b AND c IS DISTINCT FROM 'x.parquet'")).where).toMatchObject({
      kind: 'or',
      args: [
        { kind: 'column' },
        { kind: 'and', args: [{}, { kind: 'isDistinct', right: { kind: 'string', value: 'x.parquet' } }] },
      ],
    });
  });

  it('special forms are calls, LIKE keeps its escape', async () => {
    expect((await item('coalesce(a, 1)')).expr).toMatchObject({ kind: 'call', name: 'coalesce' });
    expect((await item("substring('a' FROM 2 FOR 3)")).expr).toMatchObject({ kind: 'call', name: 'substring' });
    expect((await item("trim(both 'x' FROM 'y')")).expr).toMatchObject({ kind: 'call', name: 'btrim' });
    expect((await item('current_date')).expr).toMatchObject({ kind: 'call', name: 'current_date' });
    expect((await item("a NOT LIKE 'x' ESCAPE '!'")).expr).toMatchObject({
      kind: 'like',
      operator: 'like',
      negated: true,
      escape: { value: '!' },
    });
  });

  it('windows keep their frame', async () => {
    const { expr } = await item(
      'sum(x) OVER (PARTITION BY a ORDER BY b DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)',
    );
    expect(expr).toMatchObject({
      over: {
        partitionBy: [{ text: 'a' }],
        orderBy: [{ descending: true, text: 'b DESC' }],
        frame: { unit: 'rows', start: { kind: 'preceding', offset: { text: '1' } }, end: { kind: 'currentRow' } },
      },
    });
  });
});

describe('names', () => {
  it('keep their spelling, and whether they were quoted', async () => {
    expect(await select('SELECT Foo.Bar AS Baz, "Foo" AS "select", COUNT(X) N FROM Tbl AS T')).toMatchObject({
      items: [
        { alias: 'Baz', expr: { path: [{ name: 'Foo' }, { name: 'Bar' }] } },
        { alias: 'select', expr: { path: [{ name: 'Foo', quoted: true }] } },
        { alias: 'N', expr: { name: 'count' } },
      ],
      from: [{ path: [{ name: 'Tbl' }], alias: 'T' }],
    });
  });

  it('of more than 63 bytes are not cut', async () => {
    const long = `a_${'very_'.repeat(20)}long_name`;
    expect(await select(`SELECT ${long} AS "${long} é" FROM ${long} x`)).toMatchObject({
      items: [{ alias: `${long} é`, expr: { path: [{ name: long }] } }],
      from: [{ path: [{ name: long, text: long }], alias: 'x' }],
    });
  });

  it('may look like ours', async () => {
    expect(await select("SELECT squall_0_0_ FROM 'squall_1_'")).toMatchObject({
      items: [{ expr: { path: [{ name: 'squall_0_0_' }] } }],
      from: [{ kind: 'file', uri: 'squall_1_' }],
    });
  });
});

describe('a text in table position is a file', () => {
  it.each([
    ["SELECT * FROM 's3://b/*.parquet'", ['s3://b/*.parquet']],
    ["SELECT * FROM 'a.parquet' AS a, 'it''s.parquet' b", ['a.parquet', "it's.parquet"]],
    ["SELECT * FROM t WHERE a IN ('x', 'y') ORDER BY 'z'", []],
    ["SELECT * FROM (VALUES (1, 'x'), (2, 'y')) v, f('a', 'b'), 'c.parquet'", ['c.parquet']],
    ["SELECT * FROM t, (SELECT 'x', 'y') q, (WITH c AS (SELECT 1, 'z') SELECT * FROM c) r", []],
    ["SELECT substring('a' FROM 'b'), trim('x' FROM 'y'), extract(year FROM 'z') FROM t", []],
    ["SELECT * FROM t WHERE a IS DISTINCT FROM 'x' AND b IS NOT DISTINCT FROM 'y'", []],
  ])('%s', async (sql, uris) => {
    const { from } = (await select(sql)) as { from: { kind: string; uri: string }[] };
    expect(from.filter(({ kind }) => kind === 'file').map(({ uri }) => uri)).toEqual(uris);
  });

  it('in joins and in queries in FROM too', async () => {
    expect(
      await select("SELECT * FROM (SELECT 'x', a FROM 'in.parquet') q LEFT JOIN 'right.parquet' r ON q.a = 'k'"),
    ).toMatchObject({
      from: [
        {
          kind: 'join',
          type: 'left',
          left: { kind: 'subquery', alias: 'q', query: { body: { from: [{ kind: 'file', uri: 'in.parquet' }] } } },
          right: { kind: 'file', uri: 'right.parquet', text: "'right.parquet'" },
        },
      ],
    });
  });
});

describe('queries', () => {
  it('set operations bind as in SQL', async () => {
    expect(await select('SELECT 1 UNION SELECT 2 INTERSECT ALL SELECT 3')).toMatchObject({
      kind: 'setOperation',
      operator: 'union',
      right: { body: { kind: 'setOperation', operator: 'intersect', all: true } },
    });
  });

  it('WITH, ORDER BY, LIMIT and OFFSET', async () => {
    const sql = 'WITH c(a) AS (VALUES (1), (2)) SELECT a FROM c ORDER BY a DESC NULLS LAST LIMIT 3 OFFSET 1';
    const statement = await parseStatement(sql);
    expect(outline(statement, sql)).toMatchObject({
      text: sql,
      query: {
        with: [{ name: 'c', columns: ['a'], query: { body: { kind: 'values' } } }],
        orderBy: [{ descending: true, text: 'a DESC NULLS LAST' }],
        limit: { text: '3' },
        offset: { text: '1' },
      },
    });
  });

  it('statements are cut at semicolons, spans stay those of the whole text', async () => {
    const sql = "SELECT ';'; ; /* ; */ EXPLAIN (FORMAT json) SELECT é;";
    const statements = await parse(sql);
    expect(statements.map(({ kind, span }) => `${kind}: ${sql.slice(span.start, span.end)}`)).toEqual([
      "select: SELECT ';'",
      'explain: EXPLAIN (FORMAT json) SELECT é',
    ]);
    expect(await parse(' ; -- nothing')).toEqual([]);
  });

  it('EXPLAIN says what it wants', async () => {
    expect(await parseStatement('EXPLAIN ANALYZE SELECT 1')).toMatchObject({
      kind: 'explain',
      analyze: true,
      options: [],
    });
    expect(await parseStatement('EXPLAIN (ANALYZE false, FORMAT mermaid) SELECT 1')).toMatchObject({
      analyze: false,
      options: [{ name: 'format', value: 'mermaid' }],
    });
  });
});

describe('refused rather than misread', () => {
  const failure = async (sql: string) => {
    const error: unknown = await parse(sql).catch((thrown: unknown) => thrown);
    if (!(error instanceof SquallError)) return 'no error';
    return `${error.code} ${error.message} | ${sql.slice(error.span?.start, error.span?.end)}`;
  };

  it.each([
    ["SELECT x'1f'", "SQ2001 a bit string is not supported yet | x'1f'"],
    [
      'SELECT a FROM t FOR UPDATE',
      'SQ2001 a query with a locking clause (FOR UPDATE, FOR SHARE) is not supported yet | SELECT a FROM t',
    ],
    ['SELECT a INTO b FROM t', 'SQ2001 a query with INTO is not supported yet | SELECT a INTO b FROM t'],
    ['SELECT 1::varchar(10)', 'SQ2001 the type varchar with a length is not supported yet | varchar(10)'],
    ['SELECT 1::decimal', 'SQ2001 decimal without precision and scale is not supported yet | decimal'],
    ['SELECT 1::decimal(39, 2)', 'SQ1107 decimal(39,2) is out of range | decimal(39, 2)'],
    ['SELECT 1::foo', 'SQ1107 type "foo" does not exist | foo'],
    ['SELECT 1::int[3]', 'SQ2001 a list type of a fixed length is not supported yet | int[3]'],
    ['SELECT f(VARIADIC a) FROM t', 'SQ2001 f() with VARIADIC is not supported yet | f(VARIADIC a)'],
    ['SELECT a FROM ONLY t', 'SQ2001 FROM ONLY is not supported yet | t'],
    ['SELECT a FROM t TABLESAMPLE reservoir (1)', 'SQ2001 TABLESAMPLE RESERVOIR is not supported yet | reservoir'],
    ['INSERT INTO t VALUES (1)', 'SQ2001 INSERT is not supported yet | INSERT'],
    ['SELECT 1\0', 'SQ1001 the query contains a NUL character | \0'],
  ])('%s', async (sql, message) => {
    expect(await failure(sql)).toBe(message);
  });

  it('what is nested too deeply', async () => {
    const deep = (open: string, close: string, n: number) => `SELECT ${open.repeat(n)}1${close.repeat(n)}`;
    expect(await failure(deep('(', ')', 450))).toBe('no error');
    expect(await failure(deep('(', ')', 20_000))).toContain('SQ4005 the query is nested more than 500 levels deep');
    expect(await failure(deep('- ', '', 450).replace('1', 'a'))).toBe('no error');
    expect(await failure(deep('not ', '', 20_000))).toContain('SQ4005');
    expect(await failure(`SELECT 1${' + a'.repeat(30_000)}`)).toContain('SQ4005');
    expect(await failure(`SELECT 1 FROM t WHERE a${' OR a'.repeat(20_000)}`)).toBe('no error');
  });
});
