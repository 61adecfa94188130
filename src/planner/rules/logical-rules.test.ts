import { describe, expect, it } from 'vitest';
import { FakeCatalog, field } from '../../../test/plans/fake-catalog.ts';
import { INTEGER } from '../../common/types.ts';
import { ColumnIds } from '../bind/bind-context.ts';
import { formatLogical } from '../logical/format-logical.ts';
import { verifyPlan } from '../logical/verify-plan.ts';
import { planQuery } from '../plan-query.ts';
import { decorrelate } from './decorrelate/decorrelate.ts';
import { dropDistincts } from './drop-distincts.ts';
import { dropFalseFilters } from './drop-false-filters.ts';
import { dropSorts } from './drop-sorts.ts';
import { factorDisjunctions } from './factor-disjunctions.ts';
import { foldConstants } from './fold-constants.ts';
import { inferPredicates } from './infer-predicates.ts';
import { inlineCommonTables } from './inline-common-tables.ts';
import { marksToSemiJoins } from './marks-to-semi-joins.ts';
import { propagateEmpty } from './propagate-empty.ts';
import { pruneColumns } from './prune-columns.ts';
import { pushFilters } from './push-filters.ts';
import { pushLimits } from './push-limits.ts';
import { removeRenamings } from './remove-renamings.ts';
import type { Rule } from './rule.ts';
import { simplifyOuterJoins } from './simplify-outer-joins.ts';
import { simplifyRanges } from './simplify-ranges.ts';

const nullable = (...names: readonly string[]) => names.map((name) => field(name, INTEGER));
const catalog = new FakeCatalog({
  t: { schema: nullable('a', 'b', 'c') },
  u: { schema: nullable('d', 'e', 'f') },
  v: { schema: ['g', 'h'].map((name) => field(name, INTEGER, false)) },
});

/** The plan after some rules, each verified and repeated; without the columns of the scans. */
async function applied(sql: string, ...rules: readonly Rule[]): Promise<string> {
  const context = { ids: new ColumnIds(100_000) };
  let { logical: plan } = await planQuery(sql, { catalog });
  for (const rule of rules) {
    const next = rule.apply(plan, context);
    verifyPlan(next);
    expect(next.columns.map(({ id, name }) => [id, name])).toEqual(plan.columns.map(({ id, name }) => [id, name]));
    expect(rule.apply(next, context)).toBe(next);
    plan = next;
  }
  return formatLogical(plan).replaceAll(/ \[.*?\]/g, '');
}

const lines = (...text: readonly string[]) => text.join('\n');

