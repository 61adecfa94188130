import { type Clock, type Random, systemClock, systemRandom } from '../common/clock.ts';
import type { ErrorCode } from '../common/error-codes.ts';
import { StorageError, throwIfAborted } from '../common/errors.ts';
import { expectManyListeners } from './abort.ts';
import { compareKeys, deleteBatches } from './keys.ts';
import { shortListing } from './listing.ts';
import type {
  ByteRange,
  GetOptions,
  GetResult,
  ListOptions,
  ListPage,
  MultipartUpload,
  ObjectInfo,
  ObjectLocation,
  ObjectStore,
  PartOptions,
  PutIfAbsentResult,
  PutOptions,
  PutResult,
  RequestOptions,
} from './object-store.ts';

export interface RetryPolicy {
  /** Attempts of one call at most, the first included; default 10. */
  readonly maxAttempts: number;
  /** No attempt starts later than this after the first, ms; default 60,000. */
  readonly maxElapsedMs: number;
  /** Upper bound of the wait before the second attempt, ms; it doubles with each; default 50. */
  readonly baseDelayMs: number;
  /** The same after "slow down", ms; default 200. */
  readonly throttledDelayMs: number;
  /** Longest wait, ms; default 10,000. */
  readonly maxDelayMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 10,
  maxElapsedMs: 60_000,
  baseDelayMs: 50,
  throttledDelayMs: 200,
  maxDelayMs: 10_000,
};

export interface RetryOptions extends Partial<RetryPolicy> {
  readonly clock?: Clock;
  readonly random?: Random;
  /** Told before each wait. */
  readonly onRetry?: (event: RetryEvent) => void;
}

export interface RetryEvent {
  readonly error: StorageError;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** Until the next one, ms. */
  readonly delayMs: number;
}

/** Metadata that tells whose write an object is. */
const TOKEN = 'squall-write';

/**
 * Sends a call again after an error that is `retryable`, with full jitter: a wait uniform in [0, min(max, base * 2^n)) (Marc
 * Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), never less than the store asked for. Gives up after
 * `maxAttempts` or `maxElapsedMs` with the last error, whose message then tells how often and how long.
 *
 * A conditional write and the completion of an upload may have won although their answer was lost. Each carries a random
 * token in the object's metadata; when a later attempt finds the key taken (or the upload gone), a HEAD tells whether
 * the object there is this very write. Where the store keeps no metadata that question has no answer: SQ5013.
 */
