import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Case } from '../cases.ts';
import { CREDENTIALS, invoke, lambdaClient, REGION } from '../harness.ts';

const ARN = `arn:aws:lambda:${REGION}:000000000000:function:echo`;

export const INVOCATIONS: readonly Case[] = [
  {
    name: 'the handler gets the event and the context',
    run: async ({ invoke }) => {
      const answer = await invoke('echo', { a: ['ä', 1.5, null] });
      expect(answer).toMatchObject({ status: 200, functionError: undefined, version: '$LATEST' });
      expect(answer.requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(answer.body).toMatchObject({
        event: { a: ['ä', 1.5, null] },
        requestId: answer.requestId,
        functionName: 'echo',
        functionVersion: '$LATEST',
        memoryLimitInMB: '1769',
        arn: ARN,
        logGroupName: '/aws/lambda/echo',
      });
      expect(answer.body.remainingMs).toBeGreaterThan(0);
      expect(answer.body.remainingMs).toBeLessThanOrEqual(10_000);
    },
  },
  {
    name: 'no payload is an empty object, no result is null',
    run: async ({ invoke }) => {
      expect((await invoke('echo')).body.event).toEqual({});
      expect((await invoke('nothing')).body).toBeNull();
    },
  },
  {
    name: 'the client context arrives',
    run: async ({ invoke }) => {
      const context = { custom: { who: 'Žofie', line: 'a\nb' } };
      const ClientContext = Buffer.from(JSON.stringify(context)).toString('base64');
      expect((await invoke('echo', {}, { ClientContext })).body.clientContext).toEqual(context);
      await expect(invoke('echo', {}, { ClientContext: 'bm90IGpzb24=' })).rejects.toMatchObject({
        name: 'InvalidRequestContentException',
        message: 'Client context must be a valid Base64-encoded JSON object.',
      });
    },
  },
  {
    name: 'an instance is used again, and only its first invocation is cold',
    run: async ({ invoke }) => {
      const [first, second, third] = [
        await invoke('length', { text: 'a' }),
        await invoke('length', { text: 'bc' }),
        await invoke('length', { text: '' }),
      ];
      expect([first.body, second.body, third.body]).toEqual([1, 2, 0]);
      const inits = [first, second, third].map(({ log }) => /\tInit Duration: \d+\.\d\d ms\t/.test(log));
      expect(inits).toEqual([true, false, false]);
    },
  },
  {
    name: 'overlapping invocations have an instance each, and the last used is used next',
    run: async ({ invoke }) => {
      const started = await Promise.all([invoke('wait', { ms: 150 }), invoke('wait', { ms: 150 })]);
      expect(started[0].body.pid).not.toBe(started[1].body.pid);
      // Both run now: which one ends last does not depend on how long they take to start.
      const [slow, quick] = await Promise.all([invoke('wait', { ms: 300 }), invoke('wait', { ms: 1 })]);
      expect(slow.body.pid).not.toBe(quick.body.pid);
      expect((await invoke('wait', { ms: 0 })).body).toEqual({ pid: slow.body.pid, calls: 3 });
    },
  },
  {
    name: 'a function has the variables that Lambda sets, its own, and nothing of the server',
    run: async ({ invoke, folder, server }) => {
      const { body } = await invoke('small-environment');
      expect(body).toMatchObject({
        OWN: 'value',
        AWS_REGION: 'elsewhere',
        AWS_DEFAULT_REGION: REGION,
        AWS_LAMBDA_FUNCTION_NAME: 'small-environment',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: 'index.environment',
        CWD: folder,
      });
      expect(body._X_AMZN_TRACE_ID).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
      expect(body.HOME).toBeUndefined();
      expect(body.NODE_OPTIONS).toContain('--max-old-space-size=460');
      if (server.limits.memory.includes('cgroup-v1')) {
        expect(groupFile(body.CGROUP, 'memory', 'memory.limit_in_bytes')).toBe(`${512 * 1024 * 1024}\n`);
      }
      if (server.limits.cpu === 'cgroup-v1') {
        expect(groupFile(body.CGROUP, 'cpu', 'cpu.cfs_quota_us')).toBe('28943\n');
      }
    },
  },
  {
    name: 'Event is accepted at once and runs',
    run: async ({ invoke, until }) => {
      const answer = await invoke('print', { text: 'later' }, { InvocationType: 'Event' });
      expect(answer).toMatchObject({ status: 202, body: undefined, functionError: undefined });
      await until((event) => event.kind === 'invoked' && event.requestId === answer.requestId);
    },
  },
  {
    name: 'Event is tried three times when the function fails, under one request id',
    run: async ({ invoke, until, events }) => {
      const answer = await invoke('fail', { message: 'again' }, { InvocationType: 'Event' });
      const mine = (event: (typeof events)[number]) => event.kind === 'invoked' && event.requestId === answer.requestId;
      await until((event) => event.kind === 'dropped' && event.requestId === answer.requestId);
      expect(events.filter(mine)).toHaveLength(3);
    },
  },
  {
    name: 'Event waits for its turn where only one may run',
    run: async ({ invoke, until }) => {
      const answers = await Promise.all(
        [1, 2, 3].map(() => invoke('one-at-a-time', { ms: 5 }, { InvocationType: 'Event' })),
      );
      expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202]);
      const ids = answers.map((answer) => answer.requestId);
      await until((event) => event.kind === 'invoked' && ids.includes(event.requestId), 3);
    },
  },
  {
    name: 'DryRun runs nothing',
    run: async ({ invoke, events }) => {
      const answer = await invoke('echo', {}, { InvocationType: 'DryRun' });
      expect(answer).toMatchObject({ status: 204, body: undefined });
      expect(events.some((event) => event.kind === 'invoked' && event.requestId === answer.requestId)).toBe(false);
    },
  },
  {
    name: 'the log ends with START, output, END and REPORT',
    run: async ({ invoke }) => {
      await invoke('print', { text: 'warming' });
      const { log, requestId } = await invoke('print', { text: 'hello' });
      const lines = log.split('\n');
      expect(lines[0]).toBe(`START RequestId: ${requestId} Version: $LATEST`);
      expect(lines).toContain('hello 0');
      expect(lines).toContain('on stderr');
      expect(lines.at(-3)).toBe(`END RequestId: ${requestId}`);
      expect(lines.at(-2)).toMatch(
        /^REPORT RequestId: \S+\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 1769 MB\t(Max Memory Used: \d+ MB\t)?$/,
      );
      expect((await invoke('print', { text: 'hello' }, { LogType: 'None' })).log).toBe('');
    },
  },
  {
    name: 'the log tail is the last 4 KB',
    run: async ({ invoke }) => {
      const { log } = await invoke('print', { text: 'line', lines: 5000 });
      expect(Buffer.byteLength(log)).toBe(4096);
      expect(log).toContain('line 4999\n');
      expect(log).not.toContain('line 0\n');
    },
  },
  {
    name: 'a function is named by name, qualified name, partial ARN or ARN',
    run: async ({ invoke }) => {
      for (const name of ['echo:$LATEST', '000000000000:function:echo', 'function:echo', ARN, `${ARN}:$LATEST`]) {
        expect((await invoke(name, {})).body.arn).toBe(ARN);
      }
      expect((await invoke('echo', {}, { Qualifier: '$LATEST' })).body.arn).toBe(ARN);
    },
  },
  {
    name: 'a function that is not there is a ResourceNotFoundException',
    run: async ({ invoke }) => {
      const missing = { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } };
      await expect(invoke('nobody')).rejects.toMatchObject({
        ...missing,
        message: `Function not found: arn:aws:lambda:${REGION}:000000000000:function:nobody`,
      });
      await expect(invoke('echo:2')).rejects.toMatchObject({ ...missing, message: `Function not found: ${ARN}:2` });
      await expect(invoke('111122223333:function:echo')).rejects.toMatchObject(missing);
      await expect(invoke('echo:a', {}, { Qualifier: 'b' })).rejects.toMatchObject({
        name: 'InvalidParameterValueException',
        message: 'The derived qualifier from the function name does not match the specified qualifier.',
      });
    },
  },
  {
    name: 'requests must be signed with the credentials',
    run: async ({ server }) => {
      const wrongSecret = lambdaClient(server.endpoint, { ...CREDENTIALS, secretAccessKey: 'wrong' });
      await expect(invoke(wrongSecret, 'echo', {})).rejects.toMatchObject({
        name: 'InvalidSignatureException',
        $metadata: { httpStatusCode: 403 },
      });
      const stranger = lambdaClient(server.endpoint, { ...CREDENTIALS, accessKeyId: 'AKIDSTRANGER' });
      await expect(invoke(stranger, 'echo', {})).rejects.toMatchObject({
        name: 'UnrecognizedClientException',
        message: 'The security token included in the request is invalid.',
        $metadata: { httpStatusCode: 403 },
      });
      for (const client of [wrongSecret, stranger]) client.destroy();
    },
  },
];

/** A file of the control group that /proc/self/cgroup names for a controller. */
function groupFile(selfCgroup: string, controller: string, file: string): string {
  const line = selfCgroup.split('\n').find((one) => one.split(':')[1] === controller);
  return readFileSync(`/sys/fs/cgroup/${controller}${line?.split(':')[2]}/${file}`, 'utf8');
}
