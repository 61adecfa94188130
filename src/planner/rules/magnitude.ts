import { assertNever } from '../../common/errors.ts';
import type { SqlType } from '../../common/types.ts';
import type { CallExpr, CastExpr, ColumnExpr, Expr } from '../../operators/expr/expr.ts';
import { decimalMax, INTEGER_RANGES, isIntegerKind, pow10 } from '../../operators/expr/ranges.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';

/**
 * What no value of an exact number is further from zero than, in units of its last digit: by its type, and by statistics that speak of all
 * rows of the tables. Null for other types.
 */
export function magnitude(expr: Expr, leaves: readonly LogicalPlan[]): bigint | null {
  const most = ofType(expr.type);
  if (most === null) return null;
  const known = ofExpr(expr, leaves);
  return known !== null && known < most ? known : most;
}

function ofType(type: SqlType): bigint | null {
  if (type.kind === 'decimal') return decimalMax(type);
  return isIntegerKind(type.kind) ? absolute(INTEGER_RANGES[type.kind].min, INTEGER_RANGES[type.kind].max) : null;
}

function ofExpr(expr: Expr, leaves: readonly LogicalPlan[]): bigint | null {
  switch (expr.kind) {
    case 'column':
      return ofColumn(expr, leaves);
    case 'literal':
      return isWhole(expr.value) ? absolute(BigInt(expr.value)) : null;
    case 'call':
      return ofCall(expr, leaves);
    case 'cast':
      return ofCast(expr, leaves);
    case 'case':
    case 'and':
    case 'or':
    case 'not':
    case 'isNull':
    case 'inList':
      return null;
    default:
      return assertNever(expr);
  }
}

function ofColumn({ id }: ColumnExpr, leaves: readonly LogicalPlan[]): bigint | null {
  for (const leaf of leaves) {
    if (leaf.kind !== 'scan') continue;
    const field = leaf.fields[leaf.columns.findIndex((column) => column.id === id)];
    const statistics = field === undefined ? null : leaf.source.statistics?.(field);
    const { min, max, boundsAll } = statistics ?? {};
    if (boundsAll && isWhole(min) && isWhole(max)) return absolute(BigInt(min), BigInt(max));
  }
  return null;
}

/** Sums and products of decimals keep all digits. */
function ofCall({ function: name, args, type }: CallExpr, leaves: readonly LogicalPlan[]): bigint | null {
  const [a, b] = args;
  if (!a || !b || args.length > 2) return null;
  const [left, right] = [magnitude(a, leaves), magnitude(b, leaves)];
  const digits = scaleOf(type);
  if (left === null || right === null) return null;
  const scales = [scaleOf(a.type), scaleOf(b.type)] as const;
  if (name === '*') return scales[0] + scales[1] === digits ? left * right : null;
  if ((name !== '+' && name !== '-') || scales.some((scale) => scale > digits)) return null;
  return left * pow10(digits - scales[0]) + right * pow10(digits - scales[1]);
}

function ofCast({ input, type }: CastExpr, leaves: readonly LogicalPlan[]): bigint | null {
  const inner = magnitude(input, leaves);
  const more = scaleOf(type) - scaleOf(input.type);
  return inner === null || more < 0 ? null : inner * pow10(more);
}

const scaleOf = (type: SqlType): number => (type.kind === 'decimal' ? type.scale : 0);

const isWhole = (value: unknown): value is bigint | number =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));

/** The longest way from zero. */
function absolute(...values: readonly bigint[]): bigint {
  let most = 0n;
  for (const value of values) {
    const size = value < 0n ? -value : value;
    if (size > most) most = size;
  }
  return most;
}
