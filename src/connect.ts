import { resolve } from 'node:path';
import { awsCloud } from './cloud/aws/aws-cloud.ts';
import { inlineCloud } from './cloud/inline/inline-cloud.ts';
import { startLocalCloud } from './cloud/local/local-cloud.ts';
import { credentialsEnv, type EmbeddedObjects, startObjects } from './cloud/local/start-local.ts';
import { type Config, type ConfigOptions, resolveConfig } from './common/config.ts';
import { assertNever } from './common/errors.ts';
import type { Cloud } from './driver/cloud.ts';
import { meteredStores } from './driver/request-meter.ts';
import { type Placement, Session } from './driver/session.ts';
import { ParquetCatalog, type TableDefinitions } from './planner/catalog/parquet-catalog.ts';
import type { PlannedQuery } from './planner/plan-query.ts';
import type { StorageSettings } from './storage/settings.ts';
import { Stores } from './storage/stores.ts';

/** Compressed bytes below which the target `auto` runs a query in the driver's own process. */
export const AUTO_INLINE_BYTES = 32_000_000;

export interface ConnectOptions extends ConfigOptions {
  /** Tables by name. Anything else in FROM is a path or URI in quotes. */
  readonly tables?: TableDefinitions;
}

/**
 * Opens a session. Starts what the target needs, on loopback only, when a query first needs it; `session.close()` ends it.
 *
 * @throws BindError SQ13xx for a setting that does not fit.
 */
export async function connect(options: ConnectOptions = {}): Promise<Session> {
  const config = resolveConfig(options, process.env);
  const storage = await open(config);
  const { stores, close } = storage;
  const clouds = new Clouds(config, storage);
  return new Session({
    catalog: new ParquetCatalog({ stores, tables: options.tables ?? {} }),
    stores,
    place: (planned) => clouds.place(planned),
    workers: config.workers,
    stopFunctions: () => clouds.close(),
    dispose: close,
  });
}

/** Stores by scheme, and what was started for them. */
export interface Storage {
  readonly stores: Stores;
  close(): Promise<void>;
}

/** The storage half of `connect`, for tools that read and write objects without queries. */
export const openStorage = (options: ConfigOptions = {}): Promise<Storage> => open(resolveConfig(options, process.env));

interface OpenedStorage extends Storage {
  readonly objects: EmbeddedObjects | null;
  /** More stores over the same objects, with connections and counts of their own. */
  readonly newStores: () => Stores;
}

async function open(config: Config): Promise<OpenedStorage> {
  const objects = config.data === null ? null : await startObjects(resolve(config.data));
  const credentials = objects ? { s3: { credentials: objects.credentials } } : {};
  const settings = storageSettings(config, objects);
  const stores = meteredStores(settings, credentials);
  return {
    stores,
    objects,
    newStores: () => new Stores(settings, credentials),
    close: async () => {
      await stores.close();
      await objects?.close();
    },
  };
}

function storageSettings(config: Config, objects: EmbeddedObjects | null): StorageSettings {
  if (objects) return { s3: { endpoint: objects.endpoint, region: objects.region, forcePathStyle: true } };
  const endpoint = config.endpoint ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  const s3 = {
    ...(endpoint !== undefined && { endpoint }),
    ...(config.region !== null && { region: config.region }),
    ...(config.anonymous && { anonymous: true }),
  };
  return Object.keys(s3).length === 0 ? {} : { s3 };
}

/** The session's clouds, each started when the first query needs it. */
class Clouds {
  readonly #config: Config;
  readonly #storage: OpenedStorage;
  readonly #started = new Map<string, Promise<Cloud>>();

  constructor(config: Config, storage: OpenedStorage) {
    this.#config = config;
    this.#storage = storage;
  }

  async place(planned: PlannedQuery): Promise<Placement> {
    const { target } = this.#config;
    if (target !== 'auto') return { cloud: await this.#cloud(target) };
    if (planned.predicted.bytes <= AUTO_INLINE_BYTES) {
      return { cloud: await this.#cloud('inline'), note: 'small: ran in this process' };
    }
    return { cloud: await this.#cloud('local'), note: 'ran on embedded functions' };
  }

  async close(): Promise<void> {
    const clouds = await Promise.all(this.#started.values());
    await Promise.all(clouds.map((cloud) => cloud.close()));
  }

  #cloud(target: 'inline' | 'local' | 'aws'): Promise<Cloud> {
    const known = this.#started.get(target);
    if (known) return known;
    const started = this.#start(target);
    this.#started.set(target, started);
    return started;
  }

  async #start(target: 'inline' | 'local' | 'aws'): Promise<Cloud> {
    const { memory, timeout, concurrency, scratch, function: functionName, region } = this.#config;
    const common = {
      stores: this.#storage.stores,
      storage: this.#storage.stores.settings,
      memoryMb: memory,
      timeoutMs: timeout * 1000,
      concurrency,
      scratch,
    };
    switch (target) {
      case 'inline':
        return inlineCloud({ ...common, taskStores: this.#storage.newStores() });
      case 'local':
        return startLocalCloud({ ...common, env: this.#functionEnv() });
      case 'aws':
        return awsCloud({ ...common, functionName, region });
      default:
        return assertNever(target);
    }
  }

  /** Embedded functions get the embedded store's credentials, else the caller's own way to AWS. */
  #functionEnv(): Record<string, string> {
    const { objects } = this.#storage;
    if (objects) return credentialsEnv(objects.credentials, objects.region);
    const own = Object.entries(process.env).filter(([name]) => name === 'HOME' || name.startsWith('AWS_'));
    return Object.fromEntries(own.map(([name, value]) => [name, value ?? '']));
  }
}
