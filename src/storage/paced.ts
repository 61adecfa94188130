import { type Clock, systemClock } from '../common/clock.ts';
import { StorageError } from '../common/errors.ts';
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
  RequestOptions,
} from './object-store.ts';
import { AdaptiveRate, type RateOptions } from './rate.ts';
import { Semaphore } from './semaphore.ts';

/** The two kinds S3 limits apart: GET, HEAD and LIST read; PUT, POST and DELETE write. */
export type PacingClass = 'read' | 'write';

export interface PacingPolicy {
  /** Requests under way at once, of all kinds; default 64. */
  readonly concurrency: number;
  /** Reads per second and partition; default 5,500, what S3 gives a prefix. */
  readonly readsPerSecond: number;
  /** Writes per second and partition; default 3,500. */
  readonly writesPerSecond: number;
}

export const DEFAULT_PACING: PacingPolicy = { concurrency: 64, readsPerSecond: 5_500, writesPerSecond: 3_500 };

export interface PacingOptions extends Partial<PacingPolicy> {
  readonly clock?: Clock;
  /**
   * What the store limits together. Default: the bucket and the key up to its first slash; of what lies below a query's folder, which
   * a ULID names, up to the folder below that: its objects spread over several on purpose.
   */
  readonly partition?: (location: ObjectLocation) => string;
}

/** Partitions remembered; the one unused longest is forgotten first, and starts again at full rate. */
const MAX_PARTITIONS = 256;

const ADAPTATION = { minRate: 1, keep: 0.5, recoverySeconds: 5, burstSeconds: 0.02 };

/**
 * Lets requests through at the pace the store bears. Every caller of the store shares it: a token bucket for each partition
 * and kind, whose rate halves on "slow down" (SQ5008) and recovers with time, and a cap on requests under way. A request first
 * waits for its token, then for room, so that a slow partition holds up no other.
 */
export class PacedObjectStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #clock: Clock;
  readonly #policy: PacingPolicy;
  readonly #partition: (location: ObjectLocation) => string;
  readonly #rates = new Map<string, AdaptiveRate>();
  readonly #room: Semaphore;

  constructor(inner: ObjectStore, options: PacingOptions = {}) {
    const { clock = systemClock, partition = pacingPartition, ...policy } = options;
    this.#inner = inner;
    this.#clock = clock;
    this.#policy = { ...DEFAULT_PACING, ...policy };
    this.#partition = partition;
    this.#room = new Semaphore(this.#policy.concurrency);
  }

  /** Requests per second a location gets now. */
  rateOf(location: ObjectLocation, kind: PacingClass): number {
    return this.#rate(location, kind).rate;
  }

  list(options: ListOptions): AsyncGenerator<ListPage> {
    const location = { bucket: options.bucket, key: options.prefix };
    return wholeListing(this.#inner, options, (next) => this.#pace('read', location, options, next));
  }

  head(location: ObjectLocation, options?: RequestOptions): Promise<ObjectInfo> {
    return this.#pace('read', location, options, () => this.#inner.head(location, options));
  }

  getRange(location: ObjectLocation, range: ByteRange, options?: GetOptions): Promise<GetResult> {
    return this.#pace('read', location, options, () => this.#inner.getRange(location, range, options));
  }

  put(location: ObjectLocation, body: Uint8Array, options?: PutOptions): Promise<PutResult> {
    return this.#pace('write', location, options, () => this.#inner.put(location, body, options));
  }

  putIfAbsent(location: ObjectLocation, body: Uint8Array, options?: PutOptions): Promise<PutIfAbsentResult> {
    return this.#pace('write', location, options, () => this.#inner.putIfAbsent(location, body, options));
  }

  async delete(bucket: string, keys: readonly string[], options?: RequestOptions): Promise<void> {
    for (const batch of deleteBatches(keys)) {
      const location = { bucket, key: batch[0] as string };
      await this.#pace('write', location, options, () => this.#inner.delete(bucket, batch, options));
    }
  }

  async multipart(location: ObjectLocation, options?: PutOptions): Promise<MultipartUpload> {
    const upload = await this.#pace('write', location, options, () => this.#inner.multipart(location, options));
    return {
      write: (part: Uint8Array, partOptions?: PartOptions) =>
        this.#pace('write', location, partOptions, () => upload.write(part, partOptions)),
      complete: (completeOptions?: RequestOptions) =>
        this.#pace('write', location, completeOptions, () => upload.complete(completeOptions)),
      abort: () => this.#pace('write', location, undefined, () => upload.abort()),
    };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #pace<T>(
    kind: PacingClass,
    location: ObjectLocation,
    options: RequestOptions | undefined,
    request: () => Promise<T>,
  ): Promise<T> {
    const rate = this.#rate(location, kind);
    const token = await rate.acquire(options?.signal);
    return this.#room.run(options?.signal, async () => {
      try {
        const answer = await request();
        rate.served();
        return answer;
      } catch (error) {
        if (error instanceof StorageError && error.code === 'SQ5008') rate.slowDown(token);
        throw error;
      }
    });
  }

  #rate(location: ObjectLocation, kind: PacingClass): AdaptiveRate {
    const key = `${kind} ${this.#partition(location)}`;
    const rate = this.#rates.get(key) ?? new AdaptiveRate(this.#clock, this.#limits(kind));
    this.#rates.delete(key);
    this.#rates.set(key, rate);
    const oldest = this.#rates.size > MAX_PARTITIONS ? this.#rates.keys().next().value : undefined;
    if (oldest !== undefined) this.#rates.delete(oldest);
    return rate;
  }

  #limits(kind: PacingClass): RateOptions {
    const maxRate = kind === 'read' ? this.#policy.readsPerSecond : this.#policy.writesPerSecond;
    return { ...ADAPTATION, maxRate };
  }
}

/** A folder that a ULID names, and the folder below it. */
const SPREAD_FOLDER = /^(?:.*?\/)?[0-9A-HJKMNP-TV-Z]{26}\/[^/]+(?=\/)/;

/** The default partitions: as S3 divides keys by their prefixes. */
export function pacingPartition({ bucket, key }: ObjectLocation): string {
  const spread = SPREAD_FOLDER.exec(key);
  if (spread) return `${bucket}/${spread[0]}`;
  const slash = key.indexOf('/');
  return `${bucket}/${slash < 0 ? '' : key.slice(0, slash)}`;
}
