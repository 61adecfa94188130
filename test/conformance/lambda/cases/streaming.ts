import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCompleteEvent,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import { expect } from 'vitest';
import type { Case } from '../cases.ts';

interface Streamed {
  readonly chunks: readonly Buffer[];
  readonly complete: InvokeWithResponseStreamCompleteEvent;
}

async function stream(
  client: LambdaClient,
  functionName: string,
  event: unknown,
  onChunk: (count: number) => void = () => undefined,
): Promise<Streamed> {
  const answer = await client.send(
    new InvokeWithResponseStreamCommand({
      FunctionName: functionName,
      LogType: 'Tail',
      Payload: Buffer.from(JSON.stringify(event)),
    }),
  );
  expect(answer.StatusCode).toBe(200);
  expect(answer.ResponseStreamContentType).toBe('application/vnd.amazon.eventstream');
  const chunks: Buffer[] = [];
  for await (const message of answer.EventStream ?? []) {
    if (message.InvokeComplete) return { chunks, complete: message.InvokeComplete };
    chunks.push(Buffer.from(message.PayloadChunk?.Payload ?? []));
    onChunk(chunks.length);
  }
  throw new Error('the stream ended without InvokeComplete');
}

const MIB = 1024 * 1024;

export const STREAMING: readonly Case[] = [
  {
    name: 'chunks arrive while the function still runs',
    run: async ({ client, folder }) => {
      const gate = join(folder, 'gate');
      const { chunks, complete } = await stream(client, 'chunks', { count: 3, bytes: 4, gate }, (count) => {
        if (count === 1) writeFileSync(gate, '');
      });
      expect(Buffer.concat(chunks).toString()).toBe('aaaabbbbcccc');
      expect(chunks.length).toBeGreaterThan(1);
      expect(complete.ErrorCode).toBeUndefined();
      expect(Buffer.from(complete.LogResult ?? '', 'base64').toString()).toMatch(/\nREPORT RequestId: .*\n$/);
    },
  },
  {
    name: 'a streamed response may be larger than 6 MiB',
    run: async ({ client }) => {
      const { chunks, complete } = await stream(client, 'chunks', { count: 24, bytes: MIB / 2 });
      expect(Buffer.concat(chunks)).toHaveLength(12 * MIB);
      expect(complete.ErrorCode).toBeUndefined();
    },
  },
  {
    name: 'an error in the middle comes after what was sent',
    run: async ({ client }) => {
      const { chunks, complete } = await stream(client, 'failLater', { first: 'some of it' });
      expect(Buffer.concat(chunks).toString()).toBe('some of it');
      expect(complete.ErrorCode).toBe('RangeError');
      expect(JSON.parse(complete.ErrorDetails ?? '')).toMatchObject({
        errorType: 'RangeError',
        errorMessage: 'stopped in the middle',
      });
    },
  },
  {
    name: 'an error before the first byte',
    run: async ({ client }) => {
      const { chunks, complete } = await stream(client, 'failLater', {});
      expect(chunks).toHaveLength(0);
      expect(complete.ErrorCode).toBe('RangeError');
    },
  },
  {
    name: 'a handler that does not stream answers in one piece',
    run: async ({ client }) => {
      const { chunks, complete } = await stream(client, 'length', { text: 'four' });
      expect(chunks.map(String)).toEqual(['4']);
      expect(complete.ErrorCode).toBeUndefined();
      const failed = await stream(client, 'exit', { code: 5 });
      expect(failed.complete.ErrorCode).toBe('Runtime.ExitError');
      expect(failed.complete.ErrorDetails).toContain('Runtime exited with error: exit status 5');
    },
  },
  {
    name: 'a plain invocation of a handler that streams collects the chunks',
    run: async ({ invoke }) => {
      const answer = await invoke('failLater', { first: '"lost"' });
      expect(answer).toMatchObject({
        status: 200,
        functionError: 'Unhandled',
        body: { errorType: 'RangeError', errorMessage: 'stopped in the middle' },
      });
    },
  },
  {
    name: 'a streamed invocation of what is not there',
    run: async ({ client }) => {
      await expect(stream(client, 'nobody', {})).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
      await expect(stream(client, 'forbidden', {})).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    },
  },
];