describe('push_filters over joins', () => {
  const after = (from: string) => applied(`SELECT 1 AS x FROM ${from}`, foldConstants, pushFilters);

  it.each([
    [
      't, u WHERE a = d AND b = 1 AND e = 2 AND b < e',
      lines('Project 1 AS x', '  Inner join on a = d AND b < e', '    Scan t where b = 1', '    Scan u where e = 2'),
    ],
    [
      't LEFT JOIN u ON a = d AND e = 2 AND b = 3 WHERE c = 1 AND f IS NULL',
      lines(
        'Project 1 AS x',
        '  Filter f IS NULL',
        '    Left join on a = d AND b = 3',
        '      Scan t where c = 1',
        '      Scan u where e = 2',
      ),
    ],
    [
      't RIGHT JOIN u ON a = d AND b = 3 WHERE e = 1',
      lines('Project 1 AS x', '  Right join on a = d', '    Scan t where b = 3', '    Scan u where e = 1'),
    ],
    [
      't FULL JOIN u ON a = d AND b = 3 WHERE e = 1',
      lines('Project 1 AS x', '  Filter e = 1', '    Full join on a = d AND b = 3', '      Scan t', '      Scan u'),
    ],
    [
      't, u WHERE a = d AND 1 / b > 0 AND c = 1',
      lines('Project 1 AS x', '  Inner join on a = d AND 1 / b > 0', '    Scan t where c = 1', '    Scan u'),
    ],
    [
      't LEFT JOIN u ON a = d WHERE 1 / b > 0 AND f IS NULL AND 1 / c > 0',
      lines(
        'Project 1 AS x',
        '  Filter f IS NULL AND 1 / c > 0',
        '    Left join on a = d',
        '      Scan t where 1 / b > 0',
        '      Scan u',
      ),
    ],
    [
      '(SELECT a, sum(b) OVER (PARTITION BY a ORDER BY c) AS s FROM t) AS q WHERE a = 1 AND s > 2',
      lines(
        'Project 1 AS x',
        '  Project a, sum(b) OVER (PARTITION BY a ORDER BY c) AS s',
        '    Filter sum(b) OVER (PARTITION BY a ORDER BY c) > 2',
        '      Window sum(b) OVER (…) by a order c',
        '        Scan t where a = 1',
      ),
    ],
    [
      '(SELECT a FROM t UNION ALL SELECT d FROM u) AS q WHERE a = 1',
      lines(
        'Project 1 AS x',
        '  Union all',
        '    Project a',
        '      Scan t where a = 1',
        '    Project d',
        '      Scan u where d = 1',
      ),
    ],
  ])('%s', async (from, expected) => {
    const text = await after(from);
    expect(text.replace(/Window .* by a order c/, 'Window sum(b) OVER (…) by a order c')).toBe(expected);
  });
});

describe('marks_to_semi_joins', () => {
  const rules = [foldConstants, decorrelate, pushFilters, marksToSemiJoins];

  it.each([
    ['a IN (SELECT d FROM u)', 'Semi join on a = d'],
    ['a NOT IN (SELECT d FROM u)', 'Anti join in a = d'],
    ['a NOT IN (SELECT d FROM u WHERE e = b)', 'Anti join on b = e AND (a = d OR (a = d) IS NULL)'],
    ['EXISTS (SELECT 1 FROM u WHERE d = a)', 'Semi join on a = d'],
    ['NOT EXISTS (SELECT 1 FROM u WHERE d = a)', 'Anti join on a = d'],
  ])('%s', async (where, join) => {
    expect((await applied(`SELECT a FROM t WHERE ${where}`, ...rules)).split('\n')[1]).toBe(`  ${join}`);
  });

  it('needs no third value where nothing is NULL', async () => {
    const text = await applied('SELECT g FROM v WHERE g NOT IN (SELECT h FROM v AS w)', ...rules);
    expect(text.split('\n')[1]).toBe('  Anti join on g = h');
  });

  it('keeps a mark that something else reads', async () => {
    const text = await applied('SELECT a FROM t WHERE b = 1 OR EXISTS (SELECT 1 FROM u WHERE d = a)', ...rules);
    expect(text.split('\n').slice(1, 3)).toEqual(['  Filter b = 1 OR exists', '    Mark join on a = d']);
  });
});

