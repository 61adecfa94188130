import { InternalError } from '../common/errors.ts';
import { ByteRope } from './byte-rope.ts';
import type { FileRegion } from './column-chunk.ts';
import type { RowGroupInput } from './row-group-input.ts';

/** The bytes of a row group's ranges; they are read until the reader of the row group is closed, and must stay as they are. */
export interface FetchedRowGroup {
  /** One per range of the input, in its order. */
  readonly parts: readonly Uint8Array[];
}

/** The bytes of a chunk, which may continue over several ranges. */
export function chunkBytes({ ranges }: RowGroupInput, { parts }: FetchedRowGroup, chunk: FileRegion): ByteRope {
  const end = chunk.offset + chunk.length;
  const pieces: Uint8Array[] = [];
  let at = chunk.offset;
  for (const [i, range] of ranges.entries()) {
    const part = parts[i];
    if (part === undefined) throw new InternalError(`range ${i} was not fetched`);
    if (at < range.offset || at >= range.offset + range.length) continue;
    const piece = part.subarray(at - range.offset, Math.min(end, range.offset + range.length) - range.offset);
    pieces.push(piece);
    at += piece.length;
    if (at === end) return new ByteRope(pieces);
  }
  throw new InternalError(`bytes ${at} to ${end} are in no range`);
}
