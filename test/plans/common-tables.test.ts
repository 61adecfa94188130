import { describe, expect, it } from 'vitest';
import { StorageError } from '../../src/common/errors.ts';
import { formatLogical } from '../../src/planner/logical/format-logical.ts';
import { parseStatement } from '../../src/planner/parse/parse.ts';
import type { View } from '../../src/planner/statements/views.ts';
import { boundPlan, boundTexts, catalog } from './bound-plan.ts';
import { refusalOf } from './refusal.ts';
import { answersAsDuckDb } from './small-tables.ts';

/** Meant alike by PostgreSQL, DuckDB and Squall; ordered, so that rows compare one by one. */
const QUERIES = [
  'WITH q AS (SELECT k, x FROM a WHERE x > 10) SELECT * FROM q ORDER BY x',
  'WITH q AS (SELECT k, x FROM a), r AS (SELECT k, sum(x) AS s FROM q GROUP BY k) SELECT q.x, r.s FROM q JOIN r ON q.k = r.k ORDER BY x NULLS LAST',
  'WITH q(i, j) AS (SELECT k, x FROM a) SELECT p.j, q.j FROM q AS p JOIN q ON p.i = q.i ORDER BY 1 NULLS LAST, 2 NULLS LAST',
  'WITH a AS (SELECT k FROM b) SELECT k FROM a ORDER BY k NULLS LAST',
  'WITH q AS MATERIALIZED (SELECT k FROM a) SELECT count(*) FROM q AS q1, q AS q2 WHERE q1.k = q2.k',
  'WITH q AS NOT MATERIALIZED (SELECT k FROM a) SELECT count(*) FROM q AS q1, q AS q2 WHERE q1.k = q2.k',
  'WITH q AS (SELECT k FROM a) SELECT (SELECT count(*) FROM q WHERE q.k = b.k) FROM b ORDER BY y NULLS LAST',
  'SELECT x, (WITH q AS (SELECT y FROM b WHERE b.k = a.k) SELECT max(p.y) FROM q AS p, q) FROM a ORDER BY x NULLS LAST',
  'WITH q AS (WITH r AS (SELECT k + 1 AS k FROM a) SELECT k FROM r UNION ALL SELECT k FROM a) SELECT k FROM q ORDER BY k NULLS LAST',
  'WITH q AS (SELECT 1 AS n), r AS (WITH q AS (SELECT 2 AS n) SELECT n FROM q) SELECT q.n, r.n FROM q, r',
  'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t ORDER BY n',
  'WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 100) SELECT sum(n) FROM t',
  'WITH RECURSIVE r AS (SELECT 1 AS node UNION SELECT dst FROM edges JOIN r ON src = node) SELECT node FROM r ORDER BY node',
  'WITH RECURSIVE r(node, depth) AS (SELECT 1, 0 UNION ALL SELECT dst, depth + 1 FROM r, edges WHERE src = node AND depth < 6) SELECT depth, node FROM r ORDER BY depth, node',
  'WITH RECURSIVE f(i, p, q) AS (SELECT 1, 0::bigint, 1::bigint UNION ALL SELECT i + 1, q, p + q FROM f WHERE i < 20) SELECT max(p) FROM f',
  'WITH q AS (SELECT k, count(*) AS n FROM a GROUP BY k) SELECT q.k FROM q WHERE n = (SELECT max(n) FROM q) ORDER BY 1',
  'WITH q AS (SELECT * FROM a WHERE x > (SELECT avg(x) FROM a)) SELECT b.y FROM b WHERE EXISTS (SELECT 1 FROM q WHERE q.k = b.k) OR b.k IN (SELECT k FROM q) ORDER BY 1',
  'WITH RECURSIVE r AS (SELECT src, dst FROM edges UNION SELECT r.src, edges.dst FROM r JOIN edges ON r.dst = edges.src) SELECT src, dst FROM r ORDER BY 1, 2',
  'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n * 2 FROM t WHERE n < 50), u AS (SELECT n FROM t WHERE n > 4) SELECT sum(u.n), count(*) FROM u JOIN t ON u.n = t.n',
  'WITH RECURSIVE t AS (SELECT k, x FROM a), u(n) AS (SELECT count(*) FROM t UNION ALL SELECT n - 1 FROM u WHERE n > 0) SELECT n FROM u ORDER BY n',
  'SELECT x FROM a WHERE k IN (WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 2) SELECT n FROM t) ORDER BY x',
  'SELECT x, (WITH RECURSIVE t(n) AS (SELECT a.k UNION ALL SELECT n - 1 FROM t WHERE n > 1) SELECT sum(n) FROM t) AS s FROM a ORDER BY x NULLS LAST',
] as const;

describe('common tables give what DuckDB gives', () => {
  answersAsDuckDb(QUERIES);
});

