import { describe, expect, it } from 'vitest';
import { fakeTask, leftovers, manifestOf } from '../../test/driver/fake-cloud.ts';
import { type SimCloud, simCloud } from '../cloud/sim/sim-cloud.ts';
import type { SquallError } from '../common/errors.ts';
import { attemptId, taskId } from '../common/ids.ts';
import { decodeWire, encodeWire } from '../common/wire.ts';
import { acceptReport } from '../driver/accept-report.ts';
import type { Invoker } from '../driver/cloud.ts';
import { RequestMeter } from '../driver/request-meter.ts';
import { journalKey, type Task, type TaskReport } from '../operators/task.ts';
import { MemoryObjectStore } from '../storage/memory.ts';
import { failedKey } from './journal.ts';
import { sharesOf } from './tree.ts';

const JOURNAL = 's3://scratch/squall/01JQUERY/journal/';
const never = new AbortController().signal;

interface Setup {
  readonly cloud: SimCloud;
  readonly objects: MemoryObjectStore;
  readonly invoker: Required<Invoker>;
}

async function setUp(dies?: (nth: number) => boolean): Promise<Setup> {
  const objects = new MemoryObjectStore();
  const cloud = await simCloud({ seed: 1, objects, ...(dies && { dies }) });
  return { cloud, objects, invoker: cloud.invoker as Required<Invoker> };
}

const tasksOf = (count: number, { clock }: SimCloud, more: Partial<Task> = {}): Task[] =>
  Array.from({ length: count }, (_, n) =>
    fakeTask({
      task: taskId(n),
      journal: JOURNAL,
      output: { uri: `s3://scratch/squall/01JQUERY/stage-0/task-${n}.attempt-0.arrow`, maxInlineBytes: 0 },
      budget: { memoryBytes: 1e8, deadline: clock.now() + 60_000 },
      ...more,
    }),
  );

const outcomes = async (reports: readonly Promise<TaskReport>[]) =>
  (await Promise.allSettled(reports)).map((one) =>
    one.status === 'fulfilled' ? one.value : (one.reason as SquallError),
  );

describe('shares of a tree', () => {
  it.each([
    [1, [1]],
    [2, [1, 1]],
    [3, [1, 2]],
    [40, [5, 6, 6, 5, 6, 6, 6]],
  ])('of %i tasks', (count, sizes) => {
    const all = Array.from({ length: count }, (_, n) => n);
    const shares = sharesOf(all);
    expect(shares.map((share) => share.length).toSorted()).toEqual(sizes.toSorted());
    expect(shares.flat()).toEqual(all);
  });

  it('of 1,000 tasks are 32', () => expect(sharesOf(new Array(1000).fill(0))).toHaveLength(32));
});

