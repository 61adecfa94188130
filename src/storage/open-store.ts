import { type Clock, type Random, systemClock, systemRandom } from '../common/clock.ts';
import { CountedObjectStore } from './counted.ts';
import type { ObjectStore, RequestCounts, RequestEvent } from './object-store.ts';
import { PacedObjectStore, type PacingOptions } from './paced.ts';
import { RetryingObjectStore, type RetryOptions } from './retrying.ts';

export interface OpenStoreOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly retry?: Omit<RetryOptions, 'clock' | 'random'>;
  readonly pacing?: Omit<PacingOptions, 'clock'>;
  /** Called as each attempt ends. */
  readonly onRequest?: (event: RequestEvent) => void;
}

export interface OpenedStore {
  readonly store: ObjectStore;
  /** Every attempt so far. */
  requests(): RequestCounts;
}

/**
 * A transport with all that makes it fit for use: `retrying(paced(counted(transport)))`.
 * Counting is innermost: every attempt is a request, and its latency is the store's, without our own waiting.
 * Pacing is around each attempt and inside the retries: a second attempt takes a token and a place as a first one does, so
 * that retries cannot break the pace; it sees every single "slow down"; and a call that waits to try again holds no place.
 */
export function openStore(transport: ObjectStore, options: OpenStoreOptions = {}): OpenedStore {
  const { clock = systemClock, random = systemRandom, onRequest } = options;
  const counted = new CountedObjectStore(transport, { clock, ...(onRequest && { onRequest }) });
  const paced = new PacedObjectStore(counted, { ...options.pacing, clock });
  const store = new RetryingObjectStore(paced, { ...options.retry, clock, random });
  return { store, requests: () => counted.counts() };
}
