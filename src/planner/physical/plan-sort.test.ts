import { describe, expect, it } from 'vitest';
import { call } from '../../../test/oracle/expr-builder.ts';
import { aggregate, expr, fresh, planned, stagesOf } from '../../../test/plans/logical-plans.ts';
import { big, joined, small } from '../../../test/plans/sized-tables.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';

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
