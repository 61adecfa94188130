import type { Clock } from '../common/clock.ts';
import { cancelled, throwIfAborted } from '../common/errors.ts';
import { LEASE_MARGIN_MS } from './lease.ts';

export interface LingeringOptions {
  readonly clock: Clock;
  /** Ends all waiting for functions that nobody has a connection to. */
  readonly closed: AbortSignal;
}

/**
 * Waits for an invocation until the signal fires; the call itself goes on, for its connection is the only one that tells when the
 * function has ended. `left` is told of the call's end before the wait ends with CancelledError.
 */
export async function untilAborted<T>(
  call: () => Promise<T>,
  signal: AbortSignal,
  left: (call: Promise<T>) => void,
): Promise<T> {
  throwIfAborted(signal);
  let onAbort: () => void = () => undefined;
  const running = call();
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      left(running);
      reject(cancelled(signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([running, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Resolves when a task that nobody has a connection to cannot run any more: its deadline has passed, and the time it then has to
 * report.
 *
 * @param deadline ms since the Unix epoch
 */
export async function untilOver(deadline: number, { clock, closed }: LingeringOptions): Promise<void> {
  const ms = Math.max(0, deadline + LEASE_MARGIN_MS - clock.now());
  await clock.sleep(ms, closed).then(undefined, () => undefined);
}
