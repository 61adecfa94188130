import { kernel } from '../../wasm/kernels.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { WholeForm } from '../keys/key-layout.ts';

/** How values of one key are read as a word of 64 bits that is the same exactly for equal values. */
export type WordForm = WholeForm | 'F32' | 'F64';

export type VerifyName = `verify${'8' | '16' | '32' | '64' | '128' | 'F32' | 'F64' | 'Interval' | 'Text'}`;

type Words = (data: Pointer, rows: Pointer, count: number, out: Pointer) => void;
type Verify = (
  data: Pointer,
  validity: Pointer,
  table: Pointer,
  nulls: number,
  count: number,
  probe: Pointer,
  build: Pointer,
  dictionary: Pointer,
) => number;

/** See kernels/join.as.ts. */
export type JoinKernel = Readonly<Record<`words${WordForm}`, Words> & Record<VerifyName, Verify>> & {
  pack(words: Pointer, count: number, base: bigint, extent: bigint, stride: bigint, first: boolean, out: Pointer): void;
  measure(words: Pointer, count: number, range: Pointer): void;
  splitValid(validity: Pointer, rows: Pointer, count: number, outValid: Pointer, outNull: Pointer): number;
  partition(
    hashes: Pointer,
    rows: Pointer,
    count: number,
    shift: number,
    parts: number,
    out: Pointer,
    starts: Pointer,
  ): void;
  directInsert(words: Pointer, firstRow: number, count: number, entries: Pointer, base: bigint): number;
  directPairs(
    words: Pointer,
    rows: Pointer,
    count: number,
    entries: Pointer,
    base: bigint,
    extent: number,
    outProbe: Pointer,
    outBuild: Pointer,
  ): number;
  rankPairs(
    words: Pointer,
    rows: Pointer,
    count: number,
    blocks: Pointer,
    base: bigint,
    extent: number,
    byRank: Pointer,
    outProbe: Pointer,
    outBuild: Pointer,
  ): number;
  directLookup(words: Pointer, count: number, entries: Pointer, base: bigint, extent: number, found: Pointer): void;
  directCount(words: Pointer, count: number, starts: Pointer, base: bigint): void;
  sumStarts(starts: Pointer, groups: number): void;
  directPlace(words: Pointer, firstRow: number, count: number, starts: Pointer, base: bigint, rows: Pointer): void;
  directLookupMany(
    words: Pointer,
    count: number,
    starts: Pointer,
    base: bigint,
    extent: number,
    first: Pointer,
    counts: Pointer,
  ): void;
  rankInsert(words: Pointer, count: number, blocks: Pointer, base: bigint): number;
  rankSum(blocks: Pointer, count: number): void;
  rankPlace(words: Pointer, firstRow: number, count: number, blocks: Pointer, base: bigint, rows: Pointer): number;
  rankLookup(
    words: Pointer,
    count: number,
    blocks: Pointer,
    base: bigint,
    extent: number,
    rows: Pointer,
    found: Pointer,
  ): void;
  rankCount(words: Pointer, count: number, blocks: Pointer, base: bigint, starts: Pointer): void;
  rankPlaceMany(
    words: Pointer,
    firstRow: number,
    count: number,
    blocks: Pointer,
    base: bigint,
    starts: Pointer,
    rows: Pointer,
  ): void;
  rankLookupMany(
    words: Pointer,
    count: number,
    blocks: Pointer,
    base: bigint,
    extent: number,
    starts: Pointer,
    first: Pointer,
    counts: Pointer,
  ): void;
  hashInsert(words: Pointer, firstRow: number, count: number, slots: Pointer, mask: number, isHash: boolean): number;
  hashStarts(slots: Pointer, mask: number): number;
  hashPlace(
    words: Pointer,
    firstRow: number,
    count: number,
    slots: Pointer,
    mask: number,
    isHash: boolean,
    rows: Pointer,
  ): void;
  hashRewind(slots: Pointer, mask: number): void;
  hashLookup(
    words: Pointer,
    positions: Pointer,
    count: number,
    slots: Pointer,
    mask: number,
    isHash: boolean,
    pending: Pointer,
    found: Pointer,
  ): void;
  hashLookupMany(
    words: Pointer,
    positions: Pointer,
    count: number,
    slots: Pointer,
    mask: number,
    isHash: boolean,
    pending: Pointer,
    first: Pointer,
    counts: Pointer,
  ): void;
  runStarts(words: Pointer, count: number, out: Pointer): number;
  fillRuns(words: Pointer, count: number, found: Pointer): void;
  bloomInsert(words: Pointer, count: number, filter: Pointer, mask: number, isHash: boolean): void;
  bloomSelect(
    words: Pointer,
    positions: Pointer,
    count: number,
    filter: Pointer,
    mask: number,
    isHash: boolean,
    out: Pointer,
  ): number;
  foundPairs(found: Pointer, rows: Pointer, count: number, outProbe: Pointer, outBuild: Pointer): number;
  scatter(values: Pointer, rows: Pointer, count: number, out: Pointer): void;
  expand(
    first: Pointer,
    counts: Pointer,
    rows: Pointer,
    count: number,
    buildRows: Pointer,
    single: boolean,
    most: number,
    flags: Pointer,
    skip: number,
    cursor: Pointer,
    capacity: number,
    outProbe: Pointer,
    outBuild: Pointer,
  ): number;
  pickPairs(positions: Pointer, count: number, probe: Pointer, build: Pointer): void;
  flagRows(rows: Pointer, count: number, flags: Pointer, flag: number): void;
  flagFound(found: Pointer, none: number, rows: Pointer, count: number, flags: Pointer): void;
  selectFlags(flags: Pointer, rows: Pointer, count: number, mask: number, value: number, out: Pointer): number;
  writeMarks(flags: Pointer, rows: number, data: Pointer, validity: Pointer): number;
  setBits(rows: Pointer, count: number, bitmap: Pointer): void;
  /** The rows from `from` on whose bit is `wanted`. */
  selectBits(bitmap: Pointer, from: number, count: number, wanted: number, out: Pointer): number;
  claimGroups(
    first: Pointer,
    counts: Pointer,
    count: number,
    buildRows: Pointer,
    single: boolean,
    bitmap: Pointer,
  ): void;
};

/** Bits of a probe row's flag. */
export const MATCHED = 1;
export const UNKNOWN = 2;

/** When a pair with a NULL in a key stays in verification. */
export const NullsStay = { never: 0, both: 1, always: 2 } as const;

export const joinKernel = ({ memory }: LinearMemory) => kernel<JoinKernel>(memory, 'join');
