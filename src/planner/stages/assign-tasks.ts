import type { RowGroupInput } from '../../parquet/row-group-input.ts';

/** Compressed bytes that one task reads when nobody says how many tasks there are: a second or two of one function. */
export const TARGET_TASK_BYTES = 64 * 1024 * 1024;
/** Most tasks of a stage when nobody says how many. */
export const MAX_TASKS = 256;

/** Bytes that reading the row group takes. */
export const bytesOf = (input: RowGroupInput) => input.ranges.reduce((sum, range) => sum + range.length, 0);

/** How many tasks `assignTasks` spreads the row groups over. */
export const taskCount = (
  rowGroups: readonly RowGroupInput[],
  workers: number | null,
  taskBytes = TARGET_TASK_BYTES,
): number => Math.max(1, Math.min(rowGroups.length, workers ?? defaultTasks(rowGroups, taskBytes)));

/**
 * Spreads row groups over tasks so that the largest task is small: largest first, each to the task that has least. Within a
 * task they keep their order. Exactly `min(workers, row groups)` tasks, at least one.
 */
export function assignTasks(
  rowGroups: readonly RowGroupInput[],
  workers: number | null,
): readonly (readonly RowGroupInput[])[] {
  const tasks = Array.from({ length: taskCount(rowGroups, workers) }, () => ({
    bytes: 0,
    rows: 0,
    members: [] as number[],
  }));
  const weights = rowGroups.map((input, index) => ({ index, bytes: bytesOf(input), rows: input.rows }));
  weights.sort((a, b) => b.bytes - a.bytes || b.rows - a.rows || a.index - b.index);
  for (const { index, bytes, rows } of weights) {
    const least = tasks.reduce((best, task) => (isLess(task, best) ? task : best));
    least.bytes += bytes;
    least.rows += rows;
    least.members.push(index);
  }
  return tasks
    .map(({ members }) => members.sort((a, b) => a - b))
    .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))
    .map((members) => members.map((index) => rowGroups[index] as RowGroupInput));
}

interface Load {
  readonly bytes: number;
  readonly rows: number;
  readonly members: readonly number[];
}

/** An empty task is always lighter: a row group that reads nothing (count(*)) still has rows. */
function isLess(a: Load, b: Load): boolean {
  if (a.members.length === 0 || b.members.length === 0) return a.members.length === 0 && b.members.length > 0;
  return a.bytes !== b.bytes ? a.bytes < b.bytes : a.rows < b.rows;
}

function defaultTasks(rowGroups: readonly RowGroupInput[], taskBytes: number): number {
  const bytes = rowGroups.reduce((sum, input) => sum + bytesOf(input), 0);
  return Math.min(MAX_TASKS, Math.ceil(bytes / taskBytes));
}
