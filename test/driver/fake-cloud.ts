import { VirtualClock } from '../../src/cloud/sim/virtual-clock.ts';
import { seededRandom } from '../../src/common/clock.ts';
import { toWireError } from '../../src/common/errors.ts';
import { attemptId, type QueryId, stageId, taskId } from '../../src/common/ids.ts';
import { INTEGER } from '../../src/common/types.ts';
import type { Cloud, CloudLimits, Invoker } from '../../src/driver/cloud.ts';
import { meteredStores } from '../../src/driver/request-meter.ts';
import type { ColumnId } from '../../src/operators/expr/expr.ts';
import type { PhysicalPlan } from '../../src/operators/plan.ts';
import {
  type Manifest,
  type ManifestBody,
  PROTOCOL_VERSION,
  type Task,
  type TaskMetrics,
  type TaskReport,
} from '../../src/operators/task.ts';
import type { Stage, StageGraph } from '../../src/planner/stages/stage-graph.ts';
import { noRequests } from '../../src/storage/counted.ts';
import { MemoryObjectStore } from '../../src/storage/memory.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';

/** Base of the fake cloud's temporary objects. */
export const SCRATCH = 'memory://scratch/squall';

export interface FakeCloudOptions {
  readonly invoke: Invoker['invoke'];
  readonly warm?: Invoker['warm'];
  readonly invokeTree?: Invoker['invokeTree'];
  readonly links?: Cloud['links'];
  readonly store?: ObjectStore;
  readonly limits?: Partial<CloudLimits>;
  readonly prices?: Cloud['prices'];
}

export interface FakeCloud extends Cloud {
  readonly clock: VirtualClock;
  /** How often it was closed. */
  readonly closed: { count: number };
}

/** A cloud under virtual time over a memory store, whose functions are the caller's. */
export function fakeCloud(options: FakeCloudOptions): FakeCloud {
  const { invoke, warm, invokeTree, links = null, store, limits, prices = null } = options;
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const closed = { count: 0 };
  return {
    target: 'local',
    clock,
    random,
    stores: meteredStores({}, { clock, random, transports: { memory: store ?? new MemoryObjectStore({ clock }) } }),
    storage: {},
    invoker: { invoke, ...(warm && { warm }), ...(invokeTree && { invokeTree }) },
    limits: { memoryMb: 1024, timeoutMs: 60_000, concurrency: 100, payloadBytes: 6_291_456, ...limits },
    scratch: SCRATCH,
    links,
    prices,
    closed,
    close: async () => {
      closed.count++;
    },
  };
}

/** Keys of all objects that are left. */
export async function leftovers(store: ObjectStore, bucket = 'scratch'): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const page of store.list({ bucket, prefix: '' })) keys.push(...page.objects.map(({ key }) => key));
  return keys;
}

export const PLAN: PhysicalPlan = {
  kind: 'values',
  rows: [],
  columns: [{ id: 0 as ColumnId, name: 'n', type: INTEGER, nullable: true }],
};

/** A chain of stages with the given numbers of tasks, each reading the one before. */
export function chain(...tasks: readonly number[]): StageGraph {
  return { stages: tasks.map((count, id) => fakeStage(id, count, id === 0 ? [] : [id - 1])) };
}

export const fakeStage = (id: number, tasks: number, inputs: readonly number[]): Stage => ({
  id: stageId(id),
  plan: PLAN,
  inputs: inputs.map((stage) => ({ stage: stageId(stage), route: { kind: 'all' } })),
  exchange: { medium: 'inline', compression: null },
  after: [],
  tasks: Array.from({ length: tasks }, () => ({ scans: {} })),
  scans: [],
  output: { kind: 'whole' },
  estimatedRows: [null],
  enough: null,
});

export const METRICS: TaskMetrics = {
  rowsIn: 10,
  rowsOut: 1,
  operatorRows: [1],
  requests: noRequests(),
  inputs: {},
  output: { requests: 0, bytes: 0 },
  ms: { fetch: 1, decode: 1, compute: 1, write: 1, total: 5 },
  memoryPeakBytes: 1000,
  coldStart: false,
  initMs: null,
  instance: 'fake',
};

const INLINE: ManifestBody = { kind: 'inline', bytes: new Uint8Array() };

export const manifestOf = ({ stage, task, attempt }: Task, rows = 1, body: ManifestBody = INLINE): Manifest => ({
  stage,
  task,
  attempt,
  rows,
  body,
});

export function succeeded(task: Task, manifest = manifestOf(task), metrics: Partial<TaskMetrics> = {}): TaskReport {
  return reportOf(task, { ok: true, manifest }, metrics);
}

export function failed(task: Task, error: Error, metrics: Partial<TaskMetrics> = {}): TaskReport {
  return reportOf(task, { ok: false, error: toWireError(error) }, metrics);
}

function reportOf(task: Task, outcome: TaskReport['outcome'], metrics: Partial<TaskMetrics>): TaskReport {
  const { query, stage, attempt } = task;
  const ids = { query, stage, task: task.task, attempt };
  return { version: PROTOCOL_VERSION, ...ids, outcome, metrics: { ...METRICS, ...metrics } };
}

export const QUERY = '01JQUERY' as QueryId;

/** A task as the scheduler makes it. */
export const fakeTask = (more: Partial<Task> = {}): Task => ({
  version: PROTOCOL_VERSION,
  query: QUERY,
  stage: stageId(0),
  task: taskId(3),
  attempt: attemptId(0),
  plan: PLAN,
  scans: {},
  exchanges: {},
  output: { uri: `${SCRATCH}/${QUERY}/stage-0/task-3.attempt-0.arrow`, maxInlineBytes: 1000 },
  storage: {},
  budget: { memoryBytes: 1e9, deadline: 60_000 },
  ...more,
});
