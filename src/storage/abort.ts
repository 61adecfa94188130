import { setMaxListeners } from 'node:events';

const known = new WeakSet<AbortSignal>();

/** A query has one signal and hundreds of requests that listen to it: to Node that looks like a leak, and it would warn. */
export function expectManyListeners(signal: AbortSignal | undefined): void {
  if (!signal || known.has(signal)) return;
  known.add(signal);
  setMaxListeners(0, signal);
}
