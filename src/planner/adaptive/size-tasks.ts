import type { StageId } from '../../common/ids.ts';
import type { PartitionSlice } from '../../operators/task.ts';
import { rangeTasks } from '../stages/range-bounds.ts';
import type { PartitionRoute, Stage, StageTask } from '../stages/stage-graph.ts';
import { HOT_FACTOR, medianOf, type PartitionAmounts, type SlicedTask, splitSkew } from './split-skew.ts';
import { type Amount, amountsOfPartitions, type Outputs } from './stage-sizes.ts';

export interface SizeTasksOptions {
  /** Bytes that one task takes on. */
  readonly taskBytes: number;
  /** False: somebody says how many tasks there are. */
  readonly mayMerge: boolean;
}

/**
 * The tasks of a stage by how much there is for them, when all that it reads by partition or range is there: adjacent partitions that
 * are small are done by one task, those with far more rows than others by several.
 */
export function sizeTasks(stage: Stage, outputs: Outputs, options: SizeTasksOptions): readonly StageTask[] {
  const { tasks, inputs } = stage;
  const [first] = tasks;
  const ranges = inputs.filter(({ route }) => route.kind === 'range');
  if (!first) return tasks;
  if (ranges.length > 0) {
    const [input] = ranges;
    const known = input && outputs.get(input.stage);
    if (!known || !options.mayMerge || ranges.length > 1 || inputs.length > 1) return tasks;
    return Array.from({ length: rangeTasks(known, options.taskBytes) }, () => first);
  }
  const parts = partsOf(stage, outputs);
  if (!parts) return tasks;
  const bytes = parts.total.map(({ bytes }) => bytes);
  const slices = (taskBytes: number) =>
    splitSkew(stage, options.mayMerge ? merged(bytes, taskBytes) : each(bytes), parts.byInput, options.taskBytes);
  const wanted = slices(options.taskBytes);
  const finest = options.mayMerge ? coarseShare(wanted, parts.byInput) : null;
  const sliced = finest === null ? wanted : slices(Math.max(options.taskBytes, finest));
  if (sliced.length === bytes.length && sliced.every(({ share }) => !share)) return tasks;
  return sliced.map((task) => ({ scans: first.scans, ...task }));
}

interface Parts {
  /** Of all inputs together, by partition. */
  readonly total: readonly Amount[];
  /** By input: by partition what each producer has for it. */
  readonly byInput: ReadonlyMap<StageId, PartitionAmounts>;
}

/** What there is by partition; null: a part of it is not there yet, or nobody knows. */
function partsOf({ inputs }: Stage, outputs: Outputs): Parts | null {
  const byInput = new Map<StageId, PartitionAmounts>();
  for (const { stage, route } of inputs) {
    if (route.kind !== 'partitions') continue;
    const known = outputs.get(stage);
    const amounts = known && isLast(route) ? amountsOfPartitions(route, known) : null;
    if (!amounts) return null;
    byInput.set(stage, amounts);
  }
  const [some] = byInput.values();
  if (!some) return null;
  const total = some.map((_, partition) => {
    const all = [...byInput.values()].flatMap((amounts) => amounts[partition] ?? []);
    return {
      rows: all.reduce((sum, { rows }) => sum + rows, 0),
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  });
  return { total, byInput };
}

/** A stage between levels has as many tasks as its level has numbers. */
const isLast = ({ to }: PartitionRoute) => to.groups === 1;

const each = (partitions: readonly unknown[]): readonly PartitionSlice[] =>
  partitions.map((_, i) => ({ from: i, to: i + 1 }));

/**
 * Bytes of the largest share of a partition when it is all that one producer wrote, and still far more than other tasks read: these may
 * as well take on as much. Null: there is no such share.
 */
function coarseShare(tasks: readonly SlicedTask[], byInput: ReadonlyMap<StageId, PartitionAmounts>): number | null {
  const bytesOf = ({ partitions, share }: SlicedTask) =>
    [...byInput].reduce((sum, [stage, amounts]) => {
      const all = amounts.slice(partitions?.from, partitions?.to).flat();
      const own = all.reduce((total, { bytes }) => total + bytes, 0);
      return sum + own / (share?.stage === stage ? share.of : 1);
    }, 0);
  const isFinest = ({ partitions, share }: SlicedTask) =>
    share !== undefined && share.of === byInput.get(share.stage)?.[partitions?.from ?? 0]?.length;
  const largest = Math.max(0, ...tasks.filter(isFinest).map(bytesOf));
  return largest > HOT_FACTOR * medianOf(tasks.map(bytesOf)) ? largest : null;
}

/** Adjacent partitions as slices of about equal bytes, as many as the bytes are worth. */
export function merged(bytes: readonly number[], taskBytes: number): readonly PartitionSlice[] {
  const total = bytes.reduce((sum, each) => sum + each, 0);
  const count = Math.max(1, Math.min(bytes.length, Math.ceil(total / taskBytes)));
  const share = total / count;
  const slices: PartitionSlice[] = [];
  let from = 0;
  let filled = 0;
  for (const [i, each] of bytes.entries()) {
    // A partition goes to the slice in which more of it fits.
    if (i > from && filled + each / 2 > share && slices.length < count - 1) {
      slices.push({ from, to: i });
      from = i;
      filled = 0;
    }
    filled += each;
  }
  slices.push({ from, to: bytes.length });
  return slices;
}
