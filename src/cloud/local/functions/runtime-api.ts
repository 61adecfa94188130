import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FunctionError, functionError, postedError, responseTooLarge } from './function-error.ts';
import { MAX_RUNTIME_RESPONSE, MAX_STREAMED_RESPONSE, MAX_SYNC_PAYLOAD } from './limits.ts';
import type { Answer, Work } from './work.ts';

const VERSION = '/2018-06-01/runtime';

/** Where a runtime is in its life, in the words of Lambda's error messages. */
type RuntimeState =
  | 'Started'
  | 'InitError'
  | 'Ready'
  | 'Running'
  | 'InvocationResponse'
  | 'InvocationErrorResponse'
  | 'RuntimeResponseSentState';

export interface RuntimeApiOptions {
  /** The runtime asks for its first, or its next, invocation; `answer` is what it said to the one before. */
  readonly onNext: () => void;
  readonly onInitError: (error: FunctionError) => void;
}

/**
 * AWS Lambda's Runtime API for one instance, on a loopback port of its own: the runtime asks for an invocation, posts a
 * response or an error, and asks for the next.
 */
export class RuntimeApi {
  readonly #server: Server;
  readonly #options: RuntimeApiOptions;
  #state: RuntimeState = 'Started';
  #next: ServerResponse | undefined;
  #work: Work | undefined;
  #deadlineMs = 0;
  #answer: Answer | undefined;

