import { type Random, seededRandom } from '../../../../common/clock.ts';
import { StorageError } from '../../../../common/errors.ts';
import type { RequestClass } from '../../../../storage/object-store.ts';

/** What can go wrong with a request. */
export const FAULTS = [
  /** 500 InternalError; nothing was done. */
  'internalError',
  /** 503 SlowDown; nothing was done. */
  'slowDown',
  /** The connection is reset; nothing was done. */
  'reset',
  /** The connection is reset when the work is done: the answer is lost. */
  'lostAnswer',
  /** Half of the object's bytes, then the end of the connection. Only GET has them. */
  'truncate',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Probabilities of each fault, by request class. */
export type FaultOptions = Readonly<Partial<Record<RequestClass, Readonly<Partial<Record<Fault, number>>>>>> & {
  readonly seed?: number;
};

const CLASSES: readonly RequestClass[] = ['GET', 'HEAD', 'PUT', 'LIST', 'DELETE'];

/**
 * Draws the fault of each request, of every class from a sequence of its own: what the n-th GET meets does not depend on
 * the other requests. Throws StorageError SQ5102 for what are no probabilities.
 */
export function faultsOf(options: FaultOptions): (requestClass: RequestClass) => Fault | undefined {
  const randoms = new Map<RequestClass, Random>();
  CLASSES.forEach((requestClass, i) => {
    check(requestClass, options[requestClass] ?? {});
    randoms.set(requestClass, seededRandom((options.seed ?? 0) * CLASSES.length + i));
  });
  return (requestClass) => {
    let drawn = (randoms.get(requestClass) as Random).next();
    for (const fault of FAULTS) {
      drawn -= options[requestClass]?.[fault] ?? 0;
      if (drawn < 0) return fault;
    }
    return undefined;
  };
}

function check(requestClass: RequestClass, rates: Readonly<Partial<Record<Fault, number>>>): void {
  const values = FAULTS.map((fault) => rates[fault] ?? 0);
  const sum = values.reduce((total, value) => total + value, 0);
  if (values.some((value) => !(value >= 0)) || sum > 1 + 1e-9) {
    throw new StorageError(
      'SQ5102',
      `the fault probabilities of ${requestClass} must be at least 0 and at most 1 in sum`,
    );
  }
  if (requestClass !== 'GET' && (rates.truncate ?? 0) > 0) {
    throw new StorageError('SQ5102', `the fault 'truncate' is for GET, not for ${requestClass}`);
  }
}
