import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeTask } from '../../test/driver/fake-cloud.ts';
import { call, column, literal, ref } from '../../test/oracle/expr-builder.ts';
import { systemClock, systemRandom } from '../common/clock.ts';
import { stageId, taskId } from '../common/ids.ts';
import { INTEGER, type Value } from '../common/types.ts';
import { TestGang } from '../exchange/direct/fixtures/test-gang.ts';
import { readManifest } from '../exchange/manifest.ts';
import { fieldOf } from '../operators/expr/expr.ts';
import type { ExchangeSourcePlan, PhysicalPlan } from '../operators/plan.ts';
import type { LinkGang, OutputPartitioning, Task, TaskReport } from '../operators/task.ts';
import { Stores } from '../storage/stores.ts';
import { Arena } from '../wasm/arena.ts';
import { columnReader } from '../wasm/read-vector.ts';
import { diskSpill } from './disk-spill.ts';
import type { WorkerHost } from './host.ts';
import { KeptMemory } from './kept-memory.ts';
import { runTask } from './run-task.ts';
import { taskStores } from './task-stores.ts';

const PRODUCERS = stageId(1);
const CONSUMERS = stageId(2);
const n = column(1, 'n', INTEGER);
const numbers = (values: readonly number[]): PhysicalPlan => ({
  kind: 'values',
  rows: values.map((value) => [literal(value, INTEGER)]),
  columns: [n],
});
const received: ExchangeSourcePlan = { kind: 'exchangeSource', stage: PRODUCERS, columns: [n] };

let gangs: TestGang;
let gang: LinkGang;
let stores: Stores;
beforeEach(async () => {
  gangs = await TestGang.start();
  gang = gangs.gang('driver');
  stores = new Stores();
});
afterEach(async () => {
  await gangs.close();
  await stores.close();
});

const host = (): WorkerHost => ({
  clock: systemClock,
  random: systemRandom,
  openStores: () => taskStores(stores),
  spillPlace: diskSpill,
  memory: new KeptMemory(),
  instance: { id: 'i', start: () => ({ coldStart: false, initMs: null }), memoryPeakBytes: () => 1 },
});

const run = (stage: typeof PRODUCERS, task: number, more: Partial<Task>): Promise<TaskReport> =>
  runTask(
    fakeTask({ stage, task: taskId(task), budget: { memoryBytes: 1e8, deadline: Date.now() + 20_000 }, ...more }),
    host(),
  );

function produce(task: number, plan: PhysicalPlan, consumers: number, partitioning?: OutputPartitioning) {
  const peers = Array.from({ length: consumers }, (_, i) => taskId(i));
  const output = { uri: 'memory://x/y', maxInlineBytes: 0, links: { gang, to: CONSUMERS, peers } };
  return run(PRODUCERS, task, { plan, output: { ...output, ...(partitioning && { partitioning }) } });
}

function consume(task: number, producers: number, plan: PhysicalPlan = received) {
  const peers = Array.from({ length: producers }, (_, i) => taskId(i));
  const exchanges = { [PRODUCERS]: { manifests: [], links: { gang, peers } } };
  return run(CONSUMERS, task, { plan, exchanges, output: { uri: 'memory://x/z', maxInlineBytes: 1e6 } });
}

async function rowsOf({ outcome }: TaskReport): Promise<Value[]> {
  if (!outcome.ok) throw new Error(outcome.error.message);
  const arena = new Arena();
  const rows: Value[] = [];
  const resolve = (uri: string) => stores.resolve(uri);
  for await (const batch of readManifest(outcome.manifest, { columns: [fieldOf(n)], arena, resolve })) {
    const read = columnReader(arena, batch.columns[0]!);
    for (let row = 0; row < batch.length; row++) rows.push(read(row));
  }
  return rows;
}

const errorOf = ({ outcome }: TaskReport) => (outcome.ok ? 'no error' : [outcome.error.code, outcome.error.message]);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

