import { describe, expect, it } from 'vitest';
import { inlineCloud } from '../../src/cloud/inline/inline-cloud.ts';
import { newQueryId, stageId } from '../../src/common/ids.ts';
import { US_EAST_1 } from '../../src/common/prices.ts';
import { BIGINT } from '../../src/common/types.ts';
import { bill } from '../../src/driver/report.ts';
import { meteredStores, RequestMeter } from '../../src/driver/request-meter.ts';
import { runStages } from '../../src/driver/schedule/run-stages.ts';
import type { AttemptEvent } from '../../src/driver/schedule/schedule-options.ts';
import { Scratch } from '../../src/driver/scratch.ts';
import type { ColumnId } from '../../src/operators/expr/expr.ts';
import type { PhysicalPlan } from '../../src/operators/plan.ts';
import { staticGraph } from '../../src/planner/adaptive/adaptive-graph.ts';
import { type Levels, levelShapes } from '../../src/planner/cost/level-shapes.ts';
import { columnExpr } from '../../src/planner/expr/build.ts';
import { planQuery } from '../../src/planner/plan-query.ts';
import { withLevels } from '../../src/planner/stages/levels.ts';
import { oneLevel } from '../../src/planner/stages/routes.ts';
import type { ExchangeChoice, Stage, StageGraph } from '../../src/planner/stages/stage-graph.ts';
import { countsSince } from '../../src/storage/counted.ts';
import { MemoryObjectStore } from '../../src/storage/memory.ts';
import type { RequestCounts } from '../../src/storage/object-store.ts';
import { Stores } from '../../src/storage/stores.ts';
import { FakeCatalog } from '../plans/fake-catalog.ts';

/** Rows that every producer has for each partition, on average: so many that no slice is empty. */
const ROWS_PER_SLICE = 16;

const OBJECTS: ExchangeChoice = { medium: 'objects', compression: null };

/** P tasks with the same rows, an exchange by their key, P tasks that read it. */
async function exchangeOf(partitions: number, levels: Levels): Promise<StageGraph> {
  const rows = partitions * ROWS_PER_SLICE;
  const { stages } = await planQuery(`select n from range(${rows}) t(n)`, { catalog: new FakeCatalog({}) });
  const [series] = stages.stages as readonly [Stage];
  const keys = series.plan.columns.map((column) => columnExpr(column));
  const producer: Stage = {
    ...series,
    tasks: Array.from({ length: partitions }, () => ({ scans: {} })),
    output: { kind: 'hash', keys, of: partitions, divisor: 1, partitions },
    exchange: OBJECTS,
  };
  const reader: Stage = {
    ...series,
    id: stageId(1),
    plan: counted({ kind: 'exchangeSource', stage: producer.id, columns: series.plan.columns }),
    inputs: [{ stage: producer.id, route: oneLevel(partitions, partitions) }],
    tasks: producer.tasks,
    scans: [],
    estimatedRows: [null, null],
  };
  const graph = { stages: [producer, reader] };
  return levels === 1 ? graph : withLevels(graph, producer.id, levelShapes(partitions, partitions, levels), OBJECTS);
}

/** One row, how many there were: it travels inline. */
const counted = (input: PhysicalPlan): PhysicalPlan => ({
  kind: 'aggregate',
  phase: 'single',
  input,
  groups: [],
  groupingSets: null,
  aggregates: [{ function: 'count', args: [], argTypes: [], distinct: false, orderBy: [], filter: null, states: [] }],
  columns: [{ id: 1_000_000 as ColumnId, name: 'n', type: BIGINT, nullable: false }],
});

interface Counted {
  /** Made by the tasks. */
  readonly requests: RequestCounts;
  /** Of each task that reads the whole exchange. */
  readonly rows: readonly number[];
  /** What is left in the store. */
  readonly left: number;
}

/** Runs the stages in this process over a memory store, which counts. */
async function count(graph: StageGraph): Promise<Counted> {
  const transports = { memory: new MemoryObjectStore() };
  const stores = meteredStores({}, { transports });
  const taskStores = new Stores({}, { transports });
  const cloud = inlineCloud({
    stores,
    storage: {},
    taskStores,
    memoryMb: 1769,
    timeoutMs: 600_000,
    scratch: 'memory://scratch/squall',
  });
  const query = newQueryId(cloud.clock, cloud.random);
  const scratch = new Scratch(stores, cloud.scratch, query);
  const before = taskStores.requests();
  const { signal } = new AbortController();
  const attempts: AttemptEvent[] = [];
  const onAttempt = (event: AttemptEvent) => attempts.push(event);
  await new RequestMeter().run(() => runStages(staticGraph(graph), { query, cloud, scratch, signal, onAttempt }));
  expect(attempts.filter(({ error }) => error !== null)).toEqual([]);
  const last = graph.stages.at(-1)?.id;
  const rows = attempts.flatMap(({ stage, metrics }) => (stage === last && metrics ? [metrics.rowsIn] : []));
  const requests = countsSince(before, taskStores.requests());
  await scratch.clean();
  let left = 0;
  for await (const page of transports.memory.list({ bucket: 'scratch', prefix: '' })) left += page.objects.length;
  await cloud.close();
  return { requests, rows, left };
}

/** Dollars of the requests of published exchanges, one level and two and three with write combining. */
const PUBLISHED: Readonly<Record<string, number>> = {
  '1 64': 0.002,
  '1 256': 0.0275,
  '1 1024': 0.425,
  '2 64': 0.001,
  '2 256': 0.0058,
  '2 1024': 0.0365,
  '3 64': 0.0013,
  '3 256': 0.0058,
  '3 1024': 0.0277,
};

describe('requests of an exchange between P producers and P consumers', () => {
  it.each<[number, Levels, number, number]>([
    [16, 1, 16, 16 * 16],
    [64, 1, 64, 64 * 64],
    [256, 1, 256, 256 * 256],
    [1024, 1, 1024, 1024 * 1024],
    [16, 2, 2 * 16, 16 * (4 + 4)],
    [64, 2, 2 * 64, 64 * (8 + 8)],
    [256, 2, 2 * 256, 256 * (16 + 16)],
    [1024, 2, 2 * 1024, 1024 * (32 + 32)],
    [64, 3, 3 * 64, 64 * (4 + 4 + 4)],
    [512, 3, 3 * 512, 512 * (8 + 8 + 8)],
  ])('P = %i, %i levels: %i PUT and %i GET, no LIST, no HEAD', async (partitions, levels, puts, gets) => {
    const { requests, rows, left } = await count(await exchangeOf(partitions, levels));
    const { PUT, GET, LIST, HEAD, DELETE } = requests;
    expect([PUT, GET, LIST, HEAD, DELETE].map((made) => made.requests)).toEqual([puts, gets, 0, 0, 0]);
    expect(rows).toHaveLength(partitions);
    expect(rows.reduce((sum, own) => sum + own, 0)).toBe(partitions * partitions * ROWS_PER_SLICE);
    expect(rows.every((own) => own > 0 && own % partitions === 0)).toBe(true);
    expect(left).toBe(0);
    const { requests: dollars } = bill(US_EAST_1, { requests, gbSeconds: 0, invocations: 0 });
    const published = PUBLISHED[`${levels} ${partitions}`];
    process.stdout.write(
      `P ${partitions}, levels ${levels}: ${puts} PUT, ${gets} GET, $${dollars.toFixed(4)}${published === undefined ? '' : ` (published $${published})`}\n`,
    );
  });
});
