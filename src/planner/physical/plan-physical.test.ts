import { describe, expect, it } from 'vitest';
import { and, call, column, int, literal } from '../../../test/oracle/expr-builder.ts';
import {
  aggregate,
  columnOf,
  equal,
  expr,
  fresh,
  join,
  planned,
  stagesOf,
  table,
} from '../../../test/plans/logical-plans.ts';
import { BIGINT, BOOLEAN, INTEGER, type SqlType } from '../../common/types.ts';
import type { WindowCall } from '../../operators/plan.ts';
import type { LogicalJoin, LogicalPlan, LogicalWindow } from '../logical/logical-plan.ts';

const small = () => table('small', 2, { rowGroups: 1, bytes: 1000, rows: 100 });
const mid = () => table('mid', 2, { rowGroups: 1, bytes: 5e6, rows: 1e4 });
const big = () => table('big', 3, { rowGroups: 8, rows: 1e7 });
const large = () => table('large', 3, { rowGroups: 6, rows: 8e6 });
const LIST: SqlType = { kind: 'list', element: BIGINT };

const joined = (type: LogicalJoin['type'], left: LogicalPlan, right: LogicalPlan, more: Partial<LogicalJoin> = {}) =>
  join(type, left, right, equal(expr(left, 1), expr(right, 1)), more);

describe('in one task', () => {
  it('a whole query is one stage, however many tables it reads', () => {
    const [a, b, c] = [big(), large(), small()];
    const all = joined('left', joined('inner', a, b), c);
    const grouped = aggregate(all, [expr(a, 2)], [{ name: 'sum', arg: expr(c, 2) }]);
    const sorted: LogicalPlan = {
      kind: 'sort',
      input: grouped,
      keys: [{ expr: expr(grouped, 1), descending: true, nullsFirst: false }],
      columns: grouped.columns,
    };
    const graph = stagesOf(sorted, { workers: 1 });
    expect(graph.stages.map(({ tasks }) => tasks.length)).toEqual([1]);
    expect(Object.keys(graph.stages[0]!.tasks[0]!.scans)).toHaveLength(3);
    expect(planned(sorted, { workers: 1 })).toMatchInlineSnapshot(`
      "Stage 0 [1 task]
        Sort big2 DESC NULLS LAST
          Aggregate by big2 [sum(small2)]
            Join left on big1 = small1
              Join inner on big1 = large1
                Scan big [big1, big2, big3]
                Scan large [large1, large2, large3]
              Scan small [small1, small2]"
    `);
  });
});

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

