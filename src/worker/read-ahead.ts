import type { TaskRun } from './task-run.ts';

/** Inputs read ahead of the one being computed. */
export const AHEAD = 8;
/** Share of the memory budget that bytes read ahead may take. */
const AHEAD_SHARE = 4;

/** How far a task reads ahead. */
export const ahead = (run: TaskRun) => ({
  ahead: AHEAD,
  maxBytes: run.task.budget.memoryBytes / AHEAD_SHARE,
  signal: run.signal,
});

/** The items of an iteration, the time spent waiting for them counted as such. */
export async function* awaited<T>(run: TaskRun, items: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    for (;;) {
      const { done, value } = await run.wait(() => items.next());
      if (done) return;
      yield value;
    }
  } finally {
    await items.return(undefined);
  }
}
