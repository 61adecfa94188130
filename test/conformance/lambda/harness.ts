import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import type { FunctionDefinition, RuntimeCommand } from '../../../src/cloud/local/functions/function-definition.ts';
import type { FunctionEvent } from '../../../src/cloud/local/functions/function-event.ts';
import { type FunctionServer, startFunctionServer } from '../../../src/cloud/local/functions/function-server.ts';

export const CREDENTIALS = { accessKeyId: 'AKIDCONFORMANCE', secretAccessKey: 'conformance/secret' };
export const REGION = 'eu-central-1';

/** An answer of Invoke, with the payload parsed and the log decoded. */
export interface Invoked {
  readonly status: number | undefined;
  readonly functionError: string | undefined;
  readonly version: string | undefined;
  readonly requestId: string | undefined;
  readonly log: string;
  // biome-ignore lint/suspicious/noExplicitAny: the payload is whatever the handler of a case returned
  readonly body: any;
}

/** A running server with the functions that the cases use, and a client of AWS's for it. */
export interface Harness {
  readonly server: FunctionServer;
  readonly client: LambdaClient;
  /** Everything the server has told so far. */
  readonly events: readonly FunctionEvent[];
  /** A folder for files that handlers and cases share. */
  readonly folder: string;
  invoke(functionName: string, event?: unknown, more?: Partial<InvokeCommandInput>): Promise<Invoked>;
  /** Resolves when an event of the server matches, past ones included. */
  until(matches: (event: FunctionEvent) => boolean, count?: number): Promise<void>;
  close(): Promise<void>;
}

/** What some functions have that the others do not; all have 1,769 MB and 10 s. */
const SPECIAL: Readonly<Record<string, Partial<FunctionDefinition>>> = {
  impatient: { handler: 'index.wait', timeoutMs: 300 },
  spin: { handler: 'index.spin', timeoutMs: 300 },
  'small-heap': { handler: 'index.growHeap', env: { NODE_OPTIONS: '--max-old-space-size=48' } },
  'small-buffers': { handler: 'index.growBuffers', memoryMb: 128 },
  'small-environment': { handler: 'index.environment', memoryMb: 512, env: { OWN: 'value', AWS_REGION: 'elsewhere' } },
  'one-at-a-time': { handler: 'index.wait', concurrency: 1 },
  forbidden: { handler: 'index.echo', concurrency: 0 },
  'not-exported': { handler: 'index.absent' },
  'not-there': { handler: 'absent.handler' },
  'not-a-handler': { handler: 'index' },
  'not-javascript': { handler: 'not-javascript.handler' },
  'throws-at-init': { handler: 'throws-at-init.handler' },
  'exits-at-init': { handler: 'exits-at-init.handler' },
  unhandled: { handler: 'unhandled.handler' },
};

const PLAIN = [
  'echo',
  'wait',
  'fail',
  'failWithText',
  'nothing',
  'unserialisable',
  'exit',
  'kill',
  'length',
  'sized',
  'print',
  'chunks',
  'failLater',
];

const FILES: Readonly<Record<string, string>> = {
  'not-javascript.mjs': 'export const handler = async () => {{;',
  'throws-at-init.mjs': "throw new RangeError('no good start');\n",
  'exits-at-init.mjs': 'process.exit(7);\n',
  'unhandled.mjs':
    'export const handler = () => new Promise(() => setTimeout(() => Promise.reject(new Error("nobody cares")), 1));\n',
};

export async function startHarness(runtime?: RuntimeCommand): Promise<Harness> {
  const folder = mkdtempSync(join(tmpdir(), 'squall-conformance-'));
  copyFileSync(join(import.meta.dirname, 'handlers.mjs'), join(folder, 'index.mjs'));
  for (const [name, source] of Object.entries(FILES)) writeFileSync(join(folder, name), source);
  const events: FunctionEvent[] = [];
  const watchers = new Set<() => void>();
  const common = { codeDir: folder, memoryMb: 1769, timeoutMs: 10_000, ...(runtime && { runtime }) };
  const server = await startFunctionServer({
    functions: [
      ...PLAIN.map((name) => ({ ...common, name, handler: `index.${name}` })),
      ...Object.entries(SPECIAL).map(([name, more]) => ({ ...common, name, handler: '', ...more })),
    ],
    credentials: CREDENTIALS,
    region: REGION,
    concurrency: 10,
    eventRetryDelaysMs: [5, 10],
    onEvent: (event) => {
      events.push(event);
      for (const watcher of [...watchers]) watcher();
    },
  });
  const client = lambdaClient(server.endpoint, CREDENTIALS);
  return {
    server,
    client,
    events,
    folder,
    invoke: (functionName, event, more) => invoke(client, functionName, event, more),
    until: (matches, count = 1) =>
      new Promise((resolve) => {
        const check = () => {
          if (events.filter(matches).length < count) return;
          watchers.delete(check);
          resolve();
        };
        watchers.add(check);
        check();
      }),
    close: async () => {
      client.destroy();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export function lambdaClient(endpoint: string, credentials: typeof CREDENTIALS): LambdaClient {
  return new LambdaClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
}

export async function invoke(
  client: LambdaClient,
  functionName: string,
  event?: unknown,
  more: Partial<InvokeCommandInput> = {},
): Promise<Invoked> {
  const answer = await client.send(
    new InvokeCommand({
      FunctionName: functionName,
      LogType: 'Tail',
      ...(event !== undefined && { Payload: Buffer.from(JSON.stringify(event)) }),
      ...more,
    }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString('utf8');
  return {
    status: answer.StatusCode,
    functionError: answer.FunctionError,
    version: answer.ExecutedVersion,
    requestId: answer.$metadata.requestId,
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString('utf8'),
    body: text === '' ? undefined : JSON.parse(text),
  };
}
