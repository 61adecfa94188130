import type { Job } from './plan.ts';
import { type JobPart, runJob } from './run-job.ts';
import type { TextPool } from './text-pool.ts';

/** Who does the jobs: this thread, or several. */
export interface JobRunner {
  /** Jobs under way that keep everybody busy; the parts of more would only wait. */
  readonly window: number;
  /** The parts of a job, in order. Work may begin before the first is asked for. */
  run(job: Job): AsyncIterable<JobPart>;
  /** Ends threads, whatever they are doing. Idempotent. */
  close(): Promise<void>;
}

/** Does every job in the calling thread, as its parts are pulled. */
export function inlineRunner(pool: TextPool, signal: AbortSignal): JobRunner {
  return { window: 1, run: (job) => runJob(job, pool, signal), close: () => Promise.resolve() };
}
