import type { SqlType, Value } from '../../common/types.ts';
import { type Comparator, comparator } from '../expr/compare-values.ts';
import type { SortKey } from '../plan.ts';

/** The positions of the rows whose keys are given column by column, in the order of the keys; equal rows keep their order. */
export function sortedOrder(keys: readonly SortKey[], values: readonly (readonly Value[])[], length: number): number[] {
  const compare = keys.map(keyComparator);
  const order = Array.from({ length }, (_, row) => row);
  return order.sort((a, b) => {
    for (let i = 0; i < compare.length; i++) {
      const column = values[i] as readonly Value[];
      const result = (compare[i] as Comparator)(column[a] as Value, column[b] as Value);
      if (result !== 0) return result;
    }
    return 0;
  });
}

/** Compares rows by the values of their keys. */
export function compareKeys(keys: readonly KeyOrder[]): (a: readonly Value[], b: readonly Value[]) => number {
  const compare = keys.map(orderComparator);
  return (a, b) => {
    for (let i = 0; i < compare.length; i++) {
      const result = (compare[i] as Comparator)(a[i] as Value, b[i] as Value);
      if (result !== 0) return result;
    }
    return 0;
  };
}

/** How the values of a key are ordered. */
export interface KeyOrder {
  readonly type: SqlType;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** Compares values of a key, NULL included: negative when the first comes first. Throws UnsupportedError SQ2301 as `comparator`. */
export const keyComparator = ({ expr, descending, nullsFirst }: SortKey) =>
  orderComparator({ type: expr.type, descending, nullsFirst });

function orderComparator({ type, descending, nullsFirst }: KeyOrder): Comparator {
  const compare = type.kind === 'null' ? () => 0 : comparator(type);
  return (a, b) => {
    if (a === null || b === null) return a === b ? 0 : (a === null) === nullsFirst ? -1 : 1;
    return descending ? compare(b, a) : compare(a, b);
  };
}
