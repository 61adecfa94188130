import { readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asSquallError, assertNever, InvokeError } from '../../../common/errors.ts';
import { artifacts } from '../artifacts.ts';
import type { AwsCredentials } from '../sigv4.ts';
import { EventQueue } from './event-queue.ts';
import { checkDefinition, type FunctionDefinition, type RunnableFunction } from './function-definition.ts';
import type { FunctionEvent } from './function-event.ts';
import { LATEST } from './function-name.ts';
import { detectHostCaps, type FunctionLimits, type HostCaps, limitsOf } from './host-caps.ts';
import { InstancePool, type PoolStats } from './instance-pool.ts';
import { type InvokeRequest, newRequestId, readInvokeRequest } from './invoke-request.ts';
import { EVENT_RETRY_DELAYS_MS, INIT_TIMEOUT_MS } from './limits.ts';
import { streamResponse } from './response-stream.ts';
import { isStale, scratchName } from './scratch-names.ts';
import { ServiceException } from './service-exception.ts';

export interface FunctionServerOptions {
  readonly functions: readonly FunctionDefinition[];
  /** What callers must sign with. */
  readonly credentials: AwsCredentials;
  readonly region: string;
  /** On 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number;
  /** Invocations at once, of all functions; 1,000 as in a new AWS account unless told otherwise. */
  readonly concurrency?: number;
  /** An instance that had nothing to do for this long is ended, ms; five minutes unless told otherwise. */
  readonly idleMs?: number;
  /** Pauses before an asynchronous invocation that failed is tried again, ms; one minute and two, as on AWS. */
  readonly eventRetryDelaysMs?: readonly number[];
  /** How long an instance may take to start before it is started once more on the time of the invocation, ms; ten seconds. */
  readonly initTimeoutMs?: number;
  readonly onEvent?: (event: FunctionEvent) => void;
  /** Caps to use instead of those that this machine is found to offer. */
  readonly caps?: HostCaps;
}

export interface FunctionServer {
  /** URL for the `endpoint` of a LambdaClient. */
  readonly endpoint: string;
  readonly port: number;
  /** Which caps hold the instances on this machine. */
  readonly limits: FunctionLimits;
  stats(): PoolStats;
  /** Kills every instance and ends when nothing of them is left: no process, no control group, no temporary file. */
  close(): Promise<void>;
}

const DEFAULT_CONCURRENCY = 1_000;
const DEFAULT_IDLE_MS = 5 * 60_000;

/**
 * Serves functions with AWS Lambda's Invoke API on a loopback port: every invocation runs in an operating-system process
 * that is capped like a Lambda instance, used again while warm, and gone when the server is.
 */
export async function startFunctionServer(options: FunctionServerOptions): Promise<FunctionServer> {
  for (const definition of options.functions) checkDefinition(definition);
  const caps = options.caps ?? (await detectHostCaps());
  const scratch = await makeScratch();
  const onEvent = options.onEvent ?? (() => undefined);
  const port = () => (server.address() as AddressInfo).port;
  const endpoint = () => `http://127.0.0.1:${port()}`;
  const pool: InstancePool = new InstancePool({
    functions: options.functions.map((definition) => runnable(definition, endpoint)),
    caps,
    region: options.region,
    scratch,
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
    initTimeoutMs: options.initTimeoutMs ?? INIT_TIMEOUT_MS,
    onEvent,
    onFree: () => events.pump(),
  });
  const events = new EventQueue(pool, {
    retryDelaysMs: options.eventRetryDelaysMs ?? EVENT_RETRY_DELAYS_MS,
    onEvent,
  });
  const server = createServer((request, response) => {
    void serve(request, response, { ...options, pool, events });
  });
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  try {
    await listen(server, options.port ?? 0);
  } catch (error) {
    await rm(scratch, { recursive: true });
    throw error;
  }
  return {
    endpoint: endpoint(),
    port: port(),
    limits: limitsOf(caps),
    stats: () => pool.stats,
    close: async () => {
      events.close();
      server.close();
      server.closeAllConnections();
      await pool.close();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

function runnable(definition: FunctionDefinition, endpoint: () => string): RunnableFunction {
  const { env = {} } = definition;
  const own = () => ({ command: process.execPath, args: [artifacts().bootstrap] });
  return {
    ...definition,
    runtime: definition.runtime ?? own(),
    env: () => (typeof env === 'function' ? env(endpoint()) : env),
  };
}

/** A folder for the temporary files of this server's instances; those of servers that were killed are removed. */
async function makeScratch(): Promise<string> {
  for (const name of readdirSync(tmpdir()).filter(isStale)) {
    await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
  const folder = join(tmpdir(), scratchName());
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new InvokeError('SQ6023', `port ${port} is not free for the embedded functions`, { cause }));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

interface Context extends Pick<FunctionServerOptions, 'region' | 'credentials'> {
  readonly pool: InstancePool;
  readonly events: EventQueue;
}

async function serve(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const requestId = newRequestId();
  response.setHeader('x-amzn-RequestId', requestId);
  response.once('error', () => response.destroy());
  try {
    const { region, credentials, pool } = context;
    const exists = (name: string) => pool.has(name);
    await answer(await readInvokeRequest(request, requestId, { region, credentials, exists }), response, context);
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    sendException(response, error);
  }
}

async function answer(request: InvokeRequest, response: ServerResponse, context: Context): Promise<void> {
  const { functionName, invocationType, work } = request;
  switch (invocationType) {
    case 'DryRun':
      response.writeHead(204, { 'X-Amz-Executed-Version': LATEST }).end();
      return;
    case 'Event':
      context.events.push(functionName, work);
      response.writeHead(202, { 'Content-Length': 0 }).end();
      return;
    case 'RequestResponse':
      if (request.streaming) return streamResponse(request, response, context.pool);
      return bufferedResponse(request, response, context.pool);
    default:
      return assertNever(invocationType);
  }
}

async function bufferedResponse(request: InvokeRequest, response: ServerResponse, pool: InstancePool): Promise<void> {
  const result = await pool.invoke(request.functionName, request.work);
  const failed = result.answer.kind === 'error';
  const payload = result.answer.kind === 'error' ? result.answer.error.payload : result.answer.payload;
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': payload.length,
    'X-Amz-Executed-Version': LATEST,
    ...(failed && { 'X-Amz-Function-Error': 'Unhandled' }),
    ...(request.logTail && { 'X-Amz-Log-Result': result.log.toString('base64') }),
  });
  response.end(payload);
}

function sendException(response: ServerResponse, error: unknown): void {
  const exception =
    error instanceof ServiceException
      ? error
      : new ServiceException(500, 'ServiceException', asSquallError(error).message);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify(exception.body);
  response.writeHead(exception.status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'x-amzn-ErrorType': exception.type,
  });
  response.end(body);
}
