import type { Compression } from '../operators/task.ts';
import type { Arena } from '../wasm/arena.ts';
import type { Stretch } from './batch-buffers.ts';

/** Compresses the buffers of record batches as Arrow's BodyCompression has it: each for itself, behind its length. */
export interface BodyCodec {
  readonly compression: Compression;
  /** The buffer with its 8 bytes of length, compressed or, where that does not make it smaller, as it is. Made in the arena. */
  compress(buffer: Stretch, arena: Arena): Stretch;
}
