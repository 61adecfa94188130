import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { ResourceError } from '../common/errors.ts';

/** The synchronous API of parquet-wasm. */
export type ParquetWasm = typeof import('parquet-wasm/esm');

const RESTARTS = 64;

/**
 * Calls `use` with parquet-wasm, which is loaded once per process at the first call. `use` must be synchronous and must
 * `free()` whatever it makes, also when it throws: no object of parquet-wasm outlives the call. After a panic
 * (WebAssembly.RuntimeError) the instance is thrown away and the next call gets a new one; the error reaches the caller
 * unchanged. Throws ResourceError SQ4010 when it has panicked 64 times.
 */
export async function withParquetWasm<T>(use: (wasm: ParquetWasm) => T): Promise<T> {
  for (;;) {
    current ??= launch();
    const awaited = current;
    const engine = await awaited.catch((error: unknown) => {
      if (current === awaited) current = undefined;
      throw error;
    });
    // Another caller may have met a panic during the await.
    if (current !== awaited) continue;
    try {
      return use(engine.wasm);
    } catch (error) {
      if (isPanic(error)) {
        launch = engine.restart;
        current = undefined;
      }
      throw error;
    }
  }
}

interface Engine {
  readonly wasm: ParquetWasm;
  readonly restart: () => Promise<Engine>;
}

let launch: () => Promise<Engine> = start;
let current: Promise<Engine> | undefined;

/**
 * parquet-wasm's JavaScript holds one instance and ignores every call of `init` after the first has finished. Calls that
 * began before that each replace the instance when they finish: one is held back for every restart.
 */
async function start(): Promise<Engine> {
  const [wasm, bytes] = await Promise.all([import('parquet-wasm/esm'), moduleBytes()]);
  const module = await WebAssembly.compile(bytes);
  const instantiate = Array.from({ length: RESTARTS + 1 }, () => {
    let release: (module: WebAssembly.Module) => void;
    const held = new Promise<WebAssembly.Module>((resolve) => {
      release = resolve;
    });
    const done = wasm.default({ module_or_path: held });
    return async () => {
      release(module);
      await done;
    };
  });
  const next = async (): Promise<Engine> => {
    const spare = instantiate.pop();
    if (!spare) {
      throw new ResourceError('SQ4010', `the Parquet decoder has crashed ${RESTARTS} times in this process`, {
        hint: 'restart the process; the files named by the earlier errors are damaged',
      });
    }
    await spare();
    return { wasm, restart: next };
  };
  return next();
}

const FILE = 'parquet_wasm_bg.wasm';

/** Beside the function bundle; else from the installed package. */
async function moduleBytes(): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readFile(new URL(FILE, import.meta.url));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return readFile(createRequire(import.meta.url).resolve(`parquet-wasm/esm/${FILE}`));
  }
}

const isPanic = (error: unknown) => error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
