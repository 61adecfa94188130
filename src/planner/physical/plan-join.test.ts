import { describe, expect, it } from 'vitest';
import { and, call } from '../../../test/oracle/expr-builder.ts';
import { aggregate, equal, expr, join, planned, stagesOf, table } from '../../../test/plans/logical-plans.ts';
import { big, joined, large, mid, small } from '../../../test/plans/sized-tables.ts';
import { BIGINT, INTEGER, type SqlType } from '../../common/types.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';

const LIST: SqlType = { kind: 'list', element: BIGINT };

describe('joins', () => {
  it.each(['inner', 'left', 'semi', 'anti', 'mark'] as const)(
    '%s: every task reads a small right side for itself',
    (type) => {
      const graph = stagesOf(joined(type, big(), small()));
      expect(graph.stages.map(({ tasks }) => tasks.length)).toEqual([8]);
      const read = graph.stages[0]!.tasks.map(({ scans }) => Object.values(scans).map((groups) => groups.length));
      expect(read.every((counts) => counts.join() === '1,1')).toBe(true);
    },
  );

  it.each(['inner', 'left', 'semi', 'anti', 'mark'] as const)(
    '%s: a right side of some size is read once and handed to every task',
    (type) => {
      const graph = stagesOf(joined(type, big(), mid()));
      expect(graph.stages.map(({ tasks, output }) => [tasks.length, output.kind])).toEqual([
        [1, 'whole'],
        [8, 'whole'],
      ]);
    },
  );

  it.each(['right', 'full'] as const)('%s: unmatched rows of the right side are found by one task only', (type) => {
    for (const right of [small(), mid(), large()]) {
      const graph = stagesOf(joined(type, big(), right));
      expect(graph.stages.map(({ output }) => output.kind)).toEqual(['hash', 'hash', 'whole']);
    }
  });

  it.each(['inner', 'left', 'right', 'full', 'semi', 'anti', 'mark'] as const)(
    '%s: two large sides meet by their keys',
    (type) => {
      const graph = stagesOf(joined(type, big(), large()));
      expect(graph.stages.map(({ tasks, output }) => [tasks.length, output.kind])).toEqual([
        [8, 'hash'],
        [6, 'hash'],
        [27, 'whole'],
      ]);
    },
  );

  it('shows where rows go', () => {
    const [a, b] = [big(), large()];
    const condition = and(equal(expr(a, 1), expr(b, 1)), call('<', expr(a, 2), expr(b, 2)));
    expect(planned(join('inner', a, b, condition))).toMatchInlineSnapshot(`
      "Stage 2 [27 tasks] ← 0, 1
        Join inner on big1 = large1 where big2 < large2
          Exchange from stage 0 [big1, big2, big3]
          Exchange from stage 1 [large1, large2, large3]
      Stage 1 [6 tasks] → 27 partitions by large1
        Scan large [large1, large2, large3]
      Stage 0 [8 tasks] → 27 partitions by big1
        Scan big [big1, big2, big3]"
    `);
  });

  it('builds the smaller side of inner and outer joins', () => {
    const types = (['inner', 'left', 'right', 'full', 'semi'] as const).map((type) => {
      const text = planned(joined(type, small(), big()), { workers: 1 });
      return text
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    });
    expect(types).toMatchInlineSnapshot(`
      [
        [
          "Project [small1, small2, big1, big2, big3]",
          "Join inner on big1 = small1",
          "Scan big [big1, big2, big3]",
          "Scan small [small1, small2]",
        ],
        [
          "Project [small1, small2, big1, big2, big3]",
          "Join right on big1 = small1",
          "Scan big [big1, big2, big3]",
          "Scan small [small1, small2]",
        ],
        [
          "Project [small1, small2, big1, big2, big3]",
          "Join left on big1 = small1",
          "Scan big [big1, big2, big3]",
          "Scan small [small1, small2]",
        ],
        [
          "Project [small1, small2, big1, big2, big3]",
          "Join full on big1 = small1",
          "Scan big [big1, big2, big3]",
          "Scan small [small1, small2]",
        ],
        [
          "Join rightSemi on big1 = small1",
          "Scan big [big1, big2, big3]",
          "Scan small [small1, small2]",
        ],
      ]
    `);
  });

  it('delivers the columns in the order that the query says, whichever side is built', () => {
    const plan = joined('left', small(), big());
    const graph = stagesOf(plan, { workers: 1 });
    expect(graph.stages[0]!.plan.columns.map(({ id }) => id)).toEqual(plan.columns.map(({ id }) => id));
  });

  it('stays partitioned by keys that are equal', () => {
    const [a, b, c] = [big(), large(), large()];
    const first = joined('inner', a, b);
    const second = join('inner', first, c, equal(expr(b, 1), expr(c, 1)));
    expect(planned(aggregate(second, [expr(c, 1), expr(a, 2)], [{ name: 'count', arg: null }]))).toMatchInlineSnapshot(`
      "Stage 3 [27 tasks] ← 0, 1, 2
        Aggregate by large1, big2 [count(*)]
          Join inner on large1 = large1
            Join inner on big1 = large1
              Exchange from stage 0 [big1, big2, big3]
              Exchange from stage 1 [large1, large2, large3]
            Exchange from stage 2 [large1, large2, large3]
      Stage 2 [6 tasks] → 27 partitions by large1
        Scan large [large1, large2, large3]
      Stage 1 [6 tasks] → 27 partitions by large1
        Scan large [large1, large2, large3]
      Stage 0 [8 tasks] → 27 partitions by big1
        Scan big [big1, big2, big3]"
    `);
  });

  it('knows that rows of a left join are not partitioned by the right side', () => {
    const [a, b] = [big(), large()];
    const plan = aggregate(joined('left', a, b), [expr(b, 1)], [{ name: 'count', arg: null }]);
    expect(stagesOf(plan, { rows: new Map([[plan, 5e6]]) }).stages.map(({ output }) => output.kind)).toEqual([
      'hash',
      'hash',
      'hash',
      'whole',
    ]);
  });

  it('without keys takes the right side to every task, or all rows to one', () => {
    expect(planned(join('inner', big(), small(), null))).toMatchInlineSnapshot(`
      "Stage 0 [8 tasks]
        Join inner
          Scan big [big1, big2, big3]
          Scan small [small1, small2]"
    `);
    expect(planned(join('full', big(), small(), null))).toMatchInlineSnapshot(`
      "Stage 1 [1 task] ← 0
        Join full
          Exchange from stage 0 [big1, big2, big3]
          Scan small [small1, small2]
      Stage 0 [8 tasks]
        Scan big [big1, big2, big3]"
    `);
  });

  it('of nested values compares pairs', () => {
    const [a, b] = [table('a', 1, { rowGroups: 1 }, LIST), table('b', 1, { rowGroups: 1 }, LIST)];
    expect(planned(joined('inner', a, b), { workers: 1 })).toMatchInlineSnapshot(`
      "Stage 0 [1 task]
        Join inner where a1 = b1
          Scan a [a1]
          Scan b [b1]"
    `);
  });

  it('casts keys of different types to one', () => {
    const [a, b] = [table('a', 1, { rowGroups: 1 }, INTEGER), table('b', 1, { rowGroups: 1 }, BIGINT)];
    expect(planned(joined('inner', a, b), { workers: 1 }).split('\n')[1]).toBe(
      '  Join inner on CAST(a1 AS bigint) = b1',
    );
    const condition = call('is_not_distinct_from', expr(b, 1), expr(a, 1));
    expect(planned(join('inner', a, b, condition), { workers: 1 }).split('\n')[1]).toBe(
      '  Join inner on CAST(a1 AS bigint) IS NOT DISTINCT FROM b1',
    );
  });
});

