import { setMaxListeners } from 'node:events';
import type { Clock } from '../../common/clock.ts';
import { throwIfAborted } from '../../common/errors.ts';

/** What is done until a point in time, or until it is not needed any more. */
export interface Scope {
  readonly signal: AbortSignal;
  /** Ends what runs in it; its timer and its listener are gone. */
  end(reason?: unknown): void;
}

/** One for all: an error that nobody looks at need not be made each time. */
const ENDED = new Error('it is not needed any more');

/** A scope within another one. */
export function scopeWithin(parent: AbortSignal | undefined): Scope {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const onAbort = () => end(parent?.reason);
  const end = (reason?: unknown) => {
    parent?.removeEventListener('abort', onAbort);
    if (!controller.signal.aborted) controller.abort(reason ?? ENDED);
  };
  if (parent?.aborted) end(parent.reason);
  else parent?.addEventListener('abort', onAbort, { once: true });
  return { signal: controller.signal, end };
}

/** A scope that also ends after `ms`, with an error that says so. */
export function timeLimit(clock: Clock, ms: number, parent: AbortSignal): Scope {
  const scope = scopeWithin(parent);
  const expire = () => scope.end(new Error(`not within ${ms} ms`));
  void sleepAndLook(clock, ms, scope.signal).then(expire, () => scope.end());
  return scope;
}

/** Sleeps, and then takes what has arrived meanwhile: a busy process must not find late what was in time. */
export async function sleepAndLook(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal);
  await clock.turn();
  throwIfAborted(signal);
}

/** Settles as the promise does; rejects with the signal's reason when it fires first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const settle = () => signal.removeEventListener('abort', onAbort);
    promise.then(resolve, reject).finally(settle);
  });
}

/** Resolves when the signal has fired. */
export const ended = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
