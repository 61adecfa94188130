import { InternalError } from '../common/errors.ts';
import type { Column } from '../operators/expr/expr.ts';
import { positionOf } from '../operators/expr/interpret.ts';
import type { SortKey } from '../operators/plan.ts';

/** Where the keys of a range stand among the columns. Throws InternalError for one that is no column. */
export function keyPositions(keys: readonly SortKey[], columns: readonly Column[]): readonly number[] {
  return keys.map(({ expr }) => {
    if (expr.kind !== 'column') throw new InternalError(`a range by a ${expr.kind} that is no column`);
    return positionOf(expr, columns);
  });
}
