import { compareUtf8 } from '../common/utf8-order.ts';

/** The order that stores list keys in. */
export const compareKeys = compareUtf8;

/** DeleteObjects takes at most so many keys. */
export const DELETE_BATCH = 1000;

/** The keys in batches of at most 1,000, each of which is one DELETE request. */
export function* deleteBatches(keys: readonly string[]): Generator<readonly string[]> {
  for (let i = 0; i < keys.length; i += DELETE_BATCH) yield keys.slice(i, i + DELETE_BATCH);
}
