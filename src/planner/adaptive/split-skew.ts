import type { StageId } from '../../common/ids.ts';
import { type JoinType, type PhysicalPlan, preorder } from '../../operators/plan.ts';
import type { PartitionSlice } from '../../operators/task.ts';
import { MAX_TASKS } from '../stages/assign-tasks.ts';
import type { Stage, StageTask } from '../stages/stage-graph.ts';
import type { Amount } from './stage-sizes.ts';

export type SlicedTask = Pick<StageTask, 'partitions' | 'share'>;

/** A partition is hot when there are so many times the rows of the median task for it. */
export const HOT_FACTOR = 2;
/** What splitting aims at, in rows of the median task. */
const AIM = 1.25;
/** Below so many bytes no partition is worth another task. */
const LEAST_SHARE = 8;

/** By partition: what each producer has for it. */
export type PartitionAmounts = readonly (readonly Amount[])[];

/**
 * Tasks for slices of partitions. A partition with far more rows than the median slice is done by several tasks: of one input each of
 * them reads a share of the producers, of the others all. That is right where the rows of that input are dealt with one by one up to the
 * stage's output. The finest share is what one producer wrote.
 */
export function splitSkew(
  { plan, inputs }: Pick<Stage, 'plan' | 'inputs'>,
  slices: readonly PartitionSlice[],
  byInput: ReadonlyMap<StageId, PartitionAmounts>,
  taskBytes: number,
): readonly SlicedTask[] {
  const divisible = inputs.map(({ stage }) => stage).filter((stage) => byInput.has(stage) && isDivisible(plan, stage));
  const inSlice = ({ from, to }: PartitionSlice, of: (amount: Amount) => number, only?: StageId) =>
    [...byInput].reduce(
      (sum, [stage, amounts]) =>
        only === undefined || only === stage ? sum + total(amounts.slice(from, to).flat(), of) : sum,
      0,
    );
  const median = medianOf(slices.map((slice) => inSlice(slice, rowsOf)));
  const isHot = (slice: PartitionSlice) =>
    inSlice(slice, rowsOf) > HOT_FACTOR * median && inSlice(slice, bytesOf) > taskBytes / LEAST_SHARE;
  if (divisible.length === 0 || median === 0) return slices.map((partitions) => ({ partitions }));
  return slices
    .flatMap((slice) => apart(slice, isHot))
    .flatMap((partitions): SlicedTask | readonly SlicedTask[] => {
      if (!isHot(partitions) || partitions.to - partitions.from > 1) return { partitions };
      const rows = (stage: StageId) => inSlice(partitions, rowsOf, stage);
      const stage = divisible.reduce((most, each) => (rows(each) > rows(most) ? each : most));
      const rest = inSlice(partitions, rowsOf) - rows(stage);
      const producers = (byInput.get(stage) as PartitionAmounts)[partitions.from] as readonly Amount[];
      const own = Math.max(AIM * median - rest, median / HOT_FACTOR);
      const of = Math.min(producers.length, MAX_TASKS, Math.ceil(rows(stage) / own));
      if (of < 2) return { partitions };
      return Array.from({ length: of }, (_, index) => ({ partitions, share: { stage, index, of } }));
    });
}

const rowsOf = ({ rows }: Amount) => rows;
const bytesOf = ({ bytes }: Amount) => bytes;

const total = (amounts: readonly Amount[], of: (amount: Amount) => number) =>
  amounts.reduce((sum, amount) => sum + of(amount), 0);

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** The hot partitions of a slice by themselves. */
function apart({ from, to }: PartitionSlice, isHot: (slice: PartitionSlice) => boolean): readonly PartitionSlice[] {
  const slices: PartitionSlice[] = [];
  let start = from;
  for (let partition = from; partition < to; partition++) {
    const own = { from: partition, to: partition + 1 };
    if (!isHot(own)) continue;
    if (partition > start) slices.push({ from: start, to: partition });
    slices.push(own);
    start = partition + 1;
  }
  if (start < to) slices.push({ from: start, to });
  return slices;
}

/** Joins that decide each row of a side by all rows of the other one, and deliver nothing where that side has no rows. */
const EACH_LEFT: ReadonlySet<JoinType> = new Set(['inner', 'left', 'semi', 'anti', 'nullAwareAnti', 'mark']);
const EACH_RIGHT: ReadonlySet<JoinType> = new Set(['inner', 'right', 'rightSemi', 'rightAnti']);

/** Whether the plan over all rows of a source delivers what it delivers over any shares of them, together. */
export function isDivisible(root: PhysicalPlan, stage: StageId): boolean {
  const isSource = (plan: PhysicalPlan) => plan.kind === 'exchangeSource' && plan.stage === stage;
  if (preorder(root).filter(isSource).length !== 1) return false;
  const reads = (plan: PhysicalPlan): boolean => preorder(plan).some(isSource);
  const isEach = (plan: PhysicalPlan): boolean => {
    switch (plan.kind) {
      case 'exchangeSource':
        return true;
      case 'filter':
      case 'project':
      case 'unnest':
        return isEach(plan.input);
      case 'aggregate':
        return plan.phase === 'partial' && isEach(plan.input);
      case 'join':
        return reads(plan.left)
          ? EACH_LEFT.has(plan.type) && isEach(plan.left)
          : EACH_RIGHT.has(plan.type) && isEach(plan.right);
      default:
        return false;
    }
  };
  return isEach(root);
}
