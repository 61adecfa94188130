import type { Clock } from '../common/clock.ts';
import { deadlineExceeded } from './task-run.ts';

export interface Deadline {
  /** Fires at the deadline, with ResourceError SQ4003 as its reason, or with the outer signal. */
  readonly signal: AbortSignal;
  /** Ends the timer. */
  stop(): void;
}

/** A signal that fires at a wall-clock time, ms since the Unix epoch. */
export function startDeadline(clock: Clock, deadline: number, outer?: AbortSignal): Deadline {
  const expired = new AbortController();
  const stopped = new AbortController();
  clock.sleep(Math.max(0, deadline - clock.now()), stopped.signal).then(
    () => expired.abort(deadlineExceeded()),
    (error: unknown) => {
      if (!stopped.signal.aborted) expired.abort(error);
    },
  );
  const signal = outer ? AbortSignal.any([outer, expired.signal]) : expired.signal;
  return { signal, stop: () => stopped.abort() };
}
