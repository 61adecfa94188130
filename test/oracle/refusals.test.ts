import { afterAll, expect, it } from 'vitest';
import { stageId } from '../../src/common/ids.ts';
import { DATE, DOUBLE, decimal, INTEGER, VARCHAR } from '../../src/common/types.ts';
import type { PhysicalPlan } from '../../src/operators/plan.ts';
import { aggregateOf, asc, countAll, sum } from './aggregate-term.ts';
import { duckdbPlan } from './duckdb-plan.ts';
import { call, castTo, literal } from './expr-builder.ts';
import { Plans, type Relation } from './plan-builder.ts';
import { REFUSALS, type RefusalKind } from './refusal.ts';
import { frame, over, UNBOUNDED_FOLLOWING } from './window-term.ts';

const table = () => new Plans().scan('t', { k: INTEGER, d: decimal(15, 2), x: DOUBLE, s: VARCHAR, day: DATE });
const plan = (relation: Relation) => relation.plan;
const partialOf = (relation: Relation) => (relation.plan as Extract<PhysicalPlan, { kind: 'filter' }>).input;

const REFUSED: Readonly<Record<RefusalKind, () => PhysicalPlan>> = {
  function: () => plan(table().project((c) => ({ y: call('exp', c('x')) }))),
  'round of a float': () => plan(table().project((c) => ({ y: call('round', c('x')) }))),
  cast: () => plan(table().project((c) => ({ y: castTo(c('x'), decimal(9, 2)) }))),
  aggregate: () => ({
    ...(table().aggregate({ values: () => ({ n: countAll() }) }).plan as Extract<PhysicalPlan, { kind: 'aggregate' }>),
    aggregates: [
      { function: 'an estimate', args: [], argTypes: [], distinct: false, orderBy: [], filter: null, states: [] },
    ],
  }),
  'order within an aggregate': () =>
    plan(table().aggregate({ values: (c) => ({ all: aggregateOf('string_agg', [c('s'), literal(',', VARCHAR)]) }) })),
  'partial aggregation': () => partialOf(table().aggregate({ values: (c) => ({ n: sum(c('k')) }), phases: 2 })),
  'duplicate grouping sets': () => plan(table().aggregate({ by: (c) => ({ k: c('k') }), sets: [['k'], ['k']] })),
  'limit without order': () => plan(table().limit(3)),
  'window without order': () =>
    plan(table().window({ orderBy: (c) => [asc(c('k'))], functions: () => ({ n: over('row_number') }) })),
  'exchange source': () => ({ kind: 'exchangeSource', stage: stageId(0), columns: table().columns }),
  'no columns': () => plan(table().select().union(table().select())),
  'bounds of a frame': () =>
    plan(
      table().window({
        orderBy: (c) => [asc(c('k'))],
        functions: () => ({
          n: over('count', [], { frame: frame('range', UNBOUNDED_FOLLOWING, UNBOUNDED_FOLLOWING) }),
        }),
      }),
    ),
};

it.each(Object.entries(REFUSED))('%s is not printed for DuckDB', (kind, build) => {
  expect(() => duckdbPlan(build(), () => 't')).toThrow(REFUSALS[kind as RefusalKind]);
});

it('a limit over rows in total order, or a window over them, is printed', () => {
  const sorted = table()
    .select('k', 's')
    .sort((c) => [asc(c('s')), asc(c('k'))]);
  expect(duckdbPlan(sorted.limit(3).plan, () => 't')).toContain('LIMIT 3 OFFSET 0');
});

afterAll(() => {
  const list = Object.entries(REFUSALS).map(([kind, why]) => `  ${kind}: ${why}`);
  process.stdout.write(`not compared with DuckDB:\n${list.join('\n')}\n`);
});
