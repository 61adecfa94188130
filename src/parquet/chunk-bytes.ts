import { InternalError } from '../common/errors.ts';
import type { FileRegion } from './column-chunk.ts';
import type { RowGroupInput } from './row-group-input.ts';

/** The bytes of a row group's ranges. */
export interface FetchedRowGroup {
  /** One per range of the input, in its order. */
  readonly parts: readonly Uint8Array[];
}

/** The bytes of a chunk: a view where it lies in one range, a copy where it continues over several. */
export function chunkBytes({ ranges }: RowGroupInput, { parts }: FetchedRowGroup, chunk: FileRegion): Uint8Array {
  const { offset, length } = chunk;
  const pieces: Uint8Array[] = [];
  let at = offset;
  for (const [i, range] of ranges.entries()) {
    const part = parts[i];
    if (part === undefined) throw new InternalError(`range ${i} was not fetched`);
    if (at < range.offset || at >= range.offset + range.length) continue;
    const piece = part.subarray(
      at - range.offset,
      Math.min(offset + length, range.offset + range.length) - range.offset,
    );
    pieces.push(piece);
    at += piece.length;
    if (at === offset + length) return pieces.length === 1 ? piece : concatenate(pieces, length);
  }
  throw new InternalError(`bytes ${at} to ${offset + length} are in no range`);
}

function concatenate(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
