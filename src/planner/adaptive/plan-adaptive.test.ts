import { expect, it } from 'vitest';
import { call, int } from '../../../test/oracle/expr-builder.ts';
import { equal, expr, join, table } from '../../../test/plans/logical-plans.ts';
import { attemptId, type StageId, taskId } from '../../common/ids.ts';
import type { Manifest } from '../../operators/task.ts';
import { ColumnIds } from '../bind/bind-context.ts';
import type { RowBounds } from '../estimate/bounds.ts';
import { inputs, type LogicalPlan } from '../logical/logical-plan.ts';
import type { Estimates } from '../physical/physical-context.ts';
import { type Stage, stageOf } from '../stages/stage-graph.ts';
import type { AdaptiveGraph } from './adaptive-graph.ts';
import { type AdaptiveQueryOptions, planAdaptive } from './plan-adaptive.ts';

const ROW_BYTES = 100;

/** A large table, and one of which a predicate leaves who knows how many rows, joined. */
function query() {
  const facts = table('fact', 3, { rowGroups: 8, rows: 1e7 });
  const all = table('dim', 2, { rowGroups: 4, rows: 4e6 });
  const dimension = { ...all, predicate: call('>', expr(all, 2), int(7)) };
  return { dimension, joined: join('inner', facts, dimension, equal(expr(facts, 1), expr(dimension, 1))) };
}

/** @param expected of the predicate */
function adaptive(expected: number, more: Partial<AdaptiveQueryOptions> = {}): AdaptiveGraph {
  const { dimension, joined } = query();
  const estimates = (known: ReadonlyMap<LogicalPlan, RowBounds>): Estimates => {
    const rows = (node: LogicalPlan): number => {
      const measured = known.get(node)?.max;
      if (measured !== undefined) return measured;
      if (node === dimension) return expected;
      return node.kind === 'scan' ? (node.source.rows ?? 0) : Math.max(...inputs(node).map(rows));
    };
    return { rows, bytes: (node) => rows(node) * ROW_BYTES, distinct: rows };
  };
  const ids = new ColumnIds(100_000);
  return planAdaptive(joined, {
    ids,
    estimates,
    workers: null,
    waits: true,
    choose: (graph) => graph,
    ...more,
  }).adaptive();
}

/** What the tasks of a stage report when it delivers so many rows, equally many for each partition. */
function outputs({ id, tasks, output }: Stage, rows: number): readonly Manifest[] {
  const own = Math.ceil(rows / tasks.length);
  const size = own * ROW_BYTES;
  return tasks.map((_, task): Manifest => {
    const manifest: Manifest = {
      stage: id,
      task: taskId(task),
      attempt: attemptId(0),
      rows: own,
      body: { kind: 'object', uri: 'memory://b/output', etag: '"1"', size },
    };
    if (output.kind !== 'hash') return manifest;
    const length = Math.floor(size / output.partitions);
    const partitions = Array.from({ length: output.partitions }, (_, i) => ({
      rows: Math.floor(own / output.partitions),
      offset: i * length,
      length,
    }));
    return { ...manifest, partitions };
  });
}

const scansOf = (graph: AdaptiveGraph, name: string): Stage =>
  graph.graph.stages.find(({ scans }) => scans.some(({ table }) => table === name)) as Stage;

/** Runs the stage that reads the dimension; says what it delivers. */
function run(graph: AdaptiveGraph, stage: Stage, rows: number) {
  graph.began(stage.id);
  return graph.ended(stage.id, outputs(stageOf(graph.graph, stage.id), rows));
}

const shape = (graph: AdaptiveGraph) =>
  graph.graph.stages.map(({ id, tasks, inputs, output, after }) => ({
    id,
    tasks: tasks.length,
    inputs: inputs.map(({ stage, route }) => `${stage} ${route.kind}`).join(),
    output: output.kind,
    ...(after.length > 0 && { after }),
  }));

