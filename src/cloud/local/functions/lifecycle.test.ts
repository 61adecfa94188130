import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, InvokeWithResponseStreamCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CREDENTIALS, invoke, lambdaClient, REGION } from '../../../../test/conformance/lambda/harness.ts';
import type { FunctionDefinition } from './function-definition.ts';
import type { FunctionEvent } from './function-event.ts';
import { type FunctionServerOptions, startFunctionServer } from './function-server.ts';
import { detectHostCaps } from './host-caps.ts';
import { isAlive, scratchName } from './scratch-names.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'squall-lifecycle-'));
  writeFileSync(
    join(folder, 'index.mjs'),
    `import { tmpdir } from 'node:os';
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
while (process.env.START_WHEN && !existsSync(process.env.START_WHEN)) await sleep(5);
if (process.env.SLOW) await sleep(60_000);
export const handler = async (event) => {
  writeFileSync(tmpdir() + '/spilled', 'x');
  await sleep(event.ms ?? 0);
  const kept = [];
  for (let i = 0; i < (event.megabytes ?? 0); i += 8) kept.push(Buffer.alloc(8 << 20, 1));
  if (event.exit) process.exit(event.exit);
  return { pid: process.pid, tmpdir: tmpdir(), nodeOptions: process.env.NODE_OPTIONS };
};
export const flood = awslambda.streamifyResponse(async (event, response) => {
  for (let i = 0; i < 64; i++) {
    if (!response.write(Buffer.alloc(1 << 20))) await new Promise((go) => response.once('drain', go));
  }
  response.end();
});`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

async function serve(more: Partial<FunctionServerOptions> = {}, definition: Partial<FunctionDefinition> = {}) {
  const events: FunctionEvent[] = [];
  const functions = [
    { name: 'f', codeDir: folder, handler: 'index.handler', memoryMb: 1769, timeoutMs: 1500, ...definition },
  ];
  const onEvent = (event: FunctionEvent) => events.push(event);
  const server = await startFunctionServer({ functions, credentials: CREDENTIALS, region: REGION, onEvent, ...more });
  const client = lambdaClient(server.endpoint, CREDENTIALS);
  const until = async (done: () => boolean) => {
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  return { server, client, events, until };
}

const leftovers = () => {
  const places = [tmpdir(), '/sys/fs/cgroup/memory', '/sys/fs/cgroup/cpu'].filter((place) => existsSync(place));
  return places.flatMap((place) =>
    readdirSync(place).filter((name) => name.includes(`squall-functions-${process.pid}-`)),
  );
};

describe('instances', () => {
  it('end when idle, with their temporary files, and a new one takes the next invocation', async () => {
    const { server, client, events, until } = await serve({ idleMs: 30 });
    const first = await invoke(client, 'f', {});
    expect(first.body.tmpdir).toMatch(/squall-functions-/);
    await until(() => events.some((event) => event.kind === 'ended'));
    expect(events.find((event) => event.kind === 'ended')).toMatchObject({ why: 'idle', exit: { signal: 'SIGKILL' } });
    expect(isAlive(first.body.pid)).toBe(false);
    expect(existsSync(first.body.tmpdir)).toBe(false);
    expect(server.stats()).toMatchObject({ instances: 0, idle: 0, invocations: 1, coldStarts: 1 });
    expect((await invoke(client, 'f', {})).body.pid).not.toBe(first.body.pid);
    await server.close();
  });

  it('are told by the events, cold or warm', async () => {
    const { server, client, events } = await serve();
    await invoke(client, 'f', {});
    await invoke(client, 'f', {});
    expect(events.map((event) => event.kind)).toEqual(['started', 'ready', 'invoked', 'invoked']);
    const [cold, warm] = events.filter((event) => event.kind === 'invoked');
    expect(cold).toMatchObject({ cold: true, initMs: expect.any(Number), memoryMb: 1769, functionName: 'f' });
    expect(warm).toMatchObject({ cold: false });
    expect(warm).not.toHaveProperty('initMs');
    expect(warm).not.toHaveProperty('errorType');
    expect(server.stats()).toEqual({
      instances: 1,
      idle: 1,
      inFlight: 0,
      invocations: 2,
      coldStarts: 1,
      functionErrors: 0,
      throttles: 0,
    });
    await server.close();
  });

  it('that start too slowly are started once more, on the time of the invocation', async () => {
    const env = { START_WHEN: join(folder, 'first-has-ended') };
    const { server, client, events, until } = await serve({ initTimeoutMs: 100 }, { env, timeoutMs: 20_000 });
    const answering = invoke(client, 'f', {});
    await until(() => events.some((event) => event.kind === 'ended'));
    writeFileSync(env.START_WHEN, '');
    const answer = await answering;
    expect(answer.functionError).toBeUndefined();
    expect(events.map((event) => event.kind)).toEqual(['started', 'ended', 'started', 'ready', 'invoked']);
    await server.close();
  });

  it('that never start are a timeout', async () => {
    const { server, client } = await serve({ initTimeoutMs: 50 }, { env: { SLOW: '1' }, timeoutMs: 100 });
    const answer = await invoke(client, 'f', {});
    expect(answer.body).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${answer.requestId} Error: Task timed out after 0.10 seconds`,
    });
    expect(server.stats()).toMatchObject({ instances: 0, functionErrors: 1 });
    await server.close();
  });

  it('do the same where only a thread watches over them', async () => {
    const { server, client } = await serve({ caps: { cgroups: {} } });
    expect(server.limits).toEqual({ memory: ['heap'], cpu: 'none', orphans: 'watchdog' });
    const answer = await invoke(client, 'f', {});
    expect(answer.body.nodeOptions.trim()).toBe('--max-old-space-size=1592');
    expect(answer.log).toMatch(/^START .*\nEND .*\nREPORT .*\n$/);
    const ended = await invoke(client, 'f', { exit: 3 });
    expect(ended.body.errorMessage).toContain('Runtime exited with error: exit status 3');
    await server.close();
  });

  it('are capped where there are no control groups, too', async () => {
    const detected = await detectHostCaps();
    const { server, client } = await serve({ caps: { ...detected, cgroups: {} } }, { memoryMb: 128 });
    expect((await invoke(client, 'f', { megabytes: 16 })).functionError).toBeUndefined();
    const answer = await invoke(client, 'f', { megabytes: 1000 });
    const capped = server.limits.memory.includes('rlimit-data');
    expect(answer.functionError).toBe(capped ? 'Unhandled' : undefined);
    await server.close();
  });

  it('whose command can not be started are an error of the runtime', async () => {
    const runtime = { command: '/no/such/command', args: [] };
    const { server, client } = await serve({ caps: { cgroups: {} } }, { runtime });
    expect((await invoke(client, 'f', {})).body).toMatchObject({ errorType: 'Runtime.InvalidEntrypoint' });
    await server.close();
  });
});

describe('a caller who gives up', () => {
  it('leaves the function running, and the instance is used again', async () => {
    const { server, client, events, until } = await serve();
    const { pid } = (await invoke(client, 'f', {})).body;
    const gone = new AbortController();
    const FunctionName = 'f';
    const Payload = Buffer.from('{"ms":200}');
    const sent = client.send(new InvokeCommand({ FunctionName, Payload }), { abortSignal: gone.signal });
    await until(() => server.stats().inFlight === 1);
    gone.abort();
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => events.filter((event) => event.kind === 'invoked').length === 2);
    expect((await invoke(client, 'f', {})).body.pid).toBe(pid);
    await server.close();
  });

  it('of a stream does not stop the function either', async () => {
    const { server, client, events, until } = await serve({}, { handler: 'index.flood', timeoutMs: 10_000 });
    const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: 'f' }));
    for await (const message of answer.EventStream ?? []) if (message.PayloadChunk) break;
    client.destroy();
    await until(() => events.some((event) => event.kind === 'invoked'));
    expect(events.find((event) => event.kind === 'invoked')).not.toHaveProperty('errorType');
    expect(server.stats()).toMatchObject({ instances: 1, idle: 1 });
    await server.close();
  });
});

describe('asynchronous invocations', () => {
  it('are throttled when 64 MiB wait', async () => {
    const { server, client } = await serve({ concurrency: 0 });
    const Payload = Buffer.from(JSON.stringify('x'.repeat(1024 * 1024 - 2)));
    for (let i = 0; i < 64; i++) {
      expect((await invoke(client, 'f', undefined, { InvocationType: 'Event', Payload })).status).toBe(202);
    }
    await expect(invoke(client, 'f', 1, { InvocationType: 'Event' })).rejects.toMatchObject({
      name: 'TooManyRequestsException',
    });
    await server.close();
  });
});

describe('close', () => {
  it('kills what runs and leaves nothing behind', async () => {
    const { server, client, events, until } = await serve();
    const warm = await invoke(client, 'f', {});
    const running = invoke(client, 'f', { ms: 60_000 }).then(
      () => 'answered',
      () => 'refused',
    );
    const starting = invoke(client, 'f', { ms: 60_000 }).then(
      () => 'answered',
      () => 'refused',
    );
    await until(() => events.filter((event) => event.kind === 'started').length === 2);
    await server.close();
    expect(await Promise.all([running, starting])).toEqual(['refused', 'refused']);
    expect(isAlive(warm.body.pid)).toBe(false);
    const started = events.flatMap((event) => (event.kind === 'started' ? [event.pid] : []));
    expect(started.filter(isAlive)).toEqual([]);
    expect(server.stats()).toMatchObject({ instances: 0, inFlight: 0 });
    expect(leftovers()).toEqual([]);
  });

  it('a later server removes what a killed one left', async () => {
    const stale = join(tmpdir(), scratchName().replace(String(process.pid), '4194305'));
    const other = join(tmpdir(), scratchName());
    for (const path of [stale, other]) writeFileSync(path, '');
    const { server } = await serve();
    expect(existsSync(stale)).toBe(false);
    expect(existsSync(other)).toBe(true);
    rmSync(other);
    await server.close();
  });
});

describe('the request', () => {
  const headersFor = { 'content-type': 'application/json' };

  it('must be signed at all', async () => {
    const { server } = await serve();
    const response = await fetch(`${server.endpoint}/2015-03-31/functions/f/invocations`, {
      method: 'POST',
      body: '{}',
      headers: headersFor,
    });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await response.json()).toEqual({ Type: 'User', message: 'Request is missing Authentication Token' });
    await server.close();
  });

  it('must be of a kind that embedded functions have', async () => {
    const { server, client } = await serve();
    await expect(invoke(client, 'f', {}, { TenantId: 'blue' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message:
        'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.',
    });
    await expect(invoke(client, 'f', {}, { InvocationType: 'Later' as 'Event' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'Invalid invocation type: Later',
    });
    await server.close();
  });
});

describe('the start of a server', () => {
  it('fails for a port that is taken', async () => {
    const { server } = await serve();
    await expect(serve({ port: server.port })).rejects.toMatchObject({
      code: 'SQ6023',
      message: `port ${server.port} is not free for the embedded functions`,
    });
    await server.close();
    expect(leftovers()).toEqual([]);
  });

  it.each<[Partial<FunctionDefinition>, string]>([
    [{ name: 'a b' }, 'function "a b": a name has 1 to 64 letters, digits, hyphens and underscores'],
    [{ codeDir: '/no/such/folder' }, 'function "f": there is no folder /no/such/folder'],
    [{ handler: '' }, 'function "f": the handler is empty'],
    [{ memoryMb: 127 }, 'function "f": memory must be 128 to 10240 MB, not 127'],
    [{ timeoutMs: 900_001 }, 'function "f": the timeout must be 1 to 900000 ms, not 900001'],
    [{ concurrency: 1.5 }, 'function "f": concurrency must be a whole number, not 1.5'],
  ])('fails for %o', async (definition, message) => {
    await expect(serve({}, definition)).rejects.toMatchObject({ code: 'SQ6022', message });
  });
});
