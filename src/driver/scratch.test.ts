import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  chain,
  type FakeCloud,
  failed,
  fakeCloud,
  fakeTask,
  leftovers,
  manifestOf,
  QUERY,
  SCRATCH,
  succeeded,
} from '../../test/driver/fake-cloud.ts';
import { broken, FaultyStore } from '../../test/storage/faulty-store.ts';
import { ExecutionError, InvokeError } from '../common/errors.ts';
import { attemptId, stageId, taskId } from '../common/ids.ts';
import { journalKey, type Task } from '../operators/task.ts';
import { staticGraph } from '../planner/adaptive/adaptive-graph.ts';
import { MemoryObjectStore } from '../storage/memory.ts';
import { Stores } from '../storage/stores.ts';
import { runStages } from './schedule/run-stages.ts';
import { Scratch } from './scratch.ts';

const BYTES = new Uint8Array(3);
const never = new AbortController().signal;
const attempt = (task: number, n = 0) => ({ stage: stageId(0), task: taskId(task), attempt: attemptId(n) });
const objectAt = (uri: string) => ({ kind: 'object', uri, etag: '"e"', size: 3 }) as const;

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function setUp(store = new MemoryObjectStore()) {
  const stores = new Stores({}, { transports: { memory: store } });
  const scratch = new Scratch(stores, SCRATCH, QUERY);
  const put = async (uri: string) => {
    const { store: to, location } = stores.resolve(uri);
    await to.put(location, BYTES);
  };
  return { store, stores, scratch, put };
}

describe('keys', () => {
  it('are below the query, one for every attempt', () => {
    const { scratch } = setUp();
    const uri = scratch.uri(attempt(2, 1));
    expect(uri).toBe(`memory://scratch/squall/${QUERY}/8/stage-0/task-2.attempt-1.arrow`);
    const others = [
      scratch.uri(attempt(2, 0)),
      scratch.uri(attempt(1, 1)),
      scratch.uri({ ...attempt(2, 1), stage: stageId(1) }),
    ];
    expect(new Set([uri, ...others]).size).toBe(4);
  });

  it('have one slash between the prefix and the query, whether it ends in one or not', () => {
    const { stores } = setUp();
    const uris = ['memory://s/a', 'memory://s/a/'].map((base) => new Scratch(stores, base, QUERY).uri(attempt(0)));
    expect(uris[0]).toBe(`memory://s/a/${QUERY}/4/stage-0/task-0.attempt-0.arrow`);
    expect(uris[1]).toBe(uris[0]);
  });
});

