import type { Clock } from '../../common/clock.ts';
import { cancelled } from '../../common/errors.ts';

/** Pause after the platform has taken none of the invocations that it was asked to take, ms; doubled each time. */
const PAUSE_MS = 50;
const MAX_PAUSE_MS = 2_000;
/** Part by which the window grows in each second without a throttled invocation. */
const GROWTH_PER_SECOND = 0.1;

/** An invocation, from its turn to its end. */
export interface Launch {
  /** It was throttled (429); resolves when it is its turn again. */
  throttled(signal: AbortSignal): Promise<void>;
  /** It has ended in whatever way. Idempotent. */
  ended(): void;
}

interface Waiter {
  readonly grant: () => void;
}

/**
 * How many invocations of one function are under way at once: as many as the platform takes. A throttled one (429) says that what else is
 * under way now is as much as it bears: the window shrinks to that for all of them, and the next goes when one has ended, instead of
 * each backing off alone. The window grows by one with every round of ended invocations, and by a tenth every second (additive increase
 * and a cut to what was taken: the congestion window of TCP, RFC 5681, clocked by answers).
 */
export class LaunchPace {
  readonly #clock: Clock;
  readonly #waiting: Waiter[] = [];
  #window = Number.POSITIVE_INFINITY;
  #flying = 0;
  /** Throttled rounds since an invocation was taken. */
  #rounds = 0;
  #throttledAt = Number.NEGATIVE_INFINITY;
  #notBefore = 0;
  #grownAt = 0;
  #alarm: AbortController | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Invocations that may be under way now; infinite while none was throttled. */
  get window(): number {
    return this.#window;
  }

  /** Waits for the turn of an invocation. */
  async turn(signal: AbortSignal): Promise<Launch> {
    await this.#wait(signal, false);
    let turnAt = this.#clock.monotonic();
    let flying = true;
    const land = () => {
      if (flying) this.#flying--;
      flying = false;
    };
    return {
      throttled: async (again) => {
        land();
        this.#throttled(turnAt);
        await this.#wait(again, true);
        turnAt = this.#clock.monotonic();
        flying = true;
      },
      ended: () => {
        if (!flying) return;
        land();
        this.#taken();
      },
    };
  }

  #throttled(turnAt: number): void {
    const now = this.#clock.monotonic();
    this.#window = Math.max(1, Math.min(this.#window, this.#flying));
    this.#grownAt = now;
    // Those that were sent before the last throttled one came back say nothing new.
    if (turnAt <= this.#throttledAt) return;
    this.#throttledAt = now;
    this.#notBefore = now + Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** this.#rounds++);
  }

  #taken(): void {
    this.#rounds = 0;
    this.#notBefore = 0;
    this.#window += 1 / this.#window;
    this.#pump();
  }

  #wait(signal: AbortSignal, first: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(cancelled(signal));
      if (this.#window === Number.POSITIVE_INFINITY) {
        this.#flying++;
        return resolve();
      }
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(cancelled(signal));
        this.#pump();
      };
      const waiter: Waiter = {
        grant: () => {
          signal.removeEventListener('abort', onAbort);
          this.#flying++;
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      if (first) this.#waiting.unshift(waiter);
      else this.#waiting.push(waiter);
      this.#pump();
    });
  }

  #pump(): void {
    this.#grow();
    const now = this.#clock.monotonic();
    while (this.#waiting.length > 0 && now >= this.#notBefore && this.#flying < Math.floor(this.#window))
      this.#waiting.shift()?.grant();
    if (this.#waiting.length === 0) this.#alarm?.abort();
    else void this.#pumpLater(now);
  }

  #grow(): void {
    const now = this.#clock.monotonic();
    this.#window *= (1 + GROWTH_PER_SECOND) ** ((now - this.#grownAt) / 1000);
    this.#grownAt = now;
  }

  /** Somebody waits: looks again when the pause is over, or the window has grown. */
  async #pumpLater(now: number): Promise<void> {
    if (this.#alarm) return;
    this.#alarm = new AbortController();
    const { signal } = this.#alarm;
    const pause = this.#notBefore > now ? this.#notBefore - now : MAX_PAUSE_MS;
    await this.#clock.sleep(pause, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    this.#alarm = null;
    this.#pump();
  }
}
