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
  const { signal } = options;
  const { ranges } = input;
  const [only] = ranges;
  if (only && ranges.length === 1) return { parts: [await fetchRange(input, only, options, signal)] };
  const siblings = new AbortController();
  const stop = () => siblings.abort(signal?.reason);
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  let failure: { readonly error: unknown } | undefined;
  const reads = ranges.map(async (range) => {
    try {
      return await fetchRange(input, range, options, siblings.signal);
    } catch (error) {
      failure ??= { error };
      siblings.abort(error);
      throw error;
    }
  });
  const settled = await Promise.allSettled(reads);
  signal?.removeEventListener('abort', stop);
  if (failure) throw failure.error;
  return { parts: settled.map((read) => (read as PromiseFulfilledResult<Uint8Array>).value) };
}

async function fetchRange(
  { uri, etag }: RowGroupInput,
  { offset, length }: { readonly offset: number; readonly length: number },
  { store, location, allocate }: FetchOptions,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const range = { kind: 'range', offset, length } as const;
  const { body } = await store.getRange(location, range, {
    ifMatch: etag,
    ...(signal && { signal }),
    ...(allocate && { allocate }),
  });
  if (body.length !== length) throw short(uri, body.length, length);
  return body;
}

const short = (uri: string, got: number, expected: number) =>
  new StorageError('SQ5010', `${uri}: ${got} of ${expected} bytes arrived`, {
    retryable: true,
    details: { object: uri },
  });