it('rows go from task to task by partition, and reports say how many went which way', async () => {
  const partitioning = { kind: 'hash', keys: [ref(n)], of: 2, divisor: 1, partitions: 2 } as const;
  const plans = [numbers(upTo(100)), numbers(upTo(50).map((i) => 100 + i))];
  const [produced, consumed] = await Promise.all([
    Promise.all(plans.map((plan, task) => produce(task, plan, 2, partitioning))),
    Promise.all([consume(0, 2), consume(1, 2)]),
  ]);
  const rows = await Promise.all(consumed.map(rowsOf));
  expect(rows.flat().sort((a, b) => Number(a) - Number(b))).toEqual(upTo(150));
  const sent = produced.map(({ outcome }) => outcome.ok && outcome.manifest);
  expect(sent.map((manifest) => manifest && [manifest.rows, manifest.body])).toEqual([
    [100, { kind: 'links' }],
    [50, { kind: 'links' }],
  ]);
  const byPartition = sent.map((manifest) => (manifest ? (manifest.partitions ?? []).map((part) => part.rows) : []));
  expect([0, 1].map((p) => byPartition.reduce((sum, parts) => sum + (parts[p] ?? 0), 0))).toEqual(
    rows.map(({ length }) => length),
  );
  for (const { metrics } of [...produced, ...consumed]) {
    expect(metrics.links).toMatchObject({ connected: 2, fellBack: [] });
    expect(metrics.requests.PUT.requests + metrics.requests.GET.requests).toBe(0);
  }
  const outBytes = produced.reduce((sum, { metrics }) => sum + metrics.output.bytes, 0);
  const inBytes = consumed.reduce((sum, { metrics }) => sum + (metrics.inputs[PRODUCERS]?.bytes ?? 0), 0);
  expect(outBytes).toBeGreaterThan(150 * 4);
  expect(inBytes).toBe(outBytes);
});

it('a whole output is one partition, for its one reader', async () => {
  const [produced, consumed] = await Promise.all([produce(0, numbers([3, 1, 2]), 1), consume(0, 1)]);
  expect(await rowsOf(consumed)).toEqual([3, 1, 2]);
  expect(produced.outcome).toMatchObject({ ok: true, manifest: { rows: 3, body: { kind: 'links' } } });
  expect(produced.outcome.ok && produced.outcome.manifest.partitions).toBe(undefined);
});

it('a producer that fails takes its consumers with it', async () => {
  const quotient = call('/', literal(1, INTEGER), ref(n));
  const columns = [column(2, 'q', quotient.type)];
  const failing: PhysicalPlan = { kind: 'project', input: numbers([1, 0]), exprs: [quotient], columns };
  const reports = await Promise.all([produce(0, failing, 1), consume(0, 1)]);
  expect(errorOf(reports[0])).toEqual(['SQ3003', 'division by zero']);
  // It hears of the error, or, when they were not connected yet, that the producer is gone.
  expect([
    ['SQ3003', 'division by zero'],
    ['SQ6010', 'the link stage 1 task 0 -> stage 2 task 0 is lost: the producer is gone'],
  ]).toContainEqual(errorOf(reports[1]));
});

it('a consumer that has enough lets its producers finish', async () => {
  const first: PhysicalPlan = { kind: 'limit', input: received, limit: 2, offset: 0, columns: [n] };
  const reports = [produce(0, numbers(upTo(10)), 1), produce(1, numbers(upTo(10)), 1)];
  expect((await rowsOf(await consume(0, 2, first))).length).toBe(2);
  const outcomes = (await Promise.all(reports)).map(({ outcome }) => outcome.ok && outcome.manifest.rows);
  expect(outcomes).toEqual([10, 10]);
});

it('a gang that the rendezvous does not know is no error of the task alone', async () => {
  gangs.server.dismiss(gang.id, 'over');
  const reports = await Promise.all([produce(0, numbers([1]), 1), consume(0, 1)]);
  for (const report of reports) expect(errorOf(report)[0]).toBe('SQ6011');
});

it('what cannot go over links, and links that are read twice, are our mistakes', async () => {
  const keys = [{ expr: ref(n), descending: false, nullsFirst: false }];
  const ranges = await produce(0, numbers([1]), 2, { kind: 'range', keys, partitions: 2 });
  expect(errorOf(ranges)).toEqual(['SQ9000', 'stage 1 cannot send its output over links']);
  gang = gangs.gang('driver');
  const both: PhysicalPlan = {
    kind: 'setOperation',
    operation: 'union',
    all: true,
    inputs: [received, received],
    columns: [n],
  };
  const [, twice] = await Promise.all([produce(0, numbers([1]), 1), consume(0, 1, both)]);
  expect(errorOf(twice)).toEqual(['SQ9000', 'what comes over links from stage 1 is read twice']);
});
