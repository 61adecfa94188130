import type { FunctionError } from './function-error.ts';

/** One invocation as an instance sees it. */
export interface Work {
  readonly requestId: string;
  /** JSON. */
  readonly event: Buffer;
  readonly functionArn: string;
  /** X-Ray header value. */
  readonly traceId: string;
  /** JSON in ASCII. */
  readonly clientContext?: string;
  /** Where the chunks of a streamed response go at once; without it they are collected. */
  readonly sink?: ResponseSink;
}

/** The way back to a caller who takes the response in pieces. */
export interface ResponseSink {
  /** Resolves when the caller can take more; at once when the caller is gone. */
  write(chunk: Buffer): Promise<void>;
}

/** What came of an invocation: the payload (empty when all of it went to the sink), or why there is none. */
export type Answer =
  | { readonly kind: 'response'; readonly payload: Buffer }
  | { readonly kind: 'error'; readonly error: FunctionError };