it('a built side that is thought large goes first, written by partition, and the other side waits', () => {
  expect(shape(adaptive(3.9e6))).toEqual([
    { id: 0, tasks: 4, inputs: '', output: 'hash' },
    { id: 1, tasks: 8, inputs: '', output: 'hash', after: [0] },
    { id: 2, tasks: 21, inputs: '1 partitions,0 partitions', output: 'whole' },
  ]);
});

it('when it turns out small every task of the other side reads all of it', () => {
  const graph = adaptive(3.9e6);
  const decisions = run(graph, scansOf(graph, 'dim'), 1000);
  expect(decisions[0]).toEqual({
    stage: 2,
    kind: 'join',
    from: 'inner join, both sides by partition',
    to: 'inner join, the built side in every task',
    why: 'stage 0 delivered 1 000 rows of 100 000 bytes, 3 900 000 were expected',
  });
  expect(shape(graph)).toEqual([
    { id: 0, tasks: 4, inputs: '', output: 'hash' },
    { id: 2, tasks: 8, inputs: '0 all', output: 'whole' },
  ]);
});

it('a built side that is thought small is read whole, and by partition when it turns out large', () => {
  const graph = adaptive(40_000);
  expect(shape(graph)).toEqual([
    { id: 0, tasks: 4, inputs: '', output: 'hash' },
    { id: 1, tasks: 8, inputs: '0 all', output: 'whole' },
  ]);
  const decisions = run(graph, scansOf(graph, 'dim'), 3.8e6);
  expect(decisions.map(({ kind, to }) => `${kind}: ${to}`)).toContain('join: inner join, both sides by partition');
  expect(shape(graph).map(({ inputs, output }) => `${inputs} ${output}`)).toEqual([
    ' hash',
    ' hash',
    expect.stringContaining('partitions'),
  ]);
});

it('nothing is decided anew when it turns out as it was thought', () => {
  const graph = adaptive(3.9e6);
  expect(run(graph, scansOf(graph, 'dim'), 3.9e6)).toEqual([]);
});

it('nothing waits where that is not wanted', () => {
  expect(adaptive(3.9e6, { waits: false }).graph.stages.flatMap(({ after }) => after)).toEqual([]);
});

it('partitions with few bytes are taken together, unless somebody says how many there are', () => {
  const tasks = (more: Partial<AdaptiveQueryOptions>) => {
    const graph = adaptive(3.9e6, { joins: 'partitioned', ...more });
    run(graph, scansOf(graph, 'dim'), 1000);
    run(graph, scansOf(graph, 'fact'), 1000);
    return (graph.graph.stages.at(-1) as Stage).tasks.length;
  };
  expect(tasks({})).toBe(1);
  expect(tasks({ partitions: 5 })).toBe(5);
});

it('what has begun does not change', () => {
  const graph = adaptive(3.9e6);
  const [dim, fact] = [scansOf(graph, 'dim'), scansOf(graph, 'fact')];
  graph.began(dim.id);
  graph.began(fact.id);
  graph.ended(dim.id, outputs(dim, 1000));
  expect(stageOf(graph.graph, fact.id)).toEqual(fact);
  expect(shape(graph).at(-1)?.inputs).toBe('1 partitions,0 partitions');
});

it('each run begins as the query was planned', () => {
  const { joined } = query();
  const estimates: Estimates = { rows: () => 1e6, bytes: () => 1e8, distinct: () => 1e6 };
  const planned = planAdaptive(joined, {
    ids: new ColumnIds(100_000),
    estimates: () => estimates,
    workers: null,
    waits: true,
    choose: (graph) => graph,
  });
  const first = planned.adaptive();
  run(first, first.graph.stages[0] as Stage, 10);
  expect(planned.adaptive().graph).toEqual(planned.stages);
});

it('a stage that ends has begun', () => {
  const graph = adaptive(3.9e6);
  expect(() => graph.ended(0 as StageId, [])).toThrow('stage 0 has ended before it began');
});