  private constructor(options: RuntimeApiOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#route(request, response).catch((error: unknown) => {
        if (!request.destroyed) throw error;
      });
    });
    // A response may stream for as long as the function runs.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 0;
  }

  static async listen(options: RuntimeApiOptions): Promise<RuntimeApi> {
    const api = new RuntimeApi(options);
    await new Promise<void>((resolve, reject) => {
      api.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return api;
  }

  /** `host:port`, the value of AWS_LAMBDA_RUNTIME_API. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What the runtime has answered to the invocation it works on. */
  get answer(): Answer | undefined {
    return this.#answer;
  }

  /** Hands an invocation to a runtime that has asked for one. */
  deliver(work: Work, deadlineMs: number): void {
    this.#work = work;
    this.#deadlineMs = deadlineMs;
    this.#answer = undefined;
    const waiting = this.#next;
    if (waiting && !waiting.destroyed) this.#send(work, waiting);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (request.method === 'GET' && path === `${VERSION}/invocation/next`) return this.#onNext(response);
    if (request.method === 'POST' && path === `${VERSION}/init/error`) return this.#onInitError(request, response);
    const match = new RegExp(`^${VERSION}/invocation/([^/]+)/(response|error)$`).exec(path);
    if (request.method === 'POST' && match) {
      return this.#onAnswer(match[1]!, match[2] as 'response' | 'error', request, response);
    }
    request.resume();
    reply(response, 404, { errorMessage: `no resource ${request.method} ${path}`, errorType: 'InvalidResource' });
  }

  #onNext(response: ServerResponse): void {
    const allowed: readonly RuntimeState[] = ['Started', 'Ready', 'RuntimeResponseSentState', 'InvocationResponse'];
    if (!allowed.includes(this.#state)) {
      this.#refuse(response, 'Ready');
      return;
    }
    if (this.#state === 'InvocationResponse') {
      this.#answer = failed(functionError('Runtime.TruncatedResponse', 'HTTP request detected as truncated'));
    }
    this.#next?.destroy();
    this.#next = response;
    const undelivered = this.#state === 'Ready' ? this.#work : undefined;
    this.#state = 'Ready';
    if (undelivered) {
      this.#send(undelivered, response);
      return;
    }
    this.#work = undefined;
    this.#options.onNext();
  }

  #send(work: Work, response: ServerResponse): void {
    this.#next = undefined;
    this.#state = 'Running';
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': work.event.length,
      'Lambda-Runtime-Aws-Request-Id': work.requestId,
      'Lambda-Runtime-Deadline-Ms': String(this.#deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': work.functionArn,
      'Lambda-Runtime-Trace-Id': work.traceId,
      ...(work.clientContext !== undefined && { 'Lambda-Runtime-Client-Context': work.clientContext }),
    });
    response.end(work.event);
  }

  async #onInitError(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#state !== 'Started') return this.#refuse(response, 'InitError', request);
    this.#state = 'InitError';
    const { bytes } = await collect(request, MAX_RUNTIME_RESPONSE);
    reply(response, 202, { status: 'OK' });
    this.#options.onInitError(postedError(errorTypeHeader(request), bytes));
  }

  /** `requestId` as it stands in the path: ours have nothing that is escaped there. */
  async #onAnswer(
    requestId: string,
    kind: 'response' | 'error',
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const to = kind === 'response' ? 'InvocationResponse' : 'InvocationErrorResponse';
    if (this.#state !== 'Running') return this.#refuse(response, to, request);
    const work = this.#work;
    if (work?.requestId !== requestId) {
      request.resume();
      return reply(response, 400, { errorMessage: 'Invalid request ID', errorType: 'InvalidRequestID' });
    }
    this.#state = to;
    const [answer, tooLarge] = await this.#readAnswer(kind, request, work);
    this.#answer = answer;
    this.#state = 'RuntimeResponseSentState';
    if (!tooLarge) return reply(response, 202, { status: 'OK' });
    reply(response, 413, {
      errorMessage: `Exceeded maximum allowed payload size (${MAX_RUNTIME_RESPONSE} bytes).`,
      errorType: 'RequestEntityTooLarge',
    });
  }

  async #readAnswer(
    kind: 'response' | 'error',
    request: IncomingMessage,
    work: Work,
  ): Promise<[answer: Answer, tooLarge: boolean]> {
    const streaming = request.headers['lambda-runtime-function-response-mode'] === 'streaming';
    const { sink } = work;
    const read = streaming && sink ? await forward(request, sink) : await collect(request, MAX_RUNTIME_RESPONSE);
    if (read.tooLarge) {
      const limit = streaming && sink ? MAX_STREAMED_RESPONSE : MAX_SYNC_PAYLOAD;
      return [failed(responseTooLarge(read.size, limit)), true];
    }
    if (kind === 'error') return [failed(postedError(errorTypeHeader(request), read.bytes)), false];
    const trailer = request.trailers['lambda-runtime-function-error-type'];
    if (trailer === undefined) return [{ kind: 'response', payload: read.bytes }, false];
    const body = request.trailers['lambda-runtime-function-error-body'] ?? '';
    return [failed(postedError(trailer, Buffer.from(body, 'base64'))), false];
  }

  #refuse(response: ServerResponse, to: RuntimeState, request?: IncomingMessage): void {
    request?.resume();
    reply(response, 403, {
      errorMessage: `State transition from ${this.#state} to ${to} failed for runtime. Error: State transition is not allowed`,
      errorType: 'InvalidStateTransition',
    });
  }
}

const failed = (error: FunctionError): Answer => ({ kind: 'error', error });

function errorTypeHeader(request: IncomingMessage): string | undefined {
  const value = request.headers['lambda-runtime-function-error-type'];
  return typeof value === 'string' ? value : undefined;
}

function reply(response: ServerResponse, status: number, body: Readonly<Record<string, string>>): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

interface Read {
  readonly bytes: Buffer;
  /** Of the whole body, also of what was not kept. */
  readonly size: number;
  readonly tooLarge: boolean;
}

/** The body up to `limit`; what is beyond is read and dropped, so that the answer gets through. */
async function collect(request: IncomingMessage, limit: number): Promise<Read> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), size, tooLarge: size > limit };
}

async function forward(request: IncomingMessage, sink: NonNullable<Work['sink']>): Promise<Read> {
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_STREAMED_RESPONSE) await sink.write(chunk);
  }
  return { bytes: Buffer.alloc(0), size, tooLarge: size > MAX_STREAMED_RESPONSE };
}
