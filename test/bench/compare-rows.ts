import type { Value } from '../../src/common/types.ts';

/** The first difference of two results, null when there is none. Doubles may differ in their last digits. */
export function difference(
  ours: readonly (readonly Value[])[],
  theirs: readonly (readonly Value[])[],
  ordered: boolean,
): string | null {
  if (ours.length !== theirs.length) return `${ours.length} rows against ${theirs.length}`;
  const [a, b] = ordered ? [ours, theirs] : [sorted(ours), sorted(theirs)];
  const at = a.findIndex((row, i) => row.some((value, k) => !alike(value, b[i]?.[k] as Value)));
  return at < 0 ? null : `row ${at}: ${show(a[at] as Value[])} against ${show(b[at] as Value[])}`;
}

const sorted = (rows: readonly (readonly Value[])[]) =>
  rows
    .map((row) => ({ row, key: show(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ row }) => row);

function alike(a: Value, b: Value): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    return Object.is(a, b) || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
  }
  return show([a]) === show([b]);
}

const show = (row: readonly Value[]) =>
  row.map((value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value))).join(', ');
