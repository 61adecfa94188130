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
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
  context.onModule?.({ title, text: () => dumpModule(module), bytes: bytes.length, ms: now() - since });
  return exports as T;
}
