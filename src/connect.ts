import { resolve } from 'node:path';
import { DEFAULT_CONCURRENCY } from './cloud/aws/account-concurrency.ts';
import { localConcurrency } from './cloud/local/local-concurrency.ts';
import type { EmbeddedObjects } from './cloud/local/start-local.ts';
import { type Config, type ConfigOptions, exchangeOptions, resolveConfig } from './common/config.ts';
import { assertNever, BindError } from './common/errors.ts';
import type { Cloud } from './driver/cloud.ts';
import { Clouds, type StartedTarget, targetOf } from './driver/clouds.ts';
import { meteredStores } from './driver/request-meter.ts';
import { Session } from './driver/session.ts';
import { MAX_SYNC_BYTES } from './invoke/lambda-api.ts';
import { ParquetCatalog, type TableDefinitions } from './planner/catalog/parquet-catalog.ts';
import { type FunctionsOffered, storeOf } from './planner/functions-offered.ts';
import type { StorageSettings } from './storage/settings.ts';
import { Stores } from './storage/stores.ts';
import { formatUri } from './storage/uri.ts';

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
  checkTogether(config);
  const storage = await open(config);
  const { stores, close } = storage;
  const clouds = new Clouds({
    target: config.target,
    start: (target) => startCloud(target, config, storage),
  });
  return new Session({
    catalog: new ParquetCatalog({ stores, tables: options.tables ?? {} }),
    stores,
    place: (planned) => clouds.place(planned),
    workers: config.workers,
    choices: exchangeOptions(config),
    functions: (scannedBytes, choices) => offered(config, targetOf(config.target, scannedBytes, choices)),
    stopFunctions: () => clouds.close(),
    dispose: close,
  });
}

/** Settings that fit alone and not together. */
function checkTogether({ data, endpoint, target }: Config): void {
  if (data === null) return;
  if (endpoint !== null) {
    throw new BindError('SQ1303', 'data and endpoint both say where s3:// is: give one of them');
  }
  if (target === 'aws') {
    throw new BindError(
      'SQ1303',
      'target aws cannot read data: functions on AWS do not reach a server on this computer',
      {
        hint: 'upload the directory to S3, or use the target local',
      },
    );
  }
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
  const objects = config.data === null ? null : await embeddedObjects(config.data);
  const credentials = objects ? { s3: { credentials: objects.credentials } } : {};
  const settings = storageSettings(config, objects);
  const stores = meteredStores(settings, credentials);
  return {
    stores,
    objects,
    newStores: () => new Stores(settings, credentials),
    close: async () => {
      try {
        await stores.close();
      } finally {
        await objects?.close();
      }
    },
  };
}

async function embeddedObjects(folder: string): Promise<EmbeddedObjects> {
  const { startObjects } = await import('./cloud/local/start-local.ts');
  return startObjects(resolve(folder));
}

function storageSettings(config: Config, objects: EmbeddedObjects | null): StorageSettings {
  if (objects) return { s3: { endpoint: objects.endpoint, region: objects.region, forcePathStyle: true } };
  const endpoint = config.endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const s3 = {
    ...(endpoint !== undefined && { endpoint }),
    ...(config.region !== null && { region: config.region }),
    ...(config.anonymous && { anonymous: true }),
  };
  return Object.keys(s3).length === 0 ? {} : { s3 };
}

/** Loads what the target needs, and no other: most of the time that a small query takes is the loading of programs. */
async function startCloud(target: StartedTarget, config: Config, storage: OpenedStorage): Promise<Cloud> {
  const { memory, timeout, concurrency, scratch, function: functionName, region } = config;
  const { stores } = storage;
  const common = {
    stores,
    storage: stores.settings,
    memoryMb: memory,
    timeoutMs: timeout * 1000,
    concurrency,
    scratch: scratch === null ? null : absoluteUri(stores, scratch),
  };
  switch (target) {
    case 'inline': {
      const { inlineCloud } = await import('./cloud/inline/inline-cloud.ts');
      return inlineCloud({ ...common, taskStores: storage.newStores() });
    }
    case 'local': {
      const { startLocalCloud } = await import('./cloud/local/local-cloud.ts');
      return startLocalCloud({ ...common, env: functionEnv(storage) });
    }
    case 'aws': {
      const { awsCloud } = await import('./cloud/aws/aws-cloud.ts');
      return awsCloud({ ...common, functionName, region });
    }
    default:
      return assertNever(target);
  }
}

/** What the functions of a target offer before any of them has been started. */
function offered({ memory, concurrency, scratch }: Config, target: StartedTarget): FunctionsOffered {
  const common = { memoryMb: memory, payloadBytes: MAX_SYNC_BYTES, store: storeOf(scratch) };
  switch (target) {
    case 'inline':
      return { ...common, concurrency: 1, links: false };
    case 'local':
      return { ...common, concurrency: concurrency ?? localConcurrency(), links: true };
    case 'aws':
      return { ...common, concurrency: concurrency ?? DEFAULT_CONCURRENCY, links: true };
    default:
      return assertNever(target);
  }
}

/** Functions have another working directory. */
function absoluteUri(stores: Stores, uri: string): string {
  const { scheme, location } = stores.parse(uri);
  return formatUri(scheme, location);
}

/** Embedded functions get the embedded store's credentials, else the caller's own way to AWS. */
function functionEnv({ objects }: OpenedStorage): Record<string, string> {
  if (objects) return { ...objects.env };
  const own = Object.entries(process.env).filter(
    ([name]) => name === 'HOME' || name === 'NODE_EXTRA_CA_CERTS' || name.startsWith('AWS_'),
  );
  return Object.fromEntries(own.map(([name, value]) => [name, value ?? '']));
}