describe('many keys', () => {
  it('spread evenly over 16 folders of the query', () => {
    const { scratch } = setUp();
    const counts = new Map<string, number>();
    for (let task = 0; task < 1_600; task++) {
      const [, folder = ''] = /01JQUERY\/(.)\//.exec(scratch.uri(attempt(task))) ?? [];
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    expect([...counts.keys()].sort().join('')).toBe('0123456789abcdef');
    expect(Math.min(...counts.values())).toBeGreaterThan(50);
    expect(Math.max(...counts.values())).toBeLessThan(200);
  });

  it('spread over several buckets, and are removed from all of them', async () => {
    const store = new MemoryObjectStore();
    const stores = new Stores({}, { transports: { memory: store } });
    const scratch = new Scratch(stores, 'memory://one/a,memory://two/b,c', QUERY);
    const uris = Array.from({ length: 40 }, (_, task) => scratch.uri(attempt(task)));
    expect(new Set(uris.map((uri) => uri.slice(0, uri.indexOf(QUERY))))).toEqual(
      new Set(['memory://one/a/', 'memory://two/b,c/']),
    );
    for (const uri of uris) {
      const { store: to, location } = stores.resolve(uri);
      await to.put(location, BYTES);
      scratch.mayExist(uri);
    }
    await scratch.clean();
    expect([...(await leftovers(store, 'one')), ...(await leftovers(store, 'two'))]).toEqual([]);
  });
});

describe('cleaning', () => {
  it('takes reports in the journal and whatever is below a folder of unknown names', async () => {
    const { store, scratch, put } = setUp();
    const task = fakeTask({ journal: scratch.journal });
    scratch.starts(task);
    await put(journalKey(scratch.journal, task));
    await put(`${scratch.gang('0.1')}meet/x`);
    scratch.mayExistBelow(scratch.gang('0.1'));
    await scratch.clean();
    expect(await leftovers(store)).toEqual([]);
    expect(scratch.unsettled).toBe(false);
  });

  it('deletes what attempts wrote and may have written, with one request, and nothing of other queries', async () => {
    const { store, stores, scratch, put } = setUp();
    const [wrote, lost, inline] = [scratch.uri(attempt(0)), scratch.uri(attempt(1)), scratch.uri(attempt(2))];
    await put(wrote);
    await put(lost);
    await put(`${SCRATCH}/01JOTHER/stage-0/task-0.attempt-0.arrow`);
    scratch.wrote({ ...attempt(0), rows: 1, body: objectAt(wrote) });
    scratch.wrote({ ...attempt(2), rows: 1, body: { kind: 'inline', bytes: BYTES } });
    scratch.lost(lost);
    await scratch.clean();
    expect(await leftovers(store)).toEqual(['squall/01JOTHER/stage-0/task-0.attempt-0.arrow']);
    expect(stores.requests().DELETE.requests).toBe(1);
    expect(inline).not.toBe(wrote);
  });

  it('asks nothing of the store when everything travelled inline', async () => {
    const { stores, scratch } = setUp();
    scratch.wrote({ ...attempt(2), rows: 1, body: { kind: 'inline', bytes: BYTES } });
    await scratch.clean();
    expect(Object.values(stores.requests()).map(({ requests }) => requests)).toEqual([0, 0, 0, 0, 0]);
    expect(scratch.unsettled).toBe(false);
  });

  it('leaves what could not be deleted to the sweep', async () => {
    const faulty = new FaultyStore();
    const { store, scratch, put } = setUp(faulty as unknown as MemoryObjectStore);
    const uri = scratch.uri(attempt(0));
    await put(uri);
    scratch.wrote({ ...attempt(0), rows: 1, body: objectAt(uri) });
    const refused = new InvokeError('SQ5004', 'access denied');
    faulty.script = [{ before: refused as never }];
    await scratch.clean();
    expect(scratch.unsettled).toBe(true);
    expect(await leftovers(store)).toHaveLength(1);
    await scratch.sweep();
    expect(await leftovers(store)).toEqual([]);
    expect(scratch.unsettled).toBe(false);
  });
});

describe('sweeping', () => {
  it('takes half-written files, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'squall-scratch-'));
    const base = pathToFileURL(`${folder}/`).href;
    const scratch = new Scratch(new Stores({}), base, QUERY);
    const left = ['01JQUERY/b/stage-3', '01JOTHER/b/stage-3'].map((name) => join(folder, name));
    for (const one of left) mkdirSync(one, { recursive: true });
    for (const one of left) writeFileSync(join(one, '.squall-69ed29231b43053d.tmp'), 'half');
    scratch.lost(scratch.uri(attempt(0)));
    await scratch.clean();
    expect(left.map((one) => readdirSync(one))).toEqual([[], ['.squall-69ed29231b43053d.tmp']]);
    rmSync(folder, { recursive: true });
  });

  it('says so when the store refuses', async () => {
    const faulty = new FaultyStore();
    const { scratch } = setUp(faulty as unknown as MemoryObjectStore);
    scratch.lost(scratch.uri(attempt(0)));
    faulty.script = Array.from({ length: 20 }, () => ({ before: Object.assign(broken(), { retryable: false }) }));
    await expect(scratch.sweep()).rejects.toMatchObject({ code: 'SQ5009' });
    expect(scratch.unsettled).toBe(true);
  });
});

