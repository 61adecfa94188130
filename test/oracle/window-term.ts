import type { SqlType } from '../../src/common/types.ts';
import { BIGINT, BOOLEAN, DOUBLE, sameType, typeName } from '../../src/common/types.ts';
import { resolveAggregate } from '../../src/operators/aggregate/functions.ts';
import type { Column, Expr } from '../../src/operators/expr/expr.ts';
import type { FrameBound, WindowCall, WindowFrame } from '../../src/operators/plan.ts';
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

const RANKINGS: Readonly<Record<string, SqlType>> = {
  row_number: BIGINT,
  rank: BIGINT,
  dense_rank: BIGINT,
  percent_rank: DOUBLE,
  cume_dist: DOUBLE,
};

/** Arguments cast and result type of a window function; null when it has no such arguments. */
function resolveWindow(name: string, args: readonly Expr[]): { args: readonly Expr[]; type: SqlType } | null {
  const ranking = RANKINGS[name];
  if (ranking) return args.length === 0 ? { args, type: ranking } : null;
  const [value, second, fallback] = args;
  switch (name) {
    case 'ntile':
      return value && args.length === 1 ? { args: [castTo(value, BIGINT)], type: BIGINT } : null;
    case 'first_value':
    case 'last_value':
      return value && args.length === 1 ? { args, type: value.type } : null;
    case 'nth_value':
      return value && second && args.length === 2 ? { args: [value, castTo(second, BIGINT)], type: value.type } : null;
    case 'lag':
    case 'lead':
      if (!value || args.length > 3) return null;
      return {
        args: [value, ...(second ? [castTo(second, BIGINT)] : []), ...(fallback ? [castTo(fallback, value.type)] : [])],
        type: value.type,
      };
    default: {
      const resolved = resolveAggregate(
        name,
        args.map((arg) => arg.type),
      );
      return (
        resolved && { args: args.map((arg, i) => castTo(arg, resolved.argTypes[i] as SqlType)), type: resolved.type }
      );
    }
  }
}

/** The call with its implicit casts, checked against the input. Throws when there is no such function. */
export function resolveWindowTerm(term: WindowTerm, columns: readonly Column[]): WindowCall {
  const { function: name, frame: given = DEFAULT_FRAME, distinct = false, filter = null, ignoreNulls = false } = term;
  const resolved = resolveWindow(name, term.args);
  if (!resolved)
    throw new Error(`no window function ${name}(${term.args.map((arg) => typeName(arg.type)).join(', ')})`);
  const offsets = [given.start, given.end].flatMap((bound) => ('offset' in bound ? [bound.offset] : []));
  for (const expr of [...resolved.args, ...(filter ? [filter] : [])]) checkExpr(expr, columns);
  for (const offset of offsets) checkExpr(offset, []);
  if (filter && !sameType(filter.type, BOOLEAN)) throw new Error(`FILTER of ${name} is ${typeName(filter.type)}`);
  return {
    function: name,
    args: resolved.args,
    argTypes: resolved.args.map((arg) => arg.type),
    distinct,
    filter,
    ignoreNulls,
    frame: given,
    type: resolved.type,
  };
}
