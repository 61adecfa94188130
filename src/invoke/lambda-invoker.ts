import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import type { Clock, Random } from '../common/clock.ts';
import { cancelled, InvokeError, ResourceError } from '../common/errors.ts';
import { decodeWire, encodeWire } from '../common/wire.ts';
import type { Task, TaskReport } from '../operators/task.ts';
import type { InvokeOptions } from './invoke-options.ts';
import { functionError, isThrottle, serviceError, where } from './lambda-errors.ts';
import { postponed } from './postponed.ts';

export interface LambdaInvokerOptions {
  readonly functionName: string;
  /** Client settings: region always, endpoint and credentials for the embedded functions. */
  readonly client: LambdaClientConfig;
  /** Largest request payload, bytes. */
  readonly payloadBytes: number;
  /** An answer that takes longer is given up as lost, ms; none: wait as long as the connection lives. */
  readonly answerTimeoutMs?: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Longest pause after a 429, ms. */
const MAX_THROTTLE_PAUSE_MS = 2_000;
/** As long as a function can run at most: whatever held the concurrency when the wait began has ended by then, ms. */
const MAX_THROTTLED_MS = 15 * 60_000;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Invokes tasks as RequestResponse invocations of one AWS Lambda function. AWS and the embedded cloud answer the same
 * protocol, so both use this class. Throttled invocations (429) wait and are sent again: a concurrency limit slows a query,
 * it does not fail it, and the wait is not taken off the task's time. Only a function that takes nothing for 15 minutes is an
 * error (SQ4011).
 */
export class LambdaInvoker {
  readonly #client: LambdaClient;
  readonly #options: LambdaInvokerOptions;

  constructor(options: LambdaInvokerOptions) {
    this.#options = options;
    // The scheduler bounds what is under way; the SDK's own 50 connections would bound it once more, silently.
    const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };
    this.#client = new LambdaClient({
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        httpAgent: agent,
        httpsAgent: agent,
        ...(options.answerTimeoutMs !== undefined && {
          requestTimeout: options.answerTimeoutMs,
          throwOnRequestTimeout: true,
        }),
      },
      ...options.client,
      maxAttempts: 1,
    });
  }

  async invoke(task: Task, { signal }: InvokeOptions): Promise<TaskReport> {
    const { clock, random, functionName } = this.#options;
    const startedAt = clock.monotonic();
    for (let throttled = 0; ; throttled++) {
      const waited = clock.monotonic() - startedAt;
      const payload = this.#payload(postponed(task, waited));
      try {
        return await this.#send(task, payload, signal);
      } catch (error) {
        if (signal.aborted) throw cancelled(signal);
        if (!isThrottle(error)) throw serviceError(error, task, functionName);
        if (waited >= MAX_THROTTLED_MS) throw alwaysThrottled(error, task, functionName);
        const ceiling = Math.min(MAX_THROTTLE_PAUSE_MS, 50 * 2 ** throttled);
        await clock.sleep(ceiling * (0.5 + random.next() / 2), signal);
      }
    }
  }

  /** Ends the client's connections. */
  close(): void {
    this.#client.destroy();
  }

  #payload(task: Task): Buffer {
    const payload = Buffer.from(JSON.stringify({ task: encodeWire(task) }));
    const { payloadBytes } = this.#options;
    if (payload.length <= payloadBytes) return payload;
    throw new ResourceError(
      'SQ4003',
      `a task of ${payload.length} bytes exceeds the payload limit of ${payloadBytes}`,
      { hint: 'use more workers, so that each task lists fewer row groups', details: where(task) },
    );
  }

  async #send(task: Task, payload: Buffer, signal: AbortSignal): Promise<TaskReport> {
    const answer = await this.#client.send(
      new InvokeCommand({ FunctionName: this.#options.functionName, Payload: payload, LogType: 'Tail' }),
      { abortSignal: signal },
    );
    const text = answer.Payload ? Buffer.from(answer.Payload).toString('utf8') : '';
    if (answer.FunctionError !== undefined) throw functionError(text, answer.LogResult, task);
    return this.#report(text, task);
  }

  #report(text: string, task: Task): TaskReport {
    try {
      const { report } = decodeWire(text) as { readonly report: string };
      const decoded = decodeWire(report);
      if (typeof decoded === 'object' && decoded !== null) return decoded as TaskReport;
      throw new TypeError('the report is no object');
    } catch (cause) {
      throw new InvokeError('SQ6005', `the function ${this.#options.functionName} did not answer with a report`, {
        cause,
        hint: 'is it the Squall worker of this version?',
        details: where(task),
      });
    }
  }
}

function alwaysThrottled(cause: unknown, task: Task, functionName: string): ResourceError {
  const minutes = MAX_THROTTLED_MS / 60_000;
  return new ResourceError('SQ4011', `the function ${functionName} took no invocation for ${minutes} minutes (429)`, {
    cause,
    hint: 'is its reserved concurrency zero, or the account at its limit?',
    details: where(task),
  });
}
