import type { Task } from '../operators/task.ts';

/** The task with its deadline `ms` later: it had to wait for its function so long. */
export const postponed = (task: Task, ms: number): Task =>
  ms <= 0 ? task : { ...task, budget: { ...task.budget, deadline: task.budget.deadline + ms } };
