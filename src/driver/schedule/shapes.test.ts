import { expect, it } from 'vitest';
import { type FakeCloud, fakeCloud, fakeStage, manifestOf, succeeded } from '../../../test/driver/fake-cloud.ts';
import { seededRandom } from '../../common/clock.ts';
import { newQueryId } from '../../common/ids.ts';
import type { Task } from '../../operators/task.ts';
import { staticGraph } from '../../planner/adaptive/adaptive-graph.ts';
import type { Stage, StageGraph } from '../../planner/stages/stage-graph.ts';
import { Scratch } from '../scratch.ts';
import { runStages } from './run-stages.ts';
import type { ScheduleChoices } from './schedule-options.ts';

/** Stages by number of tasks and what they read, as the joins of TPC-H queries have them; the larger a stage the longer its tasks. */
const SHAPES: Readonly<Record<string, readonly (readonly [tasks: number, ms: number, inputs: readonly number[]])[]>> = {
  // customer, orders, their join, lineitem, the join with it, top 10
  Q3: [
    [4, 400, []],
    [16, 700, []],
    [8, 300, [0, 1]],
    [64, 900, []],
    [32, 500, [2, 3]],
    [1, 100, [4]],
  ],
  // region x nation x customer, orders, join, lineitem, join, supplier, join, total
  Q5: [
    [4, 400, []],
    [16, 700, []],
    [8, 300, [0, 1]],
    [64, 900, []],
    [32, 500, [2, 3]],
    [2, 300, []],
    [16, 300, [4, 5]],
    [1, 100, [6]],
  ],
  // part, lineitem, join, partsupp, join, supplier x nation, join, orders, join, total
  Q9: [
    [4, 500, []],
    [64, 1000, []],
    [32, 500, [0, 1]],
    [8, 600, []],
    [32, 400, [2, 3]],
    [2, 300, []],
    [32, 300, [4, 5]],
    [16, 700, []],
    [32, 400, [6, 7]],
    [1, 100, [8]],
  ],
};

/** A stage that needs more instances than all before it. */
const WIDENING: typeof SHAPES = {
  widening: [
    [8, 800, []],
    [64, 500, [0]],
    [1, 100, [1]],
  ],
};

const COLD_START_MS = 300;
/** Part of a reader's work that it can do on what is there before the last of its producers has ended. */
const AHEAD = 0.5;

const graphOf = (shape: (typeof SHAPES)[string], sequential: boolean): StageGraph => ({
  stages: shape.map(([tasks, , inputs], id): Stage => {
    const stage = fakeStage(id, tasks, inputs);
    return sequential && id > 0 ? { ...stage, after: [fakeStage(id - 1, 1, []).id] } : stage;
  }),
});

/** Virtual ms that a graph takes: one task in ten takes twice as long, an instance that is not warm its start. */
async function latency(name: string, sequential: boolean, choices: ScheduleChoices, warms = true): Promise<number> {
  const random = seededRandom(7);
  const shape = { ...SHAPES, ...WIDENING }[name] ?? [];
  const slow = shape.map(([tasks]) => Array.from({ length: tasks }, () => random.next() < 0.1));
  let idle = 0;
  const ended = new Map<string, Promise<void>>();
  const work = async (task: Task) => {
    if (idle > 0) idle--;
    else await cloud.clock.sleep(COLD_START_MS);
    const ms = (shape[task.stage]?.[1] ?? 0) * (slow[task.stage]?.[task.task] ? 2 : 1);
    const pending = Object.entries(task.exchanges).flatMap(([stage, input]) =>
      (input.pending?.tasks ?? []).map((one) => ended.get(`${stage}.${one}`)),
    );
    if (pending.length > 0) {
      await Promise.all([...pending, cloud.clock.sleep(ms * AHEAD)]);
      await cloud.clock.sleep(ms * (1 - AHEAD));
    } else await cloud.clock.sleep(ms);
    idle++;
  };
  const cloud: FakeCloud = fakeCloud({
    limits: { concurrency: 200 },
    invoke: async (task) => {
      const done = work(task);
      ended.set(`${task.stage}.${task.task}`, done);
      await done;
      return succeeded(task, manifestOf(task));
    },
    ...(warms && {
      warm: async (count: number) => {
        const fresh = Math.max(0, count - idle);
        await cloud.clock.sleep(COLD_START_MS);
        idle += fresh;
      },
    }),
  });
  const query = newQueryId(cloud.clock, cloud.random);
  const scratch = new Scratch(cloud.stores, cloud.scratch, query);
  const { signal } = new AbortController();
  const options = { query, cloud, scratch, signal, choices, onAttempt: () => undefined };
  await runStages(staticGraph(graphOf(shape, sequential)), options);
  return Math.round(cloud.clock.monotonic());
}

const BALANCED = { optimize: 'balanced', invocation: 'flat' } as const;
const LATENCY = { optimize: 'latency', invocation: 'flat' } as const;

it.each([
  ['Q3', { sequential: 5600, overlapping: 3200, early: 2650 }],
  ['Q5', { sequential: 6500, overlapping: 3800, early: 3000 }],
  ['Q9', { sequential: 8500, overlapping: 5600, early: 4350 }],
])('a query as %s takes less when stages overlap, and still less when readers begin early', async (name, ms) => {
  expect({
    sequential: await latency(name, true, BALANCED, false),
    overlapping: await latency(name, false, BALANCED, false),
    early: await latency(name, false, LATENCY, false),
  }).toEqual(ms);
});

it('a stage wider than all before it finds its instances warm', async () => {
  expect({
    cold: await latency('widening', false, BALANCED, false),
    warmed: await latency('widening', false, BALANCED),
  }).toEqual({ cold: 3300, warmed: 3000 });
});
