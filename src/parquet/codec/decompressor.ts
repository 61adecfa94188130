import { ExecutionError } from '../../common/errors.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { ByteRope } from '../byte-rope.ts';

/** Unpacks the pages of one codec. Without state of its own: one serves all chunks and memories of a process. */
export interface Decompressor {
  /**
   * Writes exactly `targetLength` bytes at `target`, and none outside; after an error they hold anything. `source` lies
   * outside of linear memory. May grow the memory for as long as the call lasts, which detaches every view taken before.
   * @throws ExecutionError SQ3105 when `source` is damaged or unpacks to another length. The message does not name the file.
   * @throws ResourceError SQ4001 when the memory has no room for the compressed bytes.
   */
  decompress(memory: LinearMemory, source: ByteRope, target: Pointer, targetLength: number): void;
  /** For codecs whose pages can be unpacked as far as they are wanted. */
  readonly stepwise?: StepwiseDecompressor;
}

export interface StepwiseDecompressor {
  /** Bytes of linear memory, aligned to 8, that a page needs for as long as it is unpacked. */
  readonly workBytes: number;
  /** Begins a page. Throws as `decompress`; does not grow the memory. */
  begin(memory: LinearMemory, work: Pointer, source: ByteRope, target: Pointer, targetLength: number): Unpacking;
}

/** A page of which the first bytes have been unpacked. */
export interface Unpacking {
  /**
   * Unpacks on at least to `until`; up to the page's end, the source has to end there. Returns where the bytes end that are
   * final. Those behind may be written too, within the page; those before are read again, and must stay as they are.
   * Throws as `decompress`, and is not to be called again then; does not grow the memory.
   */
  to(until: Pointer): Pointer;
}

/** Unpacks a page as a whole. */
export function unpackAtOnce(
  { workBytes, begin }: StepwiseDecompressor,
  memory: LinearMemory,
  source: ByteRope,
  target: Pointer,
  targetLength: number,
): void {
  const work = memory.allocateRun(workBytes);
  try {
    begin(memory, work.pointer, source, target, targetLength).to(target + targetLength);
  } finally {
    memory.freeRun(work);
  }
}

/** The error of a page that is not what its codec calls valid. */
export const damagedPage = (codec: string, why: string, cause?: unknown) =>
  new ExecutionError('SQ3105', `a page compressed with ${codec} is damaged: ${why}`, { cause });

/** The error of a page that unpacks to another length than its header says. */
export const wrongLength = (codec: string, expected: number) =>
  damagedPage(codec, `it does not unpack to ${expected} bytes`);
