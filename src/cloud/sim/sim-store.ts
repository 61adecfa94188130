import type { Random } from '../../common/clock.ts';
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
  PutIfAbsentResult,
  PutOptions,
  PutResult,
  RequestOptions,
} from '../../storage/object-store.ts';
import { drawLatency, type LatencyModel, type SimModel } from './models.ts';
import type { Trace } from './trace.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface SimStoreOptions {
  readonly inner: ObjectStore;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly model: SimModel;
  readonly trace: Trace;
  /** Whose requests these are, in the trace. */
  readonly who: string;
}

/** S3 under virtual time: a memory store whose requests take as long as the model says. */
export class SimStore implements ObjectStore {
  readonly #options: SimStoreOptions;

  constructor(options: SimStoreOptions) {
    this.#options = options;
  }

  async *list(options: ListOptions): AsyncGenerator<ListPage> {
    for await (const page of this.#options.inner.list(options)) {
      await this.#wait('LIST', options.prefix, this.#options.model.read, 0, options.signal);
      yield page;
    }
  }

  async head(location: ObjectLocation, options: RequestOptions = {}): Promise<ObjectInfo> {
    await this.#wait('HEAD', location.key, this.#options.model.read, 0, options.signal);
    return this.#options.inner.head(location, options);
  }

  async getRange(location: ObjectLocation, range: ByteRange, options: GetOptions = {}): Promise<GetResult> {
    const result = await this.#options.inner.getRange(location, range, options);
    const what = `${location.key}[${result.offset}+${result.body.length}]`;
    await this.#wait('GET', what, this.#options.model.read, result.body.length, options.signal);
    return result;
  }

  async put(location: ObjectLocation, body: Uint8Array, options: PutOptions = {}): Promise<PutResult> {
    await this.#wait('PUT', location.key, this.#options.model.write, body.length, options.signal);
    return this.#options.inner.put(location, body, options);
  }

  async putIfAbsent(location: ObjectLocation, body: Uint8Array, options: PutOptions = {}): Promise<PutIfAbsentResult> {
    await this.#wait('PUT', location.key, this.#options.model.write, body.length, options.signal);
    return this.#options.inner.putIfAbsent(location, body, options);
  }

  async delete(bucket: string, keys: readonly string[], options: RequestOptions = {}): Promise<void> {
    await this.#wait('DELETE', `${keys.length} keys`, this.#options.model.write, 0, options.signal);
    return this.#options.inner.delete(bucket, keys, options);
  }

  async multipart(location: ObjectLocation, options: PutOptions = {}): Promise<MultipartUpload> {
    const { inner, model } = this.#options;
    const upload = await inner.multipart(location, options);
    const wait = (bytes: number, signal?: AbortSignal) => this.#wait('PUT', location.key, model.write, bytes, signal);
    await wait(0, options.signal);
    return {
      write: async (part, partOptions = {}) => {
        await wait(part.length, partOptions.signal);
        await upload.write(part, partOptions);
      },
      complete: async (completeOptions = {}) => {
        await wait(0, completeOptions.signal);
        await upload.complete(completeOptions);
      },
      abort: () => upload.abort(),
    };
  }

  close(): Promise<void> {
    return this.#options.inner.close();
  }

  async #wait(what: string, key: string, latency: LatencyModel, bytes: number, signal?: AbortSignal): Promise<void> {
    const { clock, random, model, trace, who } = this.#options;
    trace.add(`${who} ${what} ${key}`);
    await clock.sleep(drawLatency(latency, random) + bytes / model.bytesPerMs, signal);
    trace.add(`${who} ${what} ${key} done`);
  }
}
