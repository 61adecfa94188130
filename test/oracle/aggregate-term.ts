import type { SqlType } from '../../src/common/types.ts';
import { BOOLEAN, sameType, typeName } from '../../src/common/types.ts';
import { resolveAggregate } from '../../src/operators/aggregate/functions.ts';
import type { Column, Expr } from '../../src/operators/expr/expr.ts';
import type { AggregateCall, SortKey } from '../../src/operators/plan.ts';
import { checkExpr } from './check-expr.ts';
import { castTo } from './expr-builder.ts';

export interface AggregateOptions {
  readonly distinct?: boolean;
  /** FILTER (WHERE …). */
  readonly filter?: Expr;
  readonly orderBy?: readonly SortKey[];
}

/** An aggregate call as a query writes it. */
export interface AggregateTerm extends AggregateOptions {
  readonly function: string;
  readonly args: readonly Expr[];
}

export const aggregateOf = (name: string, args: readonly Expr[], options: AggregateOptions = {}): AggregateTerm => ({
  function: name,
  args,
  ...options,
});

export const countAll = (options?: AggregateOptions) => aggregateOf('count', [], options);
export const count = (arg: Expr, options?: AggregateOptions) => aggregateOf('count', [arg], options);
export const sum = (arg: Expr, options?: AggregateOptions) => aggregateOf('sum', [arg], options);
export const avg = (arg: Expr, options?: AggregateOptions) => aggregateOf('avg', [arg], options);
export const min = (arg: Expr, options?: AggregateOptions) => aggregateOf('min', [arg], options);
export const max = (arg: Expr, options?: AggregateOptions) => aggregateOf('max', [arg], options);

export const asc = (expr: Expr, nulls: 'first' | 'last' = 'last'): SortKey => ({
  expr,
  descending: false,
  nullsFirst: nulls === 'first',
});

export const desc = (expr: Expr, nulls: 'first' | 'last' = 'first'): SortKey => ({
  expr,
  descending: true,
  nullsFirst: nulls === 'first',
});

export interface ResolvedTerm {
  /** With the states that `fresh` made. */
  readonly call: AggregateCall;
  readonly type: SqlType;
}

/** The call with its implicit casts, checked against the input. Throws when there is no such function. */
export function resolveTerm(
  term: AggregateTerm,
  columns: readonly Column[],
  fresh: (name: string, type: SqlType, nullable: boolean) => Column,
): ResolvedTerm {
  const { function: name, distinct = false, filter = null, orderBy = [] } = term;
  const types = term.args.map((arg) => arg.type);
  const resolved = resolveAggregate(name, types);
  if (!resolved) throw new Error(`no aggregate ${name}(${types.map(typeName).join(', ')})`);
  const args = term.args.map((arg, i) => castTo(arg, resolved.argTypes[i] as SqlType));
  for (const expr of [...args, ...orderBy.map((key) => key.expr), ...(filter ? [filter] : [])]) {
    checkExpr(expr, columns);
  }
  if (filter && !sameType(filter.type, BOOLEAN)) throw new Error(`FILTER of ${name} is ${typeName(filter.type)}`);
  const states = resolved.states.map(({ type, nullable }, i) => fresh(`${name}_${i}`, type, nullable));
  return {
    call: { function: name, args, argTypes: resolved.argTypes, distinct, orderBy, filter, states },
    type: resolved.type,
  };
}
