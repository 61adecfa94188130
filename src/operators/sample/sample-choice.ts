import type { SamplePlan } from '../plan.ts';

/** Rows of a block of SYSTEM: what a file keeps together, or nearly. */
const BLOCK_BITS = 11;
const WORD = 64;

/** How a sample decides about a row: by the hash of its place, or of its block's. */
export interface SampleChoice {
  /** Log2 of the rows that share their fate. */
  readonly shift: number;
  /** Rows are kept whose hash's upper 53 bits are below it. */
  readonly limit: bigint;
}

export function sampleChoice({ method, percent }: Pick<SamplePlan, 'method' | 'percent'>): SampleChoice {
  return {
    shift: method === 'system' ? BLOCK_BITS : 0,
    limit: BigInt(Math.round((percent / 100) * 2 ** 53)),
  };
}

/** What is mixed into the hash of every place: different for different seeds and row groups. */
export const sampleKey = (seed: number, origin: bigint): bigint =>
  mix(BigInt.asUintN(WORD, BigInt(Math.trunc(seed))) ^ mix(origin));

/** Whether a place is in the sample, as the kernel decides it. */
export const isSampled = (place: bigint, key: bigint, { shift, limit }: SampleChoice): boolean =>
  mix(mix(place >> BigInt(shift)) ^ key) >> 11n < limit;

const MULTIPLIER_1 = 0xff51afd7ed558ccdn;
const MULTIPLIER_2 = 0xc4ceb9fe1a85ec53n;

/** As the kernels' `mix`. */
function mix(word: bigint): bigint {
  const first = BigInt.asUintN(WORD, (word ^ (word >> 32n)) * MULTIPLIER_1);
  const second = BigInt.asUintN(WORD, (first ^ (first >> 29n)) * MULTIPLIER_2);
  return second ^ (second >> 32n);
}
