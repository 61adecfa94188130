import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Clock, type Random, systemClock, systemRandom } from '../../common/clock.ts';
import type { Cloud } from '../../driver/cloud.ts';
import { MAX_SYNC_BYTES } from '../../invoke/lambda-api.ts';
import { lambdaClient } from '../../invoke/lambda-client.ts';
import { LambdaInvoker } from '../../invoke/lambda-invoker.ts';
import type { StorageSettings } from '../../storage/settings.ts';
import type { Stores } from '../../storage/stores.ts';
import { artifacts } from './artifacts.ts';
import { type FunctionServer, startFunctionServer } from './functions/function-server.ts';
import { localConcurrency } from './local-concurrency.ts';

/** Name of the embedded function. */
export const LOCAL_FUNCTION = 'squall-worker';
export const LOCAL_REGION = 'us-east-1';

export interface LocalCloudOptions {
  readonly stores: Stores;
  readonly storage: StorageSettings;
  /** Environment of the functions: the credentials of their stores. */
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** Functions at once; null: 4 or the number of cores, whichever is more. */
  readonly concurrency: number | null;
  /** URI prefix for temporary objects; null: a folder of the system's, removed at the end. */
  readonly scratch: string | null;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** AWS Lambda on this computer: every task runs in an operating-system process of its own, behind the Invoke API. */
export async function startLocalCloud(options: LocalCloudOptions): Promise<Cloud> {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const concurrency = options.concurrency ?? localConcurrency();
  const credentials = newCredentials();
  const folder = options.scratch === null ? await mkdtemp(join(tmpdir(), 'squall-')) : null;
  const removeFolder = async () => {
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  };
  const server = await startWorkerFunction({ ...options, concurrency, credentials }).catch(async (error: unknown) => {
    await removeFolder();
    throw error;
  });
  const invoker = new LambdaInvoker({
    functionName: LOCAL_FUNCTION,
    lambda: lambdaClient({ client: { endpoint: server.endpoint, region: LOCAL_REGION, credentials } }),
    payloadBytes: MAX_SYNC_BYTES,
    stores: options.stores,
    clock,
    random,
  });
  return {
    target: 'local',
    clock,
    random,
    stores: options.stores,
    storage: options.storage,
    invoker,
    limits: {
      memoryMb: options.memoryMb,
      timeoutMs: options.timeoutMs,
      concurrency,
      payloadBytes: MAX_SYNC_BYTES,
    },
    scratch: options.scratch ?? pathToFileURL(`${folder}/`).href,
    links: { kind: 'driver', host: '127.0.0.1' },
    prices: null,
    close: async () => {
      invoker.close();
      try {
        await server.close();
      } finally {
        await removeFolder();
      }
    },
  };
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Credentials that live as long as a server does. */
export const newCredentials = (): Credentials => ({
  accessKeyId: `SQUALL${randomBytes(7).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64'),
});

export interface WorkerFunctionOptions extends Pick<LocalCloudOptions, 'env' | 'memoryMb' | 'timeoutMs'> {
  /** Functions at once; default: as in a new AWS account. */
  readonly concurrency?: number;
  readonly credentials: Credentials;
  readonly port?: number;
}

/** Serves the built worker bundle as one function of the embedded Lambda. */
export function startWorkerFunction(options: WorkerFunctionOptions): Promise<FunctionServer> {
  return startFunctionServer({
    functions: [
      {
        name: LOCAL_FUNCTION,
        codeDir: artifacts().worker,
        handler: 'index.handler',
        memoryMb: options.memoryMb,
        timeoutMs: options.timeoutMs,
        env: (endpoint) => ({
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
          ...options.env,
          ...selfEnv(endpoint, options.credentials),
        }),
      },
    ],
    credentials: options.credentials,
    region: LOCAL_REGION,
    ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
    ...(options.port !== undefined && { port: options.port }),
  });
}

/** How the function invokes itself: its AWS_* variables may be the way to a store elsewhere. */
const selfEnv = (endpoint: string, { accessKeyId, secretAccessKey }: Credentials): Record<string, string> => ({
  SQUALL_LAMBDA_ENDPOINT: endpoint,
  SQUALL_LAMBDA_REGION: LOCAL_REGION,
  SQUALL_LAMBDA_KEY: accessKeyId,
  SQUALL_LAMBDA_SECRET: secretAccessKey,
});
