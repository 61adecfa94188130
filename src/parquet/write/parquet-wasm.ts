import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export type ParquetWasm = typeof import('parquet-wasm/esm');

let loading: Promise<ParquetWasm> | undefined;

/** The parquet-wasm library, compiled on first use: 5 MB that nobody pays for who does not write. */
export function loadParquetWasm(): Promise<ParquetWasm> {
  loading ??= load();
  return loading;
}

async function load(): Promise<ParquetWasm> {
  const library = await import('parquet-wasm/esm');
  const file = createRequire(import.meta.url).resolve('parquet-wasm/esm/parquet_wasm_bg.wasm');
  library.initSync({ module: readFileSync(file) });
  return library;
}
