import type { Clock } from '../../common/clock.ts';
import { AdaptiveRate } from '../../storage/rate.ts';

/** Invocations per second that Lambda takes for each function that may run at once. */
const PER_SECOND_AND_SLOT = 10;
const LEAST_PER_SECOND = 1_000;
/** After a throttled invocation half the pace is left, and it is back within so many seconds. */
const ADAPTATION = { minRate: 2, keep: 0.5, recoverySeconds: 5, burstSeconds: 0.1 };

/** When an invocation was let through. */
export type Launch = { readonly at: number };

/**
 * The pace at which a driver sends invocations of one function: as fast as the platform takes them. A throttled one (429) slows all of
 * them down at once and waits for its next turn, instead of each backing off alone; the pace comes back with time.
 */
export class LaunchPace {
  readonly #rate: AdaptiveRate;

  constructor(clock: Clock, concurrency: number) {
    const maxRate = Math.max(LEAST_PER_SECOND, concurrency * PER_SECOND_AND_SLOT);
    this.#rate = new AdaptiveRate(clock, { ...ADAPTATION, maxRate });
  }

  /** Invocations per second now. */
  get perSecond(): number {
    return this.#rate.rate;
  }

  turn(signal: AbortSignal): Promise<Launch> {
    return this.#rate.acquire(signal);
  }

  /** The invocation let through then was throttled; waits for its next turn. */
  throttled(launch: Launch, signal: AbortSignal): Promise<Launch> {
    this.#rate.slowDown(launch);
    return this.#rate.acquire(signal);
  }

  /** The platform took an invocation. */
  taken(): void {
    this.#rate.served();
  }
}
