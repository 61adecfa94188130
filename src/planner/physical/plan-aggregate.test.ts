import { describe, expect, it } from 'vitest';
import { aggregate, expr, fresh, planned } from '../../../test/plans/logical-plans.ts';
import { big } from '../../../test/plans/sized-tables.ts';
import { INTEGER } from '../../common/types.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';

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
