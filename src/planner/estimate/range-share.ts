import type { SqlType, Value } from '../../common/types.ts';
import { isFloat } from '../../common/types.ts';
import { compareValues } from '../../parquet/compare-values.ts';
import { type ColumnFacts, type Spread, UNKNOWN_RANGE } from './column-facts.ts';
import { positionBetween, positionSpan } from './position.ts';

export interface RangeEnd {
  readonly value: Value;
  readonly inclusive: boolean;
}

/** Share of the rows whose value lies in a range, if values are spread evenly from the smallest to the largest. */
export function rangeShare(
  { min, max, nulls, distinct, spread }: ColumnFacts,
  type: SqlType,
  { low, high }: { readonly low?: RangeEnd; readonly high?: RangeEnd },
): number {
  const present = 1 - nulls;
  if (spread) return present * aroundShare(spread, low?.value, high?.value);
  if (min === undefined || max === undefined) return present * (low && high ? UNKNOWN_RANGE ** 2 : UNKNOWN_RANGE);
  if (low && (compareValues(low.value, max) > 0 || (!low.inclusive && compareValues(low.value, max) === 0))) return 0;
  if (high && (compareValues(high.value, min) < 0 || (!high.inclusive && compareValues(high.value, min) === 0)))
    return 0;
  if (low && high && compareValues(low.value, high.value) > 0) return 0;
  const step = isFloat(type) ? 0 : stepOf(min, max);
  const from = low ? positionBetween(low.value, min, max) : 0;
  const to = high ? positionBetween(high.value, min, max) : 1;
  if (from === null || to === null) return present * UNKNOWN_RANGE;
  const startsLater = low && !low.inclusive && from > 0 ? step : 0;
  const endsSooner = high && !high.inclusive && to < 1 ? step : 0;
  // Of n whole numbers each has 1/n of the way, and from the first to the last are only n - 1 steps.
  const share = step === 0 ? to - from : (to - from) * (1 - step) + step - startsLater - endsSooner;
  return present * Math.min(1, Math.max(share, 1 / distinct));
}

/**
 * Share of values around a mean that lie in a range. Beyond t deviations on one side lie no more than 1/(1 + t^2), whatever they
 * are spread like (Cantelli), and far fewer where they are sums of many; half of the bound's square lies between the two.
 */
function aroundShare({ mean, deviation }: Spread, low: Value | undefined, high: Value | undefined): number {
  const above = (value: Value | undefined) => {
    const t = (Number(value) - mean) / Math.max(deviation, Number.EPSILON);
    const beyond = 0.5 / (1 + t * t) ** 2;
    return t >= 0 ? beyond : 1 - beyond;
  };
  return Math.max(0, (low === undefined ? 1 : above(low)) - (high === undefined ? 0 : above(high)));
}

/** Share of the way from `min` to `max` that one whole number has; 0 for what does not count in whole numbers. */
function stepOf(min: Value, max: Value): number {
  const count = positionSpan(min, max);
  return count === null ? 0 : 1 / count;
}

const SAMPLES = 32;

/** The chance of a value of one column to be below one of another, if both are spread evenly; null for what has no distances. */
export function belowShare(a: ColumnFacts, b: ColumnFacts): number | null {
  const ends = [a.min, a.max, b.min, b.max].map((end) => (typeof end === 'bigint' ? Number(end) : end));
  const [low, high, from, to] = ends as number[];
  if (ends.some((end) => typeof end !== 'number')) return null;
  let below = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const value = (low as number) + (((high as number) - (low as number)) * (i + 0.5)) / SAMPLES;
    below += 1 - (positionBetween(value, from as number, to as number) ?? 0);
  }
  return below / SAMPLES;
}
