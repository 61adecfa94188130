import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLocalCloud } from '../../src/cloud/local/local-cloud.ts';
import { attemptId, taskId } from '../../src/common/ids.ts';
import { INTEGER, VARCHAR } from '../../src/common/types.ts';
import type { Cloud, Invoker } from '../../src/driver/cloud.ts';
import { meteredStores, RequestMeter } from '../../src/driver/request-meter.ts';
import { Scratch } from '../../src/driver/scratch.ts';
import type { ColumnId } from '../../src/operators/expr/expr.ts';
import type { PhysicalPlan } from '../../src/operators/plan.ts';
import type { Task } from '../../src/operators/task.ts';
import { fakeTask, QUERY } from '../driver/fake-cloud.ts';
import { processesOf } from './squall.ts';

const never = new AbortController().signal;

let temporary: string;
let base: string;
let cloud: Cloud;
let invoker: Required<Invoker>;

beforeEach(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'squall-invocation-'));
  vi.stubEnv('TMPDIR', temporary);
  base = pathToFileURL(`${join(temporary, 'scratch')}/`).href;
  cloud = await startLocalCloud({
    stores: meteredStores({}),
    storage: {},
    env: {},
    memoryMb: 512,
    timeoutMs: 60_000,
    concurrency: 4,
    scratch: base,
  });
  invoker = cloud.invoker as Required<Invoker>;
});

/** However a test ends: no object that a sweep does not find, no process, no other file. */
afterEach(async () => {
  await new Scratch(cloud.stores, base, QUERY).sweep();
  expect(objects()).toEqual([]);
  await cloud.close();
  await cloud.stores.close();
  expect(processesOf(temporary)).toEqual([]);
  expect(readdirSync(temporary).filter((name) => name !== 'scratch')).toEqual([]);
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

function objects(): readonly string[] {
  const folder = join(temporary, 'scratch');
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : []));
}

const numbers = (count: number): PhysicalPlan => ({
  kind: 'values',
  rows: Array.from({ length: count }, (_, n) => [{ kind: 'literal', value: n, type: INTEGER }]),
  columns: [{ id: 1 as ColumnId, name: 'n', type: INTEGER, nullable: false }],
});

const task = (n: number, more: Partial<Task> = {}): Task =>
  fakeTask({
    task: taskId(n),
    plan: numbers(n + 1),
    output: { uri: `${base}${QUERY}/stage-0/task-${n}.attempt-0.arrow`, maxInlineBytes: 100 },
    budget: { memoryBytes: 1e8, deadline: Date.now() + 60_000 },
    ...more,
  });

describe('embedded functions', { timeout: 120_000 }, () => {
  it('run a tree of 40 tasks: functions that invoke functions, reports by the journal', async () => {
    const journal = `${base}${QUERY}/journal/`;
    const tasks = Array.from({ length: 40 }, (_, n) => task(n, { journal }));
    const meter = new RequestMeter();
    const run = () => Promise.all(invoker.invokeTree(tasks, { signal: never, wrote: () => undefined }));
    const reports = await meter.run(run);
    expect(reports.map((report) => report.outcome.ok && report.outcome.manifest.rows)).toEqual(
      tasks.map((_, n) => n + 1),
    );
    expect(meter.counts().GET.requests).toBe(40);
    expect(objects().filter((name) => name.endsWith('.json'))).toHaveLength(40);
  });

  it('take a task, and answer a report, that is larger than an invocation may be', async () => {
    const text = randomBytes(60_000).toString('base64');
    const plan: PhysicalPlan = {
      kind: 'values',
      rows: Array.from({ length: 90 }, (_, n) => [{ kind: 'literal', value: `${n}${text.slice(n)}`, type: VARCHAR }]),
      columns: [{ id: 1 as ColumnId, name: 's', type: VARCHAR, nullable: false }],
    };
    // The plan repeats itself and compresses; an input that nobody reads does not.
    const noise = { kind: 'inline', bytes: randomBytes(5_500_000) } as const;
    const manifests = [{ stage: task(0).stage, task: taskId(0), attempt: attemptId(0), rows: 1, body: noise }];
    const written: string[] = [];
    const large = task(0, {
      plan,
      exchanges: { 9: { manifests } },
      output: { uri: `${base}${QUERY}/stage-0/task-0.attempt-0.arrow`, maxInlineBytes: 100_000_000 },
    });
    const report = await invoker.invoke(large, { signal: never, wrote: (uri) => written.push(uri) });
    expect(report.outcome).toMatchObject({ ok: true, manifest: { rows: 90, body: { kind: 'inline' } } });
    expect(written).toEqual([`${large.output.uri}.task`, `${large.output.uri}.report`]);
    // The function read the task and wrote the report.
    expect(report.metrics.requests).toMatchObject({ GET: { requests: 1 }, PUT: { requests: 1 } });
    expect(report.metrics.output).toEqual({ requests: 0, bytes: 0 });
  });

  it('are warm after they were warmed', async () => {
    await invoker.warm(3, { signal: never });
    const reports = await Promise.all(
      [0, 1, 2].map((n) => invoker.invoke(task(n), { signal: never, wrote: () => undefined })),
    );
    expect(reports.map(({ metrics }) => metrics.coldStart)).toEqual([false, false, false]);
  });
});
