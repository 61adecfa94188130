import { InternalError, throwIfAborted } from '../../common/errors.ts';
import type { StageId } from '../../common/ids.ts';
import type { Manifest } from '../../operators/task.ts';
import type { AdaptiveGraph } from '../../planner/adaptive/adaptive-graph.ts';
import type { StageGraph } from '../../planner/stages/stage-graph.ts';
import { QueryRun } from './query-run.ts';
import type { ScheduleOptions } from './schedule-options.ts';

/**
 * Runs the stages of a query: a stage begins when all that it reads, and waits for, has ended; under `optimize: latency` when most of it
 * has; stages with direct exchanges together. Stages that do not wait for each other run at the same time, the one with the longest way
 * to the result first. The first error that cannot be retried stops every running task and is thrown; so does the signal. A stage of
 * which only some rows are wanted is complete when it has them: what still runs is stopped, what has not begun is never started.
 *
 * @returns the manifests of the last stage, in task order.
 */
export async function runStages(adaptive: AdaptiveGraph, options: ScheduleOptions): Promise<readonly Manifest[]> {
  throwIfAborted(options.signal);
  checkOrder(adaptive.graph);
  return new QueryRun(adaptive, options).run();
}

function checkOrder({ stages }: StageGraph): void {
  const known = new Set<StageId>();
  for (const { id, inputs } of stages) {
    for (const { stage } of inputs) {
      if (!known.has(stage)) throw new InternalError(`stage ${id} is planned before its input, stage ${stage}`);
    }
    known.add(id);
  }
}
