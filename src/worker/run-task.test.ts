import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../../test/oracle/duckdb.ts';
import { aggregate, call, column, literal, ref } from '../../test/oracle/expr-builder.ts';
import { type Clock, systemClock, systemRandom } from '../common/clock.ts';
import { attemptId, type QueryId, stageId, taskId } from '../common/ids.ts';
import type { Value } from '../common/types.ts';
import { BIGINT, DATE, decimal, INTEGER, VARCHAR } from '../common/types.ts';
import { decodeWire, encodeWire } from '../common/wire.ts';
import { manifestSlice, readManifest } from '../exchange/manifest.ts';
import { fieldOf } from '../operators/expr/expr.ts';
import type { AggregatePlan, PhysicalPlan, ScanPlan } from '../operators/plan.ts';
import { type Manifest, PROTOCOL_VERSION, type Task, type TaskReport } from '../operators/task.ts';
import { readFooter } from '../parquet/footer.ts';
import { planRowGroup } from '../parquet/plan-row-group.ts';
import type { RowGroupInput } from '../parquet/row-group-input.ts';
import { Stores } from '../storage/stores.ts';
import { Arena } from '../wasm/arena.ts';
import { columnReader } from '../wasm/read-vector.ts';
import { diskSpill } from './disk-spill.ts';
import type { WorkerHost } from './host.ts';
import { KeptMemory } from './kept-memory.ts';
import { runTask } from './run-task.ts';
import { taskStores } from './task-stores.ts';

const MONEY = decimal(15, 2);
const [flag, price, discount, day] = [
  column(1, 'flag', VARCHAR),
  column(2, 'price', MONEY),
  column(3, 'discount', MONEY),
  column(4, 'day', DATE),
];
const scan: ScanPlan = { kind: 'scan', scan: 0, table: 'sales', columns: [flag, price, discount, day] };
const revenue = call('*', ref(price), call('-', literal(1, INTEGER), ref(discount)));
const aggregates = [
  aggregate(10, 'sum', revenue),
  aggregate(20, 'avg', ref(price)),
  aggregate(30, 'count', null),
  aggregate(40, 'max', ref(day)),
];
const partial: AggregatePlan = {
  kind: 'aggregate',
  groupingSets: null,
  phase: 'partial',
  input: {
    kind: 'filter',
    input: scan,
    predicate: call('<=', ref(day), literal(10_600, DATE)),
    columns: scan.columns,
  },
  groups: [ref(flag)],
  aggregates: aggregates.map((built) => built.call),
  columns: [flag, ...aggregates.flatMap((built) => built.call.states)],
};
const final: PhysicalPlan = {
  kind: 'sort',
  input: {
    ...partial,
    phase: 'final',
    input: { kind: 'exchangeSource', stage: stageId(0), columns: partial.columns },
    aggregates: aggregates.map(({ call: built }) => ({ ...built, args: [], filter: null })),
    columns: [flag, ...aggregates.map((built) => built.result)],
  },
  keys: [{ expr: ref(flag), descending: false, nullsFirst: false }],
  columns: [flag, ...aggregates.map((built) => built.result)],
};

let folder: string;
let oracle: Oracle;
let inputs: readonly RowGroupInput[];
const stores = new Stores();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'squall-worker-'));
  oracle = await Oracle.open();
  await oracle.run(`CREATE TABLE sales AS SELECT
    CASE WHEN i % 11 = 0 THEN NULL ELSE chr((65 + i % 3)::INTEGER) END AS flag,
    ((i * 7919) % 1000000 / 100.0)::DECIMAL(15,2) AS price, ((i % 10) / 100.0)::DECIMAL(15,2) AS discount,
    DATE '1998-01-01' + (i % 700)::INTEGER AS day FROM range(20000) t(i)`);
  const path = join(folder, 'sales.parquet');
  await oracle.run(`COPY sales TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 4096)`);
  inputs = await plannedInputs(path);
});

afterAll(async () => {
  await stores.close();
  oracle.close();
  rmSync(folder, { recursive: true });
});

