import { describe, expect, it } from 'vitest';
import {
  chain,
  type FakeCloud,
  type FakeCloudOptions,
  failed,
  fakeCloud,
  fakeStage,
  leftovers,
  manifestOf,
  succeeded,
} from '../../../test/driver/fake-cloud.ts';
import { type Random, seededRandom } from '../../common/clock.ts';
import { ExecutionError, InvokeError, ResourceError, StorageError } from '../../common/errors.ts';
import { newQueryId, stageId } from '../../common/ids.ts';
import { journalKey, type Task } from '../../operators/task.ts';
import { type AdaptiveGraph, type Decision, staticGraph } from '../../planner/adaptive/adaptive-graph.ts';
import type { Stage, StageGraph } from '../../planner/stages/stage-graph.ts';
import { MemoryObjectStore } from '../../storage/memory.ts';
import { Scratch } from '../scratch.ts';
import { runStages } from './run-stages.ts';
import type { AttemptEvent, ScheduleOptions } from './schedule-options.ts';

const graphOf = (...stages: readonly Stage[]): StageGraph => ({ stages });

type More = Partial<Pick<ScheduleOptions, 'choices' | 'signal' | 'onDecision' | 'onWarmed'>>;

/** Runs a graph on a cloud. */
function run(cloud: FakeCloud, graph: StageGraph | AdaptiveGraph, more: More = {}) {
  const query = newQueryId(cloud.clock, cloud.random);
  const scratch = new Scratch(cloud.stores, cloud.scratch, query);
  const events: AttemptEvent[] = [];
  const options = { query, cloud, scratch, signal: new AbortController().signal, ...more };
  const adaptive = 'ended' in graph ? graph : staticGraph(graph);
  const done = runStages(adaptive, { ...options, onAttempt: (event) => events.push(event) });
  return { query, scratch, events, done };
}

/** A cloud whose tasks take so long, and what ran when. */
function timed(msOf: (task: Task) => number, options: Partial<FakeCloudOptions> = {}) {
  const log: { readonly task: Task; readonly from: number; to: number }[] = [];
  const cloud = fakeCloud({
    ...options,
    invoke: async (task, { signal }) => {
      const entry = { task, from: cloud.clock.monotonic(), to: Number.POSITIVE_INFINITY };
      log.push(entry);
      await cloud.clock.sleep(msOf(task), signal);
      entry.to = cloud.clock.monotonic();
      return succeeded(task);
    },
  });
  const span = (stage: number) => {
    const own = log.filter(({ task }) => task.stage === stage);
    return [Math.min(...own.map(({ from }) => from)), Math.max(...own.map(({ to }) => to))];
  };
  return { cloud, log, span };
}

const flaky = () => new StorageError('SQ5008', 'the store asks to slow down', { retryable: true });
const LATENCY = { optimize: 'latency', invocation: 'auto' } as const;

describe('stages that do not wait for each other', () => {
  const diamond = graphOf(
    fakeStage(0, 4, []),
    fakeStage(1, 4, []),
    fakeStage(2, 2, [0]),
    fakeStage(3, 2, [1]),
    fakeStage(4, 1, [2, 3]),
  );

  it('run at the same time', async () => {
    const { cloud, span } = timed((task) => (task.stage === 1 ? 300 : 100));
    await run(cloud, diamond).done;
    expect([0, 1, 2, 3, 4].map(span)).toEqual([
      [0, 100],
      [0, 300],
      [100, 200],
      [300, 400],
      [400, 500],
    ]);
  });

  it('begin in the order of their longest way to the result', async () => {
    const graph = graphOf(
      fakeStage(0, 2, []),
      fakeStage(1, 2, []),
      fakeStage(2, 1, [1]),
      fakeStage(3, 1, [2]),
      fakeStage(4, 1, [0, 3]),
    );
    const { cloud, log } = timed(() => 100, { limits: { concurrency: 1 } });
    await run(cloud, graph).done;
    expect(log.map(({ task }) => task.stage)).toEqual([1, 1, 2, 0, 0, 3, 4]);
  });

  it('wait for a stage they do not read when a decision does', async () => {
    const { cloud, span } = timed(() => 100);
    const waits = { ...fakeStage(1, 1, []), after: [stageId(0)] };
    await run(cloud, graphOf(fakeStage(0, 1, []), waits, fakeStage(2, 1, [0, 1]))).done;
    expect([0, 1, 2].map(span)).toEqual([
      [0, 100],
      [100, 200],
      [200, 300],
    ]);
  });

  it('are all stopped by the first error', async () => {
    const cloud = fakeCloud({
      invoke: async (task, { signal }) => {
        if (task.stage === 0) await cloud.clock.sleep(10, signal);
        else await cloud.clock.sleep(1_000_000, signal);
        return failed(task, new ExecutionError('SQ3003', 'division by zero'));
      },
    });
    const { done, events } = run(cloud, diamond);
    await expect(done).rejects.toThrow('division by zero');
    expect(cloud.clock.monotonic()).toBe(10);
    expect(events).toHaveLength(8);
  });
});

