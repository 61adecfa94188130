import { createHash } from 'node:crypto';
import { type Clock, systemClock } from '../common/clock.ts';
import { throwIfAborted } from '../common/errors.ts';
import { changed, notFound, refused, subject } from './errors.ts';
import { foldPages } from './fold.ts';
import { compareKeys } from './keys.ts';
import type {
  ByteRange,
  GetOptions,
  GetResult,
  ListedObject,
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
import { resolveRange } from './ranges.ts';

interface StoredObject extends ObjectInfo {
  readonly body: Uint8Array;
}

/** Objects in this process's memory. Every bucket exists; ETags are MD5 sums, as S3's. For tests and simulation. */
export class MemoryObjectStore implements ObjectStore {
  readonly #clock: Clock;
  readonly #etags: 'md5' | 'counted';
  readonly #buckets = new Map<string, Map<string, StoredObject>>();
  #written = 0;

  /** `etags`: `counted` ones cost nothing, where the speed of something else is measured; default `md5`. */
  constructor(options: { readonly clock?: Clock; readonly etags?: 'md5' | 'counted' } = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#etags = options.etags ?? 'md5';
  }

  async *list(options: ListOptions): AsyncGenerator<ListPage> {
    throwIfAborted(options.signal);
    for await (const page of foldPages(this.#listed(options), options)) {
      yield page;
      throwIfAborted(options.signal);
    }
  }

  async head(location: ObjectLocation, options: RequestOptions = {}): Promise<ObjectInfo> {
    throwIfAborted(options.signal);
    const { body: _, ...info } = this.#get(location);
    return info;
  }

  async getRange(location: ObjectLocation, range: ByteRange, options: GetOptions = {}): Promise<GetResult> {
    throwIfAborted(options.signal);
    const { body, etag, size } = this.#get(location);
    const of = subject('memory', location);
    if (options.ifMatch !== undefined && options.ifMatch !== etag) throw changed(of);
    const { offset, length } = resolveRange(of, range, size);
    return { body: body.slice(offset, offset + length), offset, size, etag };
  }

  async put(location: ObjectLocation, body: Uint8Array, options: PutOptions = {}): Promise<PutResult> {
    throwIfAborted(options.signal);
    return { etag: this.#set(location, body.slice(), options) };
  }

  async putIfAbsent(location: ObjectLocation, body: Uint8Array, options: PutOptions = {}): Promise<PutIfAbsentResult> {
    throwIfAborted(options.signal);
    if (this.#buckets.get(location.bucket)?.has(location.key)) return { created: false };
    return { created: true, etag: this.#set(location, body.slice(), options) };
  }

  async delete(bucket: string, keys: readonly string[], options: RequestOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    for (const key of keys) this.#buckets.get(bucket)?.delete(key);
  }

  async multipart(location: ObjectLocation, options: PutOptions = {}): Promise<MultipartUpload> {
    throwIfAborted(options.signal);
    const parts = new Map<number, Uint8Array>();
    let next = 1;
    let open = true;
    const mustBeOpen = () => {
      if (!open) throw refused(subject('memory', location), 'the upload has ended');
    };
    return {
      write: async (part: Uint8Array, { signal, partNumber }: PartOptions = {}) => {
        throwIfAborted(signal);
        mustBeOpen();
        parts.set(partNumber ?? next++, part.slice());
      },
      complete: async ({ signal }: RequestOptions = {}) => {
        throwIfAborted(signal);
        mustBeOpen();
        if (parts.size === 0) throw refused(subject('memory', location), 'an upload without parts');
        this.#set(location, concat([...parts].sort(([a], [b]) => a - b).map(([, part]) => part)), options);
        open = false;
      },
      abort: async () => {
        open = false;
        parts.clear();
      },
    };
  }

  async close(): Promise<void> {
    // The objects live as long as the store is referred to.
  }

  #get(location: ObjectLocation): StoredObject {
    const found = this.#buckets.get(location.bucket)?.get(location.key);
    if (!found) throw notFound(subject('memory', location));
    return found;
  }

  #set({ bucket, key }: ObjectLocation, body: Uint8Array, options: PutOptions): string {
    const etag = this.#etags === 'md5' ? `"${createHash('md5').update(body).digest('hex')}"` : `"${++this.#written}"`;
    const metadata = lowerCaseNames(options.metadata ?? {});
    let objects = this.#buckets.get(bucket);
    if (!objects) {
      objects = new Map();
      this.#buckets.set(bucket, objects);
    }
    objects.set(key, { body, size: body.length, etag, lastModified: this.#clock.now(), metadata });
    return etag;
  }

  *#listed({ bucket, prefix, startAfter }: ListOptions): Generator<ListedObject> {
    const objects = this.#buckets.get(bucket) ?? new Map<string, StoredObject>();
    const keys = [...objects.keys()]
      .filter((key) => key.startsWith(prefix) && (startAfter === undefined || compareKeys(key, startAfter) > 0))
      .sort(compareKeys);
    for (const key of keys) {
      const found = objects.get(key);
      if (found) yield { key, size: found.size, etag: found.etag, lastModified: found.lastModified };
    }
  }
}

const lowerCaseNames = (metadata: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]));

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