export class RetryingObjectStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #policy: RetryPolicy;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onRetry: ((event: RetryEvent) => void) | undefined;

  constructor(inner: ObjectStore, options: RetryOptions = {}) {
    const { clock = systemClock, random = systemRandom, onRetry, ...policy } = options;
    this.#inner = inner;
    this.#policy = { ...DEFAULT_RETRY, ...policy };
    this.#clock = clock;
    this.#random = random;
    this.#onRetry = onRetry;
  }

  /** A page that fails is listed again from where the last one ended. */
  async *list(options: ListOptions): AsyncGenerator<ListPage> {
    let seen: string | undefined;
    let pages: AsyncIterator<ListPage> | undefined;
    const next = async () => {
      const startAfter = last(options.startAfter, seen);
      pages ??= this.#inner
        .list({ ...options, ...(startAfter !== undefined && { startAfter }) })
        [Symbol.asyncIterator]();
      try {
        return await pages.next();
      } catch (error) {
        pages = undefined;
        throw error;
      }
    };
    try {
      for (;;) {
        const { done, value } = await this.#retry(options.signal, next);
        if (done) throw shortListing(options);
        // A listing that starts after "a/" again rolls the keys below it up to "a/".
        const commonPrefixes = value.commonPrefixes.filter(
          (common) => seen === undefined || compareKeys(common, seen) > 0,
        );
        seen = last(seen, value.objects.at(-1)?.key, commonPrefixes.at(-1));
        yield { ...value, commonPrefixes };
        if (value.last) return;
      }
    } finally {
      await pages?.return?.();
    }
  }

  head(location: ObjectLocation, options?: RequestOptions): Promise<ObjectInfo> {
    return this.#retry(options?.signal, () => this.#inner.head(location, options));
  }

  getRange(location: ObjectLocation, range: ByteRange, options?: GetOptions): Promise<GetResult> {
    return this.#retry(options?.signal, () => this.#inner.getRange(location, range, options));
  }

  put(location: ObjectLocation, body: Uint8Array, options?: PutOptions): Promise<PutResult> {
    return this.#retry(options?.signal, () => this.#inner.put(location, body, options));
  }

  async putIfAbsent(location: ObjectLocation, body: Uint8Array, options: PutOptions = {}): Promise<PutIfAbsentResult> {
    const { token, withToken } = this.#tokenFor(options);
    let unsure = false;
    for (;;) {
      const outcome = await this.#retry(options.signal, async () => {
        try {
          return await this.#inner.putIfAbsent(location, body, withToken);
        } catch (error) {
          unsure ||= mayHaveHappened(error);
          throw error;
        }
      });
      if (outcome.created || !unsure) return outcome;
      const found = await this.#whose(location, token, options);
      if (found.owner === 'ours') return { created: true, etag: found.etag };
      if (found.owner === 'theirs') return { created: false };
      // Deleted since: the key is free again, and the write may be tried again.
    }
  }

  async delete(bucket: string, keys: readonly string[], options?: RequestOptions): Promise<void> {
    for (const batch of deleteBatches(keys)) {
      await this.#retry(options?.signal, () => this.#inner.delete(bucket, batch, options));
    }
  }

  /** An attempt to open an upload whose answer was lost leaves one behind that nobody completes. */
  async multipart(location: ObjectLocation, options: PutOptions = {}): Promise<MultipartUpload> {
    const { token, withToken } = this.#tokenFor(options);
    const upload = await this.#retry(options.signal, () => this.#inner.multipart(location, withToken));
    let numbered = 0;
    return {
      write: (part: Uint8Array, partOptions: PartOptions = {}) => {
        const partNumber = partOptions.partNumber ?? numbered + 1;
        numbered = Math.max(numbered, partNumber);
        return this.#retry(partOptions.signal, () => upload.write(part, { ...partOptions, partNumber }));
      },
      complete: (completeOptions: RequestOptions = {}) => this.#complete(upload, location, token, completeOptions),
      abort: () => this.#retry(undefined, () => upload.abort()),
    };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #complete(
    upload: MultipartUpload,
    location: ObjectLocation,
    token: string,
    options: RequestOptions,
  ): Promise<void> {
    let unsure = false;
    await this.#retry(options.signal, async () => {
      try {
        return await upload.complete(options);
      } catch (error) {
        if (unsure && isCode(error, 'SQ5014')) {
          if ((await this.#whose(location, token, options)).owner === 'ours') return undefined;
        }
        unsure ||= mayHaveHappened(error);
        throw error;
      }
    });
  }

  #tokenFor(options: PutOptions): { readonly token: string; readonly withToken: PutOptions } {
    const token = Buffer.from(this.#random.bytes(16)).toString('hex');
    return { token, withToken: { ...options, metadata: { ...options.metadata, [TOKEN]: token } } };
  }

  async #whose(
    location: ObjectLocation,
    token: string,
    { signal }: RequestOptions,
  ): Promise<{ readonly owner: 'ours'; readonly etag: string } | { readonly owner: 'theirs' | 'nobody' }> {
    try {
      const { etag, metadata } = await this.head(location, signal && { signal });
      if (metadata?.[TOKEN] === token) return { owner: 'ours', etag };
      if (metadata) return { owner: 'theirs' };
    } catch (error) {
      if (isCode(error, 'SQ5001')) return { owner: 'nobody' };
      throw error;
    }
    throw new StorageError(
      'SQ5013',
      `${location.bucket}/${location.key}: the answer to a write was lost, and the store cannot tell whose object is there`,
      {
        hint: 'look at the object; delete it to write it again',
        details: { ...location },
      },
    );
  }

  async #retry<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    expectManyListeners(signal);
    const start = this.#clock.monotonic();
    let redirects = 0;
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal);
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof StorageError) || !error.retryable) throw error;
        const atOnce = error.details.resend === true && redirects++ < 2;
        const delayMs = atOnce ? 0 : this.#delay(error, attempt);
        const elapsed = this.#clock.monotonic() - start;
        if (attempt >= this.#policy.maxAttempts || elapsed + delayMs > this.#policy.maxElapsedMs) {
          throw attempt === 1 ? error : gaveUp(error, attempt, elapsed);
        }
        this.#onRetry?.({ error, attempt, delayMs });
        if (delayMs > 0) await this.#clock.sleep(delayMs, signal);
      }
    }
  }

  #delay(error: StorageError, attempt: number): number {
    const { baseDelayMs, throttledDelayMs, maxDelayMs } = this.#policy;
    const base = error.code === 'SQ5008' ? throttledDelayMs : baseDelayMs;
    const jittered = this.#random.next() * Math.min(maxDelayMs, base * 2 ** (attempt - 1));
    const asked = error.details.retryAfterMs;
    return typeof asked === 'number' ? Math.max(asked, jittered) : jittered;
  }
}

const isCode = (error: unknown, code: ErrorCode) => error instanceof StorageError && error.code === code;

/** Whether a write that failed so may still have taken place: anything but a redirect or a conflict, where the store said no. */
const mayHaveHappened = (error: unknown) =>
  error instanceof StorageError && error.code !== 'SQ5006' && error.details.status !== 409;

const last = (...keys: readonly (string | undefined)[]) =>
  keys
    .filter((key) => key !== undefined)
    .sort(compareKeys)
    .at(-1);

function gaveUp(error: StorageError, attempts: number, elapsedMs: number): StorageError {
  const seconds = (elapsedMs / 1000).toFixed(1);
  return new StorageError(error.code, `${error.message} (gave up after ${attempts} attempts in ${seconds} s)`, {
    ...(error.hint !== undefined && { hint: error.hint }),
    cause: error,
    retryable: error.retryable,
    details: { ...error.details, attempts },
  });
}
