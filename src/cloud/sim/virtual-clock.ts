import type { Clock } from '../../common/clock.ts';
import { cancelled } from '../../common/errors.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Where every simulation begins, ms since the Unix epoch. */
const EPOCH = Date.UTC(2026, 0, 1);

/**
 * Time that stands still while anything runs and jumps to the next sleeper when nothing is left to do. For code whose only
 * waits are sleeps: promises settle within one turn of the event loop, then the earliest sleeper wakes; of two that are due
 * at once the one that lay down first wakes first. So the order of everything is decided by the program and its seed alone.
 */
export class VirtualClock implements Clock {
  readonly #sleepers: Sleeper[] = [];
  #time = 0;
  #ticking = false;

  now(): number {
    return EPOCH + this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
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

  turn(): Promise<void> {
    return this.sleep(0);
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
