import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeCatalog, field } from '../../../test/plans/fake-catalog.ts';
import { BIGINT, BOOLEAN, DATE, DOUBLE, decimal, INTEGER, REAL, VARCHAR } from '../../common/types.ts';
import { ColumnIds } from '../bind/bind-context.ts';
import { formatLogical } from '../logical/format-logical.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { verifyPlan } from '../logical/verify-plan.ts';
import { planQuery } from '../plan-query.ts';
import { dropFalseFilters } from './drop-false-filters.ts';
import { foldConstants } from './fold-constants.ts';
import { mergeProjects } from './merge-projects.ts';
import { optimize } from './optimize.ts';
import { pruneColumns } from './prune-columns.ts';
import { pushFilters } from './push-filters.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rule-list.ts';
import { unwrapCasts } from './unwrap-casts.ts';

const catalog = new FakeCatalog({
  t: {
    schema: [
      field('i', INTEGER),
      field('b', BIGINT),
      field('m', decimal(15, 2)),
      field('d', DATE),
      field('s', VARCHAR),
      field('r', REAL),
      field('x', DOUBLE),
      field('ok', BOOLEAN),
    ],
  },
});

const ids = new ColumnIds(100_000);

const logical = async (sql: string) => (await planQuery(sql, { catalog })).logical;

/** The plan after some rules, without the columns of the scan. */
async function applied(sql: string, ...rules: readonly Rule[]): Promise<string> {
  let plan = await logical(sql);
  for (const rule of rules) {
    const next = rule.apply(plan, { ids });
    verifyPlan(next);
    expect(next.columns).toEqual(plan.columns);
    expect(rule.apply(next, { ids })).toBe(next);
    plan = next;
  }
  return formatLogical(plan).replace(/ \[i, .*?\]/, '');
}

const predicate = async (where: string, ...rules: readonly Rule[]) => {
  const text = await applied(`SELECT 1 FROM t WHERE ${where}`, ...rules);
  return text.split('\n')[1]?.replace(/^ *Filter /, '');
};

describe('fold_constants', () => {
  it.each([
    ["d <= date '1998-12-01' - interval '90' day", "CAST(d AS timestamp) <= TIMESTAMP '1998-09-02 00:00:00'"],
    ['i = 1 + 2 * 3', 'i = 7'],
    ['i = 1 AND true', 'i = 1'],
    ['i = 1 AND 1 = 2', 'false'],
    ['i = 1 OR NULL IS NULL', 'true'],
    ['i = 1 OR false OR b = 2', 'i = 1 OR b = 2'],
    ['NULL AND NULL', 'NULL'],
    ['ok AND NULL', 'ok AND NULL'],
    ['CASE WHEN false THEN i WHEN 1 = 1 THEN 2 ELSE b END = 2', 'true'],
    ['CASE WHEN i = 1 THEN 1 WHEN true THEN 2 ELSE 3 END = 2', 'CASE WHEN i = 1 THEN 1 ELSE 2 END = 2'],
    ['i = 1 / 0', 'i = 1 / 0'],
    ['CASE WHEN i = 0 THEN 1 / 0 ELSE 1 END = 1', 'CASE WHEN i = 0 THEN 1 / 0 ELSE 1 END = 1'],
    ["s LIKE 'a' || '%'", "s LIKE 'a%'"],
  ])('%s', async (where, folded) => {
    expect(await predicate(where, foldConstants)).toBe(folded);
  });
});

describe('unwrap_casts', () => {
  it.each([
    ["d <= date '1998-12-01' - interval '90' day", "d <= DATE '1998-09-02'"],
    ["d < timestamp '1998-12-01 00:00:01'", "CAST(d AS timestamp) < TIMESTAMP '1998-12-01 00:00:01'"],
    ['5 > i + 0.00', '5.00 > CAST(i AS decimal(10,0)) + 0.00'],
    ['i = 3.00', 'i = 3'],
    ['3.00 <> i', '3 <> i'],
    ['i = 3.5', 'CAST(i AS decimal(11,1)) = 3.5'],
    ['i < 3000000000', 'CAST(i AS bigint) < 3000000000'],
    ['i IN (1.0, 2.0)', 'i IN (1, 2)'],
    ['i IN (1.0, 2.5)', 'CAST(i AS decimal(11,1)) IN (1.0, 2.5)'],
    ['m > 1.005', 'CAST(m AS decimal(16,3)) > 1.005'],
    ['m > 1.500', 'm > 1.50'],
    ['r = 0.5e0', 'r = 0.5'],
    ['r = 0.1e0', 'CAST(r AS double) = 0.1'],
    ['b = 1e0', 'CAST(b AS double) = 1'],
    ['i = 1e0', 'i = 1'],
  ])('%s', async (where, unwrapped) => {
    expect(await predicate(where, foldConstants, unwrapCasts)).toBe(unwrapped);
  });
});

