import { expect, it } from 'vitest';
import { ExecutionError, InvokeError } from '../common/errors.ts';
import { MAX_ATTEMPTS, mayRetry, retryPause } from './retry.ts';

const dice = (next: number) => ({ next: () => next, bytes: (n: number) => new Uint8Array(n) });

it('tries again what may pass, until the last attempt', () => {
  const died = new InvokeError('SQ6004', 'died', { retryable: true });
  expect([0, 1, 2, 3, 4].map((attempt) => mayRetry(died, attempt))).toEqual([true, true, true, false, false]);
  expect(mayRetry(new ExecutionError('SQ3003', 'division by zero'), 0)).toBe(false);
  expect(MAX_ATTEMPTS).toBe(4);
});

it('pauses longer each time, half of it by chance, at most five seconds', () => {
  expect([0, 1, 2, 3, 10].map((attempt) => retryPause(attempt, dice(0)))).toEqual([50, 100, 200, 400, 2500]);
  expect([0, 1, 10].map((attempt) => retryPause(attempt, dice(1)))).toEqual([100, 200, 5000]);
});
