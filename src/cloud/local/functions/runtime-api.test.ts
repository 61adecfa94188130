import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MAX_RUNTIME_RESPONSE } from './limits.ts';
import { RuntimeApi } from './runtime-api.ts';
import type { Work } from './work.ts';

let api: RuntimeApi;
let told: string[];
beforeEach(async () => {
  told = [];
  api = await RuntimeApi.listen({
    onNext: () => told.push('next'),
    onInitError: (error) => told.push(`${error.errorType} ${error.payload}`),
  });
});
afterEach(() => api.close());

const WORK: Work = {
  requestId: 'id-1',
  event: Buffer.from('{"x":1}'),
  functionArn: 'arn:aws:lambda:r:0:function:f',
  traceId: 'Root=1',
  clientContext: '{"a":1}',
};

const url = (resource: string) => `http://${api.address}/2018-06-01/runtime/${resource}`;
const next = () => fetch(url('invocation/next'));
const post = async (resource: string, body: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url(resource), { method: 'POST', body, headers });
  return [response.status, await response.json()];
};
const until = async (count: number) => {
  while (told.length < count) await sleep(1);
};

async function deliver(): Promise<Response> {
  const waiting = next();
  await until(told.length + 1);
  api.deliver(WORK, 1234);
  return waiting;
}

const refused = (from: string, to: string) => [
  403,
  {
    errorMessage: `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`,
    errorType: 'InvalidStateTransition',
  },
];

it('hands out an invocation with its headers', async () => {
  const response = await deliver();
  expect(await response.text()).toBe('{"x":1}');
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'lambda-runtime-aws-request-id': 'id-1',
    'lambda-runtime-deadline-ms': '1234',
    'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:r:0:function:f',
    'lambda-runtime-trace-id': 'Root=1',
    'lambda-runtime-client-context': '{"a":1}',
  });
});

it('takes one response for one invocation', async () => {
  await deliver();
  expect(await post('invocation/other/response', '1')).toEqual([
    400,
    { errorMessage: 'Invalid request ID', errorType: 'InvalidRequestID' },
  ]);
  expect((await post('invocation/%ff/response', '1'))[0]).toBe(400);
  expect(await post('invocation/id-1/response', '{"y":2}')).toEqual([202, { status: 'OK' }]);
  expect(api.answer).toEqual({ kind: 'response', payload: Buffer.from('{"y":2}') });
  expect(await post('invocation/id-1/response', '3')).toEqual(
    refused('RuntimeResponseSentState', 'InvocationResponse'),
  );
  expect(await post('invocation/id-1/error', '{}')).toEqual(
    refused('RuntimeResponseSentState', 'InvocationErrorResponse'),
  );
  expect(api.answer).toEqual({ kind: 'response', payload: Buffer.from('{"y":2}') });
});

it('takes an error, by its header or by its body', async () => {
  await deliver();
  await post('invocation/id-1/error', '{"errorType":"A"}', { 'Lambda-Runtime-Function-Error-Type': 'B' });
  expect(api.answer).toEqual({ kind: 'error', error: { errorType: 'B', payload: Buffer.from('{"errorType":"A"}') } });
  await deliver();
  await post('invocation/id-1/error', '{"errorType":"A"}');
  expect(api.answer).toMatchObject({ error: { errorType: 'A' } });
  await deliver();
  await post('invocation/id-1/error', 'not JSON');
  expect(api.answer).toMatchObject({ error: { errorType: 'Function.Unknown' } });
});

it('asks for an answer before the next invocation', async () => {
  await deliver();
  const again = await next();
  expect([again.status, await again.json()]).toEqual(refused('Running', 'Ready'));
});

it('takes no answer from a runtime that has no invocation', async () => {
  expect(await post('invocation/id-1/response', '1')).toEqual(refused('Started', 'InvocationResponse'));
  void next().catch(() => undefined);
  await until(1);
  expect(await post('invocation/id-1/response', '1')).toEqual(refused('Ready', 'InvocationResponse'));
  expect(await post('init/error', '{}')).toEqual(refused('Ready', 'InitError'));
});

it('takes an error of the start', async () => {
  expect(await post('init/error', '{"errorType":"Runtime.X"}')).toEqual([202, { status: 'OK' }]);
  expect(told).toEqual(['Runtime.X {"errorType":"Runtime.X"}']);
  const after = await next();
  expect([after.status, await after.json()]).toEqual(refused('InitError', 'Ready'));
});

it('refuses a response that is too large', async () => {
  await deliver();
  expect(await post('invocation/id-1/response', 'x'.repeat(MAX_RUNTIME_RESPONSE + 1))).toEqual([
    413,
    { errorMessage: 'Exceeded maximum allowed payload size (6291556 bytes).', errorType: 'RequestEntityTooLarge' },
  ]);
  expect(api.answer).toMatchObject({ error: { errorType: 'Function.ResponseSizeTooLarge' } });
});

it('delivers to a runtime that asked, went away and asks again', async () => {
  const gone = new AbortController();
  const first = fetch(url('invocation/next'), { signal: gone.signal });
  await until(1);
  gone.abort();
  await expect(first).rejects.toThrow();
  await sleep(20);
  api.deliver(WORK, 1);
  expect(await (await next()).text()).toBe('{"x":1}');
  expect(told).toEqual(['next']);
});

it('tells a response that broke off from one that is short', async () => {
  await deliver();
  await new Promise<void>((resolve) => {
    const broken = request(url('invocation/id-1/response'), { method: 'POST', headers: { 'Content-Length': 10 } });
    broken.once('error', () => resolve());
    broken.write('123', () => setTimeout(() => broken.destroy(new Error('gone')), 20));
  });
  void next().catch(() => undefined);
  await until(2);
  expect(api.answer).toMatchObject({ kind: 'error', error: { errorType: 'Runtime.TruncatedResponse' } });
});

it('has no other resources', async () => {
  expect(await post('invocation/next', '')).toEqual([
    404,
    { errorMessage: 'no resource POST /2018-06-01/runtime/invocation/next', errorType: 'InvalidResource' },
  ]);
});