describe('aggregations', () => {
  const grouped = (rows: number) => {
    const input = big();
    const plan = aggregate(input, [expr(input, 1)], [{ name: 'sum', arg: expr(input, 2) }]);
    return planned(plan, { rows: new Map([[plan, rows]]) });
  };

  it('of few groups end in one task', () =>
    expect(grouped(10)).toMatchInlineSnapshot(`
    "Stage 1 [1 task] ← 0
      Aggregate (final) by big1 [sum(sum state)]
        Exchange from stage 0 [big1, sum state]
    Stage 0 [8 tasks]
      Aggregate (partial) by big1 [sum(big2)]
        Scan big [big1, big2, big3]"
  `));
  it('of many groups end where their keys say', () =>
    expect(grouped(3e6)).toMatchInlineSnapshot(`
    "Stage 1 [5 tasks] ← 0
      Aggregate (final) by big1 [sum(sum state)]
        Exchange from stage 0 [big1, sum state]
    Stage 0 [8 tasks] → 5 partitions by big1
      Aggregate (partial) by big1 [sum(big2)]
        Scan big [big1, big2, big3]"
  `));
  it('of nearly as many groups as rows take one step', () =>
    expect(grouped(9e6)).toMatchInlineSnapshot(`
    "Stage 1 [15 tasks] ← 0
      Aggregate by big1 [sum(big2)]
        Exchange from stage 0 [big1, big2, big3]
    Stage 0 [8 tasks] → 15 partitions by big1
      Scan big [big1, big2, big3]"
  `));

  it('of grouping sets with an empty one end in one task', () => {
    const input = big();
    const plan = (groupingSets: readonly (readonly number[])[]) =>
      aggregate(input, [expr(input, 1), expr(input, 2)], [{ name: 'count', arg: null }], {
        groupingSets,
        columns: [fresh('a'), fresh('b'), fresh('grouping', INTEGER), fresh('count')],
      });
    const rows = (logical: LogicalPlan) => ({ rows: new Map([[logical, 5e6]]) });
    const [rollup, sets] = [plan([[0, 1], [0], []]), plan([[0], [1]])];
    expect(planned(rollup, rows(rollup))).toMatchInlineSnapshot(`
      "Stage 1 [1 task] ← 0
        Aggregate (final) by a, b in sets (a, b), (a), () [count(count state)]
          Exchange from stage 0 [a, b, grouping, count state]
      Stage 0 [8 tasks]
        Aggregate (partial) by big1, big2 in sets (big1, big2), (big1), () [count(*)]
          Scan big [big1, big2, big3]"
    `);
    expect(planned(sets, rows(sets))).toMatchInlineSnapshot(`
      "Stage 1 [8 tasks] ← 0
        Aggregate (final) by a, b in sets (a), (b) [count(count state)]
          Exchange from stage 0 [a, b, grouping, count state]
      Stage 0 [8 tasks] → 8 partitions by a, b, grouping
        Aggregate (partial) by big1, big2 in sets (big1), (big2) [count(*)]
          Scan big [big1, big2, big3]"
    `);
  });

  it('of distinct values drop duplicates first', () => {
    const input = big();
    const count = { name: 'count', arg: expr(input, 2), distinct: true };
    expect(planned(aggregate(input, [expr(input, 1)], [count]))).toMatchInlineSnapshot(`
      "Stage 1 [15 tasks] ← 0
        Aggregate by big1 [count(DISTINCT big2)]
          Exchange from stage 0 [big1, big2]
      Stage 0 [8 tasks] → 15 partitions by big1
        Aggregate by big1, big2 []
          Scan big [big1, big2, big3]"
    `);
    expect(planned(aggregate(input, [], [count]))).toMatchInlineSnapshot(`
      "Stage 2 [1 task] ← 1
        Aggregate (final) [count(count state)]
          Exchange from stage 1 [count state]
      Stage 1 [15 tasks] ← 0
        Aggregate (partial) [count(big2)]
          Aggregate by big2 []
            Exchange from stage 0 [big2]
      Stage 0 [8 tasks] → 15 partitions by big2
        Aggregate by big2 []
          Scan big [big1, big2, big3]"
    `);
    const mixed = aggregate(input, [expr(input, 1)], [count, { name: 'sum', arg: expr(input, 3) }]);
    expect(planned(mixed)).toMatchInlineSnapshot(`
      "Stage 1 [15 tasks] ← 0
        Aggregate by big1 [count(DISTINCT big2), sum(big3)]
          Exchange from stage 0 [big1, big2, big3]
      Stage 0 [8 tasks] → 15 partitions by big1
        Scan big [big1, big2, big3]"
    `);
  });

  it('that cannot be merged take all rows of a group to one task', () => {
    const input = big();
    expect(planned(aggregate(input, [], [{ name: 'median', arg: expr(input, 2) }]))).toMatchInlineSnapshot(`
      "Stage 1 [1 task] ← 0
        Aggregate [median(big2)]
          Exchange from stage 0 [big1, big2, big3]
      Stage 0 [8 tasks]
        Scan big [big1, big2, big3]"
    `);
  });
});