describe('IN and EXISTS', () => {
  const line = (plan: LogicalPlan) => planned(plan, { workers: 1 }).split('\n')[1];
  const notNull = <P extends LogicalPlan>(plan: P): P => ({
    ...plan,
    columns: plan.columns.map((each) => ({ ...each, nullable: false })),
  });

  it('a mark of EXISTS is never NULL', () => {
    const [a, b] = [big(), small()];
    expect(line(joined('mark', a, b))).toBe(
      '  Join mark on big1 IS NOT DISTINCT FROM small1 where big1 IS NOT NULL AS found',
    );
    expect(line(joined('mark', notNull(a), b))).toBe('  Join mark on big1 IS NOT DISTINCT FROM small1 AS found');
    expect(line(joined('mark', notNull(a), notNull(b)))).toBe('  Join mark on big1 = small1 AS found');
  });

  it('a mark of IN has three values where one of the sides can be NULL', () => {
    const [a, b] = [big(), small()];
    const compare = equal(expr(a, 1), expr(b, 1));
    expect(line(join('mark', a, b, null, { compare }))).toBe('  Join mark on big1 = small1 AS found');
    const condition = equal(expr(a, 2), expr(b, 2));
    expect(line(join('mark', a, b, condition, { compare }))).toBe(
      '  Join mark on big1 = small1 AND big2 IS NOT DISTINCT FROM small2 where big2 IS NOT NULL AS found',
    );
    expect(line(join('mark', notNull(a), notNull(b), condition, { compare }))).toBe(
      '  Join mark on big2 = small2 AND big1 = small1 AS found',
    );
  });

  it('a mark of ANY by another comparison asks two questions', () => {
    const [a, b] = [big(), small()];
    const compare = call('<', expr(a, 1), expr(b, 1));
    expect(planned(join('mark', a, b, null, { compare }), { workers: 1 })).toMatchInlineSnapshot(`
      "Stage 0 [1 task]
        Project [big1, big2, big3, CASE WHEN found THEN true WHEN found THEN NULL ELSE false END AS found]
          Join mark where (big1 < small1) IS NULL AS found
            Join mark where CASE WHEN big1 < small1 THEN true ELSE false END AS found
              Scan big [big1, big2, big3]
              Scan small [small1, small2]
            Scan small [small1, small2]"
    `);
  });

  it('NOT IN needs the whole right side in every task, unless nothing is NULL', () => {
    const [a, b] = [big(), large()];
    const compare = equal(expr(a, 1), expr(b, 1));
    expect(planned(join('anti', a, b, null, { compare }))).toMatchInlineSnapshot(`
      "Stage 1 [8 tasks] ← 0
        Join nullAwareAnti on big1 = large1
          Scan big [big1, big2, big3]
          Exchange from stage 0 [large1, large2, large3]
      Stage 0 [6 tasks]
        Scan large [large1, large2, large3]"
    `);
    const certain = join('anti', notNull(a), notNull(b), null, { compare });
    expect(stagesOf(certain).stages.map(({ output }) => output.kind)).toEqual(['hash', 'hash', 'whole']);
    expect(line(certain)).toBe('  Join anti on big1 = large1');
  });

  it('NOT (x < ANY …) keeps the rows for which no pair is true or NULL', () => {
    const [a, b] = [big(), small()];
    expect(line(join('anti', a, b, null, { compare: call('<', expr(a, 1), expr(b, 1)) }))).toBe(
      '  Join anti where NOT CASE WHEN NOT big1 < small1 THEN true ELSE false END',
    );
  });
});
