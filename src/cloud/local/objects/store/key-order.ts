/**
 * Compares by UTF-8 bytes, the order in which S3 lists keys. UTF-16 units have that order too, but for surrogates, which
 * stand for code points above every other unit.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
const rank = (unit: number) => (isSurrogate(unit) ? unit + 0x10000 : unit);
