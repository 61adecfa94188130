import type { ErrorCode } from './error-codes.ts';

export type { ErrorCode };

/**
 * A region of the user's SQL text: UTF-16 offsets into the statement, `end` exclusive.
 */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Structured facts that travel with an error across process borders; never re-parsed from the message. */
export interface ErrorDetails {
  readonly stage?: string;
  readonly task?: string;
  /** URI of the object the error is about. */
  readonly object?: string;
  readonly bucket?: string;
  readonly key?: string;
  /** HTTP status of a storage or invoke answer. */
  readonly status?: number;
  readonly [name: string]: string | number | boolean | readonly string[] | undefined;
}

export interface SquallErrorOptions {
  readonly span?: Span;
  /** What the user can do about it, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** True when the same request may succeed if it is simply sent again. */
  readonly retryable?: boolean;
  readonly details?: ErrorDetails;
}

/**
 * Base of every error Squall throws on purpose. The subclass says whose fault it is, `code` is stable across versions and
 * stands in the table of error-codes.ts.
 */
export class SquallError extends Error {
  readonly code: ErrorCode;
  readonly span?: Span;
  readonly hint?: string;
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: SquallErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    if (options.span) this.span = options.span;
    if (options.hint !== undefined) this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** The text is not SQL. */
export class SqlSyntaxError extends SquallError {}
/** The text is SQL but names or types do not fit the catalog. */
export class BindError extends SquallError {}
/** Valid SQL, or a valid file, that Squall does not support (yet). */
export class UnsupportedError extends SquallError {}
/** The data made the query fail: overflow, bad cast, division by zero, corrupt file. */
export class ExecutionError extends SquallError {}
/** Memory, time, payload or concurrency ran out. */
export class ResourceError extends SquallError {}
/** An object could not be read or written. */
export class StorageError extends SquallError {}
/** A function could not be invoked, or died. */
export class InvokeError extends SquallError {}
/** The caller gave up; `cause` is the abort reason. */
export class CancelledError extends SquallError {}
/** A bug in Squall. */
export class InternalError extends SquallError {
  constructor(message: string, options: SquallErrorOptions = {}) {
    super('SQ9000', message, { hint: 'this is a bug in Squall: please report it with the query', ...options });
  }
}

const CLASSES = {
  SqlSyntaxError,
  BindError,
  UnsupportedError,
  ExecutionError,
  ResourceError,
  StorageError,
  InvokeError,
  CancelledError,
} as const;

/** An error as it travels in a TaskReport. */
export interface WireError {
  readonly name: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly span?: Span;
  readonly hint?: string;
  readonly retryable: boolean;
  readonly details: ErrorDetails;
  readonly stack?: string;
  readonly cause?: string;
}

/** Any thrown value as data. An error that is not ours becomes an InternalError. */
export function toWireError(thrown: unknown): WireError {
  const error = asSquallError(thrown);
  const cause = error.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : undefined;
  return {
    name: error.name,
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    details: error.details,
    ...(error.span && { span: error.span }),
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(cause !== undefined && { cause }),
  };
}

/** The inverse of toWireError: the same class, code, message, hint and details. */
export function fromWireError(wire: WireError, more: ErrorDetails = {}): SquallError {
  const options: SquallErrorOptions = {
    retryable: wire.retryable,
    details: { ...wire.details, ...more },
    ...(wire.span && { span: wire.span }),
    ...(wire.hint !== undefined && { hint: wire.hint }),
    ...(wire.cause !== undefined && { cause: new Error(wire.cause) }),
  };
  const Class = CLASSES[wire.name as keyof typeof CLASSES];
  if (Class) return new Class(wire.code, wire.message, options);
  return new InternalError(wire.message, options);
}

/** The thrown value itself when it is ours, else an InternalError around it. */
export function asSquallError(thrown: unknown): SquallError {
  if (thrown instanceof SquallError) return thrown;
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new InternalError(message, { cause: thrown });
}

/** Ends every switch over a union. */
export function assertNever(value: never): never {
  throw new InternalError(`unexpected value ${JSON.stringify(value)}`);
}

/** Throws CancelledError when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}

/** The CancelledError for a signal that has fired. An abort reason of ours (a timeout, a sibling's failure) is itself. */
export function cancelled(signal: AbortSignal): SquallError {
  if (signal.reason instanceof SquallError) return signal.reason;
  return new CancelledError('SQ7000', 'the query was cancelled', { cause: signal.reason });
}
