import type { Arena } from '../wasm/arena.ts';
import type { Stretch } from './batch-buffers.ts';
import { decompressBuffer } from './body-codec.ts';
import type { BatchMessage } from './ipc-read.ts';

/** The buffers of a record batch in an arena. Throws ExecutionError SQ3008 when they are compressed and damaged. */
export function unpackBody({ body, buffers, compression }: BatchMessage, arena: Arena): readonly Stretch[] {
  const base = arena.allocate(body.length);
  arena.bytes(base, body.length).set(body);
  const stored = buffers.map(({ offset, length }) => ({ pointer: base + offset, bytes: length }));
  return compression ? stored.map((buffer) => decompressBuffer(compression, buffer, arena)) : stored;
}
