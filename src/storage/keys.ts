/** Keys by the order of their UTF-8 bytes, which is the order stores list in; JavaScript's own `<` differs above U+D800. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above the whole basic plane. */
const codePointRank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** DeleteObjects takes at most so many keys. */
export const DELETE_BATCH = 1000;

/** The keys in batches of at most 1,000, each of which is one DELETE request. */
export function* deleteBatches(keys: readonly string[]): Generator<readonly string[]> {
  for (let i = 0; i < keys.length; i += DELETE_BATCH) yield keys.slice(i, i + DELETE_BATCH);
}