describe('simplify_outer_joins', () => {
  it.each([
    ['t LEFT JOIN u ON a = d WHERE e > 1', 'Inner'],
    ['t LEFT JOIN u ON a = d WHERE e > 1 OR f = 2', 'Inner'],
    ['t LEFT JOIN u ON a = d WHERE e > 1 OR b = 2', 'Left'],
    ['t LEFT JOIN u ON a = d WHERE NOT (e > 1 AND b = 1)', 'Left'],
    ['t LEFT JOIN u ON a = d WHERE e IS NOT NULL', 'Inner'],
    ['t LEFT JOIN u ON a = d WHERE NOT (e IS NULL)', 'Inner'],
    ['t LEFT JOIN u ON a = d WHERE e IS NULL', 'Left'],
    ['t LEFT JOIN u ON a = d WHERE coalesce(e, 5) = 5', 'Left'],
    ['t LEFT JOIN u ON a = d WHERE e IN (1, 2)', 'Inner'],
    ['t LEFT JOIN u ON a = d WHERE e IS DISTINCT FROM 1', 'Left'],
    ['t LEFT JOIN u ON a = d WHERE b > 1', 'Left'],
    ['t RIGHT JOIN u ON a = d WHERE b > 1', 'Inner'],
    ['t FULL JOIN u ON a = d WHERE b > 1', 'Left'],
    ['t FULL JOIN u ON a = d WHERE e > 1', 'Right'],
    ['t FULL JOIN u ON a = d WHERE b > 1 AND e > 1', 'Inner'],
  ])('%s', async (from, type) => {
    const text = await applied(`SELECT 1 FROM ${from}`, foldConstants, simplifyOuterJoins);
    expect(/(\w+) join/.exec(text)?.[1]).toBe(type);
  });

  it('sees what joins above demand', async () => {
    const from = 't LEFT JOIN u ON a = d JOIN v ON e = g';
    expect(await applied(`SELECT 1 FROM ${from}`, simplifyOuterJoins)).toContain('    Inner join on a = d');
  });
});

describe('infer_predicates', () => {
  const where = (from: string) =>
    applied(`SELECT 1 AS x FROM ${from}`, foldConstants, factorDisjunctions, pushFilters, inferPredicates, pushFilters);

  it.each([
    [
      't, u WHERE a = d AND a IN (1, 2) AND a > 0',
      lines(
        'Project 1 AS x',
        '  Inner join on a = d',
        '    Scan t where a IN (1, 2) AND a > 0',
        '    Scan u where d IN (1, 2) AND d > 0',
      ),
    ],
    [
      't LEFT JOIN u ON a = d WHERE a = 5',
      lines('Project 1 AS x', '  Left join on a = d', '    Scan t where a = 5', '    Scan u where d = 5'),
    ],
    [
      't LEFT JOIN (SELECT * FROM u WHERE d = 5) AS q ON a = d',
      lines('Project 1 AS x', '  Left join on a = d', '    Scan t', '    Project d, e, f', '      Scan u where d = 5'),
    ],
    [
      't, u WHERE (b = 1 AND e = 2) OR (b = 3 AND e = 4)',
      lines(
        'Project 1 AS x',
        '  Inner join on b = 1 AND e = 2 OR b = 3 AND e = 4',
        '    Scan t where b IN (1, 3)',
        '    Scan u where e IN (2, 4)',
      ),
    ],
    [
      't, u WHERE a = d AND a IS NULL',
      lines('Project 1 AS x', '  Inner join on a = d', '    Scan t where a IS NULL', '    Scan u'),
    ],
  ])('%s', async (from, expected) => {
    expect(await where(from)).toBe(expected);
  });
});

describe('inline_common_tables', () => {
  const body = 'SELECT count(*) AS n FROM';

  it.each([
    ['read once', `WITH q AS (SELECT a, count(*) AS n FROM t GROUP BY a) ${body} q`, false],
    ['no more than a scan', `WITH q AS (SELECT a FROM t WHERE b = 1) ${body} q, q AS p`, false],
    ['read twice', `WITH q AS (SELECT DISTINCT a FROM t) ${body} q, q AS p`, true],
    ['not materialized', `WITH q AS NOT MATERIALIZED (SELECT DISTINCT a FROM t) ${body} q, q AS p`, false],
    ['materialized', `WITH q AS MATERIALIZED (SELECT a FROM t) ${body} q`, true],
  ])('%s', async (_, sql, stays) => {
    expect((await applied(sql, inlineCommonTables)).includes('With q')).toBe(stays);
  });
});

