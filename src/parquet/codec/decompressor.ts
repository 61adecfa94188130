import { ExecutionError } from '../../common/errors.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { Pointer } from '../../wasm/vector.ts';

/** Unpacks the pages of one codec. Without state of its own: one serves all chunks and memories of a process. */
export interface Decompressor {
  /**
   * Writes exactly `targetLength` bytes at `target`, and none outside; after an error they hold anything. `source` lies
   * outside of linear memory. May grow the memory for as long as the call lasts, which detaches every view taken before.
   * @throws ExecutionError SQ3105 when `source` is damaged or unpacks to another length. The message does not name the file.
   * @throws ResourceError SQ4001 when the memory has no room for the compressed bytes.
   */
  decompress(memory: LinearMemory, source: Uint8Array, target: Pointer, targetLength: number): void;
}

/** The error of a page that is not what its codec calls valid. */
export const damagedPage = (codec: string, why: string, cause?: unknown) =>
  new ExecutionError('SQ3105', `a page compressed with ${codec} is damaged: ${why}`, { cause });

/** The error of a page that unpacks to another length than its header says. */
export const wrongLength = (codec: string, expected: number) =>
  damagedPage(codec, `it does not unpack to ${expected} bytes`);