async function plannedInputs(path: string): Promise<RowGroupInput[]> {
  const { store, location } = stores.resolve(path);
  const { footer, etag, size } = await readFooter(store, location);
  const columns = scan.columns.map(({ name }) => footer.schema.findIndex((field) => field.name === name));
  return Array.from({ length: footer.rowGroupCount }, (_, rowGroup) =>
    planRowGroup({ footer, uri: path, etag, size, rowGroup, columns }),
  );
}

function host(clock: Clock = systemClock): WorkerHost {
  let starts = 0;
  return {
    clock,
    random: systemRandom,
    openStores: () => taskStores(stores),
    spillPlace: diskSpill,
    memory: new KeptMemory(),
    instance: {
      id: 'instance-1',
      start: () => ({ coldStart: starts++ === 0, initMs: 12 }),
      memoryPeakBytes: () => 1000,
    },
  };
}

const task = (plan: PhysicalPlan, more: Partial<Task> = {}): Task => ({
  version: PROTOCOL_VERSION,
  query: '01J00000000000000000000000' as QueryId,
  stage: stageId(0),
  task: taskId(2),
  attempt: attemptId(1),
  plan,
  scans: { 0: inputs },
  exchanges: {},
  output: { maxInlineBytes: 1_000_000, uri: join(folder, 'out.arrow') },
  storage: {},
  budget: { memoryBytes: 256 * 1024 * 1024, deadline: Date.now() + 60_000 },
  ...more,
});

function manifestOf(report: TaskReport): Manifest {
  if (!report.outcome.ok) throw new Error(report.outcome.error.message);
  return report.outcome.manifest;
}

function errorOf(report: TaskReport) {
  if (report.outcome.ok) throw new Error('the task did not fail');
  const { name, code, message, details } = report.outcome.error;
  return { name, code, message, details };
}

async function rowsOf(manifest: Manifest, plan: PhysicalPlan): Promise<Value[][]> {
  const arena = new Arena();
  const columns = plan.columns.map(fieldOf);
  const rows: Value[][] = [];
  for await (const batch of readManifest(manifest, { columns, arena, resolve: (uri) => stores.resolve(uri) })) {
    const readers = batch.columns.map((vector) => columnReader(arena, vector));
    for (let row = 0; row < batch.length; row++) rows.push(readers.map((read) => read(row)));
  }
  return rows;
}

const EXPECTED = `SELECT flag, sum(price::DECIMAL(38,2) * (1 - discount)), NULL, count(*), max(day), sum(price)
  FROM sales WHERE day <= DATE '1999-01-09' GROUP BY flag ORDER BY flag NULLS LAST`;