describe('a tree of 40 tasks', () => {
  it('runs every task once and finds its report in the journal', async () => {
    const { cloud, objects, invoker } = await setUp();
    const tasks = tasksOf(40, cloud);
    const meter = new RequestMeter();
    const written: string[] = [];
    const wrote = (uri: string) => written.push(uri);
    const reports = await meter.run(() => Promise.all(invoker.invokeTree(tasks, { signal: never, wrote })));
    expect(reports.map(({ task, attempt, outcome }) => [task, attempt, outcome.ok])).toEqual(
      tasks.map(({ task }) => [task, 0, true]),
    );
    expect(new Set(reports.map(({ metrics }) => metrics.instance)).size).toBeGreaterThan(7);
    // One object, one marker.
    for (const { metrics } of reports) {
      expect(metrics.requests.PUT.requests).toBe(2);
      expect(metrics.output).toEqual({ requests: 2, bytes: metrics.requests.PUT.bytes });
      expect(metrics.requests.GET.requests).toBe(0);
    }
    const { GET, LIST, PUT } = meter.counts();
    expect(GET.requests).toBe(40);
    expect(LIST.requests).toBeLessThan(20);
    expect(PUT.requests).toBe(0);
    expect(written).toEqual([]);
    expect(await leftovers(objects)).toHaveLength(80);
    await cloud.close();
  });

  it('writes under keys of its own, so that an event that comes twice harms nothing', async () => {
    const { cloud, invoker } = await setUp();
    const tasks = tasksOf(1, cloud);
    const [report] = await Promise.all(invoker.invokeTree(tasks, { signal: never, wrote: () => undefined }));
    const body = report?.outcome.ok && report.outcome.manifest.body;
    expect(body).toMatchObject({ kind: 'object' });
    expect((body as { uri: string }).uri).toMatch(
      /^s3:\/\/scratch\/squall\/01JQUERY\/stage-0\/task-0\.attempt-0\.arrow\.[0-9a-f]{8}$/,
    );
    const [task] = tasks as [Task];
    const uriOf = () => task.output.uri;
    expect(acceptReport(report as TaskReport, task, uriOf)).toBe(report);
    const { journal: _, ...flat } = task;
    const misplaced = 'the function delivered another output than that of stage 0, task 0, attempt 0';
    expect(() => acceptReport(report as TaskReport, flat, uriOf)).toThrow(misplaced);
    expect(() => acceptReport(report as TaskReport, task, () => `${task.output.uri}x`)).toThrow(misplaced);
    await cloud.close();
  });

  it('tells of tasks that failed, by the journal too', async () => {
    const { cloud, objects, invoker } = await setUp();
    const tasks = tasksOf(9, cloud);
    tasks[4] = { ...(tasks[4] as Task), version: 99 as never };
    const reports = await Promise.all(invoker.invokeTree(tasks, { signal: never, wrote: () => undefined }));
    expect(reports.map(({ outcome }) => outcome.ok)).toEqual(tasks.map((_, n) => n !== 4));
    expect(reports[4]?.outcome).toMatchObject({ error: { code: 'SQ6006' } });
    const keys = await leftovers(objects);
    expect(keys.filter((key) => key.includes('task-4'))).toEqual([
      'squall/01JQUERY/journal/stage-0/task-4.attempt-0.failed.json',
    ]);
    await cloud.close();
  });

  it('finds the children of a function that died to be lost, which may be tried again', async () => {
    // The driver's seven events come first: one of them dies.
    const { cloud, invoker } = await setUp((nth) => nth === 2);
    const tasks = tasksOf(40, cloud);
    const startedAt = cloud.clock.monotonic();
    let gone = 0;
    const lingers = (end: Promise<void>) => void end.then(() => gone++);
    const all = await outcomes(invoker.invokeTree(tasks, { signal: never, wrote: () => undefined, lingers }));
    const lost = all.flatMap((one) => ('code' in one ? [one] : []));
    const share = sharesOf(tasks).find(([own]) => String(own?.task) === lost[0]?.details.task) as readonly Task[];
    expect(lost.map(({ code, retryable, details }) => [code, retryable, details.task])).toEqual(
      share.map(({ task }) => ['SQ6014', true, String(task)]),
    );
    expect(lost[0]?.message).toMatch(
      /^stage 0, task \d+ was invoked and not heard of again: [5-9] s have passed, half of the others took less than a quarter of it$/,
    );
    expect(cloud.clock.monotonic() - startedAt).toBeLessThan(10_000);
    // Flat, with the next attempt and the same journal.
    const again = await invoker.invoke(
      { ...(share[0] as Task), attempt: attemptId(1) },
      { signal: never, wrote: () => undefined },
    );
    expect(again).toMatchObject({ attempt: 1, outcome: { ok: true } });
    // Lambda may send the event again as long as its tasks have time.
    expect(gone).toBe(0);
    const over = (tasks[0] as Task).budget.deadline + 5_000;
    await cloud.clock.sleep(over - cloud.clock.now() + 1);
    expect(gone).toBe(lost.length);
    await cloud.close();
  });

  it('gives up a task whose lease has passed when too few have reported to compare', async () => {
    const { cloud, invoker } = await setUp((nth) => nth < 3);
    const tasks = tasksOf(1, cloud, { budget: { memoryBytes: 1e8, deadline: cloud.clock.now() + 2_000 } });
    const [one] = await outcomes(invoker.invokeTree(tasks, { signal: never, wrote: () => undefined }));
    expect(one).toMatchObject({
      code: 'SQ6014',
      message: 'stage 0, task 0 was invoked and not heard of again: its time is over',
    });
    await cloud.close();
  });

  it('ends when the signal fires', async () => {
    const { cloud, invoker } = await setUp();
    const user = new AbortController();
    const reports = invoker.invokeTree(tasksOf(40, cloud), { signal: user.signal, wrote: () => undefined });
    user.abort();
    for (const one of await outcomes(reports)) expect(one).toMatchObject({ code: 'SQ7000' });
    await cloud.close();
  });

  it('tells, when the signal fires, of functions that run on, until the cloud is closed', async () => {
    const { cloud, invoker } = await setUp();
    const user = new AbortController();
    const lingering = new Set<Promise<void>>();
    const lingers = (gone: Promise<void>) => void lingering.add(gone);
    const reports = invoker.invokeTree(tasksOf(40, cloud), { signal: user.signal, wrote: () => undefined, lingers });
    await cloud.clock.sleep(60);
    user.abort();
    for (const one of await outcomes(reports)) expect(one).toMatchObject({ code: 'SQ7000' });
    expect(lingering.size).toBe(1);
    await cloud.close();
    await Promise.all(lingering);
  });

  it('is not run, nor reported, when its event comes after its time', async () => {
    const { cloud, objects, invoker } = await setUp();
    // Longer ago than the margin that a task has to report.
    const tasks = tasksOf(5, cloud, { budget: { memoryBytes: 1e8, deadline: cloud.clock.now() - 10_000 } });
    const all = await outcomes(invoker.invokeTree(tasks, { signal: never, wrote: () => undefined }));
    for (const one of all) expect(one).toMatchObject({ code: 'SQ6014' });
    await cloud.close();
    expect(await leftovers(objects)).toEqual([]);
  });

  it('sends shares and tasks through the store that are larger than an event', async () => {
    const { cloud, objects, invoker } = await setUp();
    const noisy = (task: Task, bytes: number): Task => {
      const noise = manifestOf(task, 1, { kind: 'inline', bytes: cloud.random.bytes(bytes) });
      return { ...task, exchanges: { 9: { manifests: [noise] } } };
    };
    const tasks = tasksOf(4, cloud).map((task, n) => noisy(task, n === 3 ? 1_300_000 : 600_000));
    const written: string[] = [];
    const reports = invoker.invokeTree(tasks, { signal: never, wrote: (uri) => written.push(uri) });
    expect((await Promise.all(reports)).map(({ outcome }) => outcome.ok)).toEqual([true, true, true, true]);
    const uriOf = (n: number) => (tasks[n] as Task).output.uri;
    expect(written.toSorted()).toEqual([`${uriOf(0)}.tree`, `${uriOf(3)}.task`]);
    const keys = await leftovers(objects);
    for (const uri of written) expect(keys).toContain(uri.replace('s3://scratch/', ''));
    await cloud.close();
  });
});

