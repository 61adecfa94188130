import type { Clock } from '../../src/common/clock.ts';
import { cancelled } from '../../src/common/errors.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that jumps to the next sleeper as soon as nothing else is left to do. For code whose only waits are sleeps. */
export class VirtualClock implements Clock {
  readonly #sleepers: Sleeper[] = [];
  #time = 0;
  #ticking = false;
  /** Every wait asked for, ms, in order. */
  readonly slept: number[] = [];

  now(): number {
    return 1_700_000_000_000 + this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(ms);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled(signal));
      const onAbort = () => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
        reject(cancelled(signal as AbortSignal));
      };
      const wake = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper = { until: this.#time + ms, wake };
      signal?.addEventListener('abort', onAbort, { once: true });
      const later = this.#sleepers.findIndex(({ until }) => until > sleeper.until);
      this.#sleepers.splice(later < 0 ? this.#sleepers.length : later, 0, sleeper);
      if (!this.#ticking) this.#tick();
    });
  }

  #tick(): void {
    this.#ticking = true;
    setImmediate(() => {
      this.#ticking = false;
      const next = this.#sleepers.shift();
      if (!next) return;
      this.#time = Math.max(this.#time, next.until);
      next.wake();
      if (this.#sleepers.length > 0) this.#tick();
    });
  }
}
