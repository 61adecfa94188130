import type { DecimalType, SqlType, Value } from '../../src/common/types.ts';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  sameType,
  typeName,
  VARCHAR,
} from '../../src/common/types.ts';
import { resolveAggregate } from '../../src/operators/aggregate/functions.ts';
import { commonType } from '../../src/operators/expr/coerce.ts';
import { type Column, type ColumnExpr, type ColumnId, caseBranch, type Expr } from '../../src/operators/expr/expr.ts';
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

export const int = (value: number): Expr => literal(value, INTEGER);

export const big = (value: bigint | number): Expr => literal(BigInt(value), BIGINT);

export const text = (value: string): Expr => literal(value, VARCHAR);

export const float = (value: number): Expr => literal(value, DOUBLE);

export const truth = (value: boolean): Expr => literal(value, BOOLEAN);

/** `date('1995-03-15')` */
export function date(iso: string): Expr {
  const days = Date.parse(`${iso}T00:00:00Z`) / 86_400_000;
  if (!/^\d{4}-\d\d-\d\d$/.test(iso) || !Number.isInteger(days)) throw new Error(`"${iso}" is not a date`);
  return literal(days, DATE);
}

/** `exact('0.05')` is of type decimal(2,2), as SQL reads it; a type may be given. */
export function exact(digits: string, type?: DecimalType): Expr {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(digits) ?? [];
  if (whole + fraction === '') throw new Error(`"${digits}" is not a decimal number`);
  const significant = whole.replace(/^0+/, '');
  const own = decimal(Math.max(significant.length + fraction.length, 1), fraction.length);
  const of = type ?? own;
  if (of.scale < own.scale || of.precision - of.scale < own.precision - own.scale) {
    throw new Error(`${digits} does not fit ${typeName(of)}`);
  }
  const unscaled = BigInt(whole + fraction) * 10n ** BigInt(of.scale - own.scale);
  return literal(sign === '-' ? -unscaled : unscaled, of);
}

export const and = (...args: readonly Expr[]): Expr => logical('and', args);

export const or = (...args: readonly Expr[]): Expr => logical('or', args);

function logical(kind: 'and' | 'or', args: readonly Expr[]): Expr {
  const [only] = args;
  if (only && args.length === 1) return only;
  return { kind, args, type: BOOLEAN };
}

export const not = (input: Expr): Expr => ({ kind: 'not', input, type: BOOLEAN });

export const isNull = (input: Expr): Expr => ({ kind: 'isNull', input, negated: false, type: BOOLEAN });

export const isNotNull = (input: Expr): Expr => ({ kind: 'isNull', input, negated: true, type: BOOLEAN });

/** `input IN (list)`, everything cast to the common type. */
export function inList(input: Expr, list: readonly Expr[], negated = false): Expr {
  const [first, ...rest] = toCommonType('IN', [input, ...list]);
  return { kind: 'inList', input: first as Expr, list: rest, negated, type: BOOLEAN };
}

/** CASE WHEN: pairs of condition and value, then ELSE; the values are cast to their common type. */
export function caseWhen(branches: readonly (readonly [Expr, Expr])[], otherwise: Expr | null = null): Expr {
  const values = [...branches.map(([, value]) => value), ...(otherwise ? [otherwise] : [])];
  const cast = toCommonType('CASE', values);
  return {
    kind: 'case',
    branches: branches.map(([when], i) => caseBranch(when, cast[i] as Expr)),
    otherwise: otherwise && (cast.at(-1) as Expr),
    type: (cast[0] as Expr).type,
  };
}

export const coalesce = (first: Expr, ...more: readonly Expr[]): Expr =>
  more.length === 0
    ? first
    : caseWhen(
        [first, ...more.slice(0, -1)].map((expr) => [isNotNull(expr), expr] as const),
        more.at(-1) as Expr,
      );

/** Casts to the type that comparisons, CASE and set operations convert to. Throws when there is none. */
export function toCommonType(what: string, exprs: readonly Expr[]): readonly Expr[] {
  const types = exprs.map((expr) => expr.type);
  const common = commonType(types);
  if (common === null) throw new Error(`${what}: ${types.map(typeName).join(', ')} have no common type`);
  return exprs.map((expr) => castTo(expr, common));
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