describe('windows and set operations', () => {
  const rowNumber: WindowCall = {
    function: 'row_number',
    args: [],
    argTypes: [],
    distinct: false,
    filter: null,
    ignoreNulls: false,
    frame: {
      unit: 'range',
      start: { kind: 'unboundedPreceding' },
      end: { kind: 'currentRow' },
      exclude: 'noOthers',
    },
    type: BIGINT,
  };
  const windowed = (input: LogicalPlan, keys: readonly number[]): LogicalWindow => ({
    kind: 'window',
    input,
    partitionBy: keys.map((key) => expr(input, key)),
    orderBy: [],
    functions: [rowNumber],
    columns: [...input.columns, fresh('row_number')],
  });

  it('a window takes place where its partitions are whole', () => {
    const [a, b] = [big(), large()];
    expect(planned(windowed(joined('inner', a, b), [1, 2]))).toMatchInlineSnapshot(`
      "Stage 2 [27 tasks] ← 0, 1
        Window partition by big1, big2 [row_number() AS row_number]
          Join inner on big1 = large1
            Exchange from stage 0 [big1, big2, big3]
            Exchange from stage 1 [large1, large2, large3]
      Stage 1 [6 tasks] → 27 partitions by large1
        Scan large [large1, large2, large3]
      Stage 0 [8 tasks] → 27 partitions by big1
        Scan big [big1, big2, big3]"
    `);
    expect(stagesOf(windowed(big(), [])).stages.map(({ tasks }) => tasks.length)).toEqual([8, 1]);
    expect(stagesOf(windowed(big(), [2])).stages.map(({ tasks }) => tasks.length)).toEqual([8, 15]);
  });

  const union = (all: boolean, ...inputs: readonly LogicalPlan[]): LogicalPlan => ({
    kind: 'setOperation',
    operation: 'union',
    all,
    inputs,
    columns: inputs[0]!.columns.map(({ name }) => fresh(name)),
  });

  it('UNION ALL leaves rows where they are', () => {
    expect(planned(union(true, big(), large()))).toMatchInlineSnapshot(`
      "Stage 0 [8 tasks]
        Union all
          Scan big [big1, big2, big3]
          Scan large [large1, large2, large3]"
    `);
    const graph = stagesOf(union(true, big(), large()));
    const read = graph.stages[0]!.tasks.map(({ scans }) =>
      Object.values(scans)
        .map((groups) => groups.length)
        .join('+'),
    );
    expect(read).toEqual(['1+1', '1+1', '1+1', '1+1', '1+1', '1+1', '1+0', '1+0']);
  });

  it('UNION ALL of what one task has and what many have moves rows: nothing is delivered twice', () => {
    const graph = stagesOf(union(true, big(), table('one', 3, { rowGroups: 1, bytes: 1000, rows: 5 })));
    expect(graph.stages.map(({ tasks, output }) => [tasks.length, output.kind])).toEqual([
      [8, 'hash'],
      [1, 'hash'],
      [15, 'whole'],
    ]);
  });

  it('the others need equal rows in one task', () => {
    expect(planned(union(false, big(), large()))).toMatchInlineSnapshot(`
      "Stage 2 [27 tasks] ← 0, 1
        Union
          Exchange from stage 0 [big1, big2, big3]
          Exchange from stage 1 [large1, large2, large3]
      Stage 1 [6 tasks] → 27 partitions by large1, large2, large3
        Scan large [large1, large2, large3]
      Stage 0 [8 tasks] → 27 partitions by big1, big2, big3
        Scan big [big1, big2, big3]"
    `);
    const lists = () => table('lists', 1, { rowGroups: 3, rows: 3e6 }, LIST);
    expect(stagesOf(union(false, lists(), lists())).stages.map(({ output }) => output.kind)).toEqual([
      'whole',
      'whole',
      'whole',
    ]);
  });
});

