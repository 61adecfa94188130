/** Invocations as AWS Lambda takes them: one call is one request, sent once. What goes wrong is thrown as the SDK throws it. */
export interface LambdaApi {
  invoke(request: LambdaRequest): Promise<LambdaAnswer>;
  /** Ends connections. */
  close(): void;
}

export interface LambdaRequest {
  readonly functionName: string;
  /** JSON. */
  readonly payload: Uint8Array;
  /** `Event`: the answer says that the event was taken, nothing more. */
  readonly type: 'RequestResponse' | 'Event';
  readonly signal?: AbortSignal;
}

export interface LambdaAnswer {
  /** JSON; of an Event, nothing. */
  readonly payload: string;
  /** The function died, ran out of time or threw: the payload says so. */
  readonly failed: boolean;
  /** The end of the log, base64. */
  readonly log?: string;
}

/** Lambda's limits of a request's payload, bytes. */
export const MAX_SYNC_BYTES = 6_291_456;
export const MAX_EVENT_BYTES = 1_048_576;
