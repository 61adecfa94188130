import type { ArrowColumn } from './arrow-ffi.ts';

/** Where converted rows go: `width` bytes for each row of the source, in linear memory. */
export interface Target {
  readonly memory: ArrayBuffer;
  readonly pointer: number;
  readonly width: number;
}

/** Rows that are the same in the file and in the vector. */
export function copySame(source: ArrowColumn, { memory, pointer, width }: Target): void {
  const bytes = source.bytes(1, width);
  new Uint8Array(memory, pointer, bytes.length).set(bytes);
}
