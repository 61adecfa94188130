import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestClass } from '../../../../storage/object-store.ts';
import type { S3Request } from '../request/s3-request.ts';
import { S3Error } from '../s3-error.ts';
import { type Fault, type FaultOptions, faultsOf } from './faults.ts';
import { type LatencyOptions, latencies } from './latency.ts';
import { RateLimit, type RateLimitOptions, slowDown } from './rate-limit.ts';

export interface DisturbanceOptions {
  /** How long requests wait before they are served, ms by class. */
  readonly latency?: LatencyOptions;
  /** More requests than this are answered with 503 SlowDown. */
  readonly rateLimit?: RateLimitOptions;
  /** Failures at random. */
  readonly faults?: FaultOptions;
}

/** What is left for the server to do wrong itself. */
export type Disturbance = Extract<Fault, 'reset' | 'lostAnswer' | 'truncate'>;

/** Makes a server on loopback as slow and as unreliable as a real one, on purpose and repeatably. */
export class Disturbances {
  readonly #latency: (requestClass: RequestClass) => number;
  readonly #fault: (requestClass: RequestClass) => Fault | undefined;
  readonly #rateLimit: RateLimit;
  readonly #closed = new AbortController();

  constructor(options: DisturbanceOptions, now: () => number) {
    this.#latency = latencies(options.latency ?? {});
    this.#fault = faultsOf(options.faults ?? {});
    this.#rateLimit = new RateLimit(options.rateLimit ?? {}, now);
    // One listener a request that waits, however many there are: no leak.
    setMaxListeners(0, this.#closed.signal);
  }

  /** Delays a request. Throws SlowDown and InternalError; answers what else is to go wrong. */
  async meet(request: S3Request, requestClass: RequestClass): Promise<Disturbance | undefined> {
    this.#rateLimit.take(request, requestClass);
    const fault = this.#fault(requestClass);
    const ms = this.#latency(requestClass);
    if (ms > 0) await sleep(ms, undefined, { signal: this.#closed.signal });
    if (fault === 'internalError') {
      throw new S3Error('InternalError', 'We encountered an internal error. Please try again.');
    }
    if (fault === 'slowDown') throw slowDown();
    return fault;
  }

  /** Wakes every request that waits; they fail. */
  close(): void {
    this.#closed.abort();
  }
}
