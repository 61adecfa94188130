import { kernel } from '../../wasm/kernels.ts';
import type { Pointer } from '../../wasm/vector.ts';

type Words = (data: Pointer, count: number, out: Pointer) => void;
type WordsOf = (data: Pointer, count: number, word: number, out: Pointer) => void;

/** See kernels/sort.as.ts. */
export type SortKernel = Readonly<
  Record<`words${'I8' | 'U8' | 'I16' | 'U16' | 'I32' | 'U32' | 'I64' | 'U64' | 'F32' | 'F64' | 'Length'}`, Words> &
    Record<`words${'I128' | 'U128' | 'Interval' | 'Text'}`, WordsOf>
> & {
  rebase(words: Pointer, count: number, base: bigint, descending: number, mask: bigint): void;
  measure(words: Pointer, validity: Pointer, count: number, state: Pointer): number;
  selectWithin(
    words: Pointer,
    validity: Pointer,
    count: number,
    limit: bigint,
    descending: number,
    strict: number,
    takeNulls: number,
    values: number,
    rows: Pointer,
    out: Pointer,
  ): number;
  judgeTexts(
    views: Pointer,
    count: number,
    limit: Pointer,
    descending: number,
    strict: number,
    values: number,
    out: Pointer,
  ): void;
  selectJudged(
    verdicts: Pointer,
    codes: Pointer,
    validity: Pointer,
    count: number,
    takeNulls: number,
    rows: Pointer,
    out: Pointer,
  ): number;
  pushWords(
    words: Pointer,
    validity: Pointer,
    count: number,
    base: bigint,
    descending: number,
    drop: number,
    bits: number,
    entries: Pointer,
  ): void;
  pushNulls(validity: Pointer, count: number, nullBit: number, entries: Pointer): void;
  pushNumbers(entries: Pointer, count: number, first: number, bits: number): void;
  isSorted(entries: Pointer, count: number): number;
  radixSort(entries: Pointer, scratch: Pointer, count: number, from: number, to: number, counts: Pointer): number;
  sortRuns(
    entries: Pointer,
    scratch: Pointer,
    runs: Pointer,
    runCount: number,
    from: number,
    to: number,
    counts: Pointer,
  ): void;
  areRunsSorted(entries: Pointer, runs: Pointer, runCount: number): number;
  numbersOf(entries: Pointer, count: number, mask: bigint, out: Pointer): void;
  placeRuns(entries: Pointer, runs: Pointer, runCount: number, mask: bigint, rows: Pointer, order: Pointer): void;
  rowsOfRuns(order: Pointer, runs: Pointer, runCount: number, out: Pointer): void;
  findRuns(entries: Pointer, count: number, shift: number, first: number, out: Pointer): Pointer;
  findRunsInRuns(entries: Pointer, runs: Pointer, runCount: number, shift: number, out: Pointer): Pointer;
  runRows(runs: Pointer, runCount: number): number;
};

export const sortKernel = (memory: WebAssembly.Memory) => kernel<SortKernel>(memory, 'sort');
