import { InternalError } from '../../common/errors.ts';
import type { PartitionSlice } from '../../operators/task.ts';
import type { LevelShape, PartitionRoute } from './stage-graph.ts';

/** Adjacent partitions of one producer's output. */
export interface Reading extends PartitionSlice {
  /** Number of the task that wrote it. */
  readonly producer: number;
}

/**
 * What a task with the partitions `slice` of a level reads. An exchange of one level: every producer (groups of one) is read by every
 * task. With more levels each decides one digit of the partition number, most significant first: the producers of level l stand as
 * g' * prefix' + X' where X' are the digits so far, the readers as g * prefix + X with X = X' * factor + digit. A reader takes digit
 * X % factor of the producers X' of its block of groups. (Lambada, SIGMOD 2020, section 4.4; the combiners of Starling, SIGMOD
 * 2020, section 4.2.)
 *
 * @param slice numbers g * prefix + X of this level, in one group
 */
export function readings({ from, to }: PartitionRoute, slice: PartitionSlice): readonly Reading[] {
  const factor = factorOf({ from, to });
  const group = Math.floor(slice.from / to.prefix);
  if (group !== Math.floor((slice.to - 1) / to.prefix))
    throw new InternalError('partitions of several groups in one task');
  const base = group * to.prefix;
  const groups = blockOf(from.groups, to.groups, group);
  const read: Reading[] = [];
  for (let x = slice.from - base; x < slice.to - base; ) {
    const coarse = Math.floor(x / factor);
    const end = Math.min(slice.to - base, (coarse + 1) * factor);
    const own = { from: x - coarse * factor, to: end - coarse * factor };
    for (let g = groups.from; g < groups.to; g++) read.push({ producer: g * from.prefix + coarse, ...own });
    x = end;
  }
  return read;
}

/** Partitions that a producer of this level writes. */
export const factorOf = ({ from, to }: Pick<PartitionRoute, 'from' | 'to'>): number =>
  Math.ceil(to.prefix / from.prefix);

/** The groups of the level before that group `index` of `count` takes: contiguous blocks whose sizes differ by one at most. */
function blockOf(groups: number, count: number, index: number): PartitionSlice {
  return { from: Math.floor((index * groups) / count), to: Math.floor(((index + 1) * groups) / count) };
}

/** An exchange of one level between `producers` tasks and `partitions` readers. */
export const oneLevel = (producers: number, partitions: number): PartitionRoute => ({
  kind: 'partitions',
  from: { groups: producers, prefix: 1 },
  to: { groups: 1, prefix: partitions },
});

/** Tasks of a level. */
export const tasksOf = ({ groups, prefix }: LevelShape): number => groups * prefix;
