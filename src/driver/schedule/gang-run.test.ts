import { describe, expect, it } from 'vitest';
import {
  type FakeCloud,
  type FakeCloudOptions,
  failed,
  fakeCloud,
  fakeStage,
  leftovers,
  manifestOf,
  succeeded,
} from '../../../test/driver/fake-cloud.ts';
import { ExecutionError, InvokeError } from '../../common/errors.ts';
import { newQueryId, stageId } from '../../common/ids.ts';
import { INTEGER } from '../../common/types.ts';
import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import type { Task, TaskReport } from '../../operators/task.ts';
import { staticGraph } from '../../planner/adaptive/adaptive-graph.ts';
import { oneLevel } from '../../planner/stages/routes.ts';
import type { Route, Stage, StageGraph } from '../../planner/stages/stage-graph.ts';
import { MemoryObjectStore } from '../../storage/memory.ts';
import { Scratch } from '../scratch.ts';
import { runStages } from './run-stages.ts';
import type { AttemptEvent } from './schedule-options.ts';

const KEY: Expr = { kind: 'column', id: 1 as ColumnId, name: 'n', type: INTEGER };

const direct = (stage: Stage, of: number, divisor: number, partitions: number): Stage => ({
  ...stage,
  output: { kind: 'hash', keys: [KEY], of, divisor, partitions },
  exchange: { medium: 'direct', compression: null },
});
const reading = (stage: Stage, from: number, route: Route): Stage => ({
  ...stage,
  inputs: [...stage.inputs, { stage: stageId(from), route }],
});

/** Three producers, two consumers, and one stage that reads them. */
const PAIR: StageGraph = {
  stages: [direct(fakeStage(0, 3, []), 2, 1, 2), reading(fakeStage(1, 2, []), 0, oneLevel(3, 2)), fakeStage(2, 1, [1])],
};

const answer = (task: Task): TaskReport =>
  succeeded(task, task.output.links ? manifestOf(task, 5, { kind: 'links' }) : manifestOf(task, 5));

/** A cloud whose functions meet through the store. */
function gangCloud(
  work: (task: Task, cloud: FakeCloud, signal: AbortSignal) => Promise<TaskReport>,
  more: Partial<FakeCloudOptions> = {},
) {
  const store = new MemoryObjectStore();
  const messages: Task[] = [];
  const cloud: FakeCloud = fakeCloud({
    links: { kind: 'store', echo: 'http://echo' },
    ...more,
    store,
    invoke: async (task, { signal }) => {
      messages.push(task);
      return work(task, cloud, signal);
    },
  });
  return { cloud, store, messages };
}

function run(cloud: FakeCloud, graph: StageGraph) {
  const query = newQueryId(cloud.clock, cloud.random);
  const scratch = new Scratch(cloud.stores, cloud.scratch, query);
  const events: AttemptEvent[] = [];
  const options = { query, cloud, scratch, signal: new AbortController().signal };
  const done = runStages(staticGraph(graph), { ...options, onAttempt: (event) => events.push(event) });
  return { query, scratch, events, done };
}

const linksOf = (task: Task) => task.output.links ?? task.exchanges[0]?.links ?? task.exchanges[1]?.links;

