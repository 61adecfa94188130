import { expect, it } from 'vitest';
import { FakeCatalog, field } from '../../../test/plans/fake-catalog.ts';
import { INTEGER } from '../../common/types.ts';
import { formatLogical } from '../logical/format-logical.ts';
import { nodes } from '../logical/rewrite.ts';
import { verifyPlan } from '../logical/verify-plan.ts';
import { planQuery } from '../plan-query.ts';
import { removeRedundantJoins } from './remove-redundant-joins.ts';

const columns = ['a', 'b', 'c'].map((name) => field(name, INTEGER));
const catalog = new FakeCatalog({ t: { schema: columns }, u: { schema: columns } });

/** Joins that are left of a query. */
async function joins(sql: string): Promise<number> {
  const { optimized } = await planQuery(sql, { catalog });
  verifyPlan(optimized);
  return nodes(optimized).filter(({ kind }) => kind === 'join').length;
}

it.each([
  ['a group by its key', 'SELECT t.a FROM t LEFT JOIN (SELECT a, max(b) FROM u GROUP BY a) v ON t.a = v.a', 0],
  [
    'with more conditions',
    'SELECT t.a FROM t LEFT JOIN (SELECT a, max(b) AS m FROM u GROUP BY a) v ON t.a = v.a AND v.m > t.b',
    0,
  ],
  ['different rows', 'SELECT count(*) FROM t LEFT JOIN (SELECT DISTINCT a, b FROM u) v ON t.a = v.a AND t.b = v.b', 0],
  ['one row', 'SELECT t.a FROM t LEFT JOIN (SELECT a FROM u LIMIT 1) v ON t.a = v.a', 0],
  ['the one row of an aggregation', 'SELECT t.a FROM t, (SELECT count(*) FROM u) v', 0],
  [
    'a scalar query that nobody reads',
    'SELECT x.a FROM (SELECT a, (SELECT max(b) FROM u WHERE u.a = t.a) FROM t) x',
    0,
  ],
  ['a column is read', 'SELECT t.a, v.m FROM t LEFT JOIN (SELECT a, max(b) AS m FROM u GROUP BY a) v ON t.a = v.a', 1],
  ['a part of the key', 'SELECT t.a FROM t LEFT JOIN (SELECT DISTINCT a, b FROM u) v ON t.a = v.a', 1],
  ['no key', 'SELECT t.a FROM t LEFT JOIN u ON t.a = u.a', 1],
  ['rows are removed', 'SELECT t.a FROM t JOIN (SELECT a FROM u GROUP BY a) v ON t.a = v.a', 1],
  ['one row or none', 'SELECT t.a FROM t, (SELECT a FROM u LIMIT 1) v', 1],
  ['grouping sets', 'SELECT t.a FROM t LEFT JOIN (SELECT a FROM u GROUP BY ROLLUP (a)) v ON t.a = v.a', 1],
  ['rows of the right side', 'SELECT v.a FROM t RIGHT JOIN (SELECT a FROM u GROUP BY a) v ON t.a = v.a', 1],
])('%s', async (_what, sql, expected) => {
  expect(await joins(sql)).toBe(expected);
});

it('keeps the order of columns that are read by position', async () => {
  const side = 'SELECT t.b, t.a FROM t LEFT JOIN (SELECT DISTINCT a FROM u) v ON t.a = v.a';
  const { optimized } = await planQuery(`${side} UNION ALL ${side}`, { catalog });
  verifyPlan(optimized);
  expect(formatLogical(optimized)).not.toContain('join');
  expect(removeRedundantJoins.apply(optimized, { ids: null as never })).toBe(optimized);
});
