import { StorageError } from '../common/errors.ts';
import type { ObjectLocation, ObjectStore } from '../storage/object-store.ts';
import type { FetchedRowGroup } from './chunk-bytes.ts';
import type { RowGroupInput } from './row-group-input.ts';

export type { FetchedRowGroup };

export interface FetchOptions {
  readonly store: ObjectStore;
  readonly location: ObjectLocation;
  readonly signal?: AbortSignal;
  /** Gives memory for what is read; see GetOptions. */
  readonly allocate?: (bytes: number) => Uint8Array;
}

/**
 * Reads the ranges of a row group, all at once: exactly one GET for each, with If-Match. When one fails, or the signal
 * fires, the others are aborted and nothing is left under way.
 * @throws StorageError, CancelledError
 */
export async function fetchRowGroup(input: RowGroupInput, options: FetchOptions): Promise<FetchedRowGroup> {
  const { store, location, signal, allocate } = options;
  const siblings = new AbortController();
  const any = signal ? AbortSignal.any([signal, siblings.signal]) : siblings.signal;
  let failure: { readonly error: unknown } | undefined;
  const reads = input.ranges.map(async ({ offset, length }) => {
    try {
      const range = { kind: 'range', offset, length } as const;
      const { body } = await store.getRange(location, range, {
        ifMatch: input.etag,
        signal: any,
        ...(allocate && { allocate }),
      });
      if (body.length !== length) throw short(input.uri, body.length, length);
      return body;
    } catch (error) {
      failure ??= { error };
      siblings.abort(error);
      throw error;
    }
  });
  const settled = await Promise.allSettled(reads);
  if (failure) throw failure.error;
  return { parts: settled.map((read) => (read as PromiseFulfilledResult<Uint8Array>).value) };
}

const short = (uri: string, got: number, expected: number) =>
  new StorageError('SQ5010', `${uri}: ${got} of ${expected} bytes arrived`, {
    retryable: true,
    details: { object: uri },
  });
