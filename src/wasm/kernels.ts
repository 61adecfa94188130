import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../common/errors.ts';

let folder = 'kernels';
const modules = new Map<string, WebAssembly.Module>();
const instances = new WeakMap<WebAssembly.Memory, Map<string, WebAssembly.Exports>>();

/** From now on kernels are the builds that assert their bounds; for tests, before any kernel is used. */
export function useDebugKernels(): void {
  folder = 'kernels/debug';
  modules.clear();
}

/**
 * The exports of the kernel module `src/wasm/kernels/NAME.as.ts` over a memory: compiled once per process, instantiated once
 * per memory. T says what it exports.
 */
export function kernel<T extends object>(memory: WebAssembly.Memory, name: string): T {
  let known = instances.get(memory);
  if (!known) {
    known = new Map();
    instances.set(memory, known);
  }
  let exports = known.get(name);
  if (!exports) {
    exports = new WebAssembly.Instance(kernelModule(name), { env: { memory } }).exports;
    known.set(name, exports);
  }
  return exports as T;
}

function kernelModule(name: string): WebAssembly.Module {
  let module = modules.get(name);
  if (!module) {
    module = new WebAssembly.Module(readFileSync(kernelPath(name)));
    modules.set(name, module);
  }
  return module;
}

/** Beside the function bundle; else `dist/kernels` of the package this file belongs to, compiled or not. */
function kernelPath(name: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let at = here; ; at = dirname(at)) {
    for (const base of [at, join(at, 'dist')]) {
      const path = join(base, folder, `${name}.wasm`);
      if (existsSync(path)) return path;
    }
    if (dirname(at) === at) throw new InternalError(`there is no kernel ${name}: the package is not built`);
  }
}
