import { describe, expect, it } from 'vitest';
import { fakeStage } from '../../../test/driver/fake-cloud.ts';
import { column, ref } from '../../../test/oracle/expr-builder.ts';
import { aggregate, equal, expr, join, stagesOf, table } from '../../../test/plans/logical-plans.ts';
import { BIGINT } from '../../common/types.ts';
import type { DistributedPlan, ExchangePlan } from '../physical/distributed-plan.ts';
import { buildStages, routeFrom } from './build-stages.ts';
import { cutStages } from './cut-stages.ts';
import { predict } from './predict.ts';
import { oneLevel, readings } from './routes.ts';
import type { PartitionRoute } from './stage-graph.ts';

const a = column(1, 'a', BIGINT);
const values: DistributedPlan = { kind: 'values', rows: [], columns: [a] };
const hashed = (partitions: number): ExchangePlan => ({
  kind: 'exchange',
  columns: [a],
  input: values,
  output: { kind: 'hash', keys: [ref(a)], partitions },
});
const union = (...inputs: readonly DistributedPlan[]): DistributedPlan => ({
  kind: 'setOperation',
  operation: 'union',
  all: true,
  inputs,
  columns: [a],
});
const rows = new Map<DistributedPlan, number>();
const build = (plan: DistributedPlan) => buildStages({ plan, rows, scans: new Map() });

describe('stages', () => {
  it('of one exchange that is read twice are one', () => {
    const exchange = hashed(3);
    const { stages } = build(union(exchange, exchange));
    expect(
      stages.map(({ inputs, tasks, output }) => [inputs.map(({ stage }) => stage), tasks.length, output.kind]),
    ).toEqual([
      [[], 1, 'hash'],
      [[0], 3, 'whole'],
    ]);
    const written = stages.map((stage) => ({
      ...stage,
      exchange: { medium: 'objects', compression: null } as const,
    }));
    expect(predict({ stages: written }, []).exchanges).toEqual({ GET: 6, HEAD: 0, PUT: 1, LIST: 0, DELETE: 1 });
  });

  it('have a task for every partition of their inputs, which have equally many', () => {
    expect(build(union(hashed(4), hashed(4))).stages.map(({ tasks }) => tasks.length)).toEqual([1, 1, 4]);
    expect(() => build(union(hashed(4), hashed(5)))).toThrow('the inputs of stage 2 have different partitions');
    expect(() => build(hashed(1))).toThrow('rows partitioned into 1 parts');
  });

  it('spread no scan beside partitions', () => {
    const scan = table('t', 1, { rowGroups: 4 });
    const plan = union(hashed(4), { kind: 'scan', scan: scan.scan, table: 't', columns: [a] });
    const rowGroups = scan.source.splits({ columns: [0], constraints: [] }).files.flatMap((file) => file.rowGroups);
    const splits = scan.source.splits({ columns: [0], constraints: [] });
    const scans = new Map([[scan.scan, { scan, splits, rowGroups, tasks: 4 }]]);
    expect(() => buildStages({ plan, rows, scans })).toThrow('stage 1 reads partitions beside a spread scan');
    expect(() => build(plan)).toThrow(`scan ${scan.scan} is in no logical plan`);
  });

  it('know what is thought of their operators, in preorder', () => {
    const input = table('t', 2, { rowGroups: 4, rows: 5000 });
    const small = table('s', 2, { rowGroups: 1, bytes: 100, rows: 20 });
    const joined = join('inner', input, small, equal(expr(input, 1), expr(small, 1)));
    const plan = aggregate(joined, [expr(input, 2)], [{ name: 'count', arg: null }]);
    const { stages } = stagesOf(plan, { rows: new Map([[joined, 700]]) });
    expect(stages.map(({ estimatedRows }) => estimatedRows)).toEqual([
      [700, 5000, 20],
      [700, 700],
    ]);
    expect(cutStages({ plan: values, rows: new Map([[values, 7]]) }).map(({ estimatedRows }) => estimatedRows)).toEqual(
      [[7]],
    );
  });
});

it('partitions that rows are dealt to in turn are read one by each task, of every producer', () => {
  const stage = { ...fakeStage(0, 3, []), output: { kind: 'roundRobin', partitions: 2 } } as const;
  const route = routeFrom(stage, hashed(2)) as PartitionRoute;
  expect(route).toEqual(oneLevel(3, 2));
  expect(readings(route, { from: 1, to: 2 })).toEqual([0, 1, 2].map((producer) => ({ producer, from: 1, to: 2 })));
});

it('outputs that are whole are read whole', () => {
  expect(routeFrom(fakeStage(0, 3, []), hashed(2))).toEqual({ kind: 'all' });
});
