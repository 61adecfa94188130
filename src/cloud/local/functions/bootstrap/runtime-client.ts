import { Agent, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

/** An invocation as the Runtime API hands it out. */
export interface Invocation {
  readonly requestId: string;
  readonly headers: IncomingHttpHeaders;
  readonly event: string;
}

/** The error JSON of the Runtime API. */
export interface ErrorBody {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

const ERROR_TYPE = 'Lambda-Runtime-Function-Error-Type';
const ERROR_BODY = 'Lambda-Runtime-Function-Error-Body';

/** The runtime's side of AWS Lambda's Runtime API, over one connection. */
export class RuntimeClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #host: string;
  readonly #port: number;

  /** `address`: `host:port`, from AWS_LAMBDA_RUNTIME_API. */
  constructor(address: string) {
    const at = address.lastIndexOf(':');
    this.#host = address.slice(0, at);
    this.#port = Number(address.slice(at + 1));
  }

  /** Waits for work as long as it takes. */
  async next(): Promise<Invocation> {
    const response = await this.#exchange('GET', 'invocation/next');
    const requestId = response.headers['lambda-runtime-aws-request-id'];
    if (typeof requestId !== 'string') throw new Error('the Runtime API gave an invocation without a request id');
    return { requestId, headers: response.headers, event: response.body };
  }

  async respond(requestId: string, json: string): Promise<void> {
    await this.#exchange('POST', `invocation/${encodeURIComponent(requestId)}/response`, json);
  }

  async fail(requestId: string, error: ErrorBody): Promise<void> {
    await this.#exchange('POST', `invocation/${encodeURIComponent(requestId)}/error`, JSON.stringify(error), {
      [ERROR_TYPE]: headerText(error.errorType),
    });
  }

  async failInit(error: ErrorBody): Promise<void> {
    await this.#exchange('POST', 'init/error', JSON.stringify(error), { [ERROR_TYPE]: headerText(error.errorType) });
  }

  /** Opens a response that is sent as it is written. `done`: the Runtime API has taken all of it. */
  stream(requestId: string): { readonly request: ClientRequest; readonly done: Promise<void> } {
    const open = this.#open('POST', `invocation/${encodeURIComponent(requestId)}/response`, {
      'Lambda-Runtime-Function-Response-Mode': 'streaming',
      'Content-Type': 'application/octet-stream',
      'Transfer-Encoding': 'chunked',
      Trailer: `${ERROR_TYPE}, ${ERROR_BODY}`,
    });
    const done = new Promise<void>((resolve, reject) => {
      open.once('error', reject);
      open.once('response', (response: IncomingMessage) => readAll(response).then(() => resolve(), reject));
    });
    return { request: open, done };
  }

  #open(method: string, resource: string, headers: Readonly<Record<string, string | number>>): ClientRequest {
    const path = `/2018-06-01/runtime/${resource}`;
    return request({ agent: this.#agent, host: this.#host, port: this.#port, method, path, headers });
  }

  #exchange(
    method: string,
    resource: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ headers: IncomingHttpHeaders; body: string }> {
    return new Promise((resolve, reject) => {
      const content =
        body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
      const open = this.#open(method, resource, { ...content, ...headers });
      open.once('error', reject);
      open.once('response', (response: IncomingMessage) => {
        readAll(response).then((text) => resolve({ headers: response.headers, body: text }), reject);
      });
      open.end(body);
    });
  }
}

/** Ends a streamed response with the error in its trailers. */
export function failStream(open: ClientRequest, error: ErrorBody): void {
  open.addTrailers({
    [ERROR_TYPE]: headerText(error.errorType),
    [ERROR_BODY]: Buffer.from(JSON.stringify(error)).toString('base64'),
  });
  open.end();
}

const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');

function readAll(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('error', reject);
    response.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}
