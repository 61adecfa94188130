import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Writes and waits while the reader is slow. */
export async function writeOut(out: Writable, chunk: string | Uint8Array): Promise<void> {
  if (!out.write(chunk)) await once(out, 'drain');
}