describe('order and limits', () => {
  const sort = (input: LogicalPlan): LogicalPlan => ({
    kind: 'sort',
    input,
    keys: [{ expr: expr(input, 1), descending: false, nullsFirst: false }],
    columns: input.columns,
  });
  const limit = (input: LogicalPlan, count: number | null, offset: number): LogicalPlan => ({
    kind: 'limit',
    input,
    limit: count,
    offset,
    columns: input.columns,
  });

  it('the first rows of every task are enough for the first of all', () => {
    expect(planned(limit(sort(big()), 10, 5))).toMatchInlineSnapshot(`
      "Stage 1 [1 task] ← 0
        TopN 10 offset 5 by big1
          Exchange from stage 0 [big1, big2, big3]
      Stage 0 [8 tasks]
        TopN 15 by big1
          Scan big [big1, big2, big3]"
    `);
    const input = sort(big());
    const columns = [fresh('x')];
    const project: LogicalPlan = { kind: 'project', input, exprs: [expr(input, 2)], columns };
    expect(planned(limit(project, 3, 0))).toMatchInlineSnapshot(`
      "Stage 1 [1 task] ← 0
        Project [big2 AS x]
          TopN 3 by big1
            Exchange from stage 0 [big1, big2, big3]
      Stage 0 [8 tasks]
        TopN 3 by big1
          Scan big [big1, big2, big3]"
    `);
  });

  it('more rows than a top list keeps are sorted, each task a range of them', () => {
    expect(planned(limit(sort(big()), 5e6, 0))).toMatchInlineSnapshot(`
      "Stage 2 [1 task] ← 1
        Limit 5000000
          Exchange from stage 1 [big1, big2, big3]
      Stage 1 [15 tasks] ← 0
        Limit 5000000
          Sort big1
            Exchange from stage 0 [big1, big2, big3]
      Stage 0 [8 tasks] → 240 pieces in order of big1
        Limit 5000000
          Sort big1
            Scan big [big1, big2, big3]"
    `);
    const graph = stagesOf(limit(sort(big()), 4e6, 1e6));
    expect(graph.stages.map(({ inputs }) => inputs.map(({ route }) => route.kind))).toEqual([[], ['range'], ['all']]);
    expect(graph.stages[1]?.inputs[0]?.route).toMatchObject({ first: 5e6 });
    expect(graph.stages.map(({ enough }) => enough)).toEqual([null, null, null]);
  });

  it('rows that are delivered in order are sorted in ranges when they are many', () => {
    const input = big();
    const key = { expr: call('+', expr(input, 1), expr(input, 2)), descending: true, nullsFirst: false };
    const by = { expr: expr(input, 1), descending: false, nullsFirst: false };
    const ordered: LogicalPlan = { kind: 'sort', input, keys: [key, by], columns: input.columns };
    expect(planned(ordered)).toMatchInlineSnapshot(`
      "Stage 1 [15 tasks] ← 0
        Project [big1, big2, big3]
          Sort key1 DESC NULLS LAST, big1
            Exchange from stage 0 [big1, big2, big3, key1]
      Stage 0 [8 tasks] → 240 pieces in order of key1 DESC NULLS LAST, big1
        Sort key1 DESC NULLS LAST, big1
          Project [big1, big2, big3, big1 + big2 AS key1]
            Scan big [big1, big2, big3]"
    `);
    expect(stagesOf(ordered).stages.map(({ output }) => output)).toMatchObject([
      { kind: 'range', partitions: 240 },
      { kind: 'whole' },
    ]);
    expect(stagesOf(sort(small())).stages.length).toBe(1);
    const few = big();
    const grouped = aggregate(few, [expr(few, 1)], [{ name: 'count', arg: null }]);
    expect(
      stagesOf(sort(grouped), { rows: new Map([[grouped, 100]]) }).stages.map(({ tasks }) => tasks.length),
    ).toEqual([8, 1]);
  });

  it('what wants sorted rows in one place gets them there', () => {
    const sorted = sort(big());
    const list = aggregate(sorted, [], [{ name: 'list', arg: expr(sorted, 1) }]);
    expect(planned(list)).toMatchInlineSnapshot(`
      "Stage 1 [1 task] ← 0
        Aggregate [list(big1)]
          Sort big1
            Exchange from stage 0 [big1, big2, big3]
      Stage 0 [8 tasks]
        Scan big [big1, big2, big3]"
    `);
  });

  it('tasks stop at a limit, and no more of them run than it needs', () => {
    const graph = stagesOf(limit(big(), 10, 5));
    expect(graph.stages.map(({ enough }) => enough)).toEqual([15, null]);
    expect(stagesOf(limit(big(), null, 5)).stages.map(({ enough }) => enough)).toEqual([null, null]);
    expect(stagesOf(limit(sort(big()), 10, 0)).stages.map(({ enough }) => enough)).toEqual([null, null]);
    const [a, b] = [limit(big(), 10, 0), small()];
    expect(stagesOf(joined('inner', a, b)).stages.map(({ enough }) => enough)).toEqual([10, null]);
  });
});

