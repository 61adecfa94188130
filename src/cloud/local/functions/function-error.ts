/** Why an invocation failed although the service did its part: HTTP 200 with X-Amz-Function-Error. */
export interface FunctionError {
  readonly errorType: string;
  /** The JSON that the caller gets. */
  readonly payload: Buffer;
}

/** How a process ended, as the Runtime API words it. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The kernel killed it at its memory limit. */
  readonly outOfMemory: boolean;
  /** The command could not be started at all. */
  readonly startError?: NodeJS.ErrnoException;
}

export function functionError(errorType: string, errorMessage: string): FunctionError {
  return { errorType, payload: Buffer.from(JSON.stringify({ errorType, errorMessage })) };
}

/** The body that a runtime posted, passed on as it is. */
export function postedError(header: string | undefined, payload: Buffer): FunctionError {
  return { errorType: header ?? errorTypeOf(payload), payload };
}

function errorTypeOf(payload: Buffer): string {
  try {
    const body: unknown = JSON.parse(payload.toString('utf8'));
    if (typeof body === 'object' && body !== null && 'errorType' in body) return String(body.errorType);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return 'Function.Unknown';
}

export function timedOut(requestId: string, timeoutMs: number): FunctionError {
  return functionError('Sandbox.Timedout', `RequestId: ${requestId} Error: ${timeoutText(timeoutMs)}`);
}

export const timeoutText = (timeoutMs: number): string =>
  `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;

export function exited(requestId: string, exit: ProcessExit): FunctionError {
  return functionError(exitType(exit), `RequestId: ${requestId} Error: ${exitText(exit)}`);
}

function exitType(exit: ProcessExit): string {
  if (exit.startError) return 'Runtime.InvalidEntrypoint';
  return exit.outOfMemory ? 'Runtime.OutOfMemory' : 'Runtime.ExitError';
}

function exitText(exit: ProcessExit): string {
  if (exit.startError) return `Couldn't start the runtime: ${exit.startError.message}`;
  if (exit.signal !== null) return `Runtime exited with error: signal: ${SIGNAL_NAMES[exit.signal] ?? exit.signal}`;
  if (exit.code === 0) return 'Runtime exited without providing a reason';
  return `Runtime exited with error: exit status ${exit.code}`;
}

/** Signals by the names that Lambda's log uses. */
const SIGNAL_NAMES: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGHUP: 'hangup',
  SIGILL: 'illegal instruction',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
};

export function responseTooLarge(size: number, limit: number): FunctionError {
  return functionError(
    'Function.ResponseSizeTooLarge',
    `Response payload size (${size} bytes) exceeded maximum allowed payload size (${limit} bytes).`,
  );
}
