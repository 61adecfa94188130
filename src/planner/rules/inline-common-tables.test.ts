import { expect, it } from 'vitest';
import { INTEGER } from '../../common/types.ts';
import { ColumnIds } from '../bind/bind-context.ts';
import type { LogicalPlan, LogicalWith } from '../logical/logical-plan.ts';
import { nodes } from '../logical/rewrite.ts';
import { verifyPlan } from '../logical/verify-plan.ts';
import { inlineCommonTables } from './inline-common-tables.ts';

it('leaves a join, of which others read columns by position, those that it delivers', () => {
  const ids = new ColumnIds(1);
  const columns = (...names: string[]) => names.map((name) => ids.column(name, INTEGER, false));
  const reading = (table: number, ...names: string[]): LogicalPlan => {
    return { kind: 'commonTable', table, name: `t${table}`, fields: [0, 1], columns: columns(...names) };
  };
  const left = reading(2, 'p', 'q');
  const right = reading(2, 'r', 's');
  const [p] = left.columns;
  const [, s] = right.columns;
  const definition: LogicalPlan = {
    kind: 'join',
    type: 'inner',
    left,
    right,
    condition: null,
    compare: null,
    mark: null,
    columns: [p!, s!],
  };
  const body: LogicalPlan = {
    kind: 'setOperation',
    operation: 'union',
    all: true,
    inputs: [reading(1, 'v', 'w'), reading(1, 'x', 'y')],
    columns: columns('a', 'b'),
  };
  const outer: LogicalWith = {
    kind: 'with',
    table: 1,
    name: 't1',
    materialized: null,
    definition,
    body,
    columns: body.columns,
  };
  const plan: LogicalWith = {
    kind: 'with',
    table: 2,
    name: 't2',
    materialized: null,
    definition: { kind: 'values', rows: [], columns: columns('m', 'n') },
    body: outer,
    columns: body.columns,
  };
  verifyPlan(plan);
  const inlined = inlineCommonTables.apply(plan, { ids });
  verifyPlan(inlined);
  const found = nodes(inlined).find(({ kind }) => kind === 'with') as LogicalWith;
  expect(found.table).toBe(1);
  expect(found.definition.columns).toEqual([p, s]);
});
