import { caseBranch, type Expr } from '../expr/expr.ts';
import type { WindowCall } from '../plan.ts';
import { offsetExpr } from './window-keys.ts';

/** What a window function reads of the rows. All of it is evaluated in every row, arguments only where the filter is true. */
export interface CallInputs {
  readonly args: readonly Expr[];
  readonly filter: Expr | null;
  readonly start: Expr | null;
  readonly end: Expr | null;
}

export function callInputs({ args, filter, frame }: WindowCall): CallInputs {
  return {
    args: filter ? args.map((arg) => filtered(arg, filter)) : args,
    filter,
    start: offsetExpr(frame.start),
    end: offsetExpr(frame.end),
  };
}

function filtered(arg: Expr, filter: Expr): Expr {
  if (arg.kind === 'literal' || arg.kind === 'column') return arg;
  return { kind: 'case', branches: [caseBranch(filter, arg)], otherwise: null, type: arg.type };
}