describe('push_filters', () => {
  it('goes through a project, with what it computes', async () => {
    expect(
      await applied('SELECT y FROM (SELECT i + 1 AS y FROM t WHERE i <> 0) q WHERE y > 1', foldConstants, pushFilters),
    ).toBe(['Project y', '  Project i + 1 AS y', '    Scan t where i <> 0 AND i + 1 > 1'].join('\n'));
  });

  it('goes below an aggregation as far as it reads keys only', async () => {
    const inner = 'SELECT i AS k, count(*) AS n FROM t GROUP BY i';
    expect(
      await applied(`SELECT k FROM (${inner}) q WHERE k > 1 AND n > 2 AND k < 9`, foldConstants, pushFilters),
    ).toBe(
      [
        'Project k',
        '  Project i AS k, count(*) AS n',
        '    Filter count(*) > 2',
        '      Aggregate count(*) by i',
        '        Scan t where i > 1 AND i < 9',
      ].join('\n'),
    );
  });

  it('lets nothing that may raise an error overtake what guards it', async () => {
    const inner = 'SELECT i AS k, count(*) AS n FROM t GROUP BY i';
    expect(await applied(`SELECT k FROM (${inner}) q WHERE n > 2 AND 1 % k = 0`, foldConstants, pushFilters)).toBe(
      [
        'Project k',
        '  Project i AS k, count(*) AS n',
        '    Filter count(*) > 2 AND 1 % i = 0',
        '      Aggregate count(*) by i',
        '        Scan t',
      ].join('\n'),
    );
  });

  it('leaves a filter without columns above an aggregation without keys', async () => {
    expect(await applied('SELECT count(*) FROM t HAVING 1 > 2', pushFilters)).toBe(
      ['Project count(*)', '  Filter 1 > 2', '    Aggregate count(*)', '      Scan t'].join('\n'),
    );
  });

  it('never goes through a limit', async () => {
    expect(await applied('SELECT i FROM (SELECT i FROM t LIMIT 5) q WHERE i > 1', pushFilters)).toBe(
      ['Project i', '  Filter i > 1', '    Limit 5', '      Project i', '        Scan t'].join('\n'),
    );
  });

  it('goes through a sort', async () => {
    expect(await applied('SELECT i FROM (SELECT i FROM t ORDER BY i) q WHERE i > 1', pushFilters)).toBe(
      ['Project i', '  Sort i', '    Project i', '      Scan t where i > 1'].join('\n'),
    );
  });
});

describe('drop_false_filters', () => {
  const rules = [foldConstants, pushFilters, dropFalseFilters];

  it.each([
    ['1 = 2', 'Values nothing'],
    ['i = 1 AND NULL AND false', 'Values nothing'],
    ['NULL', 'Values nothing'],
    ['1 = 1', 'Scan t'],
  ])('%s', async (where, input) => {
    expect((await applied(`SELECT i FROM t WHERE ${where}`, ...rules)).split('\n')[1]).toBe(`  ${input}`);
  });

  it('keeps the one row of an aggregation over nothing', async () => {
    expect(await applied('SELECT count(*) FROM t WHERE false', ...rules)).toBe(
      ['Project count(*)', '  Aggregate count(*)', '    Values nothing'].join('\n'),
    );
  });
});

describe('merge_projects', () => {
  it('puts one into the other', async () => {
    expect(
      await applied('SELECT y * 2 AS z, k FROM (SELECT i + 1 AS y, s AS k FROM t) q', foldConstants, mergeProjects),
    ).toBe(['Project (i + 1) * 2 AS z, s AS k', '  Scan t'].join('\n'));
  });

  it('computes nothing twice', async () => {
    expect(await applied('SELECT y + y AS z FROM (SELECT i * 2 AS y FROM t) q', mergeProjects)).toBe(
      ['Project y + y AS z', '  Project i * 2 AS y', '    Scan t'].join('\n'),
    );
  });
});

