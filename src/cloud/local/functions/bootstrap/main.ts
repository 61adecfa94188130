import { finished } from 'node:stream/promises';
import { contextOf } from './context.ts';
import { type Handler, loadHandler } from './load-handler.ts';
import { awslambda, isStreaming, ResponseStream } from './response-streaming.ts';
import { failStream, type Invocation, RuntimeClient } from './runtime-client.ts';
import { errorBody, runtimeError } from './runtime-errors.ts';

/** The runtime of an embedded function: loads the handler, then answers one invocation after the other. */
async function main(env: NodeJS.ProcessEnv): Promise<never> {
  const client = new RuntimeClient(required(env, 'AWS_LAMBDA_RUNTIME_API'));
  Object.assign(globalThis, { awslambda });
  const handler = await init(client, env);
  const run = isStreaming(handler) ? runStreaming : runBuffered;
  for (;;) {
    const invocation = await client.next();
    const traceId = invocation.headers['lambda-runtime-trace-id'];
    if (typeof traceId === 'string') env._X_AMZN_TRACE_ID = traceId;
    await run(client, handler, invocation, env);
  }
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

async function init(client: RuntimeClient, env: NodeJS.ProcessEnv): Promise<Handler> {
  try {
    return await loadHandler(required(env, 'LAMBDA_TASK_ROOT'), required(env, '_HANDLER'));
  } catch (error) {
    log('Init Error', error);
    await client.failInit(errorBody(error));
    process.exit(1);
  }
}

async function runBuffered(
  client: RuntimeClient,
  handler: Handler,
  invocation: Invocation,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  let json: string;
  try {
    json = toJson(await handler(JSON.parse(invocation.event), contextOf(invocation, env)));
  } catch (error) {
    log('Invoke Error', error);
    return client.fail(invocation.requestId, errorBody(error));
  }
  return client.respond(invocation.requestId, json);
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    throw runtimeError('Runtime.JSONStringifyError', 'Unable to stringify response body');
  }
}

async function runStreaming(
  client: RuntimeClient,
  handler: Handler,
  invocation: Invocation,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { request, done } = client.stream(invocation.requestId);
  const stream = new ResponseStream(request);
  try {
    const event: unknown = JSON.parse(invocation.event);
    await Promise.all([handler(event, stream, contextOf(invocation, env)), finished(stream)]);
  } catch (error) {
    log('Invoke Error', error);
    await stream.flush();
    if (!request.writableEnded) failStream(request, errorBody(error));
  }
  await done;
}

const log = (what: string, error: unknown): void => {
  process.stderr.write(`${what}\t${JSON.stringify(errorBody(error))}\n`);
};

await main(process.env);
