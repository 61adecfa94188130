import { kernel } from '../../wasm/kernels.ts';
import type { Pointer } from '../../wasm/vector.ts';

/** Bytes behind the end of whatever a kernel decodes that it may read. */
export const SLACK = 16;

/** What kernels that decode return. */
export const STATUS = { OK: 0, TRUNCATED: 1, DAMAGED: 2 } as const;

/** src/wasm/kernels/decode.as.ts */
export interface HybridKernel {
  stateBytes(): number;
  hybridInit(state: Pointer, position: Pointer, end: Pointer, width: number): void;
  hybridPacked(state: Pointer, position: Pointer, end: Pointer, values: number): void;
  hybridSkip(state: Pointer, count: number): number;
  hybridCodes(state: Pointer, entries: number, out: Pointer, count: number): number;
  hybridGather(
    state: Pointer,
    dictionary: Pointer,
    entries: number,
    width: number,
    codes: Pointer,
    out: Pointer,
    count: number,
  ): number;
  blockCodes(): number;
  hybridBytes(state: Pointer, codes: Pointer, limit: number, out: Pointer, count: number): number;
  hybridLevels(state: Pointer, bitmap: Pointer, bit: number, count: number): number;
  reverseBits(data: Pointer, length: number): void;
  shiftBits(source: Pointer, from: number, bitmap: Pointer, count: number): void;
}

/** src/wasm/kernels/decode-rows.as.ts */
export interface RowsKernel {
  spread(
    bitmap: Pointer,
    bit: number,
    rows: number,
    source: Pointer,
    present: number,
    out: Pointer,
    width: number,
  ): void;
  bounds32(data: Pointer, count: number, unsigned: boolean, out: Pointer): void;
  bounds64(data: Pointer, count: number, out: Pointer): void;
  outerBounds64(data: Pointer, count: number, out: Pointer): void;
  countDefined(definitions: Pointer, count: number, level: number): number;
  slotBits(
    definitions: Pointer,
    repetitions: Pointer,
    count: number,
    repetition: number,
    slot: number,
    level: number,
    bitmap: Pointer,
    bit: number,
  ): number;
  listOffsets(
    definitions: Pointer,
    repetitions: Pointer,
    count: number,
    repetition: number,
    slot: number,
    entry: number,
    offsets: Pointer,
  ): number;
}

/** src/wasm/kernels/decode-values.as.ts */
export interface ValuesKernel {
  plainBytes(): number;
  plainInit(state: Pointer, position: Pointer, end: Pointer): void;
  plainViews(state: Pointer, ready: Pointer, count: number, text: boolean, out: Pointer): number;
  plainSkip(state: Pointer, ready: Pointer, count: number): number;
  areText(views: Pointer, count: number): number;
  fixedViews(data: Pointer, width: number, count: number, out: Pointer): void;
  packViews(views: Pointer, count: number, width: number, out: Pointer): number;
  deltaBytes(): number;
  deltaInit(state: Pointer, position: Pointer, end: Pointer): number;
  deltaLeft(state: Pointer): number;
  deltaEnd(state: Pointer): Pointer;
  deltaRead(state: Pointer, out: Pointer, count: number, bytes: number): number;
  lengthViews(lengths: Pointer, count: number, position: Pointer, end: Pointer, out: Pointer): Pointer;
  prefixedBytes(prefixes: Pointer, suffixes: Pointer, count: number, before: number, available: number): number;
  prefixedViews(
    prefixes: Pointer,
    suffixes: Pointer,
    count: number,
    before: Pointer,
    position: Pointer,
    bytes: Pointer,
    out: Pointer,
  ): Pointer;
  joinStreams(data: Pointer, stride: number, index: number, count: number, width: number, out: Pointer): void;
  unpackBits(data: Pointer, index: number, count: number, out: Pointer): void;
}

/** src/wasm/kernels/decode-convert.as.ts */
export interface ConvertKernel {
  narrow8(source: Pointer, count: number, least: number, greatest: number, out: Pointer): number;
  narrow16(source: Pointer, count: number, least: number, greatest: number, out: Pointer): number;
  check32(source: Pointer, count: number, least: number, greatest: number, out: Pointer): number;
  widenSigned(source: Pointer, count: number, out: Pointer): void;
  widenUnsigned(source: Pointer, count: number, out: Pointer): void;
  toDouble(source: Pointer, count: number, unsigned: boolean, out: Pointer): void;
  promote(source: Pointer, count: number, out: Pointer): void;
  halfToFloat(source: Pointer, count: number, out: Pointer): void;
  halfToDouble(source: Pointer, count: number, out: Pointer): void;
  millis32(source: Pointer, count: number, out: Pointer): void;
  millis64(source: Pointer, count: number, out: Pointer): number;
  nanos64(source: Pointer, count: number, out: Pointer): number;
  int96(source: Pointer, count: number, out: Pointer): number;
  uuids(source: Pointer, count: number, out: Pointer): void;
  intervals(source: Pointer, count: number, out: Pointer): void;
  decimals(
    kind: number,
    source: Pointer,
    length: number,
    count: number,
    parameters: Pointer,
    width: number,
    out: Pointer,
  ): number;
}

export interface DecodeKernels {
  readonly hybrid: HybridKernel;
  readonly rows: RowsKernel;
  readonly values: ValuesKernel;
  readonly convert: ConvertKernel;
}

export function decodeKernels(memory: WebAssembly.Memory): DecodeKernels {
  return {
    hybrid: kernel<HybridKernel>(memory, 'decode'),
    rows: kernel<RowsKernel>(memory, 'decode-rows'),
    values: kernel<ValuesKernel>(memory, 'decode-values'),
    convert: kernel<ConvertKernel>(memory, 'decode-convert'),
  };
}
