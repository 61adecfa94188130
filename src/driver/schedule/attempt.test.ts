import { describe, expect, it } from 'vitest';
import {
  type FakeCloud,
  fakeCloud,
  fakeTask,
  leftovers,
  manifestOf,
  QUERY,
  succeeded,
} from '../../../test/driver/fake-cloud.ts';
import { FaultyStore } from '../../../test/storage/faulty-store.ts';
import { InvokeError, type SquallError, StorageError } from '../../common/errors.ts';
import { attemptId } from '../../common/ids.ts';
import { enterReport } from '../../invoke/journal.ts';
import type { Task, TaskReport } from '../../operators/task.ts';
import { MemoryObjectStore } from '../../storage/memory.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { Scratch } from '../scratch.ts';
import { attemptEnd, launch } from './attempt.ts';
import { launcherOf } from './launcher.ts';

const died = () => new InvokeError('SQ6004', 'a function died', { retryable: true });

interface Setup {
  readonly cloud: FakeCloud;
  readonly scratch: Scratch;
  readonly task: Task;
  /** What a function has written, and entered in the journal, before it was lost. */
  readonly deliver: (attempt: number) => Promise<TaskReport>;
  readonly end: (error: SquallError, of?: Task, signal?: AbortSignal) => ReturnType<typeof attemptEnd>;
}

function setUp(store: ObjectStore = new MemoryObjectStore()): Setup {
  const cloud = fakeCloud({ store, invoke: () => Promise.reject(new Error('nothing is to be invoked')) });
  const scratch = new Scratch(cloud.stores, cloud.scratch, QUERY);
  const ids = fakeTask();
  const task = fakeTask({
    journal: scratch.journal,
    attempt: attemptId(1),
    output: { uri: scratch.uri({ ...ids, attempt: attemptId(1) }), maxInlineBytes: 0 },
  });
  return {
    cloud,
    scratch,
    task,
    deliver: async (attempt) => {
      const of = { ...task, attempt: attemptId(attempt), journal: scratch.journal };
      const uri = scratch.uri(of);
      const { store: to, location } = cloud.stores.resolve(uri);
      const { etag } = await to.put(location, new Uint8Array(3));
      const report = succeeded(of, manifestOf(of, 7, { kind: 'object', uri, etag, size: 3 }));
      return enterReport(report, of, { resolve: (one) => cloud.stores.resolve(one) });
    },
    end: (error, of = task, signal = new AbortController().signal) => {
      const started = { task: of, startedAt: 0, report: Promise.reject(error), throttles: () => 0 };
      return attemptEnd(started, { cloud, scratch, pace: launcherOf(cloud).pace, signal });
    },
  };
}

describe('an attempt whose function was lost', () => {
  it('counts when it has entered its report before, and leaves nothing', async () => {
    const { scratch, task, cloud, deliver, end } = setUp();
    scratch.starts(task);
    const report = await deliver(1);
    expect(await end(died())).toMatchObject({ error: null, report });
    await scratch.clean();
    expect(await leftovers(cloud.stores.store('memory'))).toEqual([]);
  });

  it('takes the report of an earlier attempt that ran on, too', async () => {
    const { deliver, end } = setUp();
    const report = await deliver(0);
    expect(await end(died())).toMatchObject({ error: null, report });
  });

  it('has failed when there is no report, whatever it has written', async () => {
    const { cloud, end, scratch } = setUp();
    expect(await end(died())).toMatchObject({ report: null, error: died() });
    expect(cloud.stores.requests().GET.requests).toBe(1);
    expect(scratch.unsettled).toBe(true);
  });

  it('has failed when the report is that of another task', async () => {
    const { cloud, scratch, task, end } = setUp();
    const { store, location } = cloud.stores.resolve(`${scratch.journal}stage-0/task-3.json`);
    await store.put(location, Buffer.from(JSON.stringify({ ...succeeded(task), task: 4 })));
    expect(await end(died())).toMatchObject({
      report: null,
      error: { code: 'SQ6005', message: 'the journal has no report of stage 0, task 3 in its place' },
    });
  });

  it('has failed when the journal cannot be read', async () => {
    const faulty = new FaultyStore();
    const { end } = setUp(faulty);
    const denied = new StorageError('SQ5004', 'access denied');
    faulty.script = [{ before: denied }];
    expect(await end(died())).toMatchObject({ report: null, error: denied });
  });

  it('is not looked for where nobody will try it again, or where there is no journal', async () => {
    const { cloud, task, deliver, end } = setUp();
    await deliver(1);
    const { journal: _, ...flat } = task;
    const broken = new InvokeError('SQ6003', 'out of memory');
    expect(await end(broken)).toMatchObject({ report: null, error: broken });
    expect(await end(died(), flat)).toMatchObject({ report: null, error: died() });
    expect(await end(died(), task, AbortSignal.abort())).toMatchObject({ report: null, error: died() });
    expect(cloud.stores.requests().GET.requests).toBe(0);
  });
});

it('a function that runs on is told to the scratch', async () => {
  const user = new AbortController();
  let gone: () => void = () => undefined;
  const cloud = fakeCloud({
    invoke: (_, { lingers }) => {
      lingers?.(
        new Promise((resolve) => {
          gone = resolve;
        }),
      );
      return Promise.reject(died());
    },
  });
  const scratch = new Scratch(cloud.stores, cloud.scratch, QUERY);
  const options = { cloud, scratch, pace: launcherOf(cloud).pace, signal: user.signal };
  await attemptEnd(await launch(() => fakeTask(), options), options);
  await scratch.clean();
  expect(cloud.stores.requests().LIST.requests).toBe(0);
  gone();
  await scratch.settle(user.signal);
  expect(cloud.stores.requests().LIST.requests).toBe(1);
});
