import type { Task } from '../../operators/task.ts';
import type { Stage } from '../../planner/stages/stage-graph.ts';
import { noted, type Started } from './attempt.ts';
import type { Slot } from './fair-slots.ts';
import type { RunContext } from './run-context.ts';
import type { ScheduleOptions } from './schedule-options.ts';

/** Tasks from which on a stage is started through a tree of invocations, unless the user says otherwise. */
export const TREE_TASKS = 256;

/** Whether the tasks of a stage are started through a tree of invocations. */
export function usesTree({ tasks }: Stage, { cloud, choices }: Pick<ScheduleOptions, 'cloud' | 'choices'>): boolean {
  if (!cloud.invoker.invokeTree || choices?.invocation === 'flat') return false;
  return tasks.length >= (choices?.invocation === 'tree' ? 2 : TREE_TASKS);
}

/** A first attempt that a tree of invocations has started. */
export interface Planted {
  readonly index: number;
  readonly slot: Slot;
  readonly started: Started;
}

export interface PlantOptions {
  readonly priority: number;
  readonly tasks: number;
  readonly message: (index: number) => Task;
}

/** Starts the first tasks of a stage, as many as there are slots for, through a tree of invocations. */
export async function plantTree(context: RunContext, planting: PlantOptions): Promise<readonly Planted[]> {
  const { lane, launcher, signal, options } = context;
  const { priority, tasks, message } = planting;
  const most = Math.min(tasks, launcher.slots.limit);
  const slots = await lane.acquire({ priority, signal, least: Math.min(most, TREE_TASKS), most });
  const messages = slots.map((_, index) => message(index));
  for (const task of messages) options.scratch.starts(task);
  const { cloud, scratch } = options;
  const startedAt = cloud.clock.monotonic();
  let untold = 0;
  const throttles = () => {
    const count = untold;
    untold = 0;
    return count;
  };
  const turn = await launcher.pace.turn(signal);
  const throttled = async () => {
    untold++;
    await turn.throttled(signal);
  };
  // Lambda may run an event twice, and the object of each run has a name of its own.
  scratch.mayExistAnywhere();
  const telling = { ...noted(scratch), signal, throttled };
  const reports = cloud.invoker.invokeTree?.(messages, telling) ?? [];
  void Promise.allSettled(reports).then(() => turn.ended());
  return slots.map((slot, index): Planted => {
    const task = messages[index] as Task;
    const report = reports[index] ?? cloud.invoker.invoke(task, telling);
    return { index, slot, started: { task, startedAt, report, throttles } };
  });
}
