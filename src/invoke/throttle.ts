import type { Clock, Random } from '../common/clock.ts';
import { cancelled, ResourceError } from '../common/errors.ts';
import { isThrottle, serviceError, type TaskPlace, where } from './lambda-errors.ts';

/** Longest pause after a 429, ms. */
const MAX_PAUSE_MS = 2_000;
/** As long as a function can run at most: whatever held the concurrency when the wait began has ended by then, ms. */
const MAX_THROTTLED_MS = 15 * 60_000;

export interface UntilTakenOptions {
  readonly functionName: string;
  /** What errors are about; null: no task. */
  readonly of: TaskPlace | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  /** Told of a 429; the invocation is sent again when the promise resolves. Absent: after a pause that grows. */
  readonly throttled?: () => Promise<void>;
}

/**
 * Sends an invocation until it is taken: throttled ones (429) wait, since a concurrency limit slows a query and does not fail it.
 * Throws InvokeError of any other refusal, SQ4011 when a function takes nothing for 15 minutes, CancelledError.
 *
 * @param send told how long the invocation has waited, ms
 */
export async function untilTaken<T>(
  send: (waitedMs: number) => Promise<T>,
  { functionName, of, clock, random, signal, throttled }: UntilTakenOptions,
): Promise<T> {
  const startedAt = clock.monotonic();
  for (let times = 0; ; times++) {
    const waitedMs = clock.monotonic() - startedAt;
    try {
      return await send(waitedMs);
    } catch (error) {
      if (signal?.aborted) throw cancelled(signal);
      if (!isThrottle(error)) throw serviceError(error, of, functionName);
      if (waitedMs >= MAX_THROTTLED_MS) throw alwaysThrottled(error, of, functionName);
      if (throttled) await throttled();
      else {
        const ceiling = Math.min(MAX_PAUSE_MS, 50 * 2 ** times);
        await clock.sleep(ceiling * (0.5 + random.next() / 2), signal);
      }
    }
  }
}

function alwaysThrottled(cause: unknown, of: TaskPlace | null, functionName: string): ResourceError {
  const minutes = MAX_THROTTLED_MS / 60_000;
  return new ResourceError('SQ4011', `the function ${functionName} took no invocation for ${minutes} minutes (429)`, {
    cause,
    hint: 'is its reserved concurrency zero, or the account at its limit?',
    details: where(of),
  });
}
