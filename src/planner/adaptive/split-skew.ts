import type { PartitionSlice } from '../../operators/task.ts';
import type { Stage, StageTask } from '../stages/stage-graph.ts';
import type { Amount } from './stage-sizes.ts';

export type SlicedTask = Pick<StageTask, 'partitions' | 'share'>;

export function splitSkew(
  _stage: Stage,
  slices: readonly PartitionSlice[],
  _byInput: ReadonlyMap<number, readonly (readonly Amount[])[]>,
  _taskBytes: number,
): readonly SlicedTask[] {
  return slices.map((partitions) => ({ partitions }));
}
