import type { Clock } from '../common/clock.ts';
import { cancelled, throwIfAborted } from '../common/errors.ts';
import { PerSecond } from './per-second.ts';

export interface RateOptions {
  /** Requests per second at most; also where it starts. */
  readonly maxRate: number;
  /** Requests per second at least, however often the store says "slow down". */
  readonly minRate: number;
  /** Part of the rate that is left after "slow down". */
  readonly keep: number;
  /** Seconds until the rate is back where the store said "slow down"; later it grows ever faster. */
  readonly recoverySeconds: number;
  /** How many seconds' worth of requests may go at once after a pause. */
  readonly burstSeconds: number;
}

/** Part of what the store served in a second that it will surely serve in the next. */
const SAFE_PART = 0.9;

interface Waiter {
  readonly grant: () => void;
  readonly refuse: (error: unknown) => void;
}

/**
 * A token bucket, first come first served, whose rate adapts to what the store bears. "Slow down" cuts it to a part; it comes
 * back along a cubic that is flat around the rate that was too much and steep far from it (CUBIC, RFC 9438, section 4, in time
 * alone; the AWS SDKs' adaptive mode does the same). The cut starts from the rate requests really went at, so that one
 * "slow down" is felt at once, but never goes below what the store has just served; requests that were under way by then do
 * not cut it again.
 */
export class AdaptiveRate {
  readonly #clock: Clock;
  readonly #options: RateOptions;
  readonly #waiting: Waiter[] = [];
  #pumping = false;
  #tokens: number;
  #refilledAt: number;
  #slowed: { readonly at: number; readonly rate: number } | undefined;
  readonly #sent: PerSecond;
  readonly #served: PerSecond;

  constructor(clock: Clock, options: RateOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#tokens = this.#burst(options.maxRate);
    this.#refilledAt = clock.monotonic();
    this.#sent = new PerSecond(this.#refilledAt);
    this.#served = new PerSecond(this.#refilledAt);
  }

  /** Requests per second it lets through now. */
  get rate(): number {
    const { maxRate, minRate, keep, recoverySeconds } = this.#options;
    if (!this.#slowed) return maxRate;
    const seconds = (this.#clock.monotonic() - this.#slowed.at) / 1000;
    const growth = 1 + (1 - keep) * ((seconds - recoverySeconds) / recoverySeconds) ** 3;
    return Math.min(maxRate, Math.max(minRate, this.#slowed.rate * growth));
  }

  /** Waits for the turn of one request; the answer is handed to `slowDown` when it says so. */
  async acquire(signal: AbortSignal | undefined): Promise<{ readonly at: number }> {
    throwIfAborted(signal);
    this.#refill();
    if (this.#waiting.length === 0 && !this.#pumping && this.#tokens >= 1) this.#take();
    else await this.#queue(signal);
    return { at: this.#clock.monotonic() };
  }

  /** The store served a request. */
  served(): void {
    this.#served.add(this.#clock.monotonic());
  }

  /** The store said "slow down" to a request let through `at` that time. */
  slowDown({ at }: { readonly at: number }): void {
    if (this.#slowed && at <= this.#slowed.at) return;
    this.#refill();
    const { minRate, keep } = this.#options;
    const now = this.#clock.monotonic();
    const tooMuch = Math.min(this.rate, Math.max(this.#sent.rate(now), minRate));
    const borne = SAFE_PART * this.#served.rate(now);
    this.#slowed = { at: now, rate: Math.max(tooMuch, borne / keep) };
    this.#tokens = 0;
  }

  #burst(rate: number): number {
    return Math.max(1, rate * this.#options.burstSeconds);
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
          await this.#clock.sleep(Math.max(1, Math.ceil(((1 - this.#tokens) / this.rate) * 1000)));
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
    this.#sent.add(this.#clock.monotonic());
  }

  /** Brings the tokens up to now. */
  #refill(): void {
    const now = this.#clock.monotonic();
    const seconds = (now - this.#refilledAt) / 1000;
    this.#refilledAt = now;
    this.#tokens = Math.min(this.#burst(this.rate), this.#tokens + this.rate * seconds);
  }
}