describe('simplify_ranges', () => {
  const rules = [foldConstants, pushFilters, simplifyRanges];

  it.each([
    ['a > 3 AND a > 5', 'a > 5'],
    ['a > 3 AND a >= 3', 'a > 3'],
    ['a < 3 AND a > 1 AND a <= 7', 'a < 3 AND a > 1'],
    ['a = 4 AND a > 3 AND a IN (4, 5)', 'a = 4'],
    ['a IN (1, 2) AND a = 3', 'false'],
    ['a > 3 AND a < 3', 'false'],
    ['a >= 3 AND a <= 3', 'a >= 3 AND a <= 3'],
    ['a = 1 AND 2 = a', 'false'],
    ['a IN (1)', 'a = 1'],
    ['a NOT IN (1)', 'a <> 1'],
    ['a = 1 AND b = 1 AND a = 1', 'a = 1 AND b = 1'],
    ['a > 1 AND b > 5 AND a > b', 'a > 1 AND b > 5 AND a > b'],
    ['a > NULL AND a > 3', 'false'],
    ['a <> 1 AND a <> 2', 'a <> 1 AND a <> 2'],
  ])('%s', async (where, expected) => {
    const text = await applied(`SELECT a FROM t WHERE ${where}`, ...rules);
    expect(/ where (.*)/.exec(text)?.[1]).toBe(expected);
  });
});

describe('propagate_empty', () => {
  const rules = [foldConstants, pushFilters, dropFalseFilters, propagateEmpty];

  it.each([
    ['SELECT a FROM t, u WHERE false', 'Values nothing'],
    ['SELECT a FROM t JOIN (SELECT d FROM u WHERE false) AS q ON a = d ORDER BY a', 'Values nothing'],
    ['SELECT a, count(*) FROM t WHERE false GROUP BY a', 'Values nothing'],
    ['SELECT a FROM t LIMIT 0', 'Values nothing'],
    ['SELECT count(*) FROM t WHERE false', lines('Project count(*)', '  Aggregate count(*)', '    Values nothing')],
    [
      'SELECT a FROM t WHERE false UNION SELECT d FROM u UNION SELECT g FROM v',
      lines('Union', '  Project d', '    Scan u', '  Project g', '    Scan v'),
    ],
    ['SELECT a FROM t WHERE false INTERSECT SELECT d FROM u', 'Values nothing'],
    [
      'SELECT a FROM t EXCEPT SELECT d FROM u WHERE false',
      lines('Except', '  Project a', '    Scan t', '  Values nothing'),
    ],
  ])('%s', async (sql, expected) => {
    expect((await applied(sql, ...rules)).replace('Union\n  Union', 'Union')).toBe(expected);
  });
});

describe('drop_distincts', () => {
  const rules = [foldConstants, decorrelate, pushFilters, marksToSemiJoins, dropDistincts];

  it.each([
    ['SELECT a FROM t WHERE a IN (SELECT DISTINCT d FROM u)', false],
    ['SELECT DISTINCT a, n FROM (SELECT a, count(*) AS n FROM t GROUP BY a) AS q', false],
    ['SELECT DISTINCT n FROM (SELECT a, count(*) AS n FROM t GROUP BY a) AS q', true],
    ['SELECT DISTINCT a FROM t', true],
    ['SELECT count(*) FROM (SELECT DISTINCT a FROM t) AS q', true],
    ['SELECT DISTINCT a FROM (SELECT a FROM t UNION SELECT d FROM u) AS q', false],
  ])('%s', async (sql, stays) => {
    const text = await applied(sql, ...rules);
    expect(/Aggregate by/.test(text)).toBe(stays);
  });
});

describe('drop_sorts', () => {
  it.each([
    ['SELECT count(*) FROM (SELECT a FROM t ORDER BY b) AS q', false],
    ['SELECT array_agg(a) FROM (SELECT a FROM t ORDER BY b) AS q', true],
    ['SELECT a FROM (SELECT a FROM t ORDER BY b) AS q, u', false],
    ['SELECT a FROM (SELECT a FROM t ORDER BY b LIMIT 3) AS q, u', true],
    ['SELECT a FROM (SELECT a FROM t ORDER BY b) AS q ORDER BY a', true],
    ['SELECT a FROM (SELECT a, b FROM t ORDER BY b) AS q', true],
  ])('%s', async (sql, stays) => {
    expect(/Sort/.test(await applied(sql, dropSorts))).toBe(stays);
  });
});

