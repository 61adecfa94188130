import { kernel } from '../wasm/kernels.ts';
import type { Pointer } from '../wasm/vector.ts';

/** Joins the rows of segments: (table of pieces, segments, their number, target). */
type Join = (table: Pointer, segments: Pointer, count: number, out: Pointer) => void;

/** See kernels/exchange.as.ts. Pointers and counts are u32. */
export interface ExchangeKernel {
  partitionRows(
    hashes: Pointer,
    count: number,
    whole: number,
    map: Pointer,
    partitions: number,
    numbers: Pointer,
    out: Pointer,
    starts: Pointer,
  ): void;
  gatherFlags(validity: Pointer, indices: Pointer, count: number, out: Pointer): number;
  gatherText(views: Pointer, indices: Pointer, count: number, offsets: Pointer, heap: Pointer, heapEnd: Pointer): void;
  copyDictionary(views: Pointer, count: number, out: Pointer, heap: Pointer, heapEnd: Pointer): void;
  codesBytes(codes: Pointer, flags: Pointer, count: number, views: Pointer): number;
  codesText(
    codes: Pointer,
    flags: Pointer,
    count: number,
    views: Pointer,
    offsets: Pointer,
    heap: Pointer,
    heapEnd: Pointer,
  ): void;
  compactCodes(
    table: Pointer,
    segments: Pointer,
    count: number,
    stamp: number,
    codes: Pointer,
    entries: Pointer,
  ): number;
  partitionBounds(starts: Pointer, morsels: number, partition: number, out: Pointer): number;
  findSegments(bounds: Pointer, stride: number, morsels: number, skip: number, take: number, out: Pointer): number;
  joinRows(shift: number, table: Pointer, segments: Pointer, count: number, out: Pointer): void;
  joinFlags: Join;
  packBits(bytes: Pointer, count: number, out: Pointer): number;
  joinWidened: Join;
  joinReversed: Join;
  /** Returns 1 when an interval does not fit. */
  joinIntervals(table: Pointer, segments: Pointer, count: number, out: Pointer): number;
  spanOf(table: Pointer, segments: Pointer, count: number): number;
  joinOffsets: Join;
  joinHeap: Join;
  entrySegments: Join;
}

/** Bytes of a piece in a table, of a segment. */
export const PIECE_BYTES = 16;
export const SEGMENT_BYTES = 12;
/** What a kernel may write behind what it joins. */
export const JOIN_SLACK = 16;
/** What a kernel may write behind strings. */
export const TEXT_SLACK = 64;

export const exchangeKernel = (memory: WebAssembly.Memory) => kernel<ExchangeKernel>(memory, 'exchange');
