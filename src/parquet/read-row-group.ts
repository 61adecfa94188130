import { InternalError, StorageError } from '../common/errors.ts';
import type { Field } from '../common/types.ts';
import type { ObjectLocation, ObjectStore } from '../storage/object-store.ts';
import type { Arena } from '../wasm/arena.ts';
import type { Batch, Vector } from '../wasm/vector.ts';
import { decodeColumn } from './decode-column.ts';
import { parquetError } from './errors.ts';
import { nullVector } from './null-vector.ts';
import type { ColumnChunkInput, RowGroupInput } from './row-group-input.ts';

/** The bytes of a row group's ranges. */
export interface FetchedRowGroup {
  /** One per range of the input, in its order. */
  readonly parts: readonly Uint8Array[];
}

export interface FetchOptions {
  readonly store: ObjectStore;
  readonly location: ObjectLocation;
  readonly signal?: AbortSignal;
}

/**
 * Reads the ranges of a row group, all at once: exactly one GET for each, with If-Match. When one fails, or the signal
 * fires, the others are aborted and nothing is left under way.
 * @throws StorageError, CancelledError
 */
export async function fetchRowGroup(input: RowGroupInput, options: FetchOptions): Promise<FetchedRowGroup> {
  const { store, location, signal } = options;
  const siblings = new AbortController();
  const any = signal ? AbortSignal.any([signal, siblings.signal]) : siblings.signal;
  let failure: { readonly error: unknown } | undefined;
  const reads = input.ranges.map(async ({ offset, length }) => {
    try {
      const range = { kind: 'range', offset, length } as const;
      const { body } = await store.getRange(location, range, { ifMatch: input.etag, signal: any });
      if (body.length !== length) throw short(input.uri, body.length, length);
      return body;
    } catch (error) {
      failure ??= { error };
      siblings.abort(error);
      throw error;
    }
  });
  const settled = await Promise.allSettled(reads);
  if (failure) throw failure.error;
  return { parts: settled.map((read) => (read as PromiseFulfilledResult<Uint8Array>).value) };
}

export interface DecodeOptions {
  /** The columns of the scan with the types the table has; one per chunk of the input. */
  readonly columns: readonly Field[];
  readonly arena: Arena;
}

/**
 * Decodes the chunks of a row group into vectors of the wanted types. A column that the file lacks is NULL in every row.
 * @throws ExecutionError SQ3105 to SQ3109, ResourceError SQ4001
 */
export async function decodeRowGroup(
  input: RowGroupInput,
  fetched: FetchedRowGroup,
  options: DecodeOptions,
): Promise<Batch> {
  const { columns, arena } = options;
  const { uri, rowGroup, rows, chunks } = input;
  if (columns.length !== chunks.length) {
    throw new InternalError(`${columns.length} columns are wanted of ${chunks.length} chunks`);
  }
  const vectors: Vector[] = [];
  for (const [i, wanted] of columns.entries()) {
    const chunk = chunks[i] as ColumnChunkInput | null;
    if (chunk === null) {
      if (rows > 0 && !wanted.nullable) {
        throw parquetError('SQ3107', uri, `there is no column "${wanted.name}", which cannot be NULL`);
      }
      vectors.push(nullVector(arena, wanted.type, rows));
      continue;
    }
    const bytes = rows > 0 ? chunkBytes(input, fetched, chunk) : new Uint8Array();
    vectors.push(await decodeColumn(bytes, { uri, rowGroup, chunk, wanted }, rows, arena));
  }
  return { schema: columns, length: rows, columns: vectors };
}

/** The bytes of a chunk: a view where it lies in one range, a copy where it continues over several. */
function chunkBytes({ ranges }: RowGroupInput, { parts }: FetchedRowGroup, chunk: ColumnChunkInput): Uint8Array {
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

const short = (uri: string, got: number, expected: number) =>
  new StorageError('SQ5010', `${uri}: ${got} of ${expected} bytes arrived`, {
    retryable: true,
    details: { object: uri },
  });
