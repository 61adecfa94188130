import { cancelled } from './errors.ts';

/**
 * Time as the driver and the worker see it. Nothing outside this file reads the real clock or the real dice, so that
 * `cloud/sim` can run the very same code under virtual time.
 */
export interface Clock {
  /** Wall time, ms since the Unix epoch. */
  now(): number;
  /** Monotonic time in ms with a fraction; only differences mean anything. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with CancelledError when the signal fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets everything run that is ready: what has arrived, timers that are due. For computations that never wait. */
  turn(): Promise<void>;
}

/** A source of random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** `n` random bytes; from the system's cryptographic source in production. */
  bytes(n: number): Uint8Array;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled(signal));
      const onAbort = () => {
        clearTimeout(timer);
        reject(cancelled(signal as AbortSignal));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (n) => crypto.getRandomValues(new Uint8Array(n)),
};

/** A seeded generator (mulberry32): same seed, same numbers. For simulation and tests, never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { next, bytes: (n) => Uint8Array.from({ length: n }, () => Math.floor(next() * 256)) };
}
