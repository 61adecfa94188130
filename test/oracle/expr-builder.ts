import type { SqlType, Value } from '../../src/common/types.ts';
import { sameType, typeName } from '../../src/common/types.ts';
import { resolveAggregate } from '../../src/operators/aggregate/functions.ts';
import type { Column, ColumnExpr, ColumnId, Expr } from '../../src/operators/expr/expr.ts';
import { resolveFunction } from '../../src/operators/expr/functions.ts';
import type { AggregateCall } from '../../src/operators/plan.ts';

/** Expressions and columns for tests, resolved and cast as the planner does it. */
export const column = (id: number, name: string, type: SqlType, nullable = true): Column => ({
  id: id as ColumnId,
  name,
  type,
  nullable,
});

export const ref = ({ id, name, type }: Column): ColumnExpr => ({ kind: 'column', id, name, type });

export const literal = (value: Value, type: SqlType): Expr => ({ kind: 'literal', value, type });

export const castTo = (input: Expr, type: SqlType): Expr =>
  sameType(input.type, type) ? input : { kind: 'cast', input, type, try: false };

/** A call with the implicit casts of its overload. Throws when there is none. */
export function call(name: string, ...args: readonly Expr[]): Expr {
  const resolved = resolveFunction(
    name,
    args.map((arg) => arg.type),
  );
  if (!resolved) throw new Error(`no ${name}(${args.map((arg) => typeName(arg.type)).join(', ')})`);
  const cast = args.map((arg, i) => castTo(arg, resolved.argTypes[i] as SqlType));
  return { kind: 'call', function: name, args: cast, type: resolved.type };
}

export interface BuiltAggregate {
  readonly call: AggregateCall;
  readonly result: Column;
}

/** An aggregate call whose states and result get the ids from `id` on. */
export function aggregate(id: number, name: string, arg: Expr | null, filter: Expr | null = null): BuiltAggregate {
  const resolved = resolveAggregate(name, arg ? [arg.type] : []);
  if (!resolved) throw new Error(`no ${name}`);
  const states = resolved.states.map(({ type, nullable }, i) => column(id + i, `${name}_${i}`, type, nullable));
  return {
    call: {
      function: name,
      args: arg ? [arg] : [],
      argTypes: resolved.argTypes,
      distinct: false,
      orderBy: [],
      filter,
      states,
    },
    result: column(id + states.length, name, resolved.type),
  };
}
