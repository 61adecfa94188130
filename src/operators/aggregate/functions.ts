import { InternalError } from '../../common/errors.ts';
import type { SqlType } from '../../common/types.ts';
import { BIGINT, DOUBLE, decimal, INTEGER, isNumeric, MAX_DECIMAL_PRECISION, typeName } from '../../common/types.ts';
import { comparisonType } from '../expr/functions/comparison.ts';

/** An aggregate call as the planner writes it into an AggregateCall. */
export interface ResolvedAggregate {
  readonly name: string;
  /** What the arguments have to be cast to. */
  readonly argTypes: readonly SqlType[];
  readonly type: SqlType;
  /** The columns that carry a group's state from phase `partial` to phase `final`. */
  readonly states: readonly { readonly type: SqlType; readonly nullable: boolean }[];
}

/**
 * Result types. NULLs are passed over; over no row `count` is 0 and the others are NULL.
 *
 * | function | argument | result | state |
 * | --- | --- | --- | --- |
 * | count(), count(x) | any | bigint | the result |
 * | sum | tinyint to integer, utinyint to uinteger | bigint | the result |
 * | sum | bigint, ubigint | decimal(38,0) | the result |
 * | sum | decimal(p,s) | decimal(38,s) | the result; beyond 30 digits two columns, the sum modulo 10^38 and how often 10^38 |
 * | sum | real, double | double | the result |
 * | avg | integers | double, the exact quotient rounded once | count, sum as decimal(38,0) |
 * | avg | decimal(p,s) | double, the exact quotient rounded once | count, sum as that of sum |
 * | avg | real, double | double | count, sum as double |
 * | min, max | any type with an order | the argument's | the result |
 *
 * A sum that does not fit its type is SQ3002; sums of exact types are checked when they are complete, so the order of the
 * rows does not matter. Sums of floats are added in the order of arrival and may differ in their last bits from run to run.
 */
const AGGREGATES: Readonly<Record<string, (args: readonly SqlType[]) => Omit<ResolvedAggregate, 'name'> | null>> = {
  count: (args) =>
    args.length > 1 ? null : { argTypes: args, type: BIGINT, states: [{ type: BIGINT, nullable: false }] },
  sum: (args) => {
    const arg = numericArgument(args);
    return arg && { argTypes: [arg], type: sumType(arg), states: sumStates(arg, sumType(arg)) };
  },
  avg: (args) => {
    const arg = numericArgument(args);
    if (arg === null) return null;
    const sum = sumType(arg);
    const type = sum.kind === 'bigint' ? decimal(MAX_DECIMAL_PRECISION, 0) : sum;
    return {
      argTypes: [arg],
      type: DOUBLE,
      states: [{ type: BIGINT, nullable: false }, ...sumStates(arg, type)],
    };
  },
  min: extreme,
  max: extreme,
};

function extreme(args: readonly SqlType[]): Omit<ResolvedAggregate, 'name'> | null {
  const type = args.length === 1 ? comparisonType(args) : null;
  return type && withOwnState(type, type);
}

function withOwnState(arg: SqlType, type: SqlType): Omit<ResolvedAggregate, 'name'> {
  return { argTypes: [arg], type, states: [{ type, nullable: true }] };
}

/** Digits of an argument of which 10^8 values at the end of its type, in one task, have a sum of 38. */
const SHORT_DIGITS = 30;

/** A part of the rows may have a sum that does not fit, though the sum of all does. */
function sumStates(arg: SqlType, type: SqlType): ResolvedAggregate['states'] {
  const sum = { type, nullable: true };
  return arg.kind === 'decimal' && arg.precision > SHORT_DIGITS ? [sum, { type: BIGINT, nullable: true }] : [sum];
}

function numericArgument(args: readonly SqlType[]): SqlType | null {
  const [arg] = args;
  if (arg === undefined || args.length !== 1) return null;
  if (arg.kind === 'null') return INTEGER;
  return isNumeric(arg) ? arg : null;
}

function sumType(arg: SqlType): SqlType {
  switch (arg.kind) {
    case 'decimal':
      return decimal(MAX_DECIMAL_PRECISION, arg.scale);
    case 'bigint':
    case 'ubigint':
      return decimal(MAX_DECIMAL_PRECISION, 0);
    case 'real':
    case 'double':
      return DOUBLE;
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
      return BIGINT;
    default:
      throw new InternalError(`there is no sum of ${typeName(arg)}`);
  }
}

/** The overload of an aggregate function for these arguments; null when there is none. Names are lower case. */
export function resolveAggregate(name: string, argTypes: readonly SqlType[]): ResolvedAggregate | null {
  const resolved = Object.hasOwn(AGGREGATES, name) ? AGGREGATES[name]?.(argTypes) : null;
  return resolved ? { name, ...resolved } : null;
}

export function aggregateNames(): readonly string[] {
  return Object.keys(AGGREGATES).sort();
}