describe('stages with a direct exchange', () => {
  it('start together, and each task is told whom it sends to and who sends', async () => {
    const { cloud, messages } = gangCloud(async (task, { clock }, signal) => {
      await clock.sleep(100, signal);
      return answer(task);
    });
    const { done, query } = run(cloud, PAIR);
    expect(await done).toHaveLength(1);
    expect(cloud.clock.monotonic()).toBe(200);
    const [producers, consumers] = [0, 1].map((stage) => messages.filter((task) => task.stage === stage));
    expect(producers?.map(({ output }) => [output.links?.to, output.links?.peers])).toEqual([
      [1, [0, 1]],
      [1, [0, 1]],
      [1, [0, 1]],
    ]);
    expect(consumers?.map(({ exchanges }) => exchanges[0])).toEqual([
      { manifests: [], links: { gang: linksOf(messages[0] as Task)?.gang, peers: [0, 1, 2] } },
      { manifests: [], links: { gang: linksOf(messages[0] as Task)?.gang, peers: [0, 1, 2] } },
    ]);
    const gangs = messages.slice(0, 5).map((task) => linksOf(task)?.gang);
    expect(new Set(gangs.map((gang) => gang?.id))).toEqual(new Set([`${query}.0.0`]));
    const folder = `memory://scratch/squall/${query}/gang-0.0/`;
    expect(gangs[0]).toMatchObject({
      rendezvous: { kind: 'store', prefix: `${folder}meet/`, echo: 'http://echo' },
      fallback: `${folder}fallback/`,
    });
    expect(gangs[0]?.key).toHaveLength(32);
  });

  it('of several levels are one gang', async () => {
    // Four partitions of four producers in two levels of two.
    const level = { groups: 2, prefix: 2 };
    const graph: StageGraph = {
      stages: [
        direct(fakeStage(0, 4, []), 4, 2, 2),
        direct(
          reading(fakeStage(1, 4, []), 0, { kind: 'partitions', from: { groups: 4, prefix: 1 }, to: level }),
          4,
          1,
          2,
        ),
        reading(fakeStage(2, 4, []), 1, { kind: 'partitions', from: level, to: { groups: 1, prefix: 4 } }),
      ],
    };
    const { cloud, messages } = gangCloud(async (task, { clock }) => {
      await clock.sleep(100);
      return answer(task);
    });
    expect(await run(cloud, graph).done).toHaveLength(4);
    expect(cloud.clock.monotonic()).toBe(100);
    expect(new Set(messages.map((task) => linksOf(task)?.gang.id)).size).toBe(1);
    const peers = (stage: number) =>
      messages
        .filter((task) => task.stage === stage)
        .map(({ exchanges, output }) => [exchanges[stage - 1]?.links?.peers, output.links?.peers]);
    expect(peers(0)).toEqual([
      [undefined, [0, 1]],
      [undefined, [0, 1]],
      [undefined, [2, 3]],
      [undefined, [2, 3]],
    ]);
    expect(peers(1)).toEqual([
      [
        [0, 1],
        [0, 1],
      ],
      [
        [0, 1],
        [2, 3],
      ],
      [
        [2, 3],
        [0, 1],
      ],
      [
        [2, 3],
        [2, 3],
      ],
    ]);
    expect(peers(2)).toEqual([
      [[0, 2], undefined],
      [[0, 2], undefined],
      [[1, 3], undefined],
      [[1, 3], undefined],
    ]);
  });

  it('wait for all their slots, and take none before', async () => {
    const started: string[] = [];
    const { cloud } = gangCloud(
      async (task, { clock }) => {
        started.push(`${clock.monotonic()} ${task.stage}`);
        await clock.sleep(100);
        return answer(task);
      },
      { limits: { concurrency: 5 } },
    );
    const other = run(cloud, { stages: [fakeStage(9, 3, [])] });
    await cloud.clock.sleep(10);
    const { done } = run(cloud, PAIR);
    await Promise.all([other.done, done]);
    expect(started).toEqual(['0 9', '0 9', '0 9', '100 0', '100 0', '100 0', '100 1', '100 1', '200 2']);
  });

  it('that need more functions than may run are refused', async () => {
    const { cloud } = gangCloud(async (task) => answer(task), { limits: { concurrency: 4 } });
    await expect(run(cloud, PAIR).done).rejects.toMatchObject({
      code: 'SQ4012',
      message: 'stages 0, 1 need 5 functions at once for their direct exchange, and 4 may run',
    });
  });

  it('are refused where functions cannot be connected', async () => {
    const { cloud } = gangCloud(async (task) => answer(task), { links: null });
    await expect(run(cloud, PAIR).done).rejects.toMatchObject({
      code: 'SQ4013',
      message: 'functions of the target local cannot be connected',
    });
  });

  it('meet at a server of the driver, where functions reach it', async () => {
    const { cloud, messages } = gangCloud(async (task) => answer(task), {
      links: { kind: 'driver', host: '127.0.0.1' },
    });
    const { done } = run(cloud, PAIR);
    expect(await done).toHaveLength(1);
    const rendezvous = linksOf(messages[0] as Task)?.gang.rendezvous;
    expect(rendezvous).toMatchObject({ kind: 'driver', host: '127.0.0.1' });
  });
});

