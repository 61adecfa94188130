import type { StageId } from '../../common/ids.ts';
import type { Stage, StageGraph } from '../../planner/stages/stage-graph.ts';

/** Compressed bytes that a task reads in about the time that a stage takes beyond its reading. */
const BYTES_PER_STEP = 64 * 1024 * 1024;

/** How long the way from each stage to the result is: the stage itself and the longest way of its readers, in steps. */
export function remainingPaths({ stages }: StageGraph): ReadonlyMap<StageId, number> {
  const paths = new Map<StageId, number>();
  for (const stage of [...stages].reverse()) {
    const readers = stages.filter(
      ({ inputs, after }) => inputs.some((input) => input.stage === stage.id) || after.includes(stage.id),
    );
    const rest = readers.reduce((longest, { id }) => Math.max(longest, paths.get(id) ?? 0), 0);
    paths.set(stage.id, rest + stepsOf(stage));
  }
  return paths;
}

/** A stage lasts as long as its largest task. */
function stepsOf({ tasks }: Stage): number {
  const bytes = tasks.map(({ scans }) =>
    Object.values(scans)
      .flat()
      .reduce((sum, { ranges }) => sum + ranges.reduce((all, { length }) => all + length, 0), 0),
  );
  return 1 + bytes.reduce((most, one) => Math.max(most, one), 0) / BYTES_PER_STEP;
}
