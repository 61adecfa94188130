import { describe, expect, it } from 'vitest';
import { FakeCatalog, field } from '../../../../test/plans/fake-catalog.ts';
import { INTEGER, type SqlType } from '../../../common/types.ts';
import { ColumnIds } from '../../bind/bind-context.ts';
import { formatLogical } from '../../logical/format-logical.ts';
import { verifyPlan } from '../../logical/verify-plan.ts';
import { planQuery } from '../../plan-query.ts';
import { checkQuery, checkRandomQueries } from '../fixtures/check-query.ts';
import { evaluate, type Tables } from '../fixtures/evaluate.ts';
import { decorrelate } from './decorrelate.ts';

const numbers = ['a', 'b', 'c'].map((name) => field(name, INTEGER));
const LIST: SqlType = { kind: 'list', element: INTEGER };
const catalog = new FakeCatalog({
  r: { schema: numbers },
  s: { schema: numbers },
  t: { schema: numbers },
  l: { schema: [field('k', INTEGER), field('list', LIST)] },
});

const FIXED: Tables = {
  r: [
    [1, 2, 3],
    [1, null, 4],
    [2, 2, null],
    [null, 5, 1],
    [3, 0, 0],
  ],
  s: [
    [1, 2, 7],
    [1, 3, 8],
    [2, null, 9],
    [null, 1, 2],
  ],
  t: [
    [2, 1, 1],
    [1, 1, 1],
    [4, null, 2],
  ],
  l: [
    [1, [1, 2]],
    [2, []],
    [3, null],
    [4, [5, null]],
  ],
};

async function decorrelated(sql: string): Promise<string> {
  const { logical } = await planQuery(sql, { catalog });
  const context = { ids: new ColumnIds(100_000) };
  const plan = decorrelate.apply(logical, context);
  verifyPlan(plan);
  expect(decorrelate.apply(plan, context)).toBe(plan);
  return formatLogical(plan);
}

