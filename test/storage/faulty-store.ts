import { StorageError } from '../../src/common/errors.ts';
import { MemoryObjectStore } from '../../src/storage/memory.ts';
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
} from '../../src/storage/object-store.ts';

export type Step = 'ok' | { readonly before: StorageError } | { readonly after: StorageError };

/** A memory store whose requests fail by a script, before or after they have taken effect. */
export class FaultyStore implements ObjectStore {
  readonly memory: MemoryObjectStore;
  /** One step per request; none left means ok. */
  script: Step[] = [];
  readonly calls: string[] = [];

  constructor(memory = new MemoryObjectStore()) {
    this.memory = memory;
  }

  async *list(options: ListOptions): AsyncGenerator<ListPage> {
    const pages = this.memory.list(options);
    for (;;) {
      const { done, value } = await this.#step(`list after ${options.startAfter ?? '-'}`, () => pages.next());
      if (done) return;
      yield value;
    }
  }

  head(location: ObjectLocation, options?: RequestOptions): Promise<ObjectInfo> {
    return this.#step('head', () => this.memory.head(location, options));
  }

  getRange(location: ObjectLocation, range: ByteRange, options?: GetOptions): Promise<GetResult> {
    return this.#step('get', () => this.memory.getRange(location, range, options));
  }

  put(location: ObjectLocation, body: Uint8Array, options?: PutOptions): Promise<PutResult> {
    return this.#step('put', () => this.memory.put(location, body, options));
  }

  putIfAbsent(location: ObjectLocation, body: Uint8Array, options?: PutOptions): Promise<PutIfAbsentResult> {
    return this.#step('putIfAbsent', () => this.memory.putIfAbsent(location, body, options));
  }

  delete(bucket: string, keys: readonly string[], options?: RequestOptions): Promise<void> {
    return this.#step(`delete ${keys.length}`, () => this.memory.delete(bucket, keys, options));
  }

  async multipart(location: ObjectLocation, options?: PutOptions): Promise<MultipartUpload> {
    const upload = await this.#step('multipart', () => this.memory.multipart(location, options));
    return {
      write: (part: Uint8Array, partOptions?: PartOptions) =>
        this.#step(`part ${partOptions?.partNumber ?? '-'}`, () => upload.write(part, partOptions)),
      complete: (completeOptions?: RequestOptions) => this.#step('complete', () => upload.complete(completeOptions)),
      abort: () => this.#step('abort', () => upload.abort()),
    };
  }

  close(): Promise<void> {
    return this.memory.close();
  }

  async #step<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.calls.push(name);
    const step = this.script.shift() ?? 'ok';
    if (step === 'ok') return work();
    if ('before' in step) throw step.before;
    await work();
    throw step.after;
  }
}

export const slowDown = (details = {}) =>
  new StorageError('SQ5008', 'the store asks to slow down', { retryable: true, details: { status: 503, ...details } });
export const broken = () => new StorageError('SQ5009', 'the connection broke', { retryable: true });
