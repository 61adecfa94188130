import type { Arena } from '../wasm/arena.ts';
import type { Stretch } from './batch-buffers.ts';
import type { BatchMessage } from './ipc-read.ts';

/** The buffers of a record batch in an arena. */
export function unpackBody({ body, buffers }: BatchMessage, arena: Arena): readonly Stretch[] {
  const base = arena.allocate(body.length);
  arena.bytes(base, body.length).set(body);
  return buffers.map(({ offset, length }) => ({ pointer: base + offset, bytes: length }));
}
