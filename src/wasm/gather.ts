import { assertNever, InternalError } from '../common/errors.ts';
import type { Arena } from './arena.ts';
import { kernel } from './kernels.ts';
import { bitmapBytes } from './layout.ts';
import type { Pointer, Vector } from './vector.ts';

/** The row number that stands for a row of NULLs. */
export const NO_ROW = 0xffffffff;

/** Rows of a chunk of a column that lies in chunks; the kernel computes with 2^15. */
export const CHUNK_ROWS = 32_768;

/** See kernels/gather.as.ts. Pointers and counts are u32. */
export interface GatherKernel {
  anyNone(indices: Pointer, count: number): number;
  sequence(first: number, count: number, out: Pointer): void;
  gatherRows(shift: number, source: Pointer, rows: number, indices: Pointer, count: number, out: Pointer): void;
  gatherOptionalRows(shift: number, source: Pointer, rows: number, indices: Pointer, count: number, out: Pointer): void;
  gatherValidity(validity: Pointer, rows: number, indices: Pointer, count: number, out: Pointer): number;
  gatherChunked(shift: number, table: Pointer, rows: number, indices: Pointer, count: number, out: Pointer): void;
  gatherOptionalChunked(
    shift: number,
    table: Pointer,
    rows: number,
    indices: Pointer,
    count: number,
    out: Pointer,
  ): void;
  gatherChunkedValidity(table: Pointer, rows: number, indices: Pointer, count: number, out: Pointer): number;
  anyNull(validity: Pointer, indices: Pointer, from: number, count: number): number;
  clearNulls(validity: Pointer, indices: Pointer, from: number, count: number, out: Pointer, outBit: number): void;
  viewBytes(views: Pointer, rows: number, indices: Pointer, from: number, count: number): number;
  copyViews(
    views: Pointer,
    rows: number,
    indices: Pointer,
    from: number,
    count: number,
    out: Pointer,
    heap: Pointer,
    heapEnd: Pointer,
  ): Pointer;
  pendingEntries(
    codes: Pointer,
    validity: Pointer,
    indices: Pointer,
    from: number,
    count: number,
    dictionary: Pointer,
    entries: number,
    copied: Pointer,
    pending: Pointer,
    total: Pointer,
  ): number;
  copyEntries(
    dictionary: Pointer,
    pending: Pointer,
    count: number,
    copied: Pointer,
    heap: Pointer,
    heapEnd: Pointer,
  ): void;
  resolveCodes(
    codes: Pointer,
    validity: Pointer,
    indices: Pointer,
    from: number,
    count: number,
    entries: number,
    views: Pointer,
    out: Pointer,
  ): void;
  listEntries(offsets: Pointer, validity: Pointer, rows: number, indices: Pointer, from: number, count: number): number;
  expandLists(
    offsets: Pointer,
    validity: Pointer,
    indices: Pointer,
    from: number,
    count: number,
    outEntries: Pointer,
    outOffsets: Pointer,
    outSpans: Pointer,
    base: number,
  ): void;
  spanEntries(spans: Pointer, count: number): number;
  expandSpans(spans: Pointer, count: number, outEntries: Pointer, outOffsets: Pointer): void;
  rebaseViews(views: Pointer, count: number, oldHeap: Pointer, newHeap: Pointer, bytes: number): number;
  outOfRange(values: Pointer, count: number, limit: number, step: 0 | 1): number;
}

export const gatherKernel = (memory: WebAssembly.Memory) => kernel<GatherKernel>(memory, 'gather');

/** log2 of a width in bytes. */
export const shiftOf = (width: 1 | 2 | 4 | 8 | 16) => 31 - Math.clz32(width);

/**
 * The rows of a vector whose numbers are the `count` u32 at `indices`, in that order and as often as they stand there; NO_ROW gives a
 * NULL. Dictionaries are shared and strings not copied, so the result is valid as long as the vector and the arena are.
 */
export function gather(arena: Arena, vector: Vector, indices: Pointer, count: number): Vector {
  const kernel = gatherKernel(arena.memory);
  return gatherWith(kernel, arena, vector, indices, count, kernel.anyNone(indices, count) !== 0);
}

function gatherWith(
  kernel: GatherKernel,
  arena: Arena,
  vector: Vector,
  indices: Pointer,
  count: number,
  optional: boolean,
): Vector {
  const { type } = vector;
  const validity = gatherBits(kernel, arena, vector, indices, count, optional);
  const rows = (shift: number, source: Pointer): Pointer => {
    const out = arena.allocate(count * 2 ** shift);
    if (optional) kernel.gatherOptionalRows(shift, source, vector.length, indices, count, out);
    else kernel.gatherRows(shift, source, vector.length, indices, count, out);
    return out;
  };
  switch (vector.kind) {
    case 'fixed': {
      const { width, data, bounds } = vector;
      return {
        kind: 'fixed',
        type,
        width,
        length: count,
        validity,
        data: rows(shiftOf(width), data),
        ...(bounds && { bounds }),
      };
    }
    case 'views':
      return { kind: 'views', type, length: count, validity, data: rows(3, vector.data) };
    case 'dictionary':
      return {
        kind: 'dictionary',
        type,
        length: count,
        validity,
        data: rows(2, vector.data),
        dictionary: vector.dictionary,
      };
    case 'list': {
      const total = kernel.listEntries(vector.offsets, vector.validity, vector.length, indices, 0, count);
      const offsets = arena.allocate((count + 1) * 4);
      const entries = entryIndices(arena, total);
      kernel.expandLists(vector.offsets, vector.validity, indices, 0, count, entries, offsets, 0, 0);
      return {
        kind: 'list',
        type,
        length: count,
        validity,
        offsets,
        entries: gatherWith(kernel, arena, vector.entries, entries, total, false),
      };
    }
    case 'struct':
      return {
        kind: 'struct',
        type,
        length: count,
        validity,
        fields: vector.fields.map((field) => gatherWith(kernel, arena, field, indices, count, optional)),
      };
    default:
      return assertNever(vector);
  }
}

function gatherBits(
  kernel: GatherKernel,
  arena: Arena,
  { validity, length }: Vector,
  indices: Pointer,
  count: number,
  optional: boolean,
): Pointer {
  if (validity === 0 && !optional) return 0;
  const out = arena.allocate(bitmapBytes(count));
  return kernel.gatherValidity(validity, length, indices, count, out) === 0 ? 0 : out;
}

/** Room for the row numbers of the entries of lists. */
export function entryIndices(arena: Arena, entries: number): Pointer {
  if (entries > 0x7fffffff) throw new InternalError(`${entries} list entries cannot be gathered at once`);
  return arena.allocate(entries * 4);
}
