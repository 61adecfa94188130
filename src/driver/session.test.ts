import { describe, expect, it } from 'vitest';
import { encoded } from '../../test/driver/encoded.ts';
import { type FakeCloud, failed, fakeCloud, leftovers, manifestOf, succeeded } from '../../test/driver/fake-cloud.ts';
import { CancelledError, ExecutionError, InvokeError, type SquallError } from '../common/errors.ts';
import { INTEGER, type Value } from '../common/types.ts';
import type { InvokeOptions } from '../invoke/invoke-options.ts';
import type { Task, TaskReport } from '../operators/task.ts';
import { ParquetCatalog } from '../planner/catalog/parquet-catalog.ts';
import { MemoryObjectStore } from '../storage/memory.ts';
import { Session, type SessionParts } from './session.ts';

const BODY = encoded([{ name: 'n', type: INTEGER, nullable: true }], [[[1]]]);

type Behaviour = (task: Task, write: () => Promise<TaskReport>, options: InvokeOptions) => Promise<TaskReport>;

/** A session whose functions answer every task with one row, n = 1, in an object. */
function setUp(behaviour: Behaviour = (_, write) => write(), parts: Partial<SessionParts> = {}) {
  const store = new MemoryObjectStore();
  const log: string[] = [];
  const cloud: FakeCloud = fakeCloud({
    store,
    invoke: (task, options) => {
      const write = async () => {
        const { store: to, location } = cloud.stores.resolve(task.output.uri);
        const { etag } = await to.put(location, BODY);
        return succeeded(task, manifestOf(task, 1, { kind: 'object', uri: task.output.uri, etag, size: BODY.length }));
      };
      return behaviour(task, write, options);
    },
  });
  const { stores } = cloud;
  const session = new Session({
    catalog: new ParquetCatalog({ stores, tables: {} }),
    stores,
    workers: null,
    place: async () => ({ cloud, note: 'as told' }),
    stopFunctions: async () => {
      log.push(`functions stopped with ${(await leftovers(store)).length} objects`);
    },
    dispose: async () => {
      log.push(`disposed with ${(await leftovers(store)).length} objects`);
    },
    ...parts,
  });
  return { session, store, cloud, log };
}

const QUERY = 'select 1 as n';

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: SquallError) => error,
  );

