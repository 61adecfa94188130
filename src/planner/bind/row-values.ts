import { BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { BOOLEAN, typeName } from '../../common/types.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import type { AstExpr } from '../parse/ast-expr.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { callOf } from './resolve-call.ts';

const all = (args: readonly Expr[], span: Span) => joined('and', args, span);
const any = (args: readonly Expr[], span: Span) => joined('or', args, span);

/** AND or OR of one or more. */
function joined(kind: 'and' | 'or', args: readonly Expr[], span: Span): Expr {
  return args.length === 1 ? (args[0] as Expr) : { kind, args, type: BOOLEAN, span };
}

/** The values of a row value or of a query of one row, or the one of any other expression. */
export function bindRow(node: AstExpr, env: ExprEnvironment): readonly Expr[] {
  if (node.kind === 'row') return node.args.map((arg) => bindExpr(arg, env));
  if (node.kind === 'subquery' && node.form.kind === 'scalar' && env.subqueries) return env.subqueries.row(node, env);
  return [bindExpr(node, env)];
}

/** The row as a value, a struct. */
export function rowValue(values: readonly Expr[], span: Span): Expr {
  if (values.length === 0) throw withoutValues(span);
  return callOf('row', values, span);
}

const withoutValues = (span: Span) => new UnsupportedError('SQ2001', 'a row without values is not supported', { span });

/** Beside a row a struct is the row of its fields. */
function fieldsBeside(row: readonly Expr[], other: readonly Expr[], span: Span): readonly Expr[] {
  const [struct, another] = row;
  if (struct?.type.kind !== 'struct' || another || other.length === 1) return row;
  return struct.type.fields.map(({ name }) => callOf(`.${name}`, [struct], span));
}

/**
 * A comparison of rows of the same width: = and <> by their values, the orderings by the first values that differ. Throws
 * BindError SQ1105 for different widths and for operators that do not compare rows.
 */
export function compareRows(operator: string, one: readonly Expr[], another: readonly Expr[], span: Span): Expr {
  const [left, right] = [fieldsBeside(one, another, span), fieldsBeside(another, one, span)];
  if (!COMPARISONS.has(operator) && (left.length !== 1 || right.length !== 1)) {
    throw new BindError('SQ1105', `there is no operator ${described(left)} ${operator} ${described(right)}`, {
      span,
      hint: 'compare the values',
    });
  }
  if (left.length !== right.length) {
    throw new BindError('SQ1105', `cannot compare a row of ${counted(left)} with a row of ${counted(right)}`, {
      span,
      hint: 'both sides need as many values',
    });
  }
  if (left.length === 0) throw withoutValues(span);
  const each = (name: string) => left.map((one, i) => callOf(name, [one, right[i] as Expr], span));
  if (left.length === 1) return each(operator)[0] as Expr;
  switch (operator) {
    case '=':
    case 'is_not_distinct_from':
      return all(each(operator), span);
    case '<>':
    case 'is_distinct_from':
      return any(each(operator), span);
    default:
      return ordered(operator, left, right, span);
  }
}

const COMPARISONS: ReadonlySet<string> = new Set([
  ...['=', '<>', '<', '<=', '>', '>='],
  ...['is_distinct_from', 'is_not_distinct_from'],
]);

const described = (row: readonly Expr[]) => (row.length === 1 ? typeName((row[0] as Expr).type) : 'row');

const counted = (row: readonly Expr[]) => `${row.length} value${row.length === 1 ? '' : 's'}`;

/** `(a, b) <= (c, d)` is `a < c OR (a = c AND b <= d)`. */
function ordered(operator: string, left: readonly Expr[], right: readonly Expr[], span: Span): Expr {
  const [a, ...moreLeft] = left as readonly [Expr, ...Expr[]];
  const [b, ...moreRight] = right as readonly [Expr, ...Expr[]];
  if (moreLeft.length === 0) return callOf(operator, [a, b], span);
  const strictly = callOf(operator.slice(0, 1), [a, b], span);
  const rest = all([callOf('=', [a, b], span), ordered(operator, moreLeft, moreRight, span)], span);
  return any([strictly, rest], span);
}

/** `row IN (row, …)`: equal to one of them. */
export function rowInList(
  input: readonly Expr[],
  list: readonly (readonly Expr[])[],
  negated: boolean,
  span: Span,
): Expr {
  const found = any(
    list.map((row) => compareRows('=', input, row, span)),
    span,
  );
  return negated ? { kind: 'not', input: found, type: BOOLEAN, span } : found;
}

/** `row IS NULL`: every value is NULL; IS NOT NULL: none is. */
export function rowIsNull(row: readonly Expr[], negated: boolean, span: Span): Expr {
  const tests = row.map((input): Expr => ({ kind: 'isNull', input, negated, type: BOOLEAN, span }));
  if (tests.length === 0) throw withoutValues(span);
  return all(tests, span);
}
