import { setMaxListeners } from 'node:events';
import type { Clock } from '../../common/clock.ts';

/** What is done until a point in time, or until it is not needed any more. */
export interface Scope {
  readonly signal: AbortSignal;
  /** Ends what runs in it; its timer and its listener are gone. */
  end(reason?: unknown): void;
}

/** A scope within another one. */
export function scopeWithin(parent: AbortSignal | undefined): Scope {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const onAbort = () => end(parent?.reason);
  const end = (reason?: unknown) => {
    parent?.removeEventListener('abort', onAbort);
    if (!controller.signal.aborted) controller.abort(reason);
  };
  if (parent?.aborted) end(parent.reason);
  else parent?.addEventListener('abort', onAbort, { once: true });
  return { signal: controller.signal, end };
}

/** A scope that also ends after `ms`, with an error that says so. */
export function timeLimit(clock: Clock, ms: number, parent: AbortSignal): Scope {
  const scope = scopeWithin(parent);
  const expire = () => scope.end(new Error(`not within ${ms} ms`));
  const ended = () => scope.end();
  void clock.sleep(ms, scope.signal).then(expire, ended);
  return scope;
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
