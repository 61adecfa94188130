import type { Clock } from '../common/clock.ts';
import { cancelled, throwIfAborted } from '../common/errors.ts';

export interface RateOptions {
  /** Requests per second at most; also where it starts. */
  readonly maxRate: number;
  /** Requests per second at least, however often the store says "slow down". */
  readonly minRate: number;
  /** By how many requests per second the rate grows in a second without "slow down". */
  readonly increase: number;
  /** What is left of the rate after "slow down". */
  readonly decrease: number;
  /** How many seconds' worth of requests may go at once after a pause. */
  readonly burstSeconds: number;
}

interface Waiter {
  readonly grant: () => void;
  readonly refuse: (error: unknown) => void;
}

/**
 * A token bucket, first come first served, whose rate adapts to what the store bears: additive increase, multiplicative
 * decrease (Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance", 1989). The decrease
 * starts from the rate requests really went at, so that one "slow down" is felt at once, and requests that were under way
 * when the rate fell do not lower it again.
 */
export class AdaptiveRate {
  readonly #clock: Clock;
  readonly #options: RateOptions;
  readonly #waiting: Waiter[] = [];
  #pumping = false;
  #rate: number;
  #tokens: number;
  #refilledAt: number;
  #loweredAt = Number.NEGATIVE_INFINITY;
  #granted = 0;
  #grantedBefore = 0;
  #secondStart: number;

  constructor(clock: Clock, options: RateOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#rate = options.maxRate;
    this.#tokens = this.#burst;
    this.#refilledAt = clock.monotonic();
    this.#secondStart = this.#refilledAt;
  }

  /** Requests per second it lets through now. */
  get rate(): number {
    this.#refill();
    return this.#rate;
  }

  /** Waits for the turn of one request; the answer is handed to `slowDown` when it says so. */
  async acquire(signal: AbortSignal | undefined): Promise<{ readonly at: number }> {
    throwIfAborted(signal);
    this.#refill();
    if (this.#waiting.length === 0 && !this.#pumping && this.#tokens >= 1) this.#take();
    else await this.#queue(signal);
    return { at: this.#clock.monotonic() };
  }

  /** The store said "slow down" to a request let through `at` that time. */
  slowDown({ at }: { readonly at: number }): void {
    if (at < this.#loweredAt) return;
    this.#refill();
    const { minRate, decrease } = this.#options;
    const real = Math.max(this.#granted, this.#grantedBefore);
    this.#rate = Math.max(minRate, Math.min(this.#rate, real) * decrease);
    this.#tokens = 0;
    this.#loweredAt = this.#clock.monotonic();
  }

  get #burst(): number {
    return Math.max(1, this.#rate * this.#options.burstSeconds);
  }

  #queue(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(cancelled(signal as AbortSignal));
      };
      const waiter: Waiter = {
        grant: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        refuse: reject,
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiter);
      if (!this.#pumping) void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      while (this.#waiting.length > 0) {
        this.#refill();
        if (this.#tokens >= 1) {
          this.#take();
          this.#waiting.shift()?.grant();
        } else {
          await this.#clock.sleep(Math.max(1, Math.ceil(((1 - this.#tokens) / this.#rate) * 1000)));
        }
      }
    } catch (error) {
      for (const waiter of this.#waiting.splice(0)) waiter.refuse(error);
    } finally {
      this.#pumping = false;
    }
  }

  #take(): void {
    this.#tokens -= 1;
    this.#granted += 1;
  }

  /** Brings rate, tokens and the count of requests up to now. */
  #refill(): void {
    const now = this.#clock.monotonic();
    const seconds = (now - this.#refilledAt) / 1000;
    this.#refilledAt = now;
    if (now > this.#loweredAt)
      this.#rate = Math.min(this.#options.maxRate, this.#rate + this.#options.increase * seconds);
    this.#tokens = Math.min(this.#burst, this.#tokens + this.#rate * seconds);
    const since = now - this.#secondStart;
    if (since < 1000) return;
    this.#grantedBefore = since < 2000 ? this.#granted : 0;
    this.#granted = 0;
    this.#secondStart = now;
  }
}