describe('a limit of functions', () => {
  it('makes a stage run in waves that follow each other without a gap', async () => {
    const { cloud } = timed(() => 100, { limits: { concurrency: 50 } });
    await run(cloud, chain(500, 1)).done;
    expect(cloud.clock.monotonic()).toBe(10 * 100 + 100);
  });

  it('is shared by the queries of a session: a short one does not wait for a long one', async () => {
    const { cloud } = timed(() => 100, { limits: { concurrency: 10 } });
    const long = run(cloud, chain(200, 1));
    await cloud.clock.sleep(150);
    const short = run(cloud, chain(10, 1));
    await short.done;
    // 5 of 10 slots are its own as soon as tasks of the long one end: two waves and its last stage.
    expect(cloud.clock.monotonic() - 150).toBeLessThanOrEqual(50 + 3 * 100);
    await long.done;
  });

  it('of several clouds is each its own', async () => {
    const clouds = [timed(() => 100, { limits: { concurrency: 1 } }), timed(() => 100, { limits: { concurrency: 1 } })];
    await Promise.all(clouds.map(({ cloud }) => run(cloud, chain(3)).done));
    expect(clouds.map(({ cloud }) => cloud.clock.monotonic())).toEqual([300, 300]);
  });
});

describe('throttled invocations', () => {
  it('slow all of them down and are counted, and none fails', async () => {
    let running = 0;
    let most = 0;
    const cloud = fakeCloud({
      limits: { concurrency: 500 },
      invoke: async (task, { throttled, signal }) => {
        while (running >= 50) await throttled?.();
        most = Math.max(most, ++running);
        await cloud.clock.sleep(100, signal);
        running--;
        return succeeded(task);
      },
    });
    const { done, events } = run(cloud, chain(500));
    expect(await done).toHaveLength(500);
    expect(most).toBe(50);
    const throttles = events.reduce((sum, event) => sum + event.throttles, 0);
    expect(throttles).toBeGreaterThanOrEqual(450);
    expect(throttles).toBeLessThan(600);
    expect(cloud.clock.monotonic()).toBeLessThan(1_200);
    expect(events.filter(({ error }) => error)).toEqual([]);
  });
});

describe('a graph that changes', () => {
  it('is asked again when a stage has ended, and what begins is told before', async () => {
    const told: string[] = [];
    let graph = graphOf(fakeStage(0, 2, []), fakeStage(1, 8, [0]), fakeStage(2, 1, [1]));
    const decision: Decision = { stage: stageId(1), kind: 'partitions', from: '8', to: '3', why: 'small' };
    const adaptive: AdaptiveGraph = {
      get graph() {
        return graph;
      },
      began: (stage) => told.push(`began ${stage}`),
      ended: (stage, outputs) => {
        told.push(`ended ${stage}: ${outputs.length}`);
        if (stage !== 0) return [];
        // A stage in between, and fewer tasks.
        graph = graphOf(fakeStage(0, 2, []), fakeStage(7, 1, [0]), fakeStage(1, 3, [7]), fakeStage(2, 1, [1]));
        return [decision];
      },
    };
    const decisions: Decision[] = [];
    const { cloud } = timed(() => 10);
    const { done } = run(cloud, adaptive, { onDecision: (one) => decisions.push(one) });
    expect(await done).toHaveLength(1);
    expect(told).toEqual([
      'began 0',
      'ended 0: 2',
      'began 7',
      'ended 7: 1',
      'began 1',
      'ended 1: 3',
      'began 2',
      'ended 2: 1',
    ]);
    expect(decisions).toEqual([decision]);
  });

  it('that lost a producer of a stage is refused', async () => {
    let graph = chain(1, 1, 1);
    const adaptive: AdaptiveGraph = {
      get graph() {
        return graph;
      },
      began: () => undefined,
      ended: () => {
        graph = graphOf(fakeStage(0, 1, []), fakeStage(2, 1, [1]));
        return [];
      },
    };
    const { cloud } = timed(() => 10);
    await expect(run(cloud, adaptive).done).rejects.toThrow('stage 2 waits for one that never ends');
  });
});

