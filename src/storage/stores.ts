import { type Clock, type Random, systemClock, systemRandom } from '../common/clock.ts';
import { assertNever } from '../common/errors.ts';
import { sumCounts } from './counted.ts';
import { FileObjectStore, type FileStoreOptions } from './file.ts';
import { MemoryObjectStore } from './memory.ts';
import type { ObjectStore, RequestCounts } from './object-store.ts';
import { type OpenedStore, type OpenStoreOptions, openStore } from './open-store.ts';
import { S3ObjectStore } from './s3.ts';
import type { S3StoreOptions } from './s3-clients.ts';
import type { StorageSettings } from './settings.ts';
import { parseUri, type Scheme, type StorageUri } from './uri.ts';

export interface StoresOptions extends OpenStoreOptions {
  /** Credentials and connections of the s3 store; for the driver's side only, a worker uses its environment. */
  readonly s3?: Pick<
    S3StoreOptions,
    'credentials' | 'profile' | 'connections' | 'connectTimeoutMs' | 'idleTimeoutMs' | 'onNotice'
  >;
  readonly file?: Pick<FileStoreOptions, 'fsync' | 'pruneFolders'>;
  /** Transports instead of the built-in ones: a simulated S3, a memory store that outlives the session. */
  readonly transports?: Partial<Readonly<Record<Scheme, ObjectStore>>>;
  /** What relative paths are relative to; default the process's working directory. */
  readonly cwd?: string;
}

/** A location and the store that has it. */
export interface Resolved extends StorageUri {
  readonly store: ObjectStore;
}

/** Neither files nor memory have S3's limits. */
const UNLIMITED = { readsPerSecond: 1e6, writesPerSecond: 1e6 };

/** The stores of a process by scheme, each opened when first needed, with counting, pacing and retry around it. */
export class Stores {
  readonly clock: Clock;
  readonly random: Random;
  readonly #settings: StorageSettings;
  readonly #options: StoresOptions;
  readonly #opened = new Map<Scheme, OpenedStore>();
  #s3: S3ObjectStore | undefined;

  constructor(settings: StorageSettings = {}, options: StoresOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    this.#settings = settings;
    this.#options = options;
  }

  /** What workers need to reach the same objects, with the regions of buckets learned so far. */
  get settings(): StorageSettings {
    const bucketRegions = this.#s3?.bucketRegions ?? {};
    if (Object.keys(bucketRegions).length === 0) return this.#settings;
    return { ...this.#settings, s3: { ...this.#settings.s3, bucketRegions } };
  }

  store(scheme: Scheme): ObjectStore {
    return this.#open(scheme).store;
  }

  /** @throws StorageError SQ5012 when the text is no URI or path */
  resolve(uri: string | StorageUri): Resolved {
    const { scheme, location } = typeof uri === 'string' ? this.parse(uri) : uri;
    return { scheme, location, store: this.store(scheme) };
  }

  parse(uri: string): StorageUri {
    return parseUri(uri, this.#options.cwd === undefined ? {} : { cwd: this.#options.cwd });
  }

  /** Every request so far, attempts included, over all stores. */
  requests(): RequestCounts {
    return sumCounts([...this.#opened.values()].map((opened) => opened.requests()));
  }

  async close(): Promise<void> {
    const opened = [...this.#opened.values()];
    await Promise.all(opened.map(({ store }) => store.close()));
  }

  #open(scheme: Scheme): OpenedStore {
    const known = this.#opened.get(scheme);
    if (known) return known;
    const transport = this.#options.transports?.[scheme] ?? this.#transport(scheme);
    const pacing = { ...(scheme !== 's3' && UNLIMITED), ...this.#options.pacing };
    const opened = openStore(transport, { ...this.#options, pacing, clock: this.clock, random: this.random });
    this.#opened.set(scheme, opened);
    return opened;
  }

  #transport(scheme: Scheme): ObjectStore {
    switch (scheme) {
      case 's3':
        this.#s3 = new S3ObjectStore({ ...this.#settings.s3, ...this.#options.s3 });
        return this.#s3;
      case 'file':
        return new FileObjectStore({ ...this.#options.file, random: this.random });
      case 'memory':
        return new MemoryObjectStore({ clock: this.clock });
      default:
        return assertNever(scheme);
    }
  }
}
