import type { Column } from '../../operators/expr/expr.ts';

/** The same columns in the same order. */
export const sameColumns = (a: readonly Column[], b: readonly Column[]): boolean =>
  a.length === b.length && a.every(({ id }, i) => id === b[i]?.id);