describe('a stage of tasks and one that merges them', () => {
  it.each([
    ['inline', 1_000_000],
    ['through objects', 0],
  ])('gives the rows that DuckDB gives, %s', async (_, maxInlineBytes) => {
    const half = Math.ceil(inputs.length / 2);
    const parts = [inputs.slice(0, half), inputs.slice(half), []];
    const manifests: Manifest[] = [];
    for (const [i, part] of parts.entries()) {
      const output = { maxInlineBytes, uri: join(folder, `out-${i}.arrow`) };
      const sent = task(partial, { task: taskId(i), scans: { 0: part }, output });
      const report = await runTask(decodeWire(encodeWire(sent)) as Task, host());
      expect(decodeWire(encodeWire(report))).toEqual(report);
      manifests.push(manifestOf(report));
      expect(report.metrics.rowsIn).toBe(part.reduce((sum, { rows }) => sum + rows, 0));
      expect(report.metrics.rowsOut).toBe(part.length > 0 ? 4 : 0);
      expect(report.metrics.requests.GET.requests).toBe(part.reduce((sum, { ranges }) => sum + ranges.length, 0));
      expect(report.metrics.requests.PUT.requests).toBe(maxInlineBytes === 0 ? 1 : 0);
    }
    const report = await runTask(task(final, { stage: stageId(1), exchanges: { 0: { manifests } } }), host());
    expect(report.metrics.rowsIn).toBe(8);
    expect(report.metrics.requests.GET.requests).toBe(maxInlineBytes === 0 ? 3 : 0);
    const rows = await rowsOf(manifestOf(report), final);
    const expected = await oracle.rows(EXPECTED);
    expect(rows).toEqual(
      expected.map(([key, sum, , count, max, total]) => [
        key,
        sum,
        Number(total as bigint) / (100 * Number(count)),
        count,
        max,
      ]),
    );
  });

  it.each([
    ['inline', 1_000_000],
    ['through objects', 0],
  ])('gives them by partition too, %s, with a GET for each partition that has rows', async (_, maxInlineBytes) => {
    const partitions = 3;
    const manifests: Manifest[] = [];
    for (const [i, part] of [inputs.slice(0, 2), inputs.slice(2)].entries()) {
      const output = {
        maxInlineBytes,
        uri: join(folder, `part-${i}.arrow`),
        partitioning: { kind: 'hash' as const, keys: [ref(flag)], of: partitions, divisor: 1, partitions },
      };
      const sent = task(partial, { task: taskId(i), scans: { 0: part }, output });
      const report = await runTask(decodeWire(encodeWire(sent)) as Task, host());
      manifests.push(manifestOf(report));
      expect(report.metrics.requests.PUT.requests).toBe(maxInlineBytes === 0 ? 1 : 0);
      const rowsIn = part.reduce((sum, { rows }) => sum + rows, 0);
      const [groups, filtered, scanned] = report.metrics.operatorRows;
      expect([groups, scanned]).toEqual([4, rowsIn]);
      expect(filtered).toBeLessThan(rowsIn);
    }
    const rows: Value[][] = [];
    for (let p = 0; p < partitions; p++) {
      const own = manifests.flatMap((manifest) => manifestSlice(manifest, { from: p, to: p + 1 }) ?? []);
      const report = await runTask(task(final, { scans: {}, exchanges: { 0: { manifests: own } } }), host());
      expect(report.metrics.requests.GET.requests).toBe(maxInlineBytes === 0 ? own.length : 0);
      rows.push(...(await rowsOf(manifestOf(report), final)));
    }
    const whole = await runTask(
      task({ ...final, input: { ...partial, phase: 'single', columns: final.columns } as AggregatePlan }),
      host(),
    );
    const expected = await rowsOf(manifestOf(whole), final);
    const byKey = (some: Value[][]) => [...some].sort((a, b) => String(a[0]).localeCompare(String(b[0])));
    expect(byKey(rows)).toEqual(byKey(expected));
    expect(rows).toHaveLength(4);
  });

  it('reports phases, start and instance', async () => {
    const { metrics, ...rest } = await runTask(task(partial), host());
    expect(rest).toMatchObject({ version: 2, stage: 0, task: 2, attempt: 1, query: '01J00000000000000000000000' });
    expect(metrics).toMatchObject({ memoryPeakBytes: 1000, coldStart: true, initMs: 12, instance: 'instance-1' });
    for (const phase of ['fetch', 'decode', 'compute', 'write', 'total'] as const) {
      expect(metrics.ms[phase], phase).toBeGreaterThan(0);
    }
  });

  it('reads no more row groups than LIMIT needs', async () => {
    const plan: PhysicalPlan = { kind: 'limit', input: scan, limit: 5, offset: 0, columns: scan.columns };
    const report = await runTask(task(plan), host());
    expect(report.metrics.rowsOut).toBe(5);
    expect(report.metrics.rowsIn).toBe(inputs[0]?.rows);
    expect(report.metrics.requests.GET.requests).toBeLessThanOrEqual(3);
  });
});

