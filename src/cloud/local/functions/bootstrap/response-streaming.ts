import type { ClientRequest } from 'node:http';
import { Writable } from 'node:stream';
import type { Handler } from './load-handler.ts';
import { runtimeError } from './runtime-errors.ts';

/** Marks a handler that writes its response to a stream. The key is AWS's, so that code written for it works. */
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HTTP_INTEGRATION = 'application/vnd.awslambda.http-integration-response';
/** Zero bytes between the metadata and the body of an HTTP integration response. */
const DELIMITER_BYTES = 8;

export const isStreaming = (handler: Handler): boolean =>
  (handler as unknown as Readonly<Record<symbol, unknown>>)[STREAMING] === 'response';

/** The stream that a streaming handler writes to. */
export class ResponseStream extends Writable {
  readonly #request: ClientRequest;
  #prelude: Buffer | undefined;

  constructor(request: ClientRequest) {
    super({ decodeStrings: true });
    this.#request = request;
  }

  setContentType(contentType: string): void {
    if (this.#request.headersSent) {
      throw runtimeError('Runtime.InvalidStreamingOperation', 'Cannot set content-type, too late.');
    }
    this.#request.setHeader('Content-Type', contentType);
  }

  /** What goes out before the first chunk. */
  setPrelude(prelude: Buffer): void {
    this.#prelude = prelude;
  }

  /** Resolves when everything written so far has gone out, or can not. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.writableEnded || this.destroyed) resolve();
      else this.write(Buffer.alloc(0), () => resolve());
    });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    // An empty chunk would end a chunked body.
    if (chunk.length === 0) {
      callback();
      return;
    }
    this.#flushPrelude();
    this.#request.write(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#flushPrelude();
    this.#request.end(() => callback());
  }

  #flushPrelude(): void {
    if (this.#prelude) this.#request.write(this.#prelude);
    this.#prelude = undefined;
  }
}

/** The global `awslambda` of Lambda's Node.js runtime. */
export const awslambda = {
  streamifyResponse: (handler: Handler): Handler => Object.assign(handler, { [STREAMING]: 'response' }),
  HttpResponseStream: {
    from: (stream: ResponseStream, metadata: unknown): ResponseStream => {
      stream.setContentType(HTTP_INTEGRATION);
      stream.setPrelude(Buffer.concat([Buffer.from(JSON.stringify(metadata)), Buffer.alloc(DELIMITER_BYTES)]));
      return stream;
    },
  },
};
