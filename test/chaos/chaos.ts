import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { artifacts } from '../../src/cloud/local/artifacts.ts';
import { type FunctionServer, startFunctionServer } from '../../src/cloud/local/functions/function-server.ts';
import { systemClock, systemRandom } from '../../src/common/clock.ts';
import type { Cloud } from '../../src/driver/cloud.ts';
import { meteredStores } from '../../src/driver/request-meter.ts';
import { Session } from '../../src/driver/session.ts';
import { lambdaClient } from '../../src/invoke/lambda-client.ts';
import { LambdaInvoker } from '../../src/invoke/lambda-invoker.ts';
import { ParquetCatalog, type TableDefinitions } from '../../src/planner/catalog/parquet-catalog.ts';
import { LAMBDA_OFFER } from '../../src/planner/functions-offered.ts';
import { filesBelow, handles, processesOf } from './leaks.ts';

const CREDENTIALS = { accessKeyId: 'AKIDCHAOS', secretAccessKey: 'chaos/secret' };
const REGION = 'us-east-1';
const LIMITS = { memoryMb: 1024, timeoutMs: 60_000, concurrency: 4, payloadBytes: 6_291_456 };

export interface ChaosOptions {
  readonly tables: TableDefinitions;
  /** Share of the invocations that are killed; default: none. */
  readonly share?: number;
  readonly seed?: number;
  /** The first invocation is killed when it has run for so long, ms. */
  readonly firstMs?: number;
  /** Pauses before an event whose function died is sent again, ms; default: as on AWS. */
  readonly eventRetryDelaysMs?: readonly number[];
  readonly workers: number;
}

/** A session of functions that die. */
export class Chaos {
  readonly session: Session;
  readonly #server: FunctionServer;
  readonly #folder: string;
  readonly #temporary: string;
  readonly #before: Readonly<Record<string, number>>;

  private constructor(
    session: Session,
    server: FunctionServer,
    folder: string,
    before: Readonly<Record<string, number>>,
  ) {
    this.session = session;
    this.#server = server;
    this.#folder = folder;
    this.#temporary = join(folder, 'tmp');
    this.#before = before;
  }

  static async start(options: ChaosOptions): Promise<Chaos> {
    const { tables, share = 0, seed = 0, firstMs, eventRetryDelaysMs, workers } = options;
    const before = handles();
    const folder = mkdtempSync(join(tmpdir(), 'squall-chaos-'));
    for (const name of ['tmp', 'scratch', 'log']) mkdirSync(join(folder, name));
    const server = await withTmpdir(join(folder, 'tmp'), () =>
      startFunctionServer({
        functions: [
          {
            name: 'worker',
            codeDir: import.meta.dirname,
            handler: 'mortal-worker.handler',
            memoryMb: LIMITS.memoryMb,
            timeoutMs: LIMITS.timeoutMs,
            env: (endpoint) => ({
              SQUALL_CHAOS_WORKER: join(artifacts().worker, 'index.mjs'),
              SQUALL_CHAOS_FOLDER: join(folder, 'log'),
              SQUALL_CHAOS_SEED: String(seed),
              SQUALL_CHAOS_SHARE: String(share),
              ...(firstMs !== undefined && { SQUALL_CHAOS_FIRST_MS: String(firstMs) }),
              SQUALL_LAMBDA_ENDPOINT: endpoint,
              SQUALL_LAMBDA_REGION: REGION,
              SQUALL_LAMBDA_KEY: CREDENTIALS.accessKeyId,
              SQUALL_LAMBDA_SECRET: CREDENTIALS.secretAccessKey,
            }),
          },
        ],
        credentials: CREDENTIALS,
        region: REGION,
        ...(eventRetryDelaysMs && { eventRetryDelaysMs }),
      }),
    );
    const stores = meteredStores({});
    const invoker = new LambdaInvoker({
      functionName: 'worker',
      lambda: lambdaClient({ client: { endpoint: server.endpoint, region: REGION, credentials: CREDENTIALS } }),
      payloadBytes: LIMITS.payloadBytes,
      stores,
      clock: systemClock,
      random: systemRandom,
    });
    const cloud: Cloud = {
      target: 'local',
      clock: systemClock,
      random: systemRandom,
      stores,
      storage: {},
      invoker,
      limits: LIMITS,
      scratch: pathToFileURL(`${join(folder, 'scratch')}/`).href,
      links: { kind: 'driver', host: '127.0.0.1' },
      prices: null,
      close: async () => {
        invoker.close();
        await server.close();
      },
    };
    const session = new Session({
      catalog: new ParquetCatalog({ stores, tables }),
      stores,
      workers,
      functions: () => ({ ...LAMBDA_OFFER, concurrency: LIMITS.concurrency, memoryMb: LIMITS.memoryMb, links: true }),
      place: async () => ({ cloud }),
      stopFunctions: () => cloud.close(),
      dispose: () => stores.close(),
    });
    return new Chaos(session, server, folder, before);
  }

  /** Invocations, and how many of them were killed. */
  counts(): { readonly invocations: number; readonly deaths: number } {
    const sizeOf = (name: string) => {
      const path = join(this.#folder, 'log', name);
      return existsSync(path) ? statSync(path).size : 0;
    };
    return { invocations: sizeOf('invocations'), deaths: sizeOf('deaths') };
  }

  /** No query has left anything in the store. */
  expectNoObjects(): void {
    expect(filesBelow(join(this.#folder, 'scratch')), 'objects left in the store').toEqual([]);
  }

  /** Ends the session; nothing of it may be left. */
  async end(): Promise<void> {
    await this.session.close();
    this.expectNoObjects();
    expect(this.#server.stats().instances, 'instances left').toBe(0);
    expect(readdirSync(this.#temporary), 'temporary files left').toEqual([]);
    expect(processesOf(this.#folder), 'processes left').toEqual([]);
    expect(await handles.settled(this.#before), 'sockets and processes left').toEqual(this.#before);
    rmSync(this.#folder, { recursive: true });
  }
}

async function withTmpdir<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}