/** A cloud over a store whose tasks write and read the journal as workers do. */
function journaling(options: Partial<FakeCloudOptions>, work: (task: Task, cloud: FakeCloud) => Promise<void>) {
  const store = new MemoryObjectStore();
  const log: string[] = [];
  const cloud: FakeCloud = fakeCloud({
    ...options,
    store,
    invoke: async (task, { signal }) => {
      const at = () => cloud.clock.monotonic();
      log.push(`${at()} start ${task.stage}.${task.task}#${task.attempt}`);
      const read = async (key: string) => {
        for (;;) {
          const { store: from, location } = cloud.stores.resolve(key);
          const found = await from.head(location).catch(() => null);
          if (found) return;
          await cloud.clock.sleep(50, signal);
        }
      };
      for (const [stage, { pending }] of Object.entries(task.exchanges)) {
        for (const producer of pending?.tasks ?? [])
          await read(journalKey(task.journal as string, { stage: stageId(Number(stage)), task: producer }));
      }
      try {
        await work(task, cloud);
      } catch (error) {
        return failed(task, error as Error);
      }
      if (task.journal !== undefined) {
        const { store: to, location } = cloud.stores.resolve(journalKey(task.journal, task));
        await to.putIfAbsent(location, new Uint8Array(1));
      }
      log.push(`${at()} end ${task.stage}.${task.task}#${task.attempt}`);
      return succeeded(task, manifestOf(task, task.task));
    },
  });
  return { cloud, store, log };
}

