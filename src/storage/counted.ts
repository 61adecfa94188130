import { type Clock, systemClock } from '../common/clock.ts';
import { StorageError, throwIfAborted } from '../common/errors.ts';
import { deleteBatches } from './keys.ts';
import { wholeListing } from './listing.ts';
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
  RequestClass,
  RequestCounts,
  RequestEvent,
  RequestOptions,
  RequestTotals,
} from './object-store.ts';

export const REQUEST_CLASSES: readonly RequestClass[] = ['GET', 'HEAD', 'PUT', 'LIST', 'DELETE'];

const NONE: RequestTotals = { requests: 0, errors: 0, bytes: 0, ms: 0 };

export const noRequests = (): RequestCounts => sumCounts([]);

/** Counts of several stores, or of several workers, as one. */
export function sumCounts(all: readonly RequestCounts[]): RequestCounts {
  const total = (name: RequestClass) =>
    all.reduce<RequestTotals>(
      (sum, { [name]: more }) => ({
        requests: sum.requests + more.requests,
        errors: sum.errors + more.errors,
        bytes: sum.bytes + more.bytes,
        ms: sum.ms + more.ms,
      }),
      NONE,
    );
  return byClass(total);
}

/** What was counted between two readings. */
export const countsSince = (before: RequestCounts, after: RequestCounts): RequestCounts =>
  byClass((name) => ({
    requests: after[name].requests - before[name].requests,
    errors: after[name].errors - before[name].errors,
    bytes: after[name].bytes - before[name].bytes,
    ms: after[name].ms - before[name].ms,
  }));

const byClass = (of: (name: RequestClass) => RequestTotals): RequestCounts => ({
  GET: of('GET'),
  HEAD: of('HEAD'),
  PUT: of('PUT'),
  LIST: of('LIST'),
  DELETE: of('DELETE'),
});

export interface CountedOptions {
  readonly clock?: Clock;
  /** Called as each request ends, whatever its outcome. */
  readonly onRequest?: (event: RequestEvent) => void;
}

/**
 * Counts the requests of a transport by class, with bytes and latency. A page is a LIST, a thousand deleted keys are a
 * DELETE, opening, completing and each part of an upload are PUTs, dropping it is a DELETE. A request that was cancelled or
 * failed is counted too, with no bytes: it may have been billed. It belongs right around the transport, so that no attempt
 * escapes it.
 */
export class CountedObjectStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #clock: Clock;
  readonly #onRequest: ((event: RequestEvent) => void) | undefined;
  readonly #totals = new Map<RequestClass, RequestTotals>();

  constructor(inner: ObjectStore, options: CountedOptions = {}) {
    this.#inner = inner;
    this.#clock = options.clock ?? systemClock;
    this.#onRequest = options.onRequest;
  }

  /** What was counted so far. */
  counts(): RequestCounts {
    return byClass((name) => this.#totals.get(name) ?? NONE);
  }

  list(options: ListOptions): AsyncGenerator<ListPage> {
    const location = { bucket: options.bucket, key: options.prefix };
    return wholeListing(this.#inner, options, (next) => this.#count('LIST', location, options, next));
  }

  head(location: ObjectLocation, options?: RequestOptions): Promise<ObjectInfo> {
    return this.#count('HEAD', location, options, () => this.#inner.head(location, options));
  }

  getRange(location: ObjectLocation, range: ByteRange, options?: GetOptions): Promise<GetResult> {
    const read = () => this.#inner.getRange(location, range, options);
    return this.#count('GET', location, options, read, ({ body }) => body.length);
  }

  put(location: ObjectLocation, body: Uint8Array, options?: PutOptions): Promise<PutResult> {
    const bytes = body.length;
    return this.#count(
      'PUT',
      location,
      options,
      () => this.#inner.put(location, body, options),
      () => bytes,
    );
  }

  putIfAbsent(location: ObjectLocation, body: Uint8Array, options?: PutOptions): Promise<PutIfAbsentResult> {
    const bytes = body.length;
    return this.#count(
      'PUT',
      location,
      options,
      () => this.#inner.putIfAbsent(location, body, options),
      () => bytes,
    );
  }

  async delete(bucket: string, keys: readonly string[], options?: RequestOptions): Promise<void> {
    for (const batch of deleteBatches(keys)) {
      const location = { bucket, key: batch[0] as string };
      await this.#count('DELETE', location, options, () => this.#inner.delete(bucket, batch, options));
    }
  }

  async multipart(location: ObjectLocation, options?: PutOptions): Promise<MultipartUpload> {
    const upload = await this.#count('PUT', location, options, () => this.#inner.multipart(location, options));
    let open = true;
    return {
      write: (part: Uint8Array, partOptions?: PartOptions) => {
        const bytes = part.length;
        return this.#count(
          'PUT',
          location,
          partOptions,
          () => upload.write(part, partOptions),
          () => bytes,
        );
      },
      complete: async (completeOptions?: RequestOptions) => {
        await this.#count('PUT', location, completeOptions, () => upload.complete(completeOptions));
        open = false;
      },
      abort: async () => {
        if (!open) return;
        await this.#count('DELETE', location, undefined, () => upload.abort());
        open = false;
      },
    };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #count<T>(
    name: RequestClass,
    location: ObjectLocation,
    options: RequestOptions | undefined,
    request: () => Promise<T>,
    bytesOf: (answer: T) => number = () => 0,
  ): Promise<T> {
    throwIfAborted(options?.signal);
    const start = this.#clock.monotonic();
    try {
      const answer = await request();
      const event = { location, bytes: bytesOf(answer), ms: this.#clock.monotonic() - start };
      this.#add({ class: name, ...event, outcome: 'ok' }, options);
      return answer;
    } catch (error) {
      const outcome = error instanceof StorageError && error.code === 'SQ5008' ? 'throttled' : 'error';
      this.#add({ class: name, location, bytes: 0, ms: this.#clock.monotonic() - start, outcome }, options);
      throw error;
    }
  }

  #add(event: RequestEvent, options: RequestOptions | undefined): void {
    const before = this.#totals.get(event.class) ?? NONE;
    this.#totals.set(event.class, {
      requests: before.requests + 1,
      errors: before.errors + (event.outcome === 'ok' ? 0 : 1),
      bytes: before.bytes + event.bytes,
      ms: before.ms + event.ms,
    });
    this.#onRequest?.(event);
    options?.onRequest?.(event);
  }
}