describe('prune_columns', () => {
  const scanned = async (sql: string) => {
    let plan: LogicalPlan = optimize(await logical(sql), { ids, rules: [foldConstants, pushFilters, pruneColumns] });
    while ('input' in plan) plan = plan.input;
    return plan.columns.map(({ name }) => name).join(' ');
  };

  it.each([
    ['SELECT i FROM t', 'i'],
    ['SELECT count(*) FROM t', ''],
    ['SELECT 1 FROM t', ''],
    ["SELECT i FROM t WHERE s = 'x'", 'i s'],
    ['SELECT i FROM t ORDER BY d', 'i d'],
    ['SELECT i, count(b) FILTER (WHERE ok) FROM t GROUP BY i', 'i b ok'],
    ['SELECT n FROM (SELECT i, sum(b) AS n, max(s) AS m FROM t GROUP BY i) q', 'i b'],
    ['SELECT a FROM (SELECT i AS a, b AS c FROM t LIMIT 3) q', 'i'],
    ['SELECT v.a FROM (VALUES (1, 2)) v(a, b)', 'column1'],
    ['SELECT 1 FROM (SELECT DISTINCT i, s FROM t) q', 'i s'],
  ])('%s', async (sql, columns) => {
    expect(await scanned(sql)).toBe(columns);
  });
});

describe('extract_constraints', () => {
  const constraints = async (where: string) => {
    const { optimized } = await planQuery(`SELECT count(*) FROM t WHERE ${where}`, { catalog });
    let plan: LogicalPlan = optimized;
    while ('input' in plan) plan = plan.input;
    return plan.kind === 'scan' ? plan.constraints : null;
  };
  const range = (column: number, min: unknown, max: unknown) => ({
    column,
    kind: 'range',
    ...(min !== null && { min }),
    ...(max !== null && { max }),
  });
  const including = (value: unknown) => ({ value, inclusive: true });
  const excluding = (value: unknown) => ({ value, inclusive: false });

  it.each([
    ['i = 5', [range(0, including(5), including(5))]],
    ['5 >= i', [range(0, null, including(5))]],
    ['i < 5 AND i > 1', [range(0, null, excluding(5)), range(0, excluding(1), null)]],
    ["s BETWEEN 'a' AND 'b'", [range(4, including('a'), null), range(4, null, including('b'))]],
    ["s IN ('x', NULL)", [{ column: 4, kind: 'in', values: ['x'] }]],
    ['i IS NULL', [{ column: 0, kind: 'isNull' }]],
    ['i IS NOT NULL AND b = 1', [{ column: 0, kind: 'notNull' }, range(1, including(1n), including(1n))]],
    ['m >= 24', [range(2, including(2400n), null)]],
    ["d <= date '1998-12-01' - interval '90' day", [range(3, null, including(10471))]],
    ['i <> 5', []],
    ['i NOT IN (5)', []],
    ['i = 5 OR b = 1', []],
    ['i + 1 = 5', []],
    ['NOT i = 5', []],
    ['i = b', []],
  ])('%s', async (where, expected) => {
    expect(await constraints(where)).toEqual(expected);
  });
});

describe('the list', () => {
  it('holds every rule of the folder', async () => {
    const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => file.endsWith('.ts') && !/\.test\.ts$|^fixtures/.test(file));
    const exported = await Promise.all(
      sources.map((file) => import(join(import.meta.dirname, file)) as Promise<object>),
    );
    const isRule = (value: unknown): value is Rule =>
      typeof value === 'object' && value !== null && 'name' in value && 'apply' in value;
    const rules = exported.flatMap((module) => Object.values(module)).filter(isRule);
    expect(new Set(RULES.map(({ name }) => name))).toEqual(new Set(rules.map(({ name }) => name)));
  });

  it('stops when it is told to', async () => {
    const plan = await logical('SELECT 1');
    expect(() => optimize(plan, { ids, signal: AbortSignal.abort() })).toThrow('the query was cancelled');
  });
});
