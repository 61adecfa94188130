import { describe, expect, it } from 'vitest';
import { call, column, int } from '../../../test/oracle/expr-builder.ts';
import { aggregate, expr, planned, stagesOf } from '../../../test/plans/logical-plans.ts';
import { big, joined, large, small } from '../../../test/plans/sized-tables.ts';
import { BOOLEAN } from '../../common/types.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';

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
