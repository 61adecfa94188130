import { expect, it } from 'vitest';
import { INTEGER, VARCHAR, type Value } from '../../common/types.ts';
import type { Column, ColumnId, Expr } from '../expr/expr.ts';
import { testContext } from '../expr/generate/fixtures/differential.ts';
import { morselStream, readMorsels } from '../fixtures/morsels.ts';
import type { ProjectPlan } from '../plan.ts';
import { executeProject } from './execute-project.ts';

const column = (id: number, name: string, type: Column['type']): Column => ({
  id: id as ColumnId,
  name,
  type,
  nullable: true,
});
const INPUT = [column(1, 'n', INTEGER), column(2, 't', VARCHAR)];
const [n, t] = INPUT.map(({ id, name, type }): Expr => ({ kind: 'column', id, name, type })) as [Expr, Expr];

const PLAN: ProjectPlan = {
  kind: 'project',
  columns: [column(3, 'doubled', INTEGER), column(2, 't', VARCHAR), column(4, 'shout', VARCHAR)],
  exprs: [
    { kind: 'call', function: '+', args: [n, n], type: INTEGER },
    t,
    { kind: 'call', function: 'upper', args: [t], type: VARCHAR },
  ],
  input: { kind: 'values', columns: INPUT, rows: [] },
};
const ROWS: readonly (readonly Value[])[] = Array.from({ length: 50 }, (_, i) => [
  i % 10 === 9 ? null : i,
  i % 7 === 3 ? null : `${i % 4 === 0 ? 'straße' : 'road'} ${i % 5}`,
]);

it.each([false, true])('computes live rows and passes columns on, with text as dictionary: %s', async (dictionary) => {
  const context = testContext();
  const input = morselStream(
    context.memory,
    INPUT.map(({ type }) => type),
    ROWS,
    { morselRows: 20, selected: (row) => row % 3 !== 0, ...(dictionary && { dictionary: [1] }) },
  );
  const found = await readMorsels(context.memory, executeProject(PLAN, input, context), 3);
  const wanted = ROWS.filter((_, row) => row % 3 !== 0).map(([number, text]) => [
    number === null ? null : 2 * Number(number),
    text,
    text === null ? null : String(text).replace('straße', 'STRAßE').replace('road', 'ROAD'),
  ]);
  expect(found).toEqual(wanted);
  expect(context.memory.used).toBe(0);
});
