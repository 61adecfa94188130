import type { ErrorBody } from './runtime-client.ts';

/** The errors of Lambda's Node.js runtime; the names are part of the protocol. */
export type RuntimeErrorName =
  | 'Runtime.HandlerNotFound'
  | 'Runtime.ImportModuleError'
  | 'Runtime.InvalidStreamingOperation'
  | 'Runtime.JSONStringifyError'
  | 'Runtime.MalformedHandlerName'
  | 'Runtime.UserCodeSyntaxError';

export function runtimeError(name: RuntimeErrorName, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

/** Any thrown value as the Runtime API wants it. */
export function errorBody(thrown: unknown): ErrorBody {
  if (thrown instanceof Error) {
    return { errorType: thrown.name, errorMessage: thrown.message, trace: thrown.stack?.split('\n') ?? [] };
  }
  return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
}
