import { describe, expect, it } from 'vitest';
import {
  chain,
  type FakeCloudOptions,
  failed,
  fakeCloud,
  fakeStage,
  manifestOf,
  QUERY,
  succeeded,
} from '../../../test/driver/fake-cloud.ts';
import { CancelledError, ExecutionError, InvokeError, type SquallError, StorageError } from '../../common/errors.ts';
import { attemptId, stageId, taskId } from '../../common/ids.ts';
import { INTEGER } from '../../common/types.ts';
import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import type { Manifest, ManifestBody, Task } from '../../operators/task.ts';
import { staticGraph } from '../../planner/adaptive/adaptive-graph.ts';
import { inlineBytes } from '../../planner/functions-offered.ts';
import { oneLevel } from '../../planner/stages/routes.ts';
import type { Stage, StageGraph } from '../../planner/stages/stage-graph.ts';
import { MAX_ATTEMPTS } from '../retry.ts';
import { Scratch } from '../scratch.ts';
import { runStages } from './run-stages.ts';
import type { AttemptEvent } from './schedule-options.ts';

const name = ({ stage, task, attempt }: Task) => `${stage}.${task}#${attempt}`;

/** Runs a graph over functions that are calls; tells what happened. */
function start(graph: StageGraph, options: FakeCloudOptions, signal = new AbortController().signal) {
  const cloud = fakeCloud(options);
  const scratch = new Scratch(cloud.stores, cloud.scratch, QUERY);
  const events: AttemptEvent[] = [];
  const done = runStages(staticGraph(graph), {
    query: QUERY,
    cloud,
    scratch,
    signal,
    onAttempt: (event) => events.push(event),
  });
  return { cloud, scratch, events, done };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

const flaky = () => new StorageError('SQ5008', 'the store asks to slow down', { retryable: true });

describe('the order of stages', () => {
  it('starts a stage when all of its inputs are complete, and hands it their manifests in task order', async () => {
    const log: string[] = [];
    const { done } = start(chain(3, 2, 1), {
      invoke: async (task) => {
        log.push(`start ${name(task)}`);
        expect(Object.keys(task.exchanges)).toEqual(task.stage === 0 ? [] : [String(task.stage - 1)]);
        for (const { manifests } of Object.values(task.exchanges)) {
          expect(manifests.map((manifest) => manifest.task)).toEqual(manifests.map((_, index) => index));
        }
        // The last started ends first.
        for (let turn = task.task; turn < 3; turn++) await Promise.resolve();
        log.push(`end ${name(task)}`);
        return succeeded(task, manifestOf(task, task.task + 7));
      },
    });
    const manifests = await done;
    expect(manifests.map(({ stage, task, rows }) => [stage, task, rows])).toEqual([[2, 0, 7]]);
    const stages = log.map((line) => Number(line.split(' ')[1]?.[0]));
    expect(stages).toEqual([...stages].sort());
    expect(log.slice(0, 3)).toEqual(['start 0.0#0', 'start 0.1#0', 'start 0.2#0']);
  });

  it('refuses a graph whose consumer comes before its producer', async () => {
    const graph: StageGraph = { stages: [fakeStage(0, 1, [1]), fakeStage(1, 1, [])] };
    const { done } = start(graph, { invoke: async (task) => succeeded(task) });
    await expect(done).rejects.toThrow('stage 0 is planned before its input, stage 1');
  });

  it('runs no more functions of a stage at once than the cloud allows', async () => {
    let running = 0;
    let most = 0;
    const { done, cloud } = start(chain(20), {
      limits: { concurrency: 3 },
      invoke: async (task) => {
        most = Math.max(most, ++running);
        await cloud.clock.sleep(10);
        running--;
        return succeeded(task);
      },
    });
    expect(await done).toHaveLength(20);
    expect(most).toBe(3);
  });
});

it('warns of no leak when many tasks listen for the end', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const { done } = start(chain(50), {
    invoke: async (task, { signal }) => {
      signal.addEventListener('abort', () => undefined);
      return succeeded(task);
    },
  });
  await done;
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

describe('the task message', () => {
  const messageOf = async (graph: StageGraph, stage: number, limits = {}) => {
    const messages: Task[] = [];
    const { done, cloud } = start(graph, {
      limits,
      invoke: async (task) => {
        messages.push(task);
        return succeeded(task);
      },
    });
    await done;
    return { cloud, message: messages.find((task) => task.stage === stage) as Task };
  };

  it('lets the outputs of a stage travel inline while all of them fit one message', async () => {
    const { cloud, message } = await messageOf(chain(8, 1), 0);
    expect(message.output.maxInlineBytes).toBe(Math.floor(inlineBytes(cloud.limits) / 8));
    expect(message.output.maxInlineBytes * 8 * (4 / 3)).toBeLessThan(cloud.limits.payloadBytes - 65_536);
  });

  it('halves that share when the consumer reads two stages', async () => {
    const graph: StageGraph = { stages: [fakeStage(0, 4, []), fakeStage(1, 2, []), fakeStage(2, 1, [0, 1])] };
    const { cloud, message } = await messageOf(graph, 0);
    expect(message.output.maxInlineBytes).toBe(Math.floor(inlineBytes(cloud.limits) / 4 / 2));
  });

  it('has the deadline a second before the function would be killed, or a tenth of its time', async () => {
    const { cloud, message } = await messageOf(chain(1), 0);
    expect(message.budget.deadline).toBe(cloud.clock.now() + 59_000);
    const short = await messageOf(chain(1), 0, { timeoutMs: 1000 });
    expect(short.message.budget.deadline).toBe(short.cloud.clock.now() + 900);
  });

  it('gives a task three fifths of the memory of its function', async () => {
    expect((await messageOf(chain(1), 0)).message.budget.memoryBytes).toBe(Math.floor(1024 * 1024 * 1024 * 0.6));
  });
});

const KEY: Expr = { kind: 'column', id: 1 as ColumnId, name: 'n', type: INTEGER };
const hashed = (stage: Stage, partitions: number): Stage => ({
  ...stage,
  output: { kind: 'hash', keys: [KEY], of: partitions, divisor: 1, partitions },
});

/** As many bytes as rows in each partition. */
function partitionedManifest(task: Task, rows: readonly number[], inline: boolean): Manifest {
  let offset = 0;
  const partitions = rows.map((count) => {
    offset += count;
    return { rows: count, offset: offset - count, length: count };
  });
  const body: ManifestBody = inline
    ? { kind: 'inline', bytes: Uint8Array.from({ length: offset }, (_, i) => i) }
    : { kind: 'object', uri: task.output.uri, etag: '"1"', size: offset };
  return { ...manifestOf(task, offset, body), partitions };
}

describe('partitioned outputs', () => {
  const reader: Stage = { ...fakeStage(1, 3, []), inputs: [{ stage: stageId(0), route: oneLevel(2, 3) }] };
  const graph: StageGraph = { stages: [hashed(fakeStage(0, 2, []), 3), reader] };

  it('are asked for, and each reader is handed its own partition, without producers that have no rows for it', async () => {
    const messages: Task[] = [];
    const { done } = start(graph, {
      invoke: async (task) => {
        messages.push(task);
        if (task.stage === 1) return succeeded(task);
        return succeeded(task, partitionedManifest(task, task.task === 0 ? [2, 0, 3] : [4, 1, 0], task.task === 0));
      },
    });
    expect(await done).toHaveLength(3);
    const [first, second] = messages;
    expect(first?.output.partitioning).toEqual({ kind: 'hash', keys: [KEY], of: 3, divisor: 1, partitions: 3 });
    const uri = second!.output.uri;
    const from = (task: number, rows: number, body: ManifestBody) => ({
      stage: 0,
      task,
      attempt: 0,
      rows,
      body,
    });
    const object = (offset: number, size: number): ManifestBody => ({ kind: 'object', uri, etag: '"1"', offset, size });
    expect(messages.slice(2).map(({ exchanges }) => exchanges[0]?.manifests)).toEqual([
      [from(0, 2, { kind: 'inline', bytes: Uint8Array.of(0, 1) }), from(1, 4, object(0, 4))],
      [from(1, 1, object(4, 1))],
      [from(0, 3, { kind: 'inline', bytes: Uint8Array.of(2, 3, 4) })],
    ]);
    expect(messages.slice(2).map(({ output }) => output.partitioning)).toEqual([undefined, undefined, undefined]);
  });

  const broken: readonly (readonly [string, (manifest: Manifest) => Manifest])[] = [
    ['no partitions at all', ({ partitions: _, ...manifest }) => manifest],
    ['too few', (manifest) => ({ ...manifest, partitions: manifest.partitions!.slice(0, 2) })],
    ['lost rows', (manifest) => ({ ...manifest, rows: manifest.rows + 1 })],
    [
      'bytes between them',
      (manifest) => ({
        ...manifest,
        partitions: manifest.partitions!.map((part, i) => (i === 2 ? { ...part, offset: 6 } : part)),
      }),
    ],
    ['bytes behind them', (manifest) => ({ ...manifest, body: { kind: 'inline', bytes: new Uint8Array(9) } })],
    [
      'rows without bytes',
      (manifest) => ({
        ...manifest,
        rows: 6,
        partitions: manifest.partitions!.map((part, i) => (i === 1 ? { ...part, rows: 1 } : part)),
      }),
    ],
  ];
  it.each(broken)('are refused with %s', async (_, broke) => {
    const { done, events } = start(graph, {
      invoke: async (task) => succeeded(task, broke(partitionedManifest(task, [2, 0, 3], true))),
    });
    await expect(done).rejects.toMatchObject({
      code: 'SQ6005',
      message: expect.stringMatching(
        /^the function delivered other partitions than stage 0, task \d, attempt 0 was asked for$/,
      ),
    });
    expect(events.every(({ retried }) => !retried)).toBe(true);
  });

  it('that nobody asked for are refused', async () => {
    const { done } = start(chain(1), { invoke: async (task) => succeeded(task, partitionedManifest(task, [1], true)) });
    await expect(done).rejects.toMatchObject({ code: 'SQ6005' });
  });
});

describe('a stage of which some rows are enough', () => {
  const limited: StageGraph = { stages: [{ ...fakeStage(0, 6, []), enough: 10 }, fakeStage(1, 1, [0])] };

  it('stops the tasks that run and starts no other when they are there', async () => {
    const log: string[] = [];
    const read: number[] = [];
    const { done, events, scratch } = start(limited, {
      limits: { concurrency: 3 },
      invoke: async (task, { signal }) => {
        log.push(name(task));
        if (task.stage === 1) {
          read.push(...(task.exchanges[0]?.manifests ?? []).map(({ rows }) => rows));
          return succeeded(task);
        }
        if (task.task === 2) return untilAborted(signal);
        return succeeded(task, manifestOf(task, 6));
      },
    });
    expect(await done).toHaveLength(1);
    expect(log).toEqual(['0.0#0', '0.1#0', '0.2#0', '1.0#0']);
    expect(read).toEqual([6, 6]);
    expect(events.filter(({ error }) => error !== null).map(({ task, retried }) => [task, retried])).toEqual([
      [2, false],
    ]);
    expect(scratch.unsettled).toBe(true);
  });

  it('runs all of them while they are not', async () => {
    const { done, events } = start(limited, { invoke: async (task) => succeeded(task, manifestOf(task, 1)) });
    expect(await done).toHaveLength(1);
    expect(events).toHaveLength(7);
  });

  it('still fails when a task does before that', async () => {
    const { done } = start(limited, {
      limits: { concurrency: 1 },
      invoke: async (task) => (task.task === 0 ? failed(task, new ExecutionError('SQ3001', 'bad')) : succeeded(task)),
    });
    await expect(done).rejects.toMatchObject({ code: 'SQ3001' });
  });

  it('is stopped by the user all the same', async () => {
    const user = new AbortController();
    const { done } = start(limited, { invoke: (_, { signal }) => untilAborted(signal) }, user.signal);
    user.abort(new CancelledError('SQ7000', 'enough of it'));
    await expect(done).rejects.toThrow('enough of it');
  });
});

describe('retries', () => {
  it('tries a task again whose error may pass, under another key and after a pause', async () => {
    const uris: string[] = [];
    const { done, events, cloud } = start(chain(1), {
      invoke: async (task) => {
        uris.push(task.output.uri);
        return task.attempt < 2 ? failed(task, flaky()) : succeeded(task);
      },
    });
    const [manifest] = await done;
    expect(manifest?.attempt).toBe(2);
    expect(new Set(uris).size).toBe(3);
    expect(events.map(({ attempt, retried, error }) => [attempt, retried, error?.code ?? null])).toEqual([
      [0, true, 'SQ5008'],
      [1, true, 'SQ5008'],
      [2, false, null],
    ]);
    expect(cloud.clock.monotonic()).toBeGreaterThanOrEqual(50 + 100);
    expect(cloud.clock.monotonic()).toBeLessThanOrEqual(100 + 200);
  });

  it(`gives up after ${MAX_ATTEMPTS} attempts with the last error`, async () => {
    let invocations = 0;
    const { done, events } = start(chain(1), {
      invoke: async () => {
        throw new InvokeError('SQ6004', `died ${++invocations}`, { retryable: true });
      },
    });
    await expect(done).rejects.toThrow(`died ${MAX_ATTEMPTS}`);
    expect(events.map((event) => event.retried)).toEqual([true, true, true, false]);
    expect(events.every((event) => event.metrics === null)).toBe(true);
  });

  it('never tries again what is the fault of the data, and keeps class, code, hint and place of the error', async () => {
    const error = new ExecutionError('SQ3003', 'division by zero', {
      hint: 'use NULLIF',
      details: { object: 's3://b/k' },
    });
    const { done, events } = start(chain(1), { invoke: async (task) => failed(task, error) });
    const thrown = await done.catch((reason: SquallError) => reason);
    expect(thrown).toBeInstanceOf(ExecutionError);
    expect(thrown).toMatchObject({ code: 'SQ3003', hint: 'use NULLIF', details: { object: 's3://b/k' } });
    expect(events).toHaveLength(1);
    expect(events[0]?.metrics).not.toBeNull();
  });
});

describe('reports that are not for this attempt', () => {
  const AT = 'stage 0, task 0, attempt 0';
  it.each<[string, (task: Task) => unknown, string, string]>([
    [
      'another version',
      (task) => ({ ...succeeded(task), version: 1 }),
      'SQ6006',
      'the worker speaks protocol 1, this driver 2',
    ],
    [
      'another query',
      (task) => ({ ...succeeded(task), query: 'X' }),
      'SQ6005',
      `the function answered for another task than ${AT}`,
    ],
    [
      'another task',
      (task) => ({ ...succeeded(task), task: 9 }),
      'SQ6005',
      `the function answered for another task than ${AT}`,
    ],
    [
      'another attempt',
      (task) => ({ ...succeeded(task), attempt: 1 }),
      'SQ6005',
      `the function answered for another task than ${AT}`,
    ],
    [
      'the output of another attempt',
      (task) => succeeded(task, { ...manifestOf(task), attempt: attemptId(1) }),
      'SQ6005',
      `the function delivered another output than that of ${AT}`,
    ],
    [
      'the output of another task',
      (task) => succeeded(task, { ...manifestOf(task), task: taskId(5) }),
      'SQ6005',
      `the function delivered another output than that of ${AT}`,
    ],
    [
      'an object in another place',
      (task) =>
        succeeded(task, manifestOf(task, 1, { kind: 'object', uri: 's3://precious/data', etag: '"e"', size: 1 })),
      'SQ6005',
      `the function delivered another output than that of ${AT}`,
    ],
  ])('refuses %s', async (_, answer, code, message) => {
    const { done } = start(chain(1), { invoke: async (task) => answer(task) as never });
    const thrown = await done.catch((reason: SquallError) => reason);
    expect(thrown).toBeInstanceOf(InvokeError);
    expect(thrown).toMatchObject({ code, message, retryable: false });
  });
});

describe('stopping', () => {
  it('stops the siblings of a task that failed for good, starts no more, and throws its error', async () => {
    const started: string[] = [];
    const stopped: string[] = [];
    const { done, events } = start(chain(8, 1), {
      limits: { concurrency: 4 },
      invoke: async (task, { signal }) => {
        started.push(name(task));
        if (task.task === 2) return failed(task, new ExecutionError('SQ3002', 'integer out of range'));
        try {
          return await untilAborted(signal);
        } finally {
          stopped.push(name(task));
        }
      },
    });
    await expect(done).rejects.toThrow(new ExecutionError('SQ3002', 'integer out of range'));
    expect(started).toEqual(['0.0#0', '0.1#0', '0.2#0', '0.3#0']);
    expect(stopped).toEqual(['0.0#0', '0.1#0', '0.3#0']);
    expect(events.filter((event) => event.retried)).toEqual([]);
  });

  it('stops pauses between attempts too', async () => {
    const { done, cloud } = start(chain(2), {
      invoke: async (task) => {
        if (task.task === 0) return failed(task, flaky());
        await cloud.clock.sleep(1);
        return failed(task, new ExecutionError('SQ3002', 'integer out of range'));
      },
    });
    await expect(done).rejects.toThrow('integer out of range');
    expect(cloud.clock.monotonic()).toBe(1);
  });

  it('ends with CancelledError when the signal fires, after every function call has ended', async () => {
    const user = new AbortController();
    let running = 0;
    const { done } = start(
      chain(5),
      {
        invoke: async (_, { signal }) => {
          if (++running === 5) queueMicrotask(() => user.abort(new Error('enough')));
          try {
            return await untilAborted(signal);
          } finally {
            await Promise.resolve();
            running--;
          }
        },
      },
      user.signal,
    );
    const thrown = await done.catch((reason: SquallError) => reason);
    expect(thrown).toBeInstanceOf(CancelledError);
    expect(thrown).toMatchObject({ code: 'SQ7000', message: 'the query was cancelled', cause: new Error('enough') });
    expect(running).toBe(0);
  });

  it('invokes nothing when the signal has fired before', async () => {
    const { done, events } = start(chain(2), { invoke: async (task) => succeeded(task) }, AbortSignal.abort());
    await expect(done).rejects.toThrow(CancelledError);
    expect(events).toEqual([]);
  });

  it('does not start the next stage when the signal fires between stages', async () => {
    const user = new AbortController();
    const started: string[] = [];
    const { done } = start(
      chain(1, 1),
      {
        invoke: async (task) => {
          started.push(name(task));
          user.abort();
          return succeeded(task);
        },
      },
      user.signal,
    );
    await expect(done).rejects.toThrow(CancelledError);
    expect(started).toEqual(['0.0#0']);
  });
});
