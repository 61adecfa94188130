import type { StageId } from '../../common/ids.ts';
import type { Stage, StageGraph } from '../../planner/stages/stage-graph.ts';
import { stageOf } from '../../planner/stages/stage-graph.ts';
import { taskReadings } from './stage-inputs.ts';
import type { StageRun } from './stage-run.ts';

/** Part of its producers' tasks that has ended when a consumer may start. */
const ENDED_SHARE = 0.6;

/**
 * Whether the reports of a stage go to the journal, so that its readers can start before it has ended: each of them polls for what it
 * lacks. For stages of a single task there is nothing to gain, and of a stage of which some rows are enough some tasks never end.
 */
export const mayBeAwaited = ({ id, tasks, enough, exchange }: Stage, { stages }: StageGraph): boolean =>
  tasks.length > 1 &&
  enough === null &&
  exchange.medium !== 'direct' &&
  stages.some(({ inputs }) => inputs.some(({ stage }) => stage === id));

/**
 * Whether a stage may start although some of its producers still run: enough of their tasks have ended, and all of the others have a
 * slot of their own, which they keep for every attempt. So no consumer holds what a producer needs, and every producer ends.
 */
export function mayStartEarly(stage: Stage, graph: StageGraph, runs: ReadonlyMap<StageId, StageRun>): boolean {
  if (stage.after.some((id) => !runs.get(id)?.complete)) return false;
  return stage.inputs.every((input) => {
    const run = runs.get(input.stage);
    if (!run) return false;
    if (run.complete) return true;
    if (!run.options.journal || !isInTail(run) || input.route.kind === 'range') return false;
    return stage.tasks.every((_, task) => readsAlike(taskReadings(stage, input, task, stageOf(graph, input.stage))));
  });
}

/** All tasks have begun, and most of them have ended. */
export const isInTail = ({ begun, ended, stage }: StageRun): boolean =>
  begun === stage.tasks.length && ended >= ENDED_SHARE * stage.tasks.length;

const readsAlike = (parts: ReturnType<typeof taskReadings>): boolean =>
  new Set(parts.map(({ slice }) => (slice ? `${slice.from} ${slice.to}` : ''))).size <= 1;
