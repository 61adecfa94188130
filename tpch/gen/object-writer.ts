import type { MultipartUpload, ObjectLocation, ObjectStore, RequestOptions } from '../../src/storage/object-store.ts';

/** Collects bytes into one object: a single put when they fit one part, else a multipart upload. */
export class ObjectWriter {
  readonly #store: ObjectStore;
  readonly #location: ObjectLocation;
  readonly #partBytes: number;
  readonly #options: RequestOptions;
  #upload: MultipartUpload | undefined;
  #chunks: Uint8Array[] = [];
  #waiting = 0;

  constructor(store: ObjectStore, location: ObjectLocation, partBytes: number, options: RequestOptions) {
    this.#store = store;
    this.#location = location;
    this.#partBytes = partBytes;
    this.#options = options;
  }

  /** Keeps `chunk`: the caller no longer changes it. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.#waiting < this.#partBytes) return;
    this.#upload ??= await this.#store.multipart(this.#location, this.#options);
    await this.#upload.write(this.#take(), this.#options);
  }

  /** Publishes the object. */
  async finish(): Promise<void> {
    if (!this.#upload) {
      await this.#store.put(this.#location, this.#take(), this.#options);
      return;
    }
    if (this.#waiting > 0) await this.#upload.write(this.#take(), this.#options);
    await this.#upload.complete(this.#options);
  }

  /** Leaves no trace of an object that was not finished. */
  async abort(): Promise<void> {
    this.#chunks = [];
    await this.#upload?.abort();
  }

  #take(): Uint8Array {
    const body = this.#chunks.length === 1 ? (this.#chunks[0] as Uint8Array) : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#waiting = 0;
    return body;
  }
}
