import { systemClock } from '../../../common/clock.ts';
import { dumpModule } from '../../../wasm/emit/dump.ts';
import type { ModuleBuilder } from '../../../wasm/emit/module-builder.ts';
import { kernel } from '../../../wasm/kernels.ts';
import type { ExecutionContext } from '../../execution.ts';

/** Milliseconds of the monotonic clock: `since` of what the emission of a module took. */
export const now = () => systemClock.monotonic();

/**
 * Compiles a generated module and links it to the worker's memory and the kernels it calls; tells `context.onModule`. T says
 * what it exports. `since` is when its emission began.
 */
export function instantiate<T extends object>(
  module: ModuleBuilder,
  context: Pick<ExecutionContext, 'memory' | 'onModule'>,
  title: string,
  since: number = now(),
): T {
  const { memory } = context.memory;
  const bytes = module.encode();
  const imports: Record<string, WebAssembly.ModuleImports> = { env: { memory } };
  for (const entry of module.imports) {
    imports[entry.module] ??= kernel<WebAssembly.ModuleImports>(memory, entry.module);
  }
  const { exports } = new WebAssembly.Instance(compiled(bytes), imports);
  context.onModule?.({ title, text: () => dumpModule(module), bytes: bytes.length, ms: now() - since });
  return exports as T;
}

/** Modules that stay compiled, and optimised by what they have run, for the next task of this process with the same code. */
const WARM_MODULES = 64;
const warm = new Map<string, WebAssembly.Module>();

function compiled(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const module = warm.get(key) ?? new WebAssembly.Module(bytes);
  warm.delete(key);
  warm.set(key, module);
  for (const [oldest] of warm) {
    if (warm.size <= WARM_MODULES) break;
    warm.delete(oldest);
  }
  return module;
}
