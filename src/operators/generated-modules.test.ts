import { expect, it } from 'vitest';
import { aggregate, call, column, literal, ref } from '../../test/oracle/expr-builder.ts';
import { DATE, decimal, INTEGER } from '../common/types.ts';
import { generatedModules } from './generated-modules.ts';
import type { AggregatePlan, ScanPlan } from './plan.ts';

const [day, price] = [column(1, 'day', DATE), column(2, 'price', decimal(15, 2))];
const scan: ScanPlan = { kind: 'scan', scan: 0, table: 't', columns: [day, price] };
const sum = aggregate(10, 'sum', call('/', ref(price), call('-', ref(price), ref(price))));
const plan: AggregatePlan = {
  kind: 'aggregate',
  phase: 'single',
  groups: [],
  groupingSets: null,
  aggregates: [{ ...sum.call, states: [] }],
  input: { kind: 'filter', input: scan, predicate: call('<=', ref(day), literal(9000, DATE)), columns: scan.columns },
  columns: [sum.result],
};

it('lists the modules of a plan, its inputs first, though the row they were tried with divides by zero', async () => {
  const modules = await generatedModules(plan);
  expect(modules.map(({ title }) => title.split(' ')[0])).toEqual(['filter', 'aggregate']);
  for (const { text, bytes } of modules) {
    expect(bytes).toBeGreaterThan(50);
    expect(text()).toMatch(/^\(module\n {2}\(import "env" "memory" \(memory 0\)\)\n/);
  }
});

it('finds nothing to generate where nothing is computed', async () => {
  const limit = { kind: 'limit', input: scan, limit: 1, offset: 0, columns: scan.columns } as const;
  expect(await generatedModules(limit)).toEqual([]);
  expect(await generatedModules({ kind: 'values', rows: [[literal(1, INTEGER)]], columns: [day] })).toEqual([]);
});
