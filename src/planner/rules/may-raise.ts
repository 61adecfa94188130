import { assertNever } from '../../common/errors.ts';
import { isInteger } from '../../common/types.ts';
import { canImplicitlyCast } from '../../operators/expr/coerce.ts';
import type { CallExpr, Expr } from '../../operators/expr/expr.ts';
import { parts } from '../../operators/expr/rewrite.ts';

/** Functions that have a value for every argument. */
const TOTAL: ReadonlySet<string> = new Set([
  ...['=', '<>', '<', '<=', '>', '>=', 'is_distinct_from', 'is_not_distinct_from'],
  ...['||', 'lower', 'upper', 'length', 'trim', 'ltrim', 'rtrim', 'starts_with', 'greatest', 'least', 'coalesce'],
]);

const LIKES: ReadonlySet<string> = new Set(['like', 'not_like', 'ilike', 'not_ilike']);
const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*']);

const KNOWN = new WeakMap<Expr, boolean>();

/**
 * Whether an expression could raise an error for some row: divisions, casts that narrow, sums of integers, functions that are not
 * known to be total. Such a predicate is never asked of rows that another would have left out before.
 */
export function mayRaise(expr: Expr): boolean {
  const known = KNOWN.get(expr);
  if (known !== undefined) return known;
  const raises = raisesItself(expr) || parts(expr).some(mayRaise);
  KNOWN.set(expr, raises);
  return raises;
}

function raisesItself(expr: Expr): boolean {
  switch (expr.kind) {
    case 'column':
    case 'literal':
    case 'case':
    case 'and':
    case 'or':
    case 'not':
    case 'isNull':
    case 'inList':
      return false;
    case 'cast':
      return !(expr.try || canImplicitlyCast(expr.input.type, expr.type));
    case 'call':
      return callRaises(expr);
    default:
      return assertNever(expr);
  }
}

function callRaises({ function: name, args, type }: CallExpr): boolean {
  if (TOTAL.has(name) || name.startsWith('extract_')) return false;
  // A pattern may end in its escape character.
  if (LIKES.has(name)) return args.length > 2 || !isPlainPattern(args[1]);
  if (name === 'substring') return !args.slice(1).every(isCount);
  if (name === '/' || name === '%') return !isSafeDivisor(args[1]);
  if (!ARITHMETIC.has(name)) return true;
  if (isInteger(type)) return true;
  return !(type.kind === 'double' || type.kind === 'real' || (type.kind === 'decimal' && type.precision < 38));
}

const isPlainPattern = (arg: Expr | undefined) =>
  arg?.kind === 'literal' && !(typeof arg.value === 'string' && arg.value.includes('\\'));

/** The smallest whole number has no quotient by -1. */
function isSafeDivisor(arg: Expr | undefined): boolean {
  if (arg?.kind !== 'literal') return false;
  return arg.value === null || !(Number(arg.value) === 0 || Number(arg.value) === -1);
}

/** A position or length that no text is too short for. */
const isCount = (arg: Expr) =>
  arg.kind === 'literal' &&
  (arg.value === null || (typeof arg.value === 'bigint' ? arg.value >= 0n : Number(arg.value) >= 0));
