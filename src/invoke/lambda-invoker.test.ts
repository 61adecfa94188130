import { setMaxListeners } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeTask, manifestOf, succeeded } from '../../test/driver/fake-cloud.ts';
import {
  type FakeAnswer,
  type FakeLambda,
  fakeLambda,
  functionFailure,
  serviceException,
} from '../../test/driver/fake-lambda.ts';
import { VirtualClock } from '../cloud/sim/virtual-clock.ts';
import { seededRandom } from '../common/clock.ts';
import { CancelledError, InvokeError, ResourceError, type SquallError } from '../common/errors.ts';
import { taskId } from '../common/ids.ts';
import { decodeWire, encodeWire } from '../common/wire.ts';
import type { Task } from '../operators/task.ts';
import { noRequests } from '../storage/counted.ts';
import { MemoryObjectStore } from '../storage/memory.ts';
import { Stores } from '../storage/stores.ts';
import { parseUri } from '../storage/uri.ts';
import type { LambdaAnswer, LambdaApi } from './lambda-api.ts';
import { type LambdaClientOptions, lambdaClient } from './lambda-client.ts';
import { LambdaInvoker, type LambdaInvokerOptions } from './lambda-invoker.ts';
import { compress, decompress, type Packed, unpack } from './pack.ts';

const task = fakeTask();
const good: FakeAnswer = { body: { report: encodeWire(succeeded(task)) } };
const never = new AbortController().signal;
const wrote = () => undefined;
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A service that answers when it is told to. */
function heldLambda() {
  let answer: (answer: LambdaAnswer) => void = () => undefined;
  const calls: unknown[] = [];
  const answered = new Promise<LambdaAnswer>((resolve) => {
    answer = resolve;
  });
  const lambda: LambdaApi = {
    invoke: (request) => {
      calls.push(request);
      return answered;
    },
    close: () => undefined,
  };
  return { lambda: Object.assign(lambda, { calls }), calls, answer };
}

