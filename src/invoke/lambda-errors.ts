import { type ErrorDetails, InvokeError, SquallError } from '../common/errors.ts';
import type { Task } from '../operators/task.ts';

/** Lines of a dead function's log that the error carries. */
const LOG_LINES = 20;

export type TaskPlace = Pick<Task, 'stage' | 'task' | 'attempt'>;

/** Which attempt an error is about. */
export const where = (of: TaskPlace | null): ErrorDetails =>
  of === null ? {} : { stage: String(of.stage), task: String(of.task), attempt: of.attempt };

/** The function cannot take another invocation now. */
export const isThrottle = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'TooManyRequestsException' || error.name === 'EC2ThrottledException');

/**
 * An invocation that ended with X-Amz-Function-Error: the instance died, timed out or threw outside of a task.
 * Codes: SQ6002 time, SQ6003 memory, SQ6004 anything else.
 */
export function functionError(text: string, logTail: string | undefined, task: TaskPlace | null): InvokeError {
  const { errorType: type, errorMessage: message } = failure(text);
  const log = logTail === undefined ? [] : Buffer.from(logTail, 'base64').toString('utf8').trimEnd().split('\n');
  const details = { ...where(task), errorType: type, log: log.slice(-LOG_LINES) };
  const at = task === null ? 'no task' : `stage ${task.stage}, task ${task.task}`;
  if (type === 'Sandbox.Timedout' || /Task timed out after/.test(message)) {
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

/** The payload of a function error, whatever a runtime made of it. */
function failure(text: string): { readonly errorType: string; readonly errorMessage: string } {
  const body = parsed(text);
  const { errorType, errorMessage } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  return {
    errorType: typeof errorType === 'string' ? errorType : 'Unknown',
    errorMessage: typeof errorMessage === 'string' ? errorMessage : text.slice(0, 200) || 'no message',
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A service error or a broken connection, by the name and the status that AWS gives it. */
export function serviceError(error: unknown, task: TaskPlace | null, functionName: string): SquallError {
  if (error instanceof SquallError) return error;
  const { name, message, status } = facts(error);
  const options = {
    cause: error,
    details: { ...where(task), errorType: name, ...(status !== undefined && { status }) },
  };
  if (name === 'ResourceNotFoundException') {
    return new InvokeError('SQ6007', `there is no function ${functionName}`, {
      ...options,
      hint: 'create it first (docs/aws.md), or name another with --function',
    });
  }
  if (name === 'CredentialsProviderError') {
    return new InvokeError('SQ6008', `no AWS credentials to invoke ${functionName}: ${message}`, {
      ...options,
      hint: 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    });
  }
  // The SDK gives this error no name of its own.
  if (message === 'Region is missing') {
    return new InvokeError('SQ6001', `invoking ${functionName} failed: no AWS region is known`, {
      ...options,
      hint: 'give --region, or set AWS_REGION',
    });
  }
  if (status === 401 || status === 403) {
    return new InvokeError('SQ6008', `not allowed to invoke ${functionName}: ${message}`, {
      ...options,
      hint: `the caller needs lambda:InvokeFunction on ${functionName}`,
    });
  }
  if (status === 413) {
    return new InvokeError('SQ6009', `the task is too large for one invocation: ${message}`, options);
  }
  return new InvokeError('SQ6001', `invoking ${functionName} failed: ${name}: ${message}`, {
    ...options,
    retryable: maySucceedLater(status),
  });
}

/** A request that AWS refuses as such will be refused again; a function in transition, a server error or no answer may pass. */
const maySucceedLater = (status: number | undefined): boolean =>
  status === undefined || status >= 500 || status === 408 || status === 409 || status === 429;

/** Errors of a request that never left this computer. */
const UNSENT: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** Whether the function may have been started although the invocation failed so: the connection was lost, or the service erred. */
export function mayHaveStarted(error: unknown): boolean {
  if (isThrottle(error) || UNSENT.has((error as { code?: unknown } | null)?.code)) return false;
  const { status } = facts(error);
  return serviceError(error, null, '').retryable && (status === undefined || status >= 500);
}

function facts(error: unknown): {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
} {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), status: undefined };
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: string };
  return {
    name: error.name,
    message: error.message || (code ?? 'no message'),
    status: $metadata?.httpStatusCode,
  };
}