describe('under optimize: latency', () => {
  it('a stage begins when three fifths of what it reads have ended, and learns of the rest from the journal', async () => {
    const messages: Task[] = [];
    const { cloud, store, log } = journaling({}, async (task, { clock }) => {
      messages.push(task);
      await clock.sleep(task.stage === 0 && task.task === 4 ? 1_000 : 100);
    });
    const { done, scratch } = run(cloud, chain(5, 2), { choices: LATENCY });
    expect(await done).toHaveLength(2);
    expect(log.filter((line) => line.includes('start 1.'))).toEqual(['100 start 1.0#0', '100 start 1.1#0']);
    const consumer = messages.find(({ stage }) => stage === 1) as Task;
    const input = consumer.exchanges[0];
    const known = input?.manifests.map(({ task }) => task) ?? [];
    expect(known.length).toBeGreaterThanOrEqual(3);
    expect([...known, ...(input?.pending?.tasks ?? [])].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(input?.pending?.partitions).toBeNull();
    expect(messages.map(({ journal }) => journal !== undefined)).toEqual(messages.map(() => true));
    expect((await leftovers(store)).length).toBeGreaterThan(0);
    await scratch.clean();
    expect(await leftovers(store)).toEqual([]);
  });

  it('a producer that fails after its readers began is tried again, and they read that attempt', async () => {
    const { cloud, store, log } = journaling({}, async (task, { clock }) => {
      const late = task.stage === 0 && task.task === 3;
      await clock.sleep(late ? 500 : 100);
      if (late && task.attempt === 0) throw flaky();
    });
    const { done, events, scratch } = run(cloud, chain(4, 1), { choices: LATENCY });
    expect(await done).toHaveLength(1);
    expect(log[log.length - 1]).toContain('end 1.0#0');
    expect(log.indexOf(log.find((line) => line.includes('start 1.0')) as string)).toBeLessThan(
      log.indexOf(log.find((line) => line.includes('start 0.3#1')) as string),
    );
    expect(events.filter(({ retried }) => retried).map(({ stage, task }) => [stage, task])).toEqual([[0, 3]]);
    await scratch.clean();
    expect(await leftovers(store)).toEqual([]);
  });

  it('a reader that is out of time because it waited is tried again', async () => {
    const { cloud } = journaling({}, async (task, { clock }) => {
      await clock.sleep(task.stage === 0 && task.task === 3 ? 500 : 100);
      if (task.stage === 1 && task.attempt === 0) throw new ResourceError('SQ4006', 'out of time');
    });
    const { done, events } = run(cloud, chain(4, 1), { choices: LATENCY });
    expect(await done).toHaveLength(1);
    expect(events.filter(({ retried }) => retried).map(({ stage, task }) => [stage, task])).toEqual([[1, 0]]);
    const late = journaling({}, async (task) => {
      if (task.stage === 1) throw new ResourceError('SQ4006', 'out of time');
    });
    await expect(run(late.cloud, chain(1, 1), { choices: LATENCY }).done).rejects.toMatchObject({ code: 'SQ4006' });
  });

  it('nothing goes to the journal when one function runs at a time', async () => {
    const { cloud, store } = journaling({ limits: { concurrency: 1 } }, async (_, { clock }) => clock.sleep(10));
    await run(cloud, chain(4, 1), { choices: LATENCY }).done;
    expect(await leftovers(store)).toEqual([]);
  });

  it('a producer that fails for good stops readers that began', async () => {
    const { cloud, store } = journaling({}, async (task, { clock }) => {
      const late = task.stage === 0 && task.task === 3;
      await clock.sleep(late ? 500 : 100);
      if (late) throw new ExecutionError('SQ3003', 'division by zero');
    });
    const { done, scratch } = run(cloud, chain(4, 1), { choices: LATENCY });
    await expect(done).rejects.toThrow('division by zero');
    await scratch.clean();
    expect(await leftovers(store)).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 8])(
    'nobody waits for ever with %i functions, producers failing now and then',
    async (concurrency) => {
      const { cloud } = journaling({ limits: { concurrency } }, async (task, { clock }) => {
        await clock.sleep(50 + 37 * ((task.task * 7 + task.stage) % 5));
        if (task.attempt === 0 && (task.task + task.stage) % 3 === 0) throw flaky();
      });
      const graph = graphOf(
        fakeStage(0, 6, []),
        fakeStage(1, 5, []),
        fakeStage(2, 4, [0]),
        fakeStage(3, 4, [1, 2]),
        fakeStage(4, 1, [3]),
      );
      const several = [run(cloud, graph, { choices: LATENCY }), run(cloud, graph, { choices: LATENCY })];
      for (const { done } of several) expect(await done).toHaveLength(1);
    },
  );

  it('takes only slots that nobody else wants', async () => {
    const { cloud, log } = journaling({ limits: { concurrency: 5 } }, async (task, { clock }) => {
      await clock.sleep(task.stage === 0 && task.task === 4 ? 1_000 : 100);
    });
    const early = run(cloud, chain(5, 2), { choices: LATENCY });
    await cloud.clock.sleep(50);
    const other = run(cloud, chain(16), { choices: LATENCY });
    await other.done;
    // The other query's 16 tasks had all slots but that of the producer; then the readers began.
    const begun = log.findIndex((line) => line.includes('start 1.0'));
    expect(log.slice(0, begun).filter((line) => line.includes('start 0.')).length).toBe(21);
    await early.done;
  });
});

describe('instances of the next stage', () => {
  it('are started while the last producers run, once, no more than are missing beside those that run', async () => {
    const warmed: [number, number][] = [];
    const { cloud } = timed((task) => (task.task === 0 ? 1_000 : 100), {
      limits: { concurrency: 20 },
      warm: async (count) => {
        warmed.push([cloud.clock.monotonic(), count]);
        await cloud.clock.sleep(300);
      },
    });
    const told: number[] = [];
    await run(cloud, chain(5, 12, 8), { onWarmed: (count) => told.push(count) }).done;
    expect(warmed).toEqual([[100, 9]]);
    expect(told).toEqual([9]);
  });

  it('are not started where the function cannot, or fails to; the query runs on', async () => {
    const { cloud } = timed((task) => (task.task === 0 ? 1_000 : 100), {
      warm: async () => {
        throw new InvokeError('SQ6001', 'not now');
      },
    });
    expect(await run(cloud, chain(5, 12)).done).toHaveLength(12);
  });
});

describe('a tree of invocations', () => {
  const tree = (options: Partial<FakeCloudOptions> = {}) => {
    const planted: number[] = [];
    const flat: Task[] = [];
    const messages: Task[] = [];
    const cloud: FakeCloud = fakeCloud({
      limits: { concurrency: 300 },
      ...options,
      invoke: async (task) => {
        flat.push(task);
        await cloud.clock.sleep(100);
        return succeeded(task);
      },
      invokeTree: (tasks) => {
        planted.push(tasks.length);
        messages.push(...tasks);
        return tasks.map(async (task) => {
          await cloud.clock.sleep(100);
          return task.task === 7 ? failed(task, flaky()) : succeeded(task);
        });
      },
    });
    return { cloud, planted, flat, messages };
  };

  it('starts stages of 256 tasks and more, as many as there are slots for; what fails goes alone', async () => {
    const { cloud, planted, flat, messages } = tree();
    const { done, events, scratch } = run(cloud, chain(400, 255));
    expect(await done).toHaveLength(255);
    expect(planted).toEqual([300]);
    expect(messages.every(({ journal }) => journal === scratch.journal)).toBe(true);
    expect(flat).toHaveLength(100 + 1 + 255);
    expect(flat.find(({ task, stage }) => stage === 0 && task === 7)).toMatchObject({
      attempt: 1,
      journal: scratch.journal,
    });
    expect(events).toHaveLength(400 + 1 + 255);
  });

  it('is used for small stages, or not at all, when the user says so', async () => {
    const forced = tree();
    await run(forced.cloud, chain(3, 1), { choices: { optimize: 'balanced', invocation: 'tree' } }).done;
    expect(forced.planted).toEqual([3]);
    const flat = tree();
    await run(flat.cloud, chain(300), { choices: { optimize: 'balanced', invocation: 'flat' } }).done;
    expect(flat.planted).toEqual([]);
  });

  it('takes the report of an earlier attempt that won, and no other', async () => {
    const report = (task: Task, attempt: number) => {
      const won = { ...task, attempt: attempt as Task['attempt'] };
      return succeeded(won);
    };
    const cloud: FakeCloud = fakeCloud({
      invoke: async (task) => report(task, 0),
      invokeTree: (tasks) =>
        tasks.map(async () => {
          throw new InvokeError('SQ6004', 'gone', { retryable: true });
        }),
    });
    const choices = { optimize: 'balanced', invocation: 'tree' } as const;
    const [first] = await run(cloud, chain(2), { choices }).done;
    expect(first?.attempt).toBe(0);
    const flat: FakeCloud = fakeCloud({
      invoke: async (task) => (task.attempt === 0 ? failed(task, flaky()) : report(task, 0)),
    });
    await expect(run(flat, chain(2)).done).rejects.toMatchObject({ code: 'SQ6005' });
  });
});

describe('random graphs with random failures', () => {
  const randomGraph = (random: Random): StageGraph => {
    const pick = (n: number) => Math.floor(random.next() * n);
    const count = 2 + pick(8);
    const stages: Stage[] = [];
    for (let id = 0; id < count; id++) {
      const inputs = stages.filter(() => random.next() < 0.4).map((stage) => stage.id);
      const last = id === count - 1;
      const unread = stages.filter(
        (stage) => !stages.some((one) => one.inputs.some((input) => input.stage === stage.id)),
      );
      const own = last ? [...new Set([...inputs, ...unread.map((stage) => stage.id)])] : inputs;
      stages.push(fakeStage(id, 1 + pick(6), own));
    }
    return { stages };
  };

  it.each(Array.from({ length: 24 }, (_, seed) => seed))(
    'every task is committed once and read by all, seed %i',
    async (seed) => {
      const random = seededRandom(seed);
      const graph = randomGraph(random);
      const concurrency = 1 + Math.floor(random.next() * 8);
      const wins = new Map<string, number>();
      const { cloud, store } = journaling({ limits: { concurrency } }, async (task, { clock }) => {
        const stage = graph.stages[task.stage] as Stage;
        for (const input of stage.inputs) {
          const read = task.exchanges[input.stage];
          const tasks = [...(read?.manifests.map((one) => one.task) ?? []), ...(read?.pending?.tasks ?? [])];
          const all = (graph.stages[input.stage] as Stage).tasks.map((_, index) => index);
          expect([...tasks].sort((a, b) => a - b)).toEqual(all);
          for (const manifest of read?.manifests ?? [])
            expect(wins.get(`${manifest.stage}.${manifest.task}`)).toBe(manifest.attempt);
        }
        await clock.sleep(Math.floor(random.next() * 200));
        if (random.next() < 0.2) throw flaky();
        wins.set(`${task.stage}.${task.task}`, task.attempt);
      });
      const optimize = (['latency', 'balanced'] as const)[seed % 2] as 'latency' | 'balanced';
      const { done, events, scratch } = run(cloud, graph, { choices: { optimize, invocation: 'auto' } });
      const manifests = await done.catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'SQ5008' });
        return null;
      });
      await scratch.clean();
      expect(await leftovers(store)).toEqual([]);
      if (!manifests) return;
      expect(manifests).toHaveLength(graph.stages.at(-1)?.tasks.length ?? 0);
      const good = events.filter(({ error }) => error === null).map(({ stage, task }) => `${stage}.${task}`);
      expect(new Set(good).size).toBe(good.length);
      const needed = graph.stages.at(-1) as Stage;
      expect(good.filter((name) => name.startsWith(`${needed.id}.`))).toHaveLength(needed.tasks.length);
    },
  );
});
