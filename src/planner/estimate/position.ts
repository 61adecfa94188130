import type { Value } from '../../common/types.ts';

/**
 * Where a value lies between two others of its type, from 0 (at `min` or before it) to 1; null where the type has no distances.
 * Text counts by the six bytes behind what all three begin with alike.
 */
export function positionBetween(value: Value, min: Value, max: Value): number | null {
  if (typeof min === 'string' && typeof max === 'string' && typeof value === 'string') {
    return textPosition(Buffer.from(value), Buffer.from(min), Buffer.from(max));
  }
  const [at, low, high] = [asNumber(value), asNumber(min), asNumber(max)];
  if (at === null || low === null || high === null) return null;
  return between(at, low, high);
}

/** Whole numbers from `min` to `max`, both counted; null for values that are no numbers. */
export function positionSpan(min: Value, max: Value): number | null {
  const [low, high] = [asNumber(min), asNumber(max)];
  return low === null || high === null ? null : high - low + 1;
}

function asNumber(value: Value): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  return null;
}

function between(at: number, low: number, high: number): number {
  if (Number.isNaN(at) || at >= high) return at < low ? 0 : 1;
  return at <= low ? 0 : (at - low) / (high - low);
}

const PREFIX_BYTES = 6;

function textPosition(value: Buffer, min: Buffer, max: Buffer): number {
  if (Buffer.compare(value, min) <= 0) return 0;
  if (Buffer.compare(value, max) >= 0) return 1;
  let same = 0;
  while (same < min.length && same < max.length && min[same] === max[same]) same++;
  const part = (text: Buffer) => {
    let sum = 0;
    for (let i = 0; i < PREFIX_BYTES; i++) sum = sum * 256 + (text[same + i] ?? 0);
    return sum;
  };
  return between(part(value), part(min), part(max));
}