/** Ends when the signal fires, as a call of a function does; the function itself goes on. */
const untilAborted = ({ signal, lingers }: InvokeOptions, gone: Promise<void>) =>
  new Promise<never>((_, reject) => {
    const onAbort = () => {
      lingers?.(gone);
      reject(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });

/** A function that writes when it is told to, whoever still waits for it. */
function lateFunction() {
  let tell: () => void = () => undefined;
  let written: Promise<void> = Promise.resolve();
  let invoked: () => void = () => undefined;
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const running = new Promise<void>((resolve) => {
    invoked = resolve;
  });
  const behaviour: Behaviour = (_, write, options) => {
    written = told.then(write).then(() => undefined);
    invoked();
    return untilAborted(options, written);
  };
  const finish = async () => {
    tell();
    await written;
  };
  return { behaviour, finish, running };
}

describe('a query', () => {
  it('has columns, rows and a report, and leaves no object once it has been read', async () => {
    const { session, store } = setUp();
    const result = await session.query(QUERY);
    expect(result.columns.map(({ name }) => name)).toEqual(['n']);
    expect(result.report).toMatchObject({ state: 'running', rows: 1, note: 'as told', target: 'local' });
    expect(await leftovers(store)).toHaveLength(1);
    const rows: (readonly Value[])[] = [];
    for await (const row of result.values()) rows.push(row);
    expect(rows).toEqual([[1]]);
    expect(await leftovers(store)).toEqual([]);
    expect(result.report).toMatchObject({ state: 'finished' });
    expect(result.report.requests.DELETE.requests).toBe(1);
    await session.close();
  });

  it('counts what its invocations ask of the store', async () => {
    const { session } = setUp();
    const result = await session.query(QUERY);
    // Here a function writes through the stores of the driver, as an invoker does with a task too large for a message.
    expect(result.report.requests.PUT.requests).toBe(1);
    await result.close();
    await session.close();
  });

  it('leaves no object when its result is closed unread', async () => {
    const { session, store } = setUp();
    const result = await session.query(QUERY);
    await result.close();
    await result.close();
    expect(await leftovers(store)).toEqual([]);
    await session.close();
  });

  it('that fails throws its own error and leaves no object', async () => {
    const { session, store } = setUp(async (task, write) => {
      await write();
      return failed(task, new ExecutionError('SQ3003', 'division by zero'));
    });
    expect(await failureOf(session.query(QUERY))).toEqual(new ExecutionError('SQ3003', 'division by zero'));
    expect(await leftovers(store)).toEqual([]);
    await session.close();
  });

  it('that fails throws its own error also when its objects cannot be deleted; closing deletes them', async () => {
    const { session, store } = setUp(async (task, write) => {
      await write();
      return failed(task, new ExecutionError('SQ3003', 'division by zero'));
    });
    const remove = store.delete.bind(store);
    store.delete = async () => {
      throw new InvokeError('SQ5004', 'access denied');
    };
    expect((await failureOf(session.query(QUERY))).message).toBe('division by zero');
    expect(await leftovers(store)).toHaveLength(1);
    store.delete = remove;
    await session.close();
    expect(await leftovers(store)).toEqual([]);
  });

  it('does not plan what it cannot read, and places nothing', async () => {
    const { session, cloud } = setUp(undefined, {
      place: () => Promise.reject(new Error('nothing is to be placed')),
    });
    expect((await failureOf(session.query('select * frm t'))).code).toMatch(/^SQ1/);
    expect(cloud.stores.requests().DELETE.requests).toBe(0);
    await session.close();
  });

  it('that the signal stops fails at once, and what its functions still write is removed when they have ended', async () => {
    const user = new AbortController();
    const { behaviour, finish, running } = lateFunction();
    const { session, store } = setUp(behaviour);
    const query = failureOf(session.query(QUERY, { signal: user.signal }));
    await running;
    user.abort();
    expect(await query).toBeInstanceOf(CancelledError);
    await finish();
    await session.cleaned();
    expect(await leftovers(store)).toEqual([]);
    await session.close();
  });

  it('that leaves no function behind has nothing to be cleaned later', async () => {
    const { session, store, cloud } = setUp();
    await (await session.query(QUERY)).toTable();
    await session.cleaned();
    expect(await leftovers(store)).toEqual([]);
    await session.close();
    expect(cloud.stores.requests().LIST.requests).toBe(0);
  });

  it('tells its progress', async () => {
    const { session } = setUp();
    const events: unknown[] = [];
    const result = await session.query(QUERY, { onProgress: (progress) => events.push(progress) });
    expect(events).toEqual([{ stage: 0, stages: 1, tasks: 1, tasksDone: 1, rowsIn: 10, bytes: 0 }]);
    await result.close();
    await session.close();
  });

  it('runs beside others', async () => {
    const { session, store } = setUp();
    const results = await Promise.all([1, 2, 3].map(() => session.query(QUERY)));
    expect(new Set(results.map(({ report }) => report.query)).size).toBe(3);
    expect(await leftovers(store)).toHaveLength(3);
    const [first, ...others] = results;
    await first?.toTable();
    expect(await leftovers(store)).toHaveLength(2);
    for (const other of others) expect((await other.toTable()).numRows).toBe(1);
    await session.close();
  });
});

describe('close', () => {
  it('removes the objects of results nobody has read, then stops functions, then the rest; once', async () => {
    const { session, store, log } = setUp();
    const result = await session.query(QUERY);
    expect(session.close()).toBe(session.close());
    await session.close();
    expect(await leftovers(store)).toEqual([]);
    expect(log).toEqual(['functions stopped with 0 objects', 'disposed with 0 objects']);
    expect(await failureOf(result.toTable())).toEqual(new CancelledError('SQ7001', 'the session was closed'));
    expect(result.report.state).toBe('cancelled');
  });

  it('cancels what runs, waits for it, and sweeps what lost attempts wrote when functions were stopped', async () => {
    const { behaviour, finish, running } = lateFunction();
    const { session, store, log } = setUp(behaviour, {
      stopFunctions: async () => {
        await finish();
        log.push(`functions stopped with ${(await leftovers(store)).length} objects`);
      },
    });
    const query = failureOf(session.query(QUERY));
    await running;
    await session.close();
    expect(await query).toEqual(new CancelledError('SQ7001', 'the session was closed'));
    expect(log).toEqual(['functions stopped with 1 objects', 'disposed with 0 objects']);
  });

  it('does not wait for functions of queries that have ended', async () => {
    const user = new AbortController();
    const { behaviour, finish, running } = lateFunction();
    const { session, store } = setUp(behaviour, { stopFunctions: finish });
    const query = failureOf(session.query(QUERY, { signal: user.signal }));
    await running;
    user.abort();
    await query;
    const cleaned = session.cleaned();
    await session.close();
    await cleaned;
    expect(await leftovers(store)).toEqual([]);
  });

  it('lets nothing start afterwards', async () => {
    const { session } = setUp();
    await session.close();
    expect(await failureOf(session.query(QUERY))).toEqual(new CancelledError('SQ7001', 'the session was closed'));
    expect(await failureOf(session.plan(QUERY))).toEqual(new CancelledError('SQ7001', 'the session was closed'));
  });

  it('does everything although something fails, and says so', async () => {
    const { session, log } = setUp(undefined, {
      stopFunctions: async () => {
        throw new InvokeError('SQ6020', 'will not stop');
      },
    });
    expect(await failureOf(session.close())).toEqual(new InvokeError('SQ6020', 'will not stop'));
    expect(log).toEqual(['disposed with 0 objects']);
  });

  it('tells of every failure', async () => {
    const { session } = setUp(undefined, {
      stopFunctions: () => Promise.reject(new Error('one')),
      dispose: () => Promise.reject(new Error('two')),
    });
    expect((await failureOf(session.close())).message).toBe('AggregateError: Error: one; Error: two');
  });

  it('happens at the end of `await using`', async () => {
    const { session, log } = setUp();
    {
      await using same = session;
      await (await same.query(QUERY)).close();
    }
    expect(log).toHaveLength(2);
  });
});
