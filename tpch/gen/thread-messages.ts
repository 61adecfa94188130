import type { WireError } from '../../src/common/errors.ts';
import type { Job } from './plan.ts';
import type { JobPart } from './run-job.ts';
import type { TextPoolMemory } from './text-pool.ts';

/** `workerData` of a generator thread. */
export interface ThreadData {
  readonly pool: TextPoolMemory;
}

/** To the thread: do this; one more part may be sent. */
export type ToThread = { readonly kind: 'job'; readonly job: Job } | { readonly kind: 'credit' };

/** From the thread, about the one job it has. */
export type FromThread =
  | { readonly kind: 'part'; readonly part: JobPart }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: WireError };

/** Parts a thread may have sent that nobody has taken yet: its share of the memory bound. */
export const PART_CREDITS = 4;
