import {
  BindError,
  CancelledError,
  InternalError,
  InvokeError,
  ResourceError,
  renderError,
  SquallError,
  StorageError,
} from '../index.ts';

/** What the shell sees. */
export const EXIT = { ok: 0, query: 1, usage: 2, platform: 3, limit: 4, internal: 70, interrupted: 130 } as const;

/** Codes that mean that the command line, not the query, is wrong. */
const isUsage = (error: SquallError) => error instanceof BindError && error.code.startsWith('SQ13');

export function exitCode(error: unknown): number {
  if (error instanceof CancelledError) return EXIT.interrupted;
  if (error instanceof InternalError || !(error instanceof SquallError)) return EXIT.internal;
  if (isUsage(error)) return EXIT.usage;
  if (error instanceof StorageError || error instanceof InvokeError) return EXIT.platform;
  if (error instanceof ResourceError) return EXIT.limit;
  return EXIT.query;
}

/** A statement within the text that the user gave. */
export interface StatementAt {
  readonly text: string;
  /** Where the statement begins, UTF-16 units. */
  readonly offset: number;
}

/** Prints an error to stderr and sets the exit code; the stack only with SQUALL_DEBUG=1. */
export function fail(error: unknown, at?: StatementAt): void {
  console.error(error instanceof SquallError ? rendered(error, at) : `error: ${String(error)}`);
  const log = error instanceof SquallError ? error.details.log : undefined;
  if (Array.isArray(log) && log.length > 0) console.error(`last lines of the function's log:\n  ${log.join('\n  ')}`);
  if (process.env.SQUALL_DEBUG === '1' && error instanceof Error) console.error(stacks(error));
  process.exitCode = exitCode(error);
}

/** Lines are those of the whole text, not of the statement. */
function rendered(error: SquallError, at: StatementAt | undefined): string {
  const { code, message, span, hint } = error;
  if (!at || !span) return renderError(error);
  const shifted = { start: span.start + at.offset, end: span.end + at.offset };
  return renderError(new SquallError(code, message, { span: shifted, ...(hint !== undefined && { hint }) }), at.text);
}

/** The stack of an error and of what caused it. */
function stacks(error: Error): string {
  const { cause } = error;
  return `${error.stack}${cause instanceof Error ? `\ncaused by: ${stacks(cause)}` : ''}`;
}