describe('decorrelate', () => {
  it('groups an aggregate by what it is correlated by', async () => {
    expect(await decorrelated('SELECT r.a FROM r WHERE r.b < (SELECT 2 * max(s.b) FROM s WHERE s.a = r.a)')).toBe(
      [
        'Project a',
        '  Filter b < 2 * max(s.b)',
        '    Left join on a = a',
        '      Scan r [a, b, c]',
        '      Aggregate max(b) by a',
        '        Scan s [a, b, c]',
      ].join('\n'),
    );
  });

  it('counts nothing as 0', async () => {
    expect(await decorrelated('SELECT (SELECT count(*) FROM s WHERE s.a = r.a) AS n FROM r')).toBe(
      [
        'Project coalesce(count(*), 0) AS n',
        '  Left join on a = a',
        '    Scan r [a, b, c]',
        '    Aggregate count(*) by a',
        '      Scan s [a, b, c]',
      ].join('\n'),
    );
  });

  it('takes EXISTS with all of its conditions into the join', async () => {
    expect(await decorrelated('SELECT a FROM r WHERE EXISTS (SELECT 1 FROM s WHERE s.a = r.a AND s.b <> r.b)')).toBe(
      [
        'Project a',
        '  Filter exists',
        '    Mark join on a = a AND b <> b',
        '      Scan r [a, b, c]',
        '      Scan s [a, b, c]',
      ].join('\n'),
    );
  });

  it('computes over the distinct outer values where there is no equality', async () => {
    expect(await decorrelated('SELECT (SELECT sum(s.b) FROM s WHERE s.a < r.a) AS n FROM r')).toBe(
      [
        'Project sum(s.b) AS n',
        '  Left join on a IS NOT DISTINCT FROM a',
        '    Scan r [a, b, c]',
        '    Aggregate sum(b) by a',
        '      Inner join on a < a',
        '        Aggregate by a',
        '          Scan r [a, b, c]',
        '        Scan s [a, b, c]',
      ].join('\n'),
    );
  });

  it('joins what reads nothing outside', async () => {
    expect(await decorrelated('SELECT a FROM r WHERE b > (SELECT max(b) FROM s)')).toBe(
      [
        'Project a',
        '  Filter b > max(b)',
        '    Inner join',
        '      Scan r [a, b, c]',
        '      Project max(b)',
        '        Aggregate max(b)',
        '          Scan s [a, b, c]',
      ].join('\n'),
    );
  });

  it('unnests lists of the outer row without a join', async () => {
    expect(await decorrelated('SELECT k, x FROM l, unnest(l.list) AS u(x)')).toBe(
      ['Project k, x', '  Unnest list', '    Scan l [k, list]'].join('\n'),
    );
  });

  it.each([
    'SELECT a, (SELECT count(*) FROM s WHERE s.a = r.a AND s.b < r.b) FROM r',
    'SELECT a, (SELECT count(*) + r.b FROM s WHERE s.a = r.a HAVING count(*) < 1) FROM r',
    'SELECT a, (SELECT s.b FROM s WHERE s.a = r.a ORDER BY s.b DESC LIMIT 1) FROM r',
    'SELECT a, (SELECT s.b FROM s WHERE s.a = r.a ORDER BY s.b LIMIT 1 OFFSET 1) FROM r',
    'SELECT a, (SELECT s.b FROM s WHERE s.a = r.a) FROM r',
    'SELECT a, (SELECT s.b FROM s WHERE s.a = r.a AND s.b = 2) FROM r',
    'SELECT a FROM r WHERE b IN (SELECT s.b FROM s WHERE s.a = r.a)',
    'SELECT a FROM r WHERE b NOT IN (SELECT s.b FROM s WHERE s.a = r.a)',
    'SELECT a, b NOT IN (SELECT s.b FROM s WHERE s.a = r.a) FROM r',
    'SELECT a FROM r WHERE b NOT IN (SELECT s.b FROM s)',
    'SELECT a FROM r WHERE b NOT IN (SELECT s.b FROM s WHERE s.b IS NOT NULL)',
    'SELECT a FROM r WHERE (a, b) IN (SELECT s.a, s.b FROM s WHERE s.c > r.c)',
    'SELECT a, b > ALL (SELECT s.b FROM s WHERE s.a = r.a), b <= ANY (SELECT s.b FROM s WHERE s.a <> r.a) FROM r',
    'SELECT a, EXISTS (SELECT count(*) FROM s WHERE s.a = r.a) FROM r',
    'SELECT a, EXISTS (SELECT 1 FROM s WHERE s.a = r.a LIMIT 0), EXISTS (SELECT s.b FROM s WHERE s.a = r.a LIMIT 2) FROM r',
    'SELECT a, (SELECT r.b + 1), (SELECT r.a WHERE r.b = 2) FROM r',
    'SELECT r.a, q.x FROM r, LATERAL (VALUES (r.a), (r.b + 1), (7)) AS q(x)',
    'SELECT r.a, q.x FROM r LEFT JOIN LATERAL (SELECT r.a + 1 AS x) AS q ON r.b = 2',
    'SELECT r.a, q.n FROM r CROSS JOIN LATERAL (SELECT count(*) AS n FROM s WHERE s.a = r.a) AS q',
    'SELECT r.a, q.n FROM r LEFT JOIN LATERAL (SELECT count(*) AS n FROM s WHERE s.a = r.a) AS q ON q.n = 0',
    'SELECT r.a, q.x FROM r LEFT JOIN LATERAL (SELECT s.b + r.b AS x, 5 AS y FROM s WHERE s.a = r.a) AS q ON q.y = 5',
    'SELECT r.a, q.* FROM r, LATERAL (SELECT s.b FROM s WHERE s.a = r.a UNION SELECT t.b FROM t WHERE t.a < r.a) AS q',
    'SELECT r.a, q.* FROM r, LATERAL (SELECT s.b FROM s WHERE s.a = r.a EXCEPT ALL SELECT t.b FROM t) AS q',
    'SELECT r.a, q.* FROM r, LATERAL (SELECT s.a, t.b FROM s FULL JOIN t ON s.a = t.a AND s.b > r.b) AS q',
    'SELECT r.a, q.* FROM r, LATERAL (SELECT s.a, t.b FROM s LEFT JOIN t ON s.a = t.a AND t.b = r.b) AS q',
    'SELECT r.a, q.* FROM r, LATERAL (SELECT s.a, t.b FROM s RIGHT JOIN t ON s.a = t.a AND s.b = r.b WHERE t.c < r.c) AS q',
    'SELECT r.a, q.* FROM r, LATERAL (SELECT s.b, row_number() OVER (ORDER BY s.b, s.c) FROM s WHERE s.a = r.a) AS q',
    'SELECT r.a, q.* FROM r, LATERAL (SELECT DISTINCT s.a FROM s WHERE s.b < r.b) AS q',
    'SELECT r.a, q.* FROM r, LATERAL (SELECT s.a, count(*) FROM s WHERE s.b < r.b GROUP BY ROLLUP (s.a)) AS q',
    'SELECT r.a, q.* FROM r, LATERAL (SELECT s.a, count(*) FROM s WHERE s.b = r.b GROUP BY GROUPING SETS ((s.a), ())) AS q',
    'SELECT r.a, q.x FROM r, LATERAL (WITH w AS MATERIALIZED (SELECT s.b + r.b AS x FROM s) SELECT w.x FROM w, w AS v WHERE w.x = v.x) AS q',
    'SELECT r.a, q.x FROM r, LATERAL (WITH RECURSIVE w(x) AS (SELECT r.a UNION ALL SELECT x + 1 FROM w WHERE x < r.b) SELECT x FROM w) AS q',
    'SELECT r.a, q.x FROM r, LATERAL (WITH RECURSIVE w(x) AS (SELECT r.a UNION SELECT s.b FROM w, s WHERE s.a = w.x AND s.c > r.c) SELECT x FROM w) AS q',
    'SELECT a, (SELECT (SELECT max(t.a) + s.b FROM t WHERE t.b = r.b AND t.c < s.c) FROM s WHERE s.a = r.a ORDER BY 1 LIMIT 1) FROM r',
    'SELECT a FROM r WHERE EXISTS (SELECT 1 FROM s WHERE s.a = r.a AND NOT EXISTS (SELECT 1 FROM t WHERE t.a = s.b AND t.b < r.b))',
    'SELECT a, sum(b) FROM r GROUP BY a HAVING sum(b) > (SELECT min(s.b) FROM s WHERE s.a = r.a)',
    'SELECT a, (SELECT sum(s.b + r.b) FROM s) FROM r',
    'SELECT k, x FROM l LEFT JOIN unnest(l.list) AS u(x) ON true',
    'SELECT k, (SELECT sum(x) FROM unnest(l.list) AS u(x)) FROM l',
    'SELECT k, (SELECT count(*) FROM unnest(l.list) AS u(x) WHERE x > l.k) FROM l',
  ])('%s', async (sql) => {
    await checkQuery(sql, catalog, FIXED);
  });

  it('raises an error for several rows where it is asked for one', async () => {
    const { optimized } = await planQuery('SELECT (SELECT s.b FROM s WHERE s.a = r.a) FROM r', { catalog });
    await expect(evaluate(optimized, FIXED)).rejects.toThrow('a query inside an expression gave more than one row');
  });

  it('gives random nested queries the rows that they mean', () => checkRandomQueries(catalog, 0, 40), 60_000);
});
