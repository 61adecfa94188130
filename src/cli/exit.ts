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

/** Prints an error to stderr and sets the exit code; the stack only with SQUALL_DEBUG=1. */
export function fail(error: unknown, sql?: string): void {
  console.error(error instanceof SquallError ? renderError(error, sql) : `error: ${String(error)}`);
  const log = error instanceof SquallError ? error.details['log'] : undefined;
  if (Array.isArray(log) && log.length > 0) console.error(`last lines of the function's log:\n  ${log.join('\n  ')}`);
  if (process.env['SQUALL_DEBUG'] === '1' && error instanceof Error) console.error(error.stack);
  process.exitCode = exitCode(error);
}