async function untilCalled({ calls }: { readonly calls: readonly unknown[] }): Promise<void> {
  while (calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** For each function that was told to run on: whether it has ended. */
function lingeringNote() {
  const lingering: boolean[] = [];
  const lingers = (gone: Promise<void>) => {
    const at = lingering.push(false) - 1;
    void gone.then(() => {
      lingering[at] = true;
    });
  };
  return { lingering, lingers };
}

interface Setup {
  readonly invoker: LambdaInvoker;
  readonly lambda: FakeLambda;
  readonly clock: VirtualClock;
  readonly store: MemoryObjectStore;
  /** What invoking the task throws. */
  failure(): Promise<SquallError>;
}

async function setUp(
  answer: (nth: number) => FakeAnswer | null,
  { client, answerTimeoutMs, ...more }: Partial<LambdaInvokerOptions & LambdaClientOptions> = {},
): Promise<Setup> {
  const lambda = await fakeLambda(answer);
  const clock = new VirtualClock();
  const store = new MemoryObjectStore({ clock });
  const invoker = new LambdaInvoker({
    functionName: 'squall-worker',
    lambda: lambdaClient({
      client: {
        endpoint: lambda.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 's' },
        ...client,
      },
      ...(answerTimeoutMs !== undefined && { answerTimeoutMs }),
    }),
    payloadBytes: 6_291_456,
    stores: new Stores({}, { clock, transports: { memory: store } }),
    clock,
    random: seededRandom(1),
    ...more,
  });
  opened.push(invoker, lambda);
  const failure = () =>
    invoker.invoke(task, { signal: never, wrote }).then(
      () => Promise.reject(new Error('it succeeded')),
      (error: SquallError) => error,
    );
  return { invoker, lambda, clock, store, failure };
}

const PLACE = { stage: '0', task: '3', attempt: 0 };

describe('an invocation', () => {
  it('sends the task in wire form and gives back the report', async () => {
    const { invoker, lambda } = await setUp(() => good);
    const wide = fakeTask({ exchanges: { 1: { manifests: [] } }, budget: { memoryBytes: 5, deadline: 1 } });
    expect(await invoker.invoke(wide, { signal: never, wrote })).toEqual(succeeded(task));
    expect(lambda.requests.map(({ path }) => path)).toEqual(['/2015-03-31/functions/squall-worker/invocations']);
    expect(decodeWire(lambda.requests[0]!.body.task)).toEqual(wide);
  });

  it('compresses a long task', async () => {
    const { invoker, lambda } = await setUp(() => good);
    const manifests = Array.from({ length: 1024 }, (_, n) => manifestOf(fakeTask({ task: taskId(n) }), n));
    const wide = fakeTask({ exchanges: { 1: { manifests } } });
    await invoker.invoke(wide, { signal: never, wrote });
    const { task: packed } = lambda.requests[0]!.body as unknown as { task: Packed };
    expect(typeof packed).toBe('object');
    expect(JSON.stringify(packed).length).toBeLessThan(encodeWire(wide).length / 5);
    expect(decodeWire(unpack(packed))).toEqual(wide);
  });

  it('larger than the payload limit goes through the store, by a key that is told before', async () => {
    const written: string[] = [];
    const { invoker, lambda, store } = await setUp(() => good, { payloadBytes: 100 });
    const told = (uri: string) => {
      written.push(uri);
      expect(lambda.requests).toEqual([]);
    };
    await invoker.invoke(task, { signal: never, wrote: told });
    const uri = `${task.output.uri}.task`;
    expect(written).toEqual([uri]);
    const { query, stage, attempt } = task;
    expect(lambda.requests[0]!.body).toEqual({
      taskAt: { uri, storage: {} },
      of: { query, stage, task: task.task, attempt },
    });
    const { bucket, key } = parseUri(uri).location;
    const { body } = await store.getRange({ bucket, key }, { kind: 'all' });
    expect(decodeWire(decompress(body))).toEqual(task);
  });

  it('has its report read where it was too large for an answer, and told', async () => {
    const uri = `${task.output.uri}.report`;
    const requests = { ...noRequests(), PUT: { requests: 2, errors: 1, bytes: 7, ms: 3 } };
    const { invoker, store } = await setUp(() => ({ body: { reportAt: uri, requests } }));
    await store.put(parseUri(uri).location, compress(encodeWire(succeeded(task))));
    const written: string[] = [];
    const report = await invoker.invoke(task, { signal: never, wrote: (told) => written.push(told) });
    expect(report.outcome).toEqual(succeeded(task).outcome);
    expect(report.metrics.requests).toEqual(requests);
    expect(written).toEqual([uri]);
  });

  it('has no report read from another place', async () => {
    const { failure } = await setUp(() => ({ body: { reportAt: 'memory://scratch/other', requests: noRequests() } }));
    expect(await failure()).toMatchObject({ code: 'SQ6005', retryable: false, details: PLACE });
  });

  it("whose report is not where it should be fails with the store's error", async () => {
    const uri = `${task.output.uri}.report`;
    const { failure } = await setUp(() => ({ body: { reportAt: uri, requests: noRequests() } }));
    expect(await failure()).toMatchObject({ code: 'SQ5001', message: `${uri} does not exist` });
  });

  it('ends with CancelledError when the signal fires while the function runs', async () => {
    const user = new AbortController();
    const { invoker } = await setUp(() => {
      queueMicrotask(() => user.abort());
      return null;
    });
    await expect(invoker.invoke(task, { signal: user.signal, wrote })).rejects.toBeInstanceOf(CancelledError);
  });

  it('tells, when the signal fires, of a function that runs on, and of its end', async () => {
    const user = new AbortController();
    const { lambda, answer } = heldLambda();
    const { invoker } = await setUp(() => null, { lambda });
    const { lingering, lingers } = lingeringNote();
    const call = invoker.invoke(task, { signal: user.signal, wrote, lingers });
    await untilCalled(lambda);
    user.abort();
    await expect(call).rejects.toBeInstanceOf(CancelledError);
    expect(lingering).toEqual([false]);
    const drained = invoker.drained(60_000);
    answer({ payload: '{}', failed: false });
    await drained;
    await new Promise((resolve) => setImmediate(resolve));
    expect(lingering).toEqual([true]);
  });

  it('is not waited for longer than it is told', async () => {
    const user = new AbortController();
    const { lambda } = heldLambda();
    const { invoker, clock } = await setUp(() => null, { lambda });
    const call = invoker.invoke(task, { signal: user.signal, wrote });
    await untilCalled(lambda);
    user.abort();
    await expect(call).rejects.toBeInstanceOf(CancelledError);
    await invoker.drained(10_000);
    expect(clock.monotonic()).toBe(10_000);
  });

  it('is not sent when the signal has fired', async () => {
    const { lambda, calls } = heldLambda();
    const { invoker } = await setUp(() => null, { lambda });
    const { lingering, lingers } = lingeringNote();
    const call = invoker.invoke(task, { signal: AbortSignal.abort(), wrote, lingers });
    await expect(call).rejects.toBeInstanceOf(CancelledError);
    expect([calls.length, lingering]).toEqual([0, []]);
  });

  it('whose connection is lost may run until its deadline, and the time it then has to report', async () => {
    const { invoker, clock } = await setUp(() => null, { answerTimeoutMs: 50 });
    const { lingering, lingers } = lingeringNote();
    const deadline = clock.now() + 60_000;
    const timed = { ...task, budget: { ...task.budget, deadline } };
    await expect(invoker.invoke(timed, { signal: never, wrote, lingers })).rejects.toMatchObject({ code: 'SQ6001' });
    expect(lingering).toEqual([false]);
    await clock.sleep(64_999);
    expect(lingering).toEqual([false]);
    await clock.sleep(2);
    expect(lingering).toEqual([true]);
  });

  it('whose connection is lost is not waited for when the client is closed', async () => {
    const { invoker, clock } = await setUp(() => null, { answerTimeoutMs: 50 });
    const { lingering, lingers } = lingeringNote();
    const timed = { ...task, budget: { ...task.budget, deadline: clock.now() + 60_000 } };
    await expect(invoker.invoke(timed, { signal: never, wrote, lingers })).rejects.toMatchObject({ code: 'SQ6001' });
    invoker.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(lingering).toEqual([true]);
    expect(clock.monotonic()).toBe(0);
  });

  it.each([
    ['died', functionFailure({ errorType: 'Runtime.ExitError', errorMessage: 'signal: killed' }), 'SQ6004'],
    ['was refused', serviceException(403, 'AccessDeniedException', 'no'), 'SQ6008'],
    ['is none of ours', { body: 'hello' }, 'SQ6005'],
  ])('that %s does not run on', async (_, answer, code) => {
    const { invoker } = await setUp(() => answer);
    const { lingering, lingers } = lingeringNote();
    await expect(invoker.invoke(task, { signal: never, wrote, lingers })).rejects.toMatchObject({ code });
    expect(lingering).toEqual([]);
  });

  it('that is never answered is given up after the time it is told', async () => {
    const { failure } = await setUp(() => null, { answerTimeoutMs: 50 });
    expect(await failure()).toMatchObject({ code: 'SQ6001', retryable: true, details: { errorType: 'TimeoutError' } });
  });

  it('is not held back by the connections of others', async () => {
    let answers = 0;
    let open: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { invoker, lambda } = await setUp((nth) => {
      if (nth === 79) open();
      return null;
    });
    const user = new AbortController();
    setMaxListeners(0, user.signal);
    const calls = Array.from({ length: 80 }, () =>
      invoker.invoke(task, { signal: user.signal, wrote }).catch(() => answers++),
    );
    await all;
    expect(lambda.requests).toHaveLength(80);
    user.abort();
    await Promise.all(calls);
    expect(answers).toBe(80);
  });
});

describe('throttling', () => {
  const throttled = serviceException(429, 'TooManyRequestsException', 'Rate Exceeded.');

  it('waits, longer each time up to two seconds, and sends again', async () => {
    const { invoker, lambda, clock } = await setUp((nth) => (nth < 9 ? throttled : good));
    const arrivals: number[] = [];
    const signal = never;
    const sleep = clock.sleep.bind(clock);
    clock.sleep = (ms, abort) => {
      arrivals.push(ms);
      return sleep(ms, abort);
    };
    await invoker.invoke(task, { signal, wrote });
    expect(lambda.requests).toHaveLength(10);
    const ceilings = [50, 100, 200, 400, 800, 1600, 2000, 2000, 2000];
    expect(arrivals).toHaveLength(9);
    arrivals.forEach((ms, index) => {
      expect(ms).toBeGreaterThanOrEqual(ceilings[index]! / 2);
      expect(ms).toBeLessThanOrEqual(ceilings[index]!);
    });
  });

  it('does not take the wait off the time of the task', async () => {
    const { invoker, lambda, clock } = await setUp((nth) => (nth < 5 ? throttled : good));
    await invoker.invoke(task, { signal: never, wrote });
    const deadlines = lambda.requests.map(({ body }) => {
      const { task: sent, waitedMs = 0 } = body as { task: string; waitedMs?: number };
      return (decodeWire(sent) as Task).budget.deadline + waitedMs;
    });
    expect(deadlines[0]).toBe(60_000);
    expect(deadlines.at(-1)).toBe(60_000 + clock.monotonic());
    expect(clock.monotonic()).toBeGreaterThan(500);
  });

  it('for 15 minutes is an error', async () => {
    const invoke = () => Promise.reject(Object.assign(new Error('Rate'), { name: 'TooManyRequestsException' }));
    const { failure, clock } = await setUp(() => throttled, { lambda: { invoke, close: () => undefined } });
    const error = await failure();
    expect(error).toBeInstanceOf(ResourceError);
    expect(error).toMatchObject({
      code: 'SQ4011',
      message: 'the function squall-worker took no invocation for 15 minutes (429)',
      hint: 'is its reserved concurrency zero, or the account at its limit?',
      retryable: false,
    });
    expect(clock.monotonic()).toBeGreaterThanOrEqual(900_000);
    expect(clock.monotonic()).toBeLessThan(902_000);
  });

  it('ends when the signal fires', async () => {
    const user = new AbortController();
    const { invoker } = await setUp((nth) => {
      if (nth === 3) user.abort();
      return throttled;
    });
    await expect(invoker.invoke(task, { signal: user.signal, wrote })).rejects.toBeInstanceOf(CancelledError);
  });
});

describe('a function that failed', () => {
  const LOG = Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n');
  const TIMED_OUT = '2026-01-01T00:00:00.000Z 1234 Task timed out after 3.00 seconds';

  it.each<[string, FakeAnswer, string, string, boolean]>([
    [
      'by time, as Lambda says it now',
      functionFailure({
        errorType: 'Sandbox.Timedout',
        errorMessage: 'RequestId: 1 Error: Task timed out after 3.00 seconds',
      }),
      'SQ6002',
      'a function ran out of time (stage 0, task 3): RequestId: 1 Error: Task timed out after 3.00 seconds',
      false,
    ],
    [
      'by time, as Lambda said it before',
      functionFailure({ errorMessage: TIMED_OUT }),
      'SQ6002',
      `a function ran out of time (stage 0, task 3): ${TIMED_OUT}`,
      false,
    ],
    [
      'by memory',
      functionFailure({ errorType: 'Runtime.OutOfMemory', errorMessage: 'Runtime exited with error: signal: killed' }),
      'SQ6003',
      'a function ran out of memory (stage 0, task 3): Runtime exited with error: signal: killed',
      false,
    ],
    [
      'by the heap, which only the log tells',
      functionFailure(
        {
          errorType: 'Runtime.ExitError',
          errorMessage: 'RequestId: 1 Error: Runtime exited with error: signal: aborted',
        },
        `${LOG}\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n${LOG}`,
      ),
      'SQ6003',
      'a function ran out of memory (stage 0, task 3): RequestId: 1 Error: Runtime exited with error: signal: aborted',
      false,
    ],
    [
      'by exiting',
      functionFailure({
        errorType: 'Runtime.ExitError',
        errorMessage: 'RequestId: 1 Error: Runtime exited with error: exit status 7',
      }),
      'SQ6004',
      'a function died (stage 0, task 3): Runtime.ExitError: RequestId: 1 Error: Runtime exited with error: exit status 7',
      true,
    ],
    [
      'by throwing',
      functionFailure({ errorType: 'TypeError', errorMessage: 'x is not a function', trace: [] }),
      'SQ6004',
      'a function died (stage 0, task 3): TypeError: x is not a function',
      true,
    ],
    ['with no body', functionFailure(''), 'SQ6004', 'a function died (stage 0, task 3): Unknown: no message', true],
    [
      'with a body of null',
      functionFailure('null'),
      'SQ6004',
      'a function died (stage 0, task 3): Unknown: null',
      true,
    ],
    [
      'with a body that is no JSON',
      functionFailure('<html>'),
      'SQ6004',
      'a function died (stage 0, task 3): Unknown: <html>',
      true,
    ],
  ])('%s', async (_, answer, code, message, retryable) => {
    const { failure } = await setUp(() => answer);
    const error = await failure();
    expect(error).toBeInstanceOf(InvokeError);
    expect(error).toMatchObject({ code, message, retryable, details: PLACE });
  });

  it('hands over the last 20 lines of its log', async () => {
    const { failure } = await setUp(() =>
      functionFailure({ errorType: 'Runtime.ExitError', errorMessage: 'x' }, `${LOG}\n`),
    );
    const { details } = await failure();
    expect(details.log).toEqual(Array.from({ length: 20 }, (_, index) => `line ${index + 10}`));
    expect(details.errorType).toBe('Runtime.ExitError');
  });
});

describe('a service that refuses', () => {
  it.each<[string, FakeAnswer, string, string, string | undefined, boolean]>([
    [
      'an unknown function',
      serviceException(
        404,
        'ResourceNotFoundException',
        'Function not found: arn:aws:lambda:us-east-1:1:function:squall-worker',
      ),
      'SQ6007',
      'there is no function squall-worker',
      'create it first (docs/aws.md), or name another with --function',
      false,
    ],
    [
      'a caller without the permission',
      serviceException(403, 'AccessDeniedException', 'User: u is not authorized to perform: lambda:InvokeFunction'),
      'SQ6008',
      'not allowed to invoke squall-worker: User: u is not authorized to perform: lambda:InvokeFunction',
      'the caller needs lambda:InvokeFunction on squall-worker',
      false,
    ],
    [
      'expired credentials',
      serviceException(403, 'ExpiredTokenException', 'The security token included in the request is expired'),
      'SQ6008',
      'not allowed to invoke squall-worker: The security token included in the request is expired',
      'the caller needs lambda:InvokeFunction on squall-worker',
      false,
    ],
    [
      'a payload over its limit',
      serviceException(413, 'RequestTooLargeException', '7000000 byte payload is too large'),
      'SQ6009',
      'the task is too large for one invocation: 7000000 byte payload is too large',
      undefined,
      false,
    ],
    [
      'a request it cannot read',
      serviceException(400, 'InvalidRequestContentException', 'Could not parse request body into json'),
      'SQ6001',
      'invoking squall-worker failed: InvalidRequestContentException: Could not parse request body into json',
      undefined,
      false,
    ],
    [
      'a function that is being changed',
      serviceException(409, 'ResourceConflictException', 'The operation cannot be performed at this time.'),
      'SQ6001',
      'invoking squall-worker failed: ResourceConflictException: The operation cannot be performed at this time.',
      undefined,
      true,
    ],
    [
      'anything, being broken itself',
      serviceException(500, 'ServiceException', 'Internal'),
      'SQ6001',
      'invoking squall-worker failed: ServiceException: Internal',
      undefined,
      true,
    ],
  ])('%s', async (_, answer, code, message, hint, retryable) => {
    const { failure, lambda } = await setUp(() => answer);
    const error = await failure();
    expect(error).toBeInstanceOf(InvokeError);
    expect(error).toMatchObject({ code, message, retryable, details: { ...PLACE, status: answer.status } });
    expect(error.hint).toBe(hint);
    // The SDK's own retries would not be counted.
    expect(lambda.requests).toHaveLength(1);
  });

  it('connections, because there is none', async () => {
    const { failure, lambda } = await setUp(() => good);
    await lambda.close();
    const error = await failure();
    expect(error).toMatchObject({ code: 'SQ6001', retryable: true });
    expect(error.message).toMatch(/^invoking squall-worker failed: Error: connect ECONNREFUSED 127\.0\.0\.1:\d+$/);
  });

  it('a caller without a region', async () => {
    const region = async () => {
      throw new Error('Region is missing');
    };
    const { failure } = await setUp(() => good, { client: { region } });
    expect(await failure()).toMatchObject({
      code: 'SQ6001',
      message: 'invoking squall-worker failed: no AWS region is known',
      hint: 'give --region, or set AWS_REGION',
      retryable: false,
    });
  });

  it('a caller without any credentials', async () => {
    const credentials = async () => {
      throw Object.assign(new Error('Could not load credentials from any providers'), {
        name: 'CredentialsProviderError',
      });
    };
    const { failure } = await setUp(() => good, { client: { region: 'us-east-1', credentials } });
    expect(await failure()).toMatchObject({
      code: 'SQ6008',
      message: 'no AWS credentials to invoke squall-worker: Could not load credentials from any providers',
      hint: 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    });
  });
});

describe('warming', () => {
  it('invokes so many at once', async () => {
    const { invoker, lambda } = await setUp(() => ({ body: { warm: true } }));
    await invoker.warm(5, { signal: never });
    expect(lambda.requests.map(({ body }) => body)).toEqual(Array.from({ length: 5 }, () => ({ warm: true })));
  });

  it('takes what the concurrency allows', async () => {
    const throttled = serviceException(429, 'TooManyRequestsException', 'Rate Exceeded.');
    const { invoker, lambda } = await setUp((nth) => (nth < 2 ? { body: { warm: true } } : throttled));
    await invoker.warm(5, { signal: never });
    expect(lambda.requests).toHaveLength(5);
  });

  it('tells when there is no function, or a broken one', async () => {
    const none = await setUp(() => serviceException(404, 'ResourceNotFoundException', 'no'));
    await expect(none.invoker.warm(1, { signal: never })).rejects.toMatchObject({ code: 'SQ6007', details: {} });
    const broken = await setUp(() => functionFailure({ errorType: 'E', errorMessage: 'm' }));
    await expect(broken.invoker.warm(1, { signal: never })).rejects.toMatchObject({
      code: 'SQ6004',
      message: 'a function died (no task): E: m',
    });
  });
});

describe('an answer that is no report', () => {
  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a string', '"hello"'],
    ['no JSON', '<html>'],
    ['no report', { ok: true }],
    ['a report that is no text', { report: 5 }],
    ['a report that is no JSON', { report: '{' }],
    ['a report that is null', { report: 'null' }],
    ['a report that does not unpack', { report: { brotli: 'AAAA' } }],
  ])('%s', async (_, body) => {
    const { failure } = await setUp(() => ({ body }));
    const error = await failure();
    expect(error).toBeInstanceOf(InvokeError);
    expect(error).toMatchObject({
      code: 'SQ6005',
      message: 'the function squall-worker did not answer with a report',
      hint: 'is it the Squall worker of this version?',
      retryable: false,
      details: PLACE,
    });
  });
});
