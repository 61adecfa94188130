import { describe, expect, it } from 'vitest';
import { literal } from '../../../test/oracle/expr-builder.ts';
import { aggregate, columnOf, equal, expr, fresh, join, planned } from '../../../test/plans/logical-plans.ts';
import { big, joined } from '../../../test/plans/sized-tables.ts';
import { BIGINT } from '../../common/types.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';

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
