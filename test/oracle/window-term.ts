import type { SqlType } from '../../src/common/types.ts';
import { BOOLEAN, sameType, typeName } from '../../src/common/types.ts';
import type { Column, Expr } from '../../src/operators/expr/expr.ts';
import type { FrameBound, WindowCall, WindowFrame } from '../../src/operators/plan.ts';
import { resolveWindowFunction } from '../../src/operators/window/functions.ts';
import { checkExpr } from './check-expr.ts';
import { big, castTo } from './expr-builder.ts';

export interface WindowOptions {
  /** Default: from the partition's first row to the current row's last peer. */
  readonly frame?: WindowFrame;
  readonly distinct?: boolean;
  readonly filter?: Expr;
  readonly ignoreNulls?: boolean;
}

/** A window function as a query writes it. */
export interface WindowTerm extends WindowOptions {
  readonly function: string;
  readonly args: readonly Expr[];
}

export const over = (name: string, args: readonly Expr[] = [], options: WindowOptions = {}): WindowTerm => ({
  function: name,
  args,
  ...options,
});

export const UNBOUNDED_PRECEDING: FrameBound = { kind: 'unboundedPreceding' };
export const CURRENT_ROW: FrameBound = { kind: 'currentRow' };
export const UNBOUNDED_FOLLOWING: FrameBound = { kind: 'unboundedFollowing' };
export const preceding = (offset: Expr | number): FrameBound => ({ kind: 'preceding', offset: offsetOf(offset) });
export const following = (offset: Expr | number): FrameBound => ({ kind: 'following', offset: offsetOf(offset) });

const offsetOf = (offset: Expr | number) => (typeof offset === 'number' ? big(offset) : offset);

export const frame = (
  unit: WindowFrame['unit'],
  start: FrameBound,
  end: FrameBound,
  exclude: WindowFrame['exclude'] = 'noOthers',
): WindowFrame => ({ unit, start, end, exclude });

const DEFAULT_FRAME = frame('range', UNBOUNDED_PRECEDING, CURRENT_ROW);

/** The call with its implicit casts, checked against the input. Throws when there is no such function. */
export function resolveWindowTerm(term: WindowTerm, columns: readonly Column[]): WindowCall {
  const { function: name, frame: given = DEFAULT_FRAME, distinct = false, filter = null, ignoreNulls = false } = term;
  const types = term.args.map((arg) => arg.type);
  const resolved = resolveWindowFunction(name, types);
  if (!resolved) throw new Error(`no window function ${name}(${types.map(typeName).join(', ')})`);
  const args = term.args.map((arg, i) => castTo(arg, resolved.argTypes[i] as SqlType));
  const offsets = [given.start, given.end].flatMap((bound) => ('offset' in bound ? [bound.offset] : []));
  for (const expr of [...args, ...(filter ? [filter] : [])]) checkExpr(expr, columns);
  for (const offset of offsets) checkExpr(offset, []);
  if (filter && !sameType(filter.type, BOOLEAN)) throw new Error(`FILTER of ${name} is ${typeName(filter.type)}`);
  return {
    function: name,
    args,
    argTypes: resolved.argTypes,
    distinct,
    filter,
    ignoreNulls,
    frame: given,
    type: resolved.type,
  };
}
