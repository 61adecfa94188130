import { type PhysicalPlan, preorder } from '../../operators/plan.ts';
import type { Hop } from '../cost/hop-cost.ts';
import { readings } from './routes.ts';
import type { PartitionRoute, Stage, StageInput } from './stage-graph.ts';

/** What a stage reads of another one that delivers so many bytes. */
export function hopOf(writer: Stage, reader: Stage, { route, stage }: StageInput, bytes: number, writes: boolean): Hop {
  const [writers, readers] = [writer.tasks.length, reader.tasks.length];
  const often = readingsIn(reader.plan, stage);
  const common = { writers, readers, partitioned: writer.output.kind !== 'whole', bytes, writes };
  // Of ranges it is not known before who has rows for whom.
  if (route.kind !== 'partitions') {
    const times = route.kind === 'all' ? readers : 1;
    return { ...common, gets: often * writers * readers, readBytes: often * bytes * times };
  }
  const plain = route.from.groups * route.to.prefix;
  if (!reader.tasks.some(isDivided)) return { ...common, gets: often * plain, readBytes: often * bytes };
  const gets = dividedGets(reader, route, stage);
  const slices = reader.tasks.reduce((sum, { partitions, share }) => {
    const width = partitions ? partitions.to - partitions.from : 1;
    return sum + width / (share?.stage === stage ? share.of : 1);
  }, 0);
  return { ...common, gets: often * gets, readBytes: (often * bytes * slices) / route.to.prefix };
}

/** How often a plan reads a stage, at least once. */
function readingsIn(plan: PhysicalPlan, stage: StageInput['stage']): number {
  return Math.max(1, preorder(plan).filter((node) => node.kind === 'exchangeSource' && node.stage === stage).length);
}

/** Whether a task reads another partition than that of its own number, or a share of one. */
export const isDivided = ({ partitions, share }: Stage['tasks'][number]): boolean =>
  partitions !== undefined || share !== undefined;

function dividedGets({ tasks }: Stage, route: PartitionRoute, stage: StageInput['stage']): number {
  return tasks.reduce((sum, { partitions, share }, task) => {
    const read = readings(route, partitions ?? { from: task, to: task + 1 });
    if (share?.stage !== stage) return sum + read.length;
    return sum + read.filter(({ producer }) => producer % share.of === share.index).length;
  }, 0);
}
