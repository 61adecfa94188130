import type { Clock } from '../../common/clock.ts';

/** How fast a platform starts instances of one function. */
export interface RampLimits {
  /** Instances that may start at once after a pause. */
  readonly burst: number;
  /** Instances that may start per second after that. */
  readonly perSecond: number;
}

/** An instance that nobody uses is gone after this, as a rule, ms. */
const IDLE_MS = 5 * 60_000;

/**
 * How many instances there are, and how many more may start now: a token bucket. Only a new instance takes a token; one that is warm
 * again takes none.
 */
export class Ramp {
  readonly #limits: RampLimits | null;
  readonly #clock: Clock;
  #instances = 0;
  #tokens: number;
  #refilledAt: number;
  #idleSince: number;

  constructor(limits: RampLimits | null, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#tokens = limits?.burst ?? Number.POSITIVE_INFINITY;
    this.#refilledAt = this.#idleSince = clock.monotonic();
  }

  /** Instances that have been started and are not long idle. */
  get instances(): number {
    if (this.#instances > 0 && this.#clock.monotonic() - this.#idleSince >= IDLE_MS) this.#instances = 0;
    return this.#instances;
  }

  /** Instances that may run at once now, when somebody waits for `wanted`. */
  ceiling(wanted: number): number {
    this.#refill(wanted);
    return this.instances + Math.floor(this.#tokens);
  }

  /** How long until the ceiling is `wanted`, ms. */
  waitMs(wanted: number): number {
    if (!this.#limits) return 0;
    const missing = wanted - this.instances - this.#tokens;
    return Math.max(1, Math.ceil((missing / this.#limits.perSecond) * 1000));
  }

  /** So many run now. */
  runs(used: number): void {
    const started = used - this.instances;
    if (started > 0) {
      this.#tokens -= started;
      this.#instances = used;
    }
    this.#idleSince = used > 0 ? Number.POSITIVE_INFINITY : this.#clock.monotonic();
  }

  #refill(wanted: number): void {
    const now = this.#clock.monotonic();
    const seconds = (now - this.#refilledAt) / 1000;
    this.#refilledAt = now;
    if (!this.#limits) return;
    const { burst, perSecond } = this.#limits;
    const most = Math.max(burst, wanted - this.instances);
    this.#tokens = Math.min(most, this.#tokens + perSecond * seconds);
  }
}
