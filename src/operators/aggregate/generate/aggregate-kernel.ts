import { kernel } from '../../../wasm/kernels.ts';
import type { LinearMemory } from '../../../wasm/linear-memory.ts';
import type { Pointer } from '../../../wasm/vector.ts';

/** Exports of the kernel `aggregate`, which says what they do. */
export interface AggregateKernel {
  counts(states: Pointer, stride: number, count: number, rows: number, nulls: number, out: Pointer): void;
  haveValues(states: Pointer, stride: number, count: number, rows: number, nulls: number, validity: Pointer): number;
  haveSeen(states: Pointer, stride: number, count: number, seen: number, validity: Pointer): number;
  fields(states: Pointer, stride: number, count: number, offset: number, width: number, out: Pointer): void;
  exactSums(
    states: Pointer,
    stride: number,
    count: number,
    sum: number,
    wide: boolean,
    width: number,
    maxLow: bigint,
    maxHigh: bigint,
    out: Pointer,
  ): number;
  exactMeans(
    states: Pointer,
    stride: number,
    count: number,
    sum: number,
    wide: boolean,
    rows: number,
    nulls: number,
    power: number,
    out: Pointer,
    rest: Pointer,
  ): number;
  floatSums(
    states: Pointer,
    stride: number,
    count: number,
    sum: number,
    odd: number,
    mean: boolean,
    rows: number,
    nulls: number,
    out: Pointer,
  ): number;
}

export const aggregateKernel = (memory: LinearMemory) => kernel<AggregateKernel>(memory.memory, 'aggregate');