describe('a gang in which a task fails', () => {
  const retryable = (code: 'SQ6004' | 'SQ6010') => new InvokeError(code, `${code} happened`, { retryable: true });

  it('is stopped and started again as one, under a new name and key', async () => {
    const stopped: string[] = [];
    const { cloud, messages, store } = gangCloud(async (task, { clock, stores }, signal) => {
      const { store: to, location } = stores.resolve(`${linksOf(task)?.gang.fallback}${task.stage}-${task.task}`);
      if (task.stage < 2) await to.put(location, new Uint8Array(1));
      if (task.stage === 0 && task.task === 1 && task.attempt === 0) {
        await clock.sleep(50);
        throw retryable('SQ6004');
      }
      await clock.sleep(100, signal).catch((error: unknown) => {
        stopped.push(`${task.stage}.${task.task}#${task.attempt}`);
        throw error;
      });
      return answer(task);
    });
    const { done, events, scratch } = run(cloud, PAIR);
    expect(await done).toHaveLength(1);
    expect(stopped.sort()).toEqual(['0.0#0', '0.2#0', '1.0#0', '1.1#0']);
    const gangs = messages.filter((task) => task.stage < 2).map((task) => linksOf(task)?.gang);
    expect(new Set(gangs.map((gang) => gang?.id)).size).toBe(2);
    expect(new Set(gangs.map((gang) => Buffer.from(gang?.key ?? []).toString('hex'))).size).toBe(2);
    expect(messages.filter((task) => task.stage < 2).map(({ attempt }) => attempt)).toEqual([
      0, 0, 0, 0, 0, 1, 1, 1, 1, 1,
    ]);
    expect(events.filter(({ retried }) => retried)).toHaveLength(5);
    expect(await leftovers(store)).not.toEqual([]);
    await scratch.clean();
    expect(await leftovers(store)).toEqual([]);
  });

  it('tells what really happened, not that a link broke', async () => {
    const { cloud } = gangCloud(async (task, { clock }, signal) => {
      if (task.stage === 1) {
        await clock.sleep(10, signal);
        return failed(task, retryable('SQ6010'));
      }
      await clock.sleep(60, signal);
      return failed(task, new ExecutionError('SQ3003', 'division by zero'));
    });
    const { done, events } = run(cloud, PAIR);
    await expect(done).rejects.toThrow('division by zero');
    expect(events.filter(({ retried }) => retried)).toEqual([]);
    expect(cloud.clock.monotonic()).toBe(60);
  });

  it('is given up after some attempts', async () => {
    const { cloud, messages } = gangCloud(async (task, { clock }, signal) => {
      await clock.sleep(task.stage === 1 ? 10 : 100_000, signal);
      return failed(task, retryable('SQ6010'));
    });
    await expect(run(cloud, PAIR).done).rejects.toThrow('SQ6010 happened');
    expect(new Set(messages.map((task) => linksOf(task)?.gang.id)).size).toBe(4);
  });

  it('refuses a body of bytes where rows went over links', async () => {
    const { cloud } = gangCloud(async (task) => succeeded(task));
    await expect(run(cloud, PAIR).done).rejects.toMatchObject({ code: 'SQ6005' });
  });
});
