import type { Value } from '../../../src/common/types.ts';

/** Whether two values are the same, -0 and 0 apart, NaN and NaN together. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) && a.length === b.length && a.every((element, i) => sameValue(element as Value, b[i] as Value))
    );
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (!('months' in a && 'months' in b)) return false;
  return a.months === b.months && a.days === b.days && a.micros === b.micros;
}

/** Throws an Error that names the first difference. */
export function checkSame(actual: readonly Value[], expected: readonly Value[], where: string): void {
  for (let row = 0; row < Math.max(actual.length, expected.length); row++) {
    if (sameValue(actual[row], expected[row])) continue;
    throw new Error(`${where}, row ${row} of ${expected.length}: ${show(actual[row])}, not ${show(expected[row])}`);
  }
}

const show = (value: Value | undefined) =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' || (typeof part === 'number' && !Number.isFinite(part)) ? String(part) : part,
  );
