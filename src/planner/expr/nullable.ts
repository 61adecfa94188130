import { assertNever } from '../../common/errors.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';

/** Functions that give NULL for a NULL argument only. */
const STRICT = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'negate',
  'abs',
  'like',
  'not_like',
  'lower',
  'upper',
  'length',
  'extract_year',
  'extract_month',
  'extract_day',
]);

/** NULL only when every argument is. */
const FIRST_PRESENT = new Set(['coalesce', 'ifnull', 'greatest', 'least']);

const NEVER_NULL = new Set(['is_distinct_from', 'is_not_distinct_from']);

/** Whether an expression over these columns can be NULL; true when in doubt. */
export function isNullable(expr: Expr, columns: readonly Column[]): boolean {
  const known = new Map(columns.map((column) => [column.id, column.nullable]));
  return nullable(expr, known);
}

function nullable(expr: Expr, known: ReadonlyMap<ColumnId, boolean>): boolean {
  const any = (exprs: readonly Expr[]) => exprs.some((part) => nullable(part, known));
  switch (expr.kind) {
    case 'column':
      return known.get(expr.id) ?? true;
    case 'literal':
      return expr.value === null;
    case 'call':
      if (FIRST_PRESENT.has(expr.function)) return expr.args.every((arg) => nullable(arg, known));
      if (NEVER_NULL.has(expr.function)) return false;
      return !STRICT.has(expr.function) || any(expr.args);
    case 'cast':
      return expr.try || nullable(expr.input, known);
    case 'case':
      return expr.otherwise === null || any([...expr.branches.map((branch) => branch.then), expr.otherwise]);
    case 'and':
    case 'or':
      return any(expr.args);
    case 'not':
      return nullable(expr.input, known);
    case 'isNull':
      return false;
    case 'inList':
      return any([expr.input, ...expr.list]);
    default:
      return assertNever(expr);
  }
}
