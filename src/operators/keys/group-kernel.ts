import { kernel } from '../../wasm/kernels.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { WholeForm } from './key-layout.ts';

/** (data, validity, rows or 0, count, records, stride, offset, column). */
type Write = (
  data: Pointer,
  validity: Pointer,
  rows: Pointer,
  count: number,
  records: Pointer,
  stride: number,
  offset: number,
  column: number,
) => void;

type WriteTailed<More extends unknown[] = []> = (...args: [...Parameters<Write>, tail: number, ...More]) => void;
type Read = (records: Pointer, count: number, stride: number, offset: number, out: Pointer) => void;

/** (data, validity, rows or 0, count, base, extent, stride, whether it is the first column, out). */
type Add = (
  data: Pointer,
  validity: Pointer,
  rows: Pointer,
  count: number,
  base: bigint,
  extent: number,
  stride: number,
  first: boolean,
  out: Pointer,
) => number;
/** (data, rows or 0, count, base, extent, index, positions, groups, fresh, out). */
type FindWhole = (
  data: Pointer,
  rows: Pointer,
  count: number,
  base: bigint,
  extent: number,
  index: Pointer,
  positions: Pointer,
  groups: number,
  fresh: Pointer,
  out: Pointer,
) => number;
type Measure = (data: Pointer, validity: Pointer, rows: Pointer, count: number, out: Pointer) => void;

/** Exports of the kernel `groups`, which says what they do. */
export type GroupKernel = Readonly<Record<`write${'8' | '16' | '32' | '64' | '128' | 'F32' | 'F64'}`, Write>> &
  Readonly<Record<`read${'8' | '16' | '32' | '64' | '128'}`, Read>> &
  Readonly<Record<`add${WholeForm}`, Add>> &
  Readonly<Record<`find${WholeForm}`, FindWhole>> &
  Readonly<Record<`measure${WholeForm}`, Measure>> & {
    readonly writeInterval: WriteTailed;
    readonly writeViews: WriteTailed;
    readonly writeCodes: WriteTailed<[entries: Pointer]>;
    writeNulls(count: number, records: Pointer, stride: number, column: number): void;
    textBytes(records: Pointer, count: number, stride: number, offset: number): number;
    copyTexts(records: Pointer, count: number, stride: number, offset: number, tail: number, heap: Pointer): Pointer;
    readMask(records: Pointer, count: number, stride: number, column: number, validity: Pointer): number;
    readViews(...args: [...Parameters<Read>, tail: number]): void;
    pick(rows: Pointer, fresh: Pointer, count: number, out: Pointer): void;
    pickRecords(records: Pointer, stride: number, fresh: Pointer, count: number, out: Pointer): void;
    findWords(
      slots: Pointer,
      bits: number,
      words: Pointer,
      masks: Pointer,
      stride: number,
      count: number,
      groups: number,
      nullAt: Pointer,
      insert: boolean,
      fresh: Pointer,
      out: Pointer,
    ): number;
    touchWords(slots: Pointer, bits: number, words: Pointer, stride: number, count: number): number;
    indexWords(slots: Pointer, bits: number, words: Pointer, stride: number, count: number, nullGroup: number): void;
    growWords(old: Pointer, oldBits: number, slots: Pointer, bits: number): void;
    findRecords(
      slots: Pointer,
      bits: number,
      records: Pointer,
      stride: number,
      words: number,
      texts: Pointer,
      textCount: number,
      batch: Pointer,
      batchHashes: Pointer,
      count: number,
      groups: number,
      insert: boolean,
      clashes: Pointer,
      out: Pointer,
    ): number;
    touchRecords(
      slots: Pointer,
      bits: number,
      records: Pointer,
      stride: number,
      hashes: Pointer,
      count: number,
      out: Pointer,
    ): number;
    indexHashes(slots: Pointer, bits: number, hashes: Pointer, from: number, count: number): void;
    growHashes(old: Pointer, oldBits: number, slots: Pointer, bits: number): void;
    findPositions(
      index: Pointer,
      positions: Pointer,
      count: number,
      groups: number,
      insert: boolean,
      fresh: Pointer,
      out: Pointer,
    ): number;
    moveDirect(index: Pointer, positions: Pointer, groups: number, layout: Pointer, columns: number): void;
    freshCodes(data: Pointer, validity: Pointer, rows: Pointer, count: number, known: Pointer, fresh: Pointer): number;
    knowCodes(codes: Pointer, groups: Pointer, count: number, known: Pointer): void;
    groupsOfCodes(
      data: Pointer,
      validity: Pointer,
      rows: Pointer,
      count: number,
      known: Pointer,
      nullPlace: number,
      out: Pointer,
    ): number;
    addCodes(
      data: Pointer,
      validity: Pointer,
      rows: Pointer,
      count: number,
      known: Pointer,
      nullPlace: number,
      extent: number,
      stride: number,
      first: boolean,
      out: Pointer,
    ): number;
    fill(out: Pointer, count: number, value: number): void;
    scatter(rows: Pointer, values: Pointer, count: number, out: Pointer): void;
    firsts(
      rows: Pointer,
      ids: Pointer,
      count: number,
      before: number,
      marks: Pointer,
      groups: Pointer,
      outRows: Pointer,
      outGroups: Pointer,
    ): number;
    findCodes(
      codesA: Pointer,
      knownA: Pointer,
      extentA: number,
      codesB: Pointer,
      knownB: Pointer,
      extentB: number,
      rows: Pointer,
      count: number,
      index: Pointer,
      positions: Pointer,
      groups: number,
      fresh: Pointer,
      out: Pointer,
    ): number;
    split(
      rows: Pointer,
      groups: Pointer,
      count: number,
      knownRows: Pointer,
      knownGroups: Pointer,
      unknownRows: Pointer,
    ): number;
    partition(rows: Pointer, hashes: Pointer, count: number, shift: number, out: Pointer, ends: Pointer): void;
  };

export const groupKernel = (memory: LinearMemory) => kernel<GroupKernel>(memory.memory, 'groups');
