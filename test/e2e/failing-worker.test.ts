import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FunctionServer, startFunctionServer } from '../../src/cloud/local/functions/function-server.ts';
import { systemClock, systemRandom } from '../../src/common/clock.ts';
import { CancelledError, type SquallError } from '../../src/common/errors.ts';
import type { Cloud } from '../../src/driver/cloud.ts';
import { meteredStores } from '../../src/driver/request-meter.ts';
import { MAX_ATTEMPTS } from '../../src/driver/retry.ts';
import { Session } from '../../src/driver/session.ts';
import { lambdaClient } from '../../src/invoke/lambda-client.ts';
import { LambdaInvoker } from '../../src/invoke/lambda-invoker.ts';
import { ParquetCatalog } from '../../src/planner/catalog/parquet-catalog.ts';
import { processesOf } from './squall.ts';

const CREDENTIALS = { accessKeyId: 'AKIDE2E', secretAccessKey: 'e2e/secret' };
const REGION = 'us-east-1';

let temporary: string;
let scratch: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'squall-failing-'));
  vi.stubEnv('TMPDIR', temporary);
  scratch = join(temporary, 'scratch');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

interface Setup {
  readonly session: Session;
  readonly server: FunctionServer;
}

/** A session whose tasks go to a function of handlers.mjs. */
async function setUp(handler: string, { memoryMb = 512, timeoutMs = 20_000 } = {}): Promise<Setup> {
  const definition = { name: 'worker', codeDir: import.meta.dirname, handler: `handlers.${handler}` };
  const server = await startFunctionServer({
    functions: [{ ...definition, memoryMb, timeoutMs }],
    credentials: CREDENTIALS,
    region: REGION,
  });
  const client = { endpoint: server.endpoint, region: REGION, credentials: CREDENTIALS };
  const payloadBytes = 6_291_456;
  const stores = meteredStores({});
  const invoker = new LambdaInvoker({
    functionName: 'worker',
    lambda: lambdaClient({ client }),
    payloadBytes,
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
    limits: { memoryMb, timeoutMs, concurrency: 4, payloadBytes },
    scratch: pathToFileURL(`${scratch}/`).href,
    links: null,
    prices: null,
    close: async () => {
      invoker.close();
      await server.close();
    },
  };
  const session = new Session({
    catalog: new ParquetCatalog({ stores, tables: {} }),
    stores,
    workers: null,
    place: async () => ({ cloud }),
    stopFunctions: () => cloud.close(),
    dispose: () => stores.close(),
  });
  return { session, server };
}

/** What the query throws; afterwards nothing of it may be left in the store, and nothing of the session anywhere. */
async function failure(handler: string, limits = {}): Promise<{ error: SquallError; invocations: number }> {
  const { session, server } = await setUp(handler, limits);
  const error = await session.query('select 1 as n').then(
    () => Promise.reject(new Error('it succeeded')),
    (thrown: SquallError) => thrown,
  );
  expect(objects(), 'objects left by the query').toEqual([]);
  const { invocations } = server.stats();
  await session.close();
  expect(objects(), 'objects left by the session').toEqual([]);
  expect(readdirSync(temporary).filter((name) => name !== 'scratch')).toEqual([]);
  expect(processesOf(temporary)).toEqual([]);
  return { error, invocations };
}

const objects = () =>
  existsSync(scratch)
    ? readdirSync(scratch, { recursive: true, withFileTypes: true }).flatMap((entry) =>
        entry.isFile() ? [entry.name] : [],
      )
    : [];

describe('a worker that', () => {
  it('throws is tried again, then named', async () => {
    const { error, invocations } = await failure('throws');
    expect(error).toMatchObject({
      name: 'InvokeError',
      code: 'SQ6004',
      message: 'a function died (stage 0, task 0): RangeError: no such luck',
    });
    expect(invocations).toBe(MAX_ATTEMPTS);
  });

  it('exits is tried again, then named, with the end of its log', async () => {
    const { error, invocations } = await failure('exits');
    expect(error).toMatchObject({ name: 'InvokeError', code: 'SQ6004' });
    expect(error.message).toMatch(
      /^a function died \(stage 0, task 0\): Runtime\.ExitError: RequestId: \S+ Error: Runtime exited with error: exit status 7$/,
    );
    expect((error.details.log as readonly string[]).some((line) => line.includes('about to leave'))).toBe(true);
    expect(invocations).toBe(MAX_ATTEMPTS);
  });

  it.each(['growsHeap', 'growsBuffers'])('runs out of memory (%s) is not tried again', async (handler) => {
    const { error, invocations } = await failure(handler, { memoryMb: 128 });
    expect(error).toMatchObject({
      name: 'InvokeError',
      code: 'SQ6003',
      hint: 'use more workers, or functions with more memory (--memory)',
    });
    expect(error.message).toMatch(/^a function ran out of memory \(stage 0, task 0\): /);
    expect(invocations).toBe(1);
  });

  it('runs out of time is not tried again', async () => {
    const { error, invocations } = await failure('waits', { timeoutMs: 1000 });
    expect(error).toMatchObject({
      name: 'InvokeError',
      code: 'SQ6002',
      hint: 'use more workers, or a function with a longer timeout',
    });
    expect(error.message).toMatch(
      /^a function ran out of time \(stage 0, task 0\): .*Task timed out after 1\.00 seconds$/,
    );
    expect(invocations).toBe(1);
  });

  it('answers nonsense is refused', async () => {
    const { error, invocations } = await failure('answersNonsense');
    expect(error).toMatchObject({
      code: 'SQ6005',
      message: 'the function answered for another task than stage 0, task 0, attempt 0',
    });
    expect(invocations).toBe(1);
  });

  it('waits for ever ends with the session, and what it wrote is gone', async () => {
    const { session } = await setUp('waits');
    const query = session.query('select 1 as n').catch((error: unknown) => error);
    while (objects().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await session.close();
    expect(await query).toEqual(new CancelledError('SQ7001', 'the session was closed'));
    expect(objects()).toEqual([]);
    expect(processesOf(temporary)).toEqual([]);
  });
});
