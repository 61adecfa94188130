export type ParquetWasm = typeof import('parquet-wasm/node');

/**
 * parquet-wasm for writing, compiled on first use. This is its Node build: an instance of its own, which lives across
 * awaits and is out of reach of what a damaged file does to the reader's instance.
 */
export function loadParquetWasm(): Promise<ParquetWasm> {
  return import('parquet-wasm/node');
}
