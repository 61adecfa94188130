import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import type { Clock, Random } from '../common/clock.ts';
import { cancelled, InvokeError, ResourceError, type SquallError } from '../common/errors.ts';
import { decodeWire, encodeWire } from '../common/wire.ts';
import { PROTOCOL_VERSION, type Task, type TaskReport } from '../operators/task.ts';
import type { Invoker } from './cloud.ts';

export interface LambdaInvokerOptions {
  readonly functionName: string;
  /** Client settings: region always, endpoint and credentials for the embedded functions. */
  readonly client: LambdaClientConfig;
  /** Largest request payload, bytes. */
  readonly payloadBytes: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Lines of a dead function's log that the error carries. */
const LOG_LINES = 20;
/** Longest pause after a 429, ms. */
const MAX_THROTTLE_PAUSE_MS = 2_000;

/**
 * Invokes tasks as RequestResponse invocations of one AWS Lambda function. AWS and the embedded cloud answer the same
 * protocol, so both use this class. Throttled invocations (429) wait and are sent again until the signal fires:
 * a concurrency limit slows a query, it does not fail it.
 */
export class LambdaInvoker implements Invoker {
  readonly #client: LambdaClient;
  readonly #options: LambdaInvokerOptions;

  constructor(options: LambdaInvokerOptions) {
    this.#options = options;
    this.#client = new LambdaClient({ ...options.client, maxAttempts: 1 });
  }

  async invoke(task: Task, { signal }: { readonly signal: AbortSignal }): Promise<TaskReport> {
    const payload = JSON.stringify({ task: encodeWire(task) });
    const bytes = Buffer.byteLength(payload);
    if (bytes > this.#options.payloadBytes) {
      throw new ResourceError(
        'SQ4003',
        `a task of ${bytes} bytes exceeds the payload limit of ${this.#options.payloadBytes}`,
        {
          hint: 'use more workers, so that each task lists fewer row groups',
          details: where(task),
        },
      );
    }
    for (let throttled = 0; ; throttled++) {
      try {
        return await this.#send(task, payload, signal);
      } catch (error) {
        if (signal.aborted) throw cancelled(signal);
        if (!isThrottle(error)) throw translate(error, task, this.#options.functionName);
        const ceiling = Math.min(MAX_THROTTLE_PAUSE_MS, 50 * 2 ** throttled);
        await this.#options.clock.sleep(ceiling * (0.5 + this.#options.random.next() / 2), signal);
      }
    }
  }

  /** Ends the client's connections. */
  close(): void {
    this.#client.destroy();
  }

  async #send(task: Task, payload: string, signal: AbortSignal): Promise<TaskReport> {
    const answer = await this.#client.send(
      new InvokeCommand({ FunctionName: this.#options.functionName, Payload: Buffer.from(payload), LogType: 'Tail' }),
      { abortSignal: signal },
    );
    const text = answer.Payload ? Buffer.from(answer.Payload).toString('utf8') : '';
    if (answer.FunctionError !== undefined) throw functionError(text, answer.LogResult, task);
    const body = decodeWire(text) as { readonly report?: unknown } | null;
    if (typeof body?.report !== 'string') {
      throw new InvokeError('SQ6005', `the function ${this.#options.functionName} did not answer with a report`, {
        hint: 'is it the Squall worker of this version?',
        details: where(task),
      });
    }
    return checkedReport(decodeWire(body.report) as TaskReport, task);
  }
}

const where = (task: Task) => ({ stage: String(task.stage), task: String(task.task), attempt: task.attempt });

/** A report is accepted only for the attempt that was asked for. */
function checkedReport(report: TaskReport, task: Task): TaskReport {
  if (report.version !== PROTOCOL_VERSION) {
    throw new InvokeError('SQ6006', `the worker speaks protocol ${report.version}, this driver ${PROTOCOL_VERSION}`, {
      hint: 'deploy the worker of the same version',
      details: where(task),
    });
  }
  if (
    report.query !== task.query ||
    report.stage !== task.stage ||
    report.task !== task.task ||
    report.attempt !== task.attempt
  ) {
    throw new InvokeError(
      'SQ6005',
      `the function answered for another task than stage ${task.stage}, task ${task.task}`,
      {
        details: where(task),
      },
    );
  }
  return report;
}

const isThrottle = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'TooManyRequestsException' || error.name === 'EC2ThrottledException');

/** An invocation that ended with X-Amz-Function-Error: the instance died, timed out or threw outside of a task. */
function functionError(text: string, logTail: string | undefined, task: Task): InvokeError {
  const body = JSON.parse(text || '{}') as { readonly errorType?: string; readonly errorMessage?: string };
  const message = body.errorMessage ?? 'no message';
  const type = body.errorType ?? 'Unknown';
  const log = logTail === undefined ? [] : Buffer.from(logTail, 'base64').toString('utf8').trimEnd().split('\n');
  logTail === undefined ? [] : Buffer.from(logTail, 'base64').toString('utf8').trimEnd().split('\n').slice(-20);
  const details = { ...where(task), errorType: type, log: log.slice(-LOG_LINES) };
  const at = `stage ${task.stage}, task ${task.task}`;
  if (/Task timed out/.test(message)) {
    return new InvokeError('SQ6002', `a function ran out of time (${at}): ${message}`, {
      hint: 'use more workers, or a function with a longer timeout',
      details,
    });
  }
  if (type === 'Runtime.OutOfMemory' || log.some(outOfMemoryLine)) {
    return new InvokeError('SQ6003', `a function ran out of memory (${at}): ${message}`, {
      hint: 'use more workers, or functions with more memory (--memory)',
      details,
    });
  }
  return new InvokeError('SQ6004', `a function died (${at}): ${type}: ${message}`, { retryable: true, details });
}

const outOfMemoryLine = (line: string): boolean => /heap out of memory|Cannot allocate memory/i.test(line);

/** A service error or a broken connection. */
function translate(error: unknown, task: Task, functionName: string): SquallError {
  if (error instanceof InvokeError || error instanceof ResourceError) return error;
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const details = { ...where(task), errorType: name };
  const options = { cause: error, details };
  switch (name) {
    case 'ResourceNotFoundException':
      return new InvokeError('SQ6007', `there is no function ${functionName}`, {
        ...options,
        hint: 'create it first (docs/aws.md), or name another with --function',
      });
    case 'AccessDeniedException':
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
      return new InvokeError('SQ6008', `not allowed to invoke ${functionName}: ${message}`, {
        ...options,
        hint: `the caller needs lambda:InvokeFunction on ${functionName}`,
      });
    case 'CredentialsProviderError':
      return new InvokeError('SQ6008', `no AWS credentials to invoke ${functionName}: ${message}`, {
        ...options,
        hint: 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      });
    case 'RequestTooLargeException':
    case 'RequestEntityTooLargeException':
      return new InvokeError('SQ6009', `the task is too large for one invocation: ${message}`, options);
    default:
      return new InvokeError('SQ6001', `invoking ${functionName} failed: ${name}: ${message}`, {
        ...options,
        retryable: true,
      });
  }
}
