import type { Field } from '../common/types.ts';
import type { Arena } from '../wasm/arena.ts';
import type { Batch } from '../wasm/vector.ts';
import { openArrow } from './arrow-decode.ts';
import { ArrowEncoder } from './arrow-encode.ts';

/**
 * Batches as an Arrow IPC stream that any Arrow implementation reads; the SQL types travel in the fields' metadata. The
 * batches may be made one after the other in the same memory.
 */
export function encodeArrow(batches: Iterable<Batch>, arena: Arena, schema: readonly Field[]): Uint8Array {
  const encoder = new ArrowEncoder(arena, schema);
  for (const batch of batches) encoder.add(batch);
  return encoder.finish();
}

/** The batches of an Arrow IPC stream, all in the arena. Throws as `openArrow` does. */
export function decodeArrow(bytes: Uint8Array, arena: Arena): Batch[] {
  return [...openArrow(bytes, arena).batches()];
}

export { arrowSchema } from './arrow-types.ts';
