import type { Random } from '../common/clock.ts';
import type { SquallError } from '../common/errors.ts';

/** How often one task is started at most. */
export const MAX_ATTEMPTS = 4;

const BASE_MS = 100;
const CEILING_MS = 5_000;

/** A task is tried again when its error says that another attempt may fare better: never for the user's or the data's fault. */
export const mayRetry = (error: SquallError, attempt: number): boolean => error.retryable && attempt + 1 < MAX_ATTEMPTS;

/** Pause before the attempt after `attempt`, ms: exponential with half of it jittered. */
export function retryPause(attempt: number, random: Random): number {
  const ceiling = Math.min(CEILING_MS, BASE_MS * 2 ** attempt);
  return ceiling / 2 + (ceiling / 2) * random.next();
}
