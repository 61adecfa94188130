import type { Clock } from '../common/clock.ts';
import { deadlineExceeded } from './task-run.ts';

export interface Deadline {
  /** Fires at the deadline, with ResourceError SQ4006 as its reason, or with the outer signal. */
  readonly signal: AbortSignal;
  /** Ends the timer. */
  stop(): void;
}

/** Timers take 31 bits: a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A signal that fires at a wall-clock time, ms since the Unix epoch. */
export function startDeadline(clock: Clock, deadline: number, outer?: AbortSignal): Deadline {
  const expired = new AbortController();
  const stopped = new AbortController();
  const ms = Math.min(Math.max(0, deadline - clock.now()), LONGEST_TIMER_MS);
  clock.sleep(ms, stopped.signal).then(
    () => expired.abort(deadlineExceeded()),
    (error: unknown) => {
      if (!stopped.signal.aborted) expired.abort(error);
    },
  );
  const signal = outer ? AbortSignal.any([outer, expired.signal]) : expired.signal;
  return { signal, stop: () => stopped.abort() };
}
