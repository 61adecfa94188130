import { kernel } from '../../wasm/kernels.ts';
import type { Pointer } from '../../wasm/vector.ts';

/** See kernels/window.as.ts. Counts are rows of the section unless it says otherwise. */
export interface WindowKernel {
  markWords(words: Pointer, validity: Pointer, count: number, bit: number, marks: Pointer): void;
  markTexts(views: Pointer, validity: Pointer, count: number, bit: number, marks: Pointer): void;
  spans(marks: Pointer, count: number, bits: number, starts: Pointer, ends: Pointer): void;
  lastMark(marks: Pointer, count: number, bits: number): number;
  rowNumbers(partStarts: Pointer, count: number, out: Pointer): void;
  ranks(partStarts: Pointer, peerStarts: Pointer, count: number, out: Pointer): void;
  denseRanks(partStarts: Pointer, peerStarts: Pointer, count: number, out: Pointer): void;
  percentRanks(partStarts: Pointer, partEnds: Pointer, peerStarts: Pointer, count: number, out: Pointer): void;
  cumeDists(partStarts: Pointer, partEnds: Pointer, peerEnds: Pointer, count: number, out: Pointer): void;
  ntiles(partStarts: Pointer, partEnds: Pointer, count: number, parts: bigint, out: Pointer): void;
  rowBounds(partStarts: Pointer, partEnds: Pointer, count: number, add: bigint, out: Pointer): void;
  groupBounds(
    partStarts: Pointer,
    partEnds: Pointer,
    peerStarts: Pointer,
    count: number,
    add: bigint,
    side: number,
    groups: Pointer,
    out: Pointer,
  ): void;
  neighbours(partStarts: Pointer, partEnds: Pointer, count: number, add: bigint, out: Pointer): void;
  nthRows(starts: Pointer, ends: Pointer, count: number, nth: number, fromEnd: number, out: Pointer): void;
  mapRows(order: Pointer, rows: Pointer, count: number, out: Pointer): void;
  liveRows(validity: Pointer, filter: Pointer, filterValidity: Pointer, count: number, out: Pointer): void;
  prefixCounts(live: Pointer, count: number, prefix: Pointer): void;
  prefixSums(data: Pointer, shift: number, signed: number, live: Pointer, count: number, prefix: Pointer): void;
  isNarrow(data: Pointer, live: Pointer, count: number): number;
  frameCounts(counts: Pointer, starts: Pointer, ends: Pointer, count: number, out: Pointer): void;
  frameValidity(counts: Pointer, starts: Pointer, ends: Pointer, count: number, out: Pointer): void;
  frameSums(sums: Pointer, starts: Pointer, ends: Pointer, count: number, wide: number, out: Pointer): void;
  frameAverages(
    sums: Pointer,
    counts: Pointer,
    starts: Pointer,
    ends: Pointer,
    count: number,
    unit: number,
    out: Pointer,
    hard: Pointer,
  ): number;
  runningFloats(
    data: Pointer,
    shift: number,
    live: Pointer,
    partStarts: Pointer,
    ends: Pointer,
    count: number,
    out: Pointer,
  ): void;
  floatTree(data: Pointer, shift: number, live: Pointer, count: number, size: number, tree: Pointer): void;
  frameFloats(tree: Pointer, size: number, starts: Pointer, ends: Pointer, count: number, out: Pointer): void;
  divideByCounts(counts: Pointer, starts: Pointer, ends: Pointer, count: number, values: Pointer): void;
  specialRows(data: Pointer, shift: number, live: Pointer, count: number, out: Pointer): void;
  hasOverflow(values: Pointer, specials: Pointer, starts: Pointer, ends: Pointer, count: number): number;
  runningExtremes(
    words: Pointer,
    live: Pointer,
    partStarts: Pointer,
    ends: Pointer,
    count: number,
    greatest: number,
    out: Pointer,
  ): void;
  extremeTree(words: Pointer, live: Pointer, count: number, greatest: number, size: number, tree: Pointer): void;
  frameExtremes(
    words: Pointer,
    tree: Pointer,
    size: number,
    greatest: number,
    starts: Pointer,
    ends: Pointer,
    count: number,
    out: Pointer,
  ): void;
  denseNumbers(marks: Pointer, order: Pointer, count: number, ranks: Pointer): void;
}

export const windowKernel = (memory: WebAssembly.Memory) => kernel<WindowKernel>(memory, 'window');
