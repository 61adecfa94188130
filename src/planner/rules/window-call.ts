import { isFloat, type SqlType, sameType } from '../../common/types.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import type { WindowCall } from '../../operators/plan.ts';
import { resolveWindowFunction } from '../../operators/window/functions.ts';
import { WHOLE_PARTITION } from './window-over.ts';

/** A function over the whole partition; null when it has another type, or is not exact whatever the order of the rows. */
export function wholePartitionCall(
  name: string,
  args: readonly Expr[],
  filter: Expr | null,
  type: SqlType,
): WindowCall | null {
  const argTypes = args.map((arg) => arg.type);
  const resolved = resolveWindowFunction(name, argTypes);
  const fits =
    resolved !== null &&
    sameType(resolved.type, type) &&
    resolved.argTypes.every((wanted, i) => sameType(wanted, argTypes[i] as SqlType));
  if (!fits || argTypes.some(isFloat)) return null;
  return {
    function: name,
    args,
    argTypes,
    distinct: false,
    filter,
    ignoreNulls: false,
    frame: WHOLE_PARTITION,
    type,
  };
}
