import type { StageId } from '../../common/ids.ts';
import type { Manifest } from '../../operators/task.ts';
import type { StageGraph } from '../stages/stage-graph.ts';

/** The stages of one run, which change as it becomes known how much earlier stages have delivered. */
export interface AdaptiveGraph {
  /** As it is now; ask again after every `ended`. A stage that has begun never changes, and stays in the list. */
  readonly graph: StageGraph;
  /** Called before a task of the stage starts: how it runs, and what it reads, is settled. */
  began(stage: StageId): void;
  /** All of the stage is there. What was decided anew, if anything. */
  ended(stage: StageId, outputs: readonly Manifest[]): readonly Decision[];
}

/** Something that was decided anew while the query ran. */
export interface Decision {
  /** The stage that runs otherwise than it was planned. */
  readonly stage: StageId;
  readonly kind: 'partitions' | 'join' | 'skew' | 'plan';
  /** What was planned. */
  readonly from: string;
  /** What is done. */
  readonly to: string;
  readonly why: string;
}

/** Stages that stay as they were planned. */
export const staticGraph = (graph: StageGraph): AdaptiveGraph => ({
  graph,
  began: () => undefined,
  ended: () => [],
});