describe('push_limits', () => {
  it.each([
    ['SELECT a + 1 AS x FROM t LIMIT 5', lines('Project a + 1 AS x', '  Limit 5', '    Scan t')],
    [
      'SELECT a FROM t UNION ALL SELECT d FROM u LIMIT 5 OFFSET 2',
      lines(
        'Limit 5 offset 2',
        '  Union all',
        '    Project a',
        '      Limit 7',
        '        Scan t',
        '    Project d',
        '      Limit 7',
        '        Scan u',
      ),
    ],
    [
      'SELECT a FROM t LEFT JOIN u ON a = d LIMIT 5',
      lines('Project a', '  Limit 5', '    Left join on a = d', '      Limit 5', '        Scan t', '      Scan u'),
    ],
    [
      'SELECT a FROM t JOIN u ON a = d LIMIT 5',
      lines('Project a', '  Limit 5', '    Inner join on a = d', '      Scan t', '      Scan u'),
    ],
    ['SELECT count(*) FROM t LIMIT 5', lines('Project count(*)', '  Aggregate count(*)', '    Scan t')],
  ])('%s', async (sql, expected) => {
    expect(await applied(sql, pushLimits)).toBe(expected);
  });
});

describe('remove_renamings', () => {
  it('lets readers read the columns themselves', async () => {
    const sql = 'SELECT k, x FROM (SELECT a AS k, b AS x FROM t) AS q JOIN u ON k = d WHERE x = 1';
    expect(await applied(sql, removeRenamings)).toBe(
      lines('Project a AS k, b AS x', '  Filter b = 1', '    Inner join on a = d', '      Scan t', '      Scan u'),
    );
  });

  it('stays where columns are taken by their place', async () => {
    const sql = 'SELECT a FROM t UNION ALL SELECT d FROM u';
    expect(await applied(sql, removeRenamings)).toBe(
      lines('Union all', '  Project a', '    Scan t', '  Project d', '    Scan u'),
    );
  });
});

describe('prune_columns', () => {
  const scanned = async (sql: string) => {
    const context = { ids: new ColumnIds(100_000) };
    const { logical } = await planQuery(sql, { catalog });
    const plan = pruneColumns.apply(pushFilters.apply(logical, context), context);
    verifyPlan(plan);
    return [...formatLogical(plan).matchAll(/Scan (\w) \[(.*?)\]/g)].map(
      ([, table, columns]) => `${table}: ${columns}`,
    );
  };

  it.each([
    ['SELECT a FROM t JOIN u ON b = d', ['t: a, b', 'u: d']],
    ['SELECT a FROM t WHERE EXISTS (SELECT e FROM u WHERE d = b)', ['t: a, b', 'u: d']],
    ['SELECT x FROM (SELECT a AS x, b FROM t UNION ALL SELECT d, e FROM u) AS q', ['t: a', 'u: d']],
    ['SELECT x FROM (SELECT a AS x, b FROM t UNION SELECT d, e FROM u) AS q', ['t: a, b', 'u: d, e']],
    ['SELECT a FROM (SELECT a, sum(b) OVER (ORDER BY c) AS s FROM t) AS q', ['t: a']],
    ['SELECT s FROM (SELECT a, sum(b) OVER (ORDER BY c) AS s FROM t) AS q', ['t: b, c']],
    ['WITH q AS MATERIALIZED (SELECT a, b, c FROM t) SELECT q.a FROM q, q AS p WHERE q.b = p.a', ['t: a, b']],
    ['SELECT count(*) FROM t, u', ['t: ', 'u: ']],
  ])('%s', async (sql, expected) => {
    expect(await scanned(sql)).toEqual(expected);
  });
});