describe('a task that fails', () => {
  const where = { stage: '0', task: '2', attempt: 1 };

  it('says which object held the bad value', async () => {
    const quotient = call('/', literal(1, INTEGER), call('-', ref(day), literal(10_227, DATE)));
    const plan: PhysicalPlan = { kind: 'project', input: scan, exprs: [quotient], columns: [column(50, 'q', INTEGER)] };
    expect(errorOf(await runTask(task(plan), host()))).toEqual({
      name: 'ExecutionError',
      code: 'SQ3003',
      message: 'division by zero',
      details: { ...where, object: inputs[0]?.uri },
    });
  });

  it('names a missing object', async () => {
    const uri = join(folder, 'gone.parquet');
    const error = errorOf(
      await runTask(task(partial, { scans: { 0: [{ ...(inputs[0] as RowGroupInput), uri }] } }), host()),
    );
    expect(error).toMatchObject({
      name: 'StorageError',
      code: 'SQ5001',
      details: { ...where, object: `file://${uri}` },
    });
  });

  it('notices that an object has changed', async () => {
    const path = join(folder, 'changing.parquet');
    await oracle.run(`COPY (FROM sales LIMIT 10) TO '${path}' (FORMAT parquet)`);
    const planned = await plannedInputs(path);
    writeFileSync(path, 'something else entirely');
    expect(errorOf(await runTask(task(partial, { scans: { 0: planned } }), host())).code).toBe('SQ5005');
  });

  it('notices a scan and an exchange that were not declared', async () => {
    expect(errorOf(await runTask(task(partial, { scans: {} }), host())).message).toBe(
      'the task declares no inputs for scan 0 of sales',
    );
    expect(errorOf(await runTask(task(final), host())).message).toBe('the task declares no input from stage 0');
  });

  it('notices lost rows of a producer', async () => {
    const manifest = manifestOf(await runTask(task(partial), host()));
    const exchanges = { 0: { manifests: [{ ...manifest, rows: manifest.rows + 1 }] } };
    expect(errorOf(await runTask(task(final, { exchanges }), host()))).toMatchObject({
      name: 'InternalError',
      message: 'stage 0, task 2 delivered 4 rows, its manifest says 5',
    });
  });

  it('keeps to its memory', async () => {
    const budget = { memoryBytes: 100_000, deadline: Date.now() + 60_000 };
    expect(errorOf(await runTask(task(partial, { budget }), host()))).toMatchObject({
      name: 'ResourceError',
      code: 'SQ4001',
    });
  });

  it('reads no row group that is larger than its memory', async () => {
    const budget = { memoryBytes: 100, deadline: Date.now() + 60_000 };
    const report = await runTask(task(partial, { budget }), host());
    const [uri, bytes] = [inputs[0]?.uri, inputs[0]?.ranges.reduce((sum, { length }) => sum + length, 0)];
    expect(errorOf(report)).toMatchObject({
      code: 'SQ4001',
      message: `row group 0 of ${uri} has ${bytes} bytes in the columns that are read, the task's memory 100`,
    });
    expect(report.metrics.requests.GET.requests).toBe(0);
  });

  it('gives up at its deadline', async () => {
    const budget = { memoryBytes: 1e8, deadline: Date.now() - 1 };
    const report = await runTask(task(partial, { budget }), host());
    expect(errorOf(report)).toEqual({
      name: 'ResourceError',
      code: 'SQ4006',
      message: 'the task did not finish before its deadline',
      details: where,
    });
    expect(report.metrics.requests.GET.requests).toBe(0);
  });

  it('sees its deadline between batches even while timers starve', async () => {
    let reads = 0;
    const deadline = 1_000_000;
    const clock: Clock = {
      ...systemClock,
      now: () => (reads++ < 3 ? deadline - 1 : deadline),
      sleep: () => new Promise(() => undefined),
    };
    const budget = { memoryBytes: 1e8, deadline };
    const report = await runTask(task(partial, { budget }), host(clock));
    expect(errorOf(report).code).toBe('SQ4006');
    expect(report.metrics.rowsIn).toBeGreaterThan(0);
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    const report = runTask(task(partial), host(), { signal: controller.signal });
    controller.abort();
    expect(errorOf(await report)).toMatchObject({ name: 'CancelledError', code: 'SQ7000' });
  });

  it('refuses another protocol', async () => {
    const error = errorOf(await runTask({ ...task(partial), version: 1 as 2 }, host()));
    expect(error).toEqual({
      name: 'InvokeError',
      code: 'SQ6006',
      message: 'the task speaks protocol 1, this worker 2',
      details: where,
    });
  });
});

it('reads a column that a file lacks as NULL', async () => {
  const lacking = column(60, 'lacking', BIGINT);
  const wide: ScanPlan = { ...scan, columns: [flag, lacking] };
  const first = inputs[0] as RowGroupInput;
  const input: RowGroupInput = { ...first, chunks: [first.chunks[0] ?? null, null] };
  const rows = await rowsOf(manifestOf(await runTask(task(wide, { scans: { 0: [input] } }), host())), wide);
  expect(rows).toHaveLength(first.rows);
  expect(rows.every(([, value]) => value === null)).toBe(true);
});
