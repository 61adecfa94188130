import { expect } from 'vitest';
import type { Case } from '../cases.ts';

const MIB = 1024 * 1024;
/** `{"text":""}` */
const FRAME = 11;

const text = (bytes: number) => ({ text: 'x'.repeat(bytes - FRAME) });

export const LIMITS: readonly Case[] = [
  {
    name: 'a request has at most 6 MiB',
    run: async ({ invoke }) => {
      expect((await invoke('length', text(6 * MIB))).body).toBe(6 * MIB - FRAME);
      await expect(invoke('length', text(6 * MIB + 1))).rejects.toMatchObject({
        name: 'RequestEntityTooLargeException',
        message: 'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
        $metadata: { httpStatusCode: 413 },
      });
    },
  },
  {
    name: 'an Event has at most 1 MiB',
    run: async ({ invoke, until }) => {
      const answer = await invoke('length', text(MIB), { InvocationType: 'Event' });
      expect(answer.status).toBe(202);
      await until((event) => event.kind === 'invoked' && event.requestId === answer.requestId);
      await expect(invoke('length', text(MIB + 1), { InvocationType: 'Event' })).rejects.toMatchObject({
        name: 'RequestEntityTooLargeException',
        message: '1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
        $metadata: { httpStatusCode: 413 },
      });
    },
  },
  {
    name: 'a response has at most 6 MiB and 100 bytes, and the instance goes on after one that is larger',
    run: async ({ invoke }) => {
      expect((await invoke('sized', { bytes: 6 * MIB + 100 })).body).toHaveLength(6 * MIB + 98);
      expect(await invoke('sized', { bytes: 6 * MIB + 101 })).toMatchObject({
        status: 200,
        functionError: 'Unhandled',
        body: {
          errorType: 'Function.ResponseSizeTooLarge',
          errorMessage: 'Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291456 bytes).',
        },
      });
      const after = await invoke('sized', { bytes: 2 });
      expect(after.body).toBe('');
      expect(after.log).not.toContain('Init Duration');
    },
  },
  {
    name: 'a payload must be JSON in UTF-8',
    run: async ({ invoke }) => {
      for (const Payload of [Buffer.from('{"a":'), Buffer.of(0x22, 0xff, 0x22)]) {
        await expect(invoke('echo', undefined, { Payload })).rejects.toMatchObject({
          name: 'InvalidRequestContentException',
          message: 'Could not parse request body into json: the payload is not valid JSON',
          $metadata: { httpStatusCode: 400 },
        });
      }
    },
  },
  {
    name: "a function's own concurrency is not exceeded",
    run: async ({ invoke, server }) => {
      const running = invoke('one-at-a-time', { ms: 400 });
      while (server.stats().inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
      await expect(invoke('one-at-a-time', { ms: 1 })).rejects.toMatchObject({
        name: 'TooManyRequestsException',
        message: 'Rate Exceeded.',
        Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
        $metadata: { httpStatusCode: 429 },
      });
      expect((await running).status).toBe(200);
      expect((await invoke('one-at-a-time', { ms: 1 })).status).toBe(200);
      await expect(invoke('forbidden')).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    },
  },
  {
    name: "the account's concurrency is not exceeded",
    run: async ({ invoke, server }) => {
      const running = Promise.all(Array.from({ length: 10 }, () => invoke('wait', { ms: 1_000 })));
      while (server.stats().inFlight < 10) await new Promise((resolve) => setImmediate(resolve));
      for (const refused of await Promise.allSettled([invoke('wait', { ms: 1 }), invoke('wait', { ms: 1 })])) {
        expect(refused).toMatchObject({
          status: 'rejected',
          reason: { name: 'TooManyRequestsException', Reason: 'ConcurrentInvocationLimitExceeded' },
        });
      }
      expect(new Set((await running).map(({ body }) => body.pid)).size).toBe(10);
    },
  },
];