describe('a task with a journal', () => {
  it('answers with the report that was first, and its own metrics', async () => {
    const { cloud, invoker } = await setUp();
    const [task] = tasksOf(1, cloud) as [Task];
    const options = { signal: never, wrote: () => undefined };
    const first = await invoker.invoke(task, options);
    const second = await invoker.invoke({ ...task, attempt: attemptId(1) }, options);
    expect([first.attempt, second.attempt]).toEqual([0, 0]);
    expect(second.outcome).toEqual(first.outcome);
    expect(first.metrics.output.requests).toBe(2);
    // Its object, its marker, and the look at the other's.
    expect(second.metrics.output.requests).toBe(3);
    expect(second.metrics.requests.GET.requests).toBe(1);
    await cloud.close();
  });

  it('that fails leaves no marker while somebody waits for the answer', async () => {
    const { cloud, objects, invoker } = await setUp();
    const [task] = tasksOf(1, cloud) as [Task];
    const options = { signal: never, wrote: () => undefined };
    const report = await invoker.invoke({ ...task, version: 99 as never }, options);
    expect(report.outcome).toMatchObject({ ok: false, error: { code: 'SQ6006' } });
    expect(await leftovers(objects)).toEqual([]);
    await cloud.close();
  });

  it('whose place is taken by nonsense is an error', async () => {
    const { cloud, objects, invoker } = await setUp();
    const [task] = tasksOf(1, cloud) as [Task];
    const other = { ...task, stage: 7, outcome: { ok: true } };
    const key = journalKey(JOURNAL, task).replace('s3://scratch/', '');
    await objects.put({ bucket: 'scratch', key }, Buffer.from(encodeWire(other)));
    const report = await invoker.invoke(task, { signal: never, wrote: () => undefined });
    expect(report.outcome).toMatchObject({
      ok: false,
      error: { code: 'SQ6005', message: 'the journal has no report of stage 0, task 0 in its place' },
    });
    await cloud.close();
  });
});

it('a function that may not invoke itself says so, and the tasks can be tried again', async () => {
  const { cloud, objects } = await setUp();
  const tasks = tasksOf(2, cloud);
  const of = {
    query: tasks[1]!.query,
    stage: tasks[1]!.stage,
    task: taskId(1),
    attempt: attemptId(0),
    journal: JOURNAL,
  };
  const { invokeOthers } = await import('../worker/invoke-others.ts');
  await invokeOthers(
    {
      own: { task: '' },
      others: [{ of, event: { task: encodeWire(tasks[1]), unanswered: true } }],
      storage: {},
      deadline: cloud.clock.now() + 1000,
    },
    0,
    {
      clock: cloud.clock,
      random: cloud.random,
      openStores: () => ({ resolve: (uri: string) => cloud.stores.resolve(uri), requests: () => never }),
      openSelf: async () => ({
        functionName: 'squall-worker',
        lambda: {
          close: () => undefined,
          invoke: () =>
            Promise.reject(
              Object.assign(new Error('no'), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } }),
            ),
        },
      }),
    } as never,
  );
  const key = failedKey(of).replace('s3://scratch/', '');
  const { body } = await objects.getRange({ bucket: 'scratch', key }, { kind: 'all' });
  expect(decodeWire(Buffer.from(body).toString())).toMatchObject({
    task: 1,
    outcome: { error: { code: 'SQ6008', retryable: true, message: 'not allowed to invoke squall-worker: no' } },
  });
  await cloud.close();
});