it('binds WITH, WITH RECURSIVE and views', async () => {
  const plans = await boundTexts([
    'WITH q AS (SELECT k FROM a), unread AS (SELECT k FROM b) SELECT p.k FROM q AS p, q',
    'WITH q(i) AS MATERIALIZED (SELECT k FROM a) SELECT i FROM q WHERE i IN (SELECT i FROM q)',
    'WITH q AS (SELECT k FROM a), r AS (SELECT k FROM q), unread AS (SELECT k FROM q) SELECT k FROM r',
    'WITH a AS (SELECT k FROM a) SELECT k FROM a',
    'WITH q AS (WITH q AS (SELECT x FROM a) SELECT x AS k FROM q) SELECT k FROM q',
    'SELECT (WITH q AS (SELECT y FROM b WHERE b.k = a.k) SELECT max(y) FROM q) FROM a',
    'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t',
    'WITH RECURSIVE t(n) AS (SELECT 1 UNION SELECT dst FROM t JOIN edges ON src = n) SELECT n FROM t',
    'WITH RECURSIVE t(n) AS (SELECT 1.5 UNION ALL SELECT n + 2.5 FROM t WHERE n < 99) SELECT n FROM t',
    'WITH RECURSIVE t AS (SELECT k FROM a), u AS (SELECT k FROM t UNION SELECT k FROM b) SELECT k FROM u',
    'WITH RECURSIVE t(n) AS (WITH s AS (SELECT 1 AS i) SELECT i FROM s UNION ALL SELECT n + i FROM t, s WHERE n < 9) SELECT n FROM t',
  ]);
  await expect(plans).toMatchFileSnapshot('snapshots/common-tables.txt');
});

it('looks a table up once, and none that WITH hides', async () => {
  const seen: string[] = [];
  const counting = {
    names: () => catalog.names(),
    resolve: (reference: Parameters<typeof catalog.resolve>[0]) => {
      seen.push(reference.kind === 'name' ? reference.path.map(({ name }) => name).join('.') : reference.uris.join());
      return catalog.resolve(reference);
    },
  };
  const message = await refusalOf(
    "WITH b AS (SELECT k FROM a) SELECT 1 FROM b JOIN a USING (k) WHERE k IN (SELECT k FROM a AS i) OR EXISTS (FROM 'f.parquet') OR missing",
    { catalog: counting },
  );
  expect(message).toBe('SQ1102 column "missing" does not exist | missing | b: k; a: k, x, s');
  expect(seen).toEqual(['a', 'f.parquet']);
});

it('throws the first failure in the text when tables cannot be read', async () => {
  const failing = {
    names: () => [],
    resolve: async (reference: Parameters<typeof catalog.resolve>[0]) => {
      const uri = reference.kind === 'files' ? reference.uris.join() : 'a name';
      // The later ones fail sooner.
      if (uri === 'one') await new Promise((resolve) => setImmediate(resolve));
      throw new StorageError('SQ5001', `${uri} does not exist`);
    },
  };
  const message = await refusalOf("SELECT 1 FROM 'one' AS p, (SELECT 1 FROM 'two') AS q, r", { catalog: failing });
  expect(message).toBe("SQ5001 one does not exist | 'one' | ");
});

describe('views', () => {
  const viewsOf = async (definitions: Readonly<Record<string, string>>) => {
    const views = new Map<string, View>();
    for (const [name, sql] of Object.entries(definitions)) {
      const statement = await parseStatement(sql);
      if (statement.kind !== 'select') throw new Error('not a query');
      views.set(name, { name, sql, query: statement.query, columns: name === 'w' ? ['i'] : [] });
    }
    return {
      find: ({ name }: { readonly name: string }) => views.get(name.toLowerCase()) ?? null,
      names: () => [...views.keys()],
    };
  };

  it('stand for their queries', async () => {
    const views = await viewsOf({ v: 'SELECT k, x FROM a WHERE x > 1', w: 'SELECT v.k, x FROM v JOIN b USING (k)' });
    const plan = await boundPlan('WITH a AS (SELECT 1) SELECT p.i, p.x, q.n FROM w AS p, V AS q(n)', views);
    await expect(formatLogical(plan)).toMatchFileSnapshot('snapshots/views.txt');
  });

  it('point errors at where they are named', async () => {
    const views = await viewsOf({ v: 'SELECT k, z FROM a', loop: 'SELECT * FROM loop' });
    await expect(boundPlan('SELECT 1 FROM v', views)).rejects.toMatchObject({
      code: 'SQ1102',
      message: 'view "v": column "z" does not exist',
      span: { start: 14, end: 15 },
      hint: 'a: k, x, s',
    });
    await expect(boundPlan('SELECT 1 FROM loop', views)).rejects.toMatchObject({
      message: 'view "loop": view "loop" reads itself',
      span: { start: 14, end: 18 },
    });
    await expect(boundPlan('SELECT 1 FROM lop', views)).rejects.toMatchObject({ hint: 'did you mean "loop"?' });
  });
});

