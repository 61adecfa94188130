import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RowGroupInput } from '../../parquet/row-group-input.ts';
import { assignTasks, bytesOf, MAX_TASKS, TARGET_TASK_BYTES } from './assign-tasks.ts';

const rowGroup = (bytes: number, rowGroup = 0, rows = 1): RowGroupInput => ({
  uri: 'memory://b/k',
  etag: '"1"',
  fileSize: bytes,
  rowGroup,
  rows,
  chunks: [],
  ranges: bytes === 0 ? [] : [{ offset: 0, length: bytes }],
});

const sizes = (tasks: readonly (readonly RowGroupInput[])[]) => tasks.map((task) => task.map(bytesOf));

it('gives the next largest row group to the task that has least', () => {
  const groups = [5, 9, 1, 7, 3].map((bytes, i) => rowGroup(bytes, i));
  expect(sizes(assignTasks(groups, 2))).toEqual([
    [5, 7],
    [9, 1, 3],
  ]);
});

it('makes exactly as many tasks as workers, at most one a row group, at least one', () => {
  const groups = Array.from({ length: 5 }, (_, i) => rowGroup(10, i));
  expect([1, 4, 5, 9].map((workers) => assignTasks(groups, workers).length)).toEqual([1, 4, 5, 5]);
  expect(assignTasks([], 4)).toEqual([[]]);
  expect(assignTasks([], null)).toEqual([[]]);
});

it('spreads row groups that read nothing by their rows', () => {
  const groups = [4, 1, 1, 2].map((rows, i) => rowGroup(0, i, rows));
  expect(assignTasks(groups, 2).map((task) => task.map(({ rows }) => rows))).toEqual([[4], [1, 1, 2]]);
});

it('goes by bytes when nobody says how many', () => {
  const groups = (count: number, bytes: number) => Array.from({ length: count }, (_, i) => rowGroup(bytes, i));
  expect(assignTasks(groups(10, 1000), null)).toHaveLength(1);
  expect(assignTasks(groups(10, TARGET_TASK_BYTES / 2), null)).toHaveLength(5);
  expect(assignTasks(groups(1000, TARGET_TASK_BYTES), null)).toHaveLength(MAX_TASKS);
  expect(assignTasks(groups(10, 0), null)).toHaveLength(1);
});

it('loses and doubles nothing, leaves no task empty, keeps the order within a task', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (bytes, workers) => {
      const groups = bytes.map((size, i) => rowGroup(size, i));
      const tasks = assignTasks(groups, workers);
      expect(tasks).toHaveLength(Math.max(1, Math.min(workers, groups.length)));
      expect(
        tasks
          .flat()
          .map((group) => group.rowGroup)
          .sort((a, b) => a - b),
      ).toEqual(groups.map((_, i) => i));
      if (groups.length > 0) expect(tasks.every((task) => task.length > 0)).toBe(true);
      for (const task of tasks) {
        const order = task.map((group) => group.rowGroup);
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }
    }),
    { seed: 1 },
  );
});