describe('a lost attempt', () => {
  it('whose function is dead costs one listing, and nothing is left', async () => {
    const { store, stores, scratch, put } = setUp();
    const uri = scratch.uri(attempt(0));
    await put(`${uri}.report`);
    await put(`${uri}.0badcafe`);
    scratch.lost(uri);
    await scratch.clean();
    expect(await leftovers(store)).toEqual([]);
    expect(scratch.unsettled).toBe(false);
    expect(stores.requests().LIST.requests).toBe(1);
  });

  it('whose function may still run is cleaned when that has ended, with one listing', async () => {
    const { store, stores, scratch, put } = setUp();
    const uri = scratch.uri(attempt(0));
    const function1 = deferred();
    const function2 = deferred();
    scratch.lingers(function1.promise);
    scratch.lingers(function2.promise);
    scratch.lost(uri);
    await put(uri);
    await scratch.clean();
    expect([await leftovers(store), stores.requests().LIST.requests, scratch.unsettled]).toEqual([[], 0, true]);
    let settled = false;
    const settling = scratch.settle(never).then(() => {
      settled = true;
    });
    function1.resolve();
    await put(`${uri}.0badcafe`);
    expect(settled).toBe(false);
    function2.resolve();
    await settling;
    expect([await leftovers(store), stores.requests().LIST.requests, scratch.unsettled]).toEqual([[], 1, false]);
  });

  it('is left to the sweep when the session ends before its function', async () => {
    const { store, scratch, put } = setUp();
    const session = new AbortController();
    scratch.lingers(deferred().promise);
    await scratch.clean();
    const settling = scratch.settle(session.signal);
    session.abort();
    await settling;
    await put(scratch.uri(attempt(0)));
    expect(scratch.unsettled).toBe(true);
    await scratch.sweep();
    expect(await leftovers(store)).toEqual([]);
  });

  it('is cleaned also when its function ended while the query was cleaned', async () => {
    const { store, scratch, put } = setUp();
    const one = deferred();
    scratch.lingers(one.promise);
    scratch.wrote({ ...attempt(0), rows: 1, body: objectAt(scratch.uri(attempt(0))) });
    const cleaning = scratch.clean();
    one.resolve();
    await cleaning;
    await put(scratch.uri(attempt(1)));
    await scratch.settle(never);
    expect(await leftovers(store)).toEqual([]);
  });

  it('that waits for the reports of others is told that the query has ended', async () => {
    const { store, scratch } = setUp();
    const one = deferred();
    const pending = { tasks: [], partitions: null };
    scratch.starts(fakeTask({ journal: scratch.journal, exchanges: { 0: { manifests: [], pending } } }));
    scratch.lingers(one.promise);
    await scratch.clean();
    expect(await leftovers(store)).toEqual(['squall/01JQUERY/journal/ended']);
    one.resolve();
    await scratch.settle(never);
    expect(await leftovers(store)).toEqual([]);
  });

  it('stays unsettled when the store refuses', async () => {
    const faulty = new FaultyStore();
    const { scratch } = setUp(faulty as unknown as MemoryObjectStore);
    scratch.lingers(Promise.resolve());
    await scratch.clean();
    faulty.script = Array.from({ length: 20 }, () => ({ before: Object.assign(broken(), { retryable: false }) }));
    await scratch.settle(never);
    expect(scratch.unsettled).toBe(true);
  });
});

describe('after a run', () => {
  /** Functions that write objects, and one task that ends as told. */
  async function run(last: (task: Task, cloud: FakeCloud) => Promise<ReturnType<typeof succeeded>>) {
    const store = new MemoryObjectStore();
    const write = async (task: Task) => {
      const { store: to, location } = cloud.stores.resolve(task.output.uri);
      await to.put(location, BYTES);
    };
    const cloud: FakeCloud = fakeCloud({
      store,
      invoke: async (task) => {
        await write(task);
        return task.task === 2 ? last(task, cloud) : succeeded(task, manifestOf(task, 1, objectAt(task.output.uri)));
      },
    });
    const scratch = new Scratch(cloud.stores, cloud.scratch, QUERY);
    const options = { query: QUERY, cloud, scratch, signal: new AbortController().signal, onAttempt: () => undefined };
    const error = await runStages(staticGraph(chain(3)), options).then(
      () => null,
      (reason: Error) => reason,
    );
    expect((await leftovers(store)).length).toBeGreaterThanOrEqual(3);
    await scratch.clean();
    return { error, left: await leftovers(store), unsettled: scratch.unsettled };
  }

  it('that succeeded nothing is left, and no listing is needed', async () => {
    const { error, left, unsettled } = await run(async (task) =>
      succeeded(task, manifestOf(task, 1, objectAt(task.output.uri))),
    );
    expect([error, left, unsettled]).toEqual([null, [], false]);
  });

  it('that failed nothing is left', async () => {
    const { error, left } = await run(async (task) => failed(task, new ExecutionError('SQ3003', 'division by zero')));
    expect(error?.message).toBe('division by zero');
    expect(left).toEqual([]);
  });

  it('with attempts whose functions died nothing is left either', async () => {
    const { error, left, unsettled } = await run(async (task) => {
      if (task.attempt === 1) return succeeded(task, manifestOf(task, 1, objectAt(task.output.uri)));
      throw new InvokeError('SQ6004', 'died', { retryable: true });
    });
    expect([error, left, unsettled]).toEqual([null, [], false]);
  });
});