const WHERE = 'name "t" once in FROM of the query after UNION';
const recursive = (query: string) => `WITH RECURSIVE t(n) AS (${query}) SELECT n FROM t`;

it.each([
  [
    'WITH q AS (SELECT 1), Q AS (SELECT 2) SELECT 1',
    'SQ1111 WITH names "Q" twice | Q AS (SELECT 2) | give each query its own name',
  ],
  [
    'WITH q(i, j) AS (SELECT 1) SELECT 1',
    'SQ1105 q has 1 column, not 2 | q(i, j) AS (SELECT 1) | give a name to at most as many columns as there are',
  ],
  ['WITH q AS (SELECT zz FROM a) SELECT 1', 'SQ1102 column "zz" does not exist | zz | a: k, x, s'],
  [
    'WITH q AS (SELECT 1 FROM r), r AS (SELECT 1) SELECT 1',
    'SQ1101 table "r" does not exist | r | WITH names it later, or it names itself: put it first, or write WITH RECURSIVE',
  ],
  [
    'WITH q AS (SELECT 1 FROM q) SELECT 1',
    'SQ1101 table "q" does not exist | q | WITH names it later, or it names itself: put it first, or write WITH RECURSIVE',
  ],
  ['WITH qq AS (SELECT 1) SELECT 1 FROM q', 'SQ1101 table "q" does not exist | q | did you mean "qq"?'],
  [
    recursive('SELECT n FROM t'),
    `SQ2001 WITH RECURSIVE that names "t" in a query without UNION is not supported | t | ${WHERE}`,
  ],
  [
    recursive('SELECT n FROM t UNION SELECT 1'),
    `SQ2001 WITH RECURSIVE that names "t" in the first query of its UNION is not supported | t | ${WHERE}`,
  ],
  [
    recursive('SELECT 1 UNION SELECT t.n FROM t, t AS u'),
    `SQ2001 WITH RECURSIVE that names "t" twice is not supported | t | ${WHERE}`,
  ],
  [
    recursive('SELECT 1 UNION SELECT 2 WHERE EXISTS (SELECT 1 FROM t)'),
    `SQ2001 WITH RECURSIVE that names "t" in a query inside an expression is not supported | t | ${WHERE}`,
  ],
  [
    recursive('SELECT 1 UNION SELECT n FROM a LEFT JOIN t ON true'),
    `SQ2001 WITH RECURSIVE that names "t" in the side of an outer join that may be NULL is not supported | t | ${WHERE}`,
  ],
  [
    recursive('SELECT 1 UNION SELECT n FROM t RIGHT JOIN a ON true'),
    `SQ2001 WITH RECURSIVE that names "t" in the side of an outer join that may be NULL is not supported | t | ${WHERE}`,
  ],
  [
    recursive('SELECT 1 UNION (SELECT 2 EXCEPT SELECT n FROM t)'),
    `SQ2001 WITH RECURSIVE that names "t" in EXCEPT is not supported | t | ${WHERE}`,
  ],
  [
    recursive('SELECT 1 UNION (SELECT 2 INTERSECT ALL SELECT n FROM t)'),
    `SQ2001 WITH RECURSIVE that names "t" in INTERSECT is not supported | t | ${WHERE}`,
  ],
  [
    recursive('SELECT 1 UNION SELECT n FROM t ORDER BY 1'),
    `SQ2001 WITH RECURSIVE that names "t" in a UNION with ORDER BY, LIMIT or OFFSET is not supported | t | ${WHERE}`,
  ],
  [
    recursive('SELECT 1 UNION SELECT max(n) FROM t'),
    'SQ2001 WITH RECURSIVE that aggregates "t" in its own step is not supported | SELECT max(n) FROM t | aggregate in the query that reads it',
  ],
  [
    recursive("SELECT 1 UNION SELECT n || 'x' FROM t"),
    'SQ1105 column 1 of "t" is integer in the first query and varchar in the second | t(n) AS (SELECT 1 UNION SELECT n || \'x\' FROM t) | cast it in the first query: CAST(… AS varchar)',
  ],
  [
    recursive('SELECT 1.5 UNION SELECT n * 1.5 FROM t'),
    'SQ1105 column 1 of "t" is decimal(2,1) in the first query and decimal(4,2) in the second | t(n) AS (SELECT 1.5 UNION SELECT n * 1.5 FROM t) | cast it in the second query: CAST(… AS decimal(2,1))',
  ],
  [
    recursive('SELECT 1 UNION SELECT n, n FROM t'),
    'SQ1105 the queries of "t" have 1 and 2 columns | t(n) AS (SELECT 1 UNION SELECT n, n FROM t) | select as many columns in each of them',
  ],
])('%s', async (sql, message) => {
  expect(await refusalOf(sql, { catalog })).toBe(message);
});
