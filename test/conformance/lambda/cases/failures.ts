import { expect } from 'vitest';
import type { Case } from '../cases.ts';
import type { Harness, Invoked } from '../harness.ts';

/** The body of a failure of the platform's, not of the handler's. */
const platform = (answer: Invoked, errorType: string, message: string) => ({
  status: 200,
  functionError: 'Unhandled',
  body: { errorType, errorMessage: `RequestId: ${answer.requestId} Error: ${message}` },
});

/** A failure that the runtime reports, with a stack. */
const handled = (errorType: string, errorMessage: string) => ({
  status: 200,
  functionError: 'Unhandled',
  body: { errorType, errorMessage, trace: expect.any(Array) },
});

async function expectCold({ invoke }: Harness, functionName: string, event: unknown): Promise<void> {
  expect((await invoke(functionName, event)).log).toContain('Init Duration:');
}

export const FAILURES: readonly Case[] = [
  {
    name: 'what a handler throws, and the instance goes on',
    run: async ({ invoke }) => {
      const answer = await invoke('fail', { message: 'not like this' });
      expect(answer).toMatchObject(handled('TypeError', 'not like this'));
      expect(answer.body.trace[0]).toBe('TypeError: not like this');
      expect(answer.log).toContain('Invoke Error');
      expect((await invoke('fail', { message: '' })).log).not.toContain('Init Duration');
      expect(await invoke('failWithText')).toMatchObject(handled('string', 'just text'));
    },
  },
  {
    name: 'a result that JSON has no word for',
    run: async ({ invoke }) => {
      expect(await invoke('unserialisable')).toMatchObject(
        handled('Runtime.JSONStringifyError', 'Unable to stringify response body'),
      );
    },
  },
  {
    name: 'timeout: the instance is killed',
    run: async (harness) => {
      const answer = await harness.invoke('impatient', { ms: 60_000 });
      expect(answer).toMatchObject(platform(answer, 'Sandbox.Timedout', 'Task timed out after 0.30 seconds'));
      expect(answer.log).toContain(`${answer.requestId} Task timed out after 0.30 seconds\n`);
      expect(answer.log).toContain('\tStatus: timeout');
      await expectCold(harness, 'impatient', { ms: 1 });
    },
  },
  {
    name: 'timeout: a handler that never yields is killed all the same',
    run: async ({ invoke }) => {
      const answer = await invoke('spin');
      expect(answer).toMatchObject(platform(answer, 'Sandbox.Timedout', 'Task timed out after 0.30 seconds'));
    },
  },
  {
    name: 'exit: the status is told, and the next invocation is cold',
    run: async (harness) => {
      const answer = await harness.invoke('exit', { code: 3 });
      const error = 'Runtime exited with error: exit status 3';
      expect(answer).toMatchObject(platform(answer, 'Runtime.ExitError', error));
      expect(answer.log).toContain(`RequestId: ${answer.requestId} Error: ${error}\nRuntime.ExitError\n`);
      expect(answer.log).toContain('\tStatus: error\tError Type: Runtime.ExitError\t');
      const quiet = await harness.invoke('exit', { code: 0 });
      expect(quiet).toMatchObject(platform(quiet, 'Runtime.ExitError', 'Runtime exited without providing a reason'));
      expect(quiet.log).toContain('Init Duration:');
    },
  },
  {
    name: 'exit: by a signal',
    run: async ({ invoke }) => {
      const killed = await invoke('kill', { signal: 'SIGKILL' });
      expect(killed).toMatchObject(platform(killed, 'Runtime.ExitError', 'Runtime exited with error: signal: killed'));
      const aborted = await invoke('kill', { signal: 'SIGABRT' });
      expect(aborted).toMatchObject(
        platform(aborted, 'Runtime.ExitError', 'Runtime exited with error: signal: aborted'),
      );
    },
  },
  {
    name: 'exit: a rejection that nobody handles',
    run: async ({ invoke }) => {
      const answer = await invoke('unhandled');
      expect(answer).toMatchObject(platform(answer, 'Runtime.ExitError', 'Runtime exited with error: exit status 1'));
      expect(answer.log).toContain('nobody cares');
    },
  },
  {
    name: "out of memory: V8's heap, while others go on",
    run: async ({ invoke }) => {
      const [answer, other] = await Promise.all([invoke('small-heap'), invoke('echo', 1)]);
      expect(other.body.event).toBe(1);
      expect(answer.functionError).toBe('Unhandled');
      expect(answer.body.errorMessage).toMatch(/Runtime exited with error: signal: (aborted|killed)$/);
      const told = answer.body.errorType === 'Runtime.OutOfMemory' || /heap out of memory/.test(answer.log);
      expect(told).toBe(true);
    },
  },
  {
    name: 'out of memory: outside of the heap',
    run: async ({ invoke, server }) => {
      const fits = await invoke('small-buffers', { megabytes: 32 });
      expect(fits.body).toBe(4);
      const answer = await invoke('small-buffers', { megabytes: 1000 });
      if (server.limits.memory.some((cap) => cap.startsWith('cgroup'))) {
        const error = 'Runtime exited with error: signal: killed';
        expect(answer).toMatchObject(platform(answer, 'Runtime.OutOfMemory', error));
        expect(answer.log).toContain('\tStatus: error\tError Type: Runtime.OutOfMemory\t');
      } else if (server.limits.memory.includes('rlimit-data')) {
        expect(answer.functionError).toBe('Unhandled');
      } else {
        expect(answer.body).toBe(125);
      }
    },
  },
  {
    name: 'init: the handler is not exported',
    run: async ({ invoke }) => {
      expect(await invoke('not-exported')).toMatchObject(
        handled('Runtime.HandlerNotFound', 'index.absent is undefined or not exported'),
      );
    },
  },
  {
    name: 'init: there is no such module',
    run: async ({ invoke }) => {
      const answer = await invoke('not-there');
      expect(answer).toMatchObject({ functionError: 'Unhandled', body: { errorType: 'Runtime.ImportModuleError' } });
      expect(answer.body.errorMessage.split('\n')[0]).toBe("Error: Cannot find module 'absent'");
    },
  },
  {
    name: 'init: the handler has no export name',
    run: async ({ invoke }) => {
      expect(await invoke('not-a-handler')).toMatchObject(handled('Runtime.MalformedHandlerName', 'Bad handler'));
    },
  },
  {
    name: 'init: the module is not JavaScript',
    run: async ({ invoke }) => {
      const answer = await invoke('not-javascript');
      expect(answer).toMatchObject({ functionError: 'Unhandled', body: { errorType: 'Runtime.UserCodeSyntaxError' } });
      expect(answer.body.errorMessage).toMatch(/^SyntaxError: /);
    },
  },
  {
    name: 'init: the module throws, every time anew',
    run: async ({ invoke }) => {
      for (let i = 0; i < 2; i++) {
        const answer = await invoke('throws-at-init');
        expect(answer).toMatchObject(handled('RangeError', 'no good start'));
        expect(answer.log).toContain('Init Error');
      }
    },
  },
  {
    name: 'init: the module ends the process',
    run: async ({ invoke }) => {
      const answer = await invoke('exits-at-init');
      const error = 'Runtime exited with error: exit status 7';
      expect(answer).toMatchObject(platform(answer, 'Runtime.ExitError', error));
    },
  },
];
