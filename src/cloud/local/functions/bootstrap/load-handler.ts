import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runtimeError } from './runtime-errors.ts';

export type Handler = (event: unknown, ...rest: unknown[]) => unknown;

/**
 * The function that `_HANDLER` names: `folder/file.export`, the file with the extension .js, .mjs or .cjs, the export
 * possibly nested. Errors carry the names of Lambda's runtime.
 */
export async function loadHandler(taskRoot: string, name: string): Promise<Handler> {
  if (name.includes('..')) {
    throw runtimeError(
      'Runtime.MalformedHandlerName',
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const match = /^([^.]*)\.(.*)$/.exec(basename(name));
  if (!match) throw runtimeError('Runtime.MalformedHandlerName', 'Bad handler');
  const loaded = await load(resolve(taskRoot, dirname(name), match[1]!));
  const path = match[2]!.split('.');
  const handler = find(loaded, path) ?? find((loaded as { default?: unknown }).default, path);
  if (handler === undefined || handler === null) {
    throw runtimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  }
  if (typeof handler !== 'function') throw runtimeError('Runtime.HandlerNotFound', `${name} is not a function`);
  return handler as Handler;
}

async function load(stem: string): Promise<unknown> {
  const file = ['', '.js', '.mjs', '.cjs'].map((extension) => stem + extension).find((path) => existsSync(path));
  if (file === undefined) {
    throw runtimeError('Runtime.ImportModuleError', `Error: Cannot find module '${basename(stem)}'`);
  }
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw runtimeError('Runtime.UserCodeSyntaxError', String(error));
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') {
      throw runtimeError('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
}

function find(from: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (here, key) =>
      typeof here === 'object' && here !== null ? (here as Readonly<Record<string, unknown>>)[key] : undefined,
    from,
  );
}
