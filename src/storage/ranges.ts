import { assertNever } from '../common/errors.ts';
import { outside, type Subject } from './errors.ts';
import type { ByteRange } from './object-store.ts';

/** Throws SQ5007 for a range that no object can satisfy: empty, negative or not whole. */
export function checkRange(of: Subject, range: ByteRange): void {
  if (range.kind === 'all') return;
  const whole = Number.isSafeInteger(range.length) && range.length > 0;
  const starts = range.kind === 'suffix' || (Number.isSafeInteger(range.offset) && range.offset >= 0);
  if (!whole || !starts) throw outside(of, range);
}

/** Where a range lies in an object of `size` bytes. */
export function resolveRange(of: Subject, range: ByteRange, size: number): { offset: number; length: number } {
  checkRange(of, range);
  switch (range.kind) {
    case 'all':
      return { offset: 0, length: size };
    case 'suffix':
      if (size === 0) throw outside(of, range, size);
      return { offset: Math.max(0, size - range.length), length: Math.min(size, range.length) };
    case 'range':
      if (range.offset >= size) throw outside(of, range, size);
      return { offset: range.offset, length: Math.min(range.length, size - range.offset) };
    default:
      return assertNever(range);
  }
}
