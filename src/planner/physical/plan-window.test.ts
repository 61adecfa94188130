import { describe, expect, it } from 'vitest';
import { expr, fresh, planned, stagesOf, table } from '../../../test/plans/logical-plans.ts';
import { big, joined, large } from '../../../test/plans/sized-tables.ts';
import { BIGINT, type SqlType } from '../../common/types.ts';
import type { WindowCall } from '../../operators/plan.ts';
import type { LogicalPlan, LogicalWindow } from '../logical/logical-plan.ts';

const LIST: SqlType = { kind: 'list', element: BIGINT };

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