describe('common tables', () => {
  const reading = (id: number): LogicalPlan => ({
    kind: 'commonTable',
    table: id,
    name: 't',
    fields: [1, 0],
    columns: [fresh('y'), fresh('x')],
  });
  const withTable = (definition: LogicalPlan, body: (read: () => LogicalPlan) => LogicalPlan): LogicalPlan => {
    const plan = body(() => reading(0));
    return { kind: 'with', table: 0, name: 't', materialized: null, definition, body: plan, columns: plan.columns };
  };

  it('are computed once and read by several', () => {
    const input = big();
    const grouped = aggregate(input, [expr(input, 1)], [{ name: 'count', arg: null }]);
    const plan = withTable(grouped, (read) => joined('inner', read(), read()));
    expect(planned(plan, { rows: new Map([[grouped, 100]]) })).toMatchInlineSnapshot(`
      "Stage 2 [1 task] ← 1
        Join inner on y = y
          Project [count AS y, big1 AS x]
            Exchange from stage 1 [big1, count]
          Project [count AS y, big1 AS x]
            Exchange from stage 1 [big1, count]
      Stage 1 [1 task] ← 0
        Aggregate (final) by big1 [count(count state)]
          Exchange from stage 0 [big1, count state]
      Stage 0 [8 tasks]
        Aggregate (partial) by big1 [count(*)]
          Scan big [big1, big2, big3]"
    `);
    expect(planned(plan, { rows: new Map([[grouped, 100]]), workers: 1 })).toMatchInlineSnapshot(`
      "Stage 1 [1 task] ← 0
        Join inner on y = y
          Project [count AS y, big1 AS x]
            Exchange from stage 0 [big1, count]
          Project [count AS y, big1 AS x]
            Exchange from stage 0 [big1, count]
      Stage 0 [1 task]
        Aggregate by big1 [count(*)]
          Scan big [big1, big2, big3]"
    `);
  });

  it('that are large are read by partition, moved again where a join wants them otherwise', () => {
    const plan = withTable(big(), (read) => joined('inner', read(), read()));
    expect(planned(plan)).toMatchInlineSnapshot(`
      "Stage 2 [15 tasks] ← 0, 1
        Join inner on y = y
          Project [big2 AS y, big1 AS x]
            Exchange from stage 0 [big1, big2, big3]
          Exchange from stage 1 [y, x]
      Stage 1 [15 tasks] ← 0
        Project [big2 AS y, big1 AS x]
          Exchange from stage 0 [big1, big2, big3]
      Stage 0 [8 tasks] → 15 partitions by big1, big2, big3
        Scan big [big1, big2, big3]"
    `);
  });

  it('that repeat themselves run in one task, over what others gathered', () => {
    const edges = big();
    const base: LogicalPlan = { kind: 'values', rows: [[literal(1n, BIGINT)]], columns: [fresh('n')] };
    const working: LogicalPlan = { kind: 'workingTable', table: 4, name: 't', fields: [0], columns: [fresh('n')] };
    const step = join('inner', working, edges, equal(expr(working, 1), expr(edges, 1)), {
      columns: [columnOf(edges, 2)],
    });
    const plan: LogicalPlan = { kind: 'recursive', table: 4, name: 't', all: false, base, step, columns: [fresh('n')] };
    expect(planned(plan)).toMatchInlineSnapshot(`
      "Stage 1 [1 task] ← 0
        Recursive union
          Values 1 row
          Join inner on big1 = n
            Exchange from stage 0 [big1, big2, big3]
            Working table t [n]
      Stage 0 [8 tasks]
        Scan big [big1, big2, big3]"
    `);
  });
});

describe('samples', () => {
  it('of a table are taken before its predicate, of anything else in one task', () => {
    const scan = big();
    const predicate = call('>', expr(scan, 1), int(7));
    const sample = (input: LogicalPlan): LogicalPlan => ({
      kind: 'sample',
      input,
      method: 'bernoulli',
      percent: 10,
      seed: 3,
      columns: input.columns,
    });
    expect(planned(sample({ ...scan, predicate }))).toMatchInlineSnapshot(`
      "Stage 0 [8 tasks]
        Filter big1 > CAST(7 AS bigint)
          Sample bernoulli 10 % seed 3
            Scan big [big1, big2, big3]"
    `);
    expect(planned(sample(joined('inner', big(), small())))).toMatchInlineSnapshot(`
      "Stage 1 [1 task] ← 0
        Sample bernoulli 10 % seed 3
          Exchange from stage 0 [big1, big2, big3, small1, small2]
      Stage 0 [8 tasks]
        Join inner on big1 = small1
          Scan big [big1, big2, big3]
          Scan small [small1, small2]"
    `);
  });
});

it('refuses what the optimizer should have replaced', () => {
  const plan: LogicalPlan = {
    kind: 'apply',
    type: 'mark',
    left: small(),
    right: small(),
    condition: null,
    compare: null,
    mark: column(99_999, 'm', BOOLEAN),
    columns: [],
  };
  expect(() => stagesOf(plan)).toThrow('a correlated subquery was left in the plan');
});
