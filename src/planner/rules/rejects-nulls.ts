import { assertNever } from '../../common/errors.ts';
import type { CaseExpr, ColumnId, Expr, LogicalExpr } from '../../operators/expr/expr.ts';
import { bindFunction } from '../../operators/expr/functions.ts';

/** What an expression is, as far as it can be told. */
type Known = 'null' | 'true' | 'false' | 'notTrue' | 'unknown';

/** Whether the predicate is not true for any row in which all of these columns are NULL. */
export function rejectsNulls(predicate: Expr, columns: ReadonlySet<ColumnId>): boolean {
  const known = evaluate(predicate, columns);
  return known === 'null' || known === 'false' || known === 'notTrue';
}

function evaluate(expr: Expr, columns: ReadonlySet<ColumnId>): Known {
  const known = (part: Expr) => evaluate(part, columns);
  switch (expr.kind) {
    case 'column':
      return columns.has(expr.id) ? 'null' : 'unknown';
    case 'literal':
      if (expr.value === null) return 'null';
      return expr.value === true ? 'true' : expr.value === false ? 'false' : 'unknown';
    case 'call': {
      const { nulls } = bindFunction(
        expr.function,
        expr.args.map(({ type }) => type),
      );
      return nulls === 'strict' && expr.args.some((arg) => known(arg) === 'null') ? 'null' : 'unknown';
    }
    case 'cast':
      return known(expr.input) === 'null' ? 'null' : 'unknown';
    case 'and':
    case 'or':
      return evaluateLogical(expr, known);
    case 'not':
      return negated(known(expr.input));
    case 'isNull': {
      if (known(expr.input) !== 'null') return 'unknown';
      return expr.negated ? 'false' : 'true';
    }
    case 'inList':
      return known(expr.input) === 'null' && expr.list.length > 0 ? 'null' : 'unknown';
    case 'case':
      return evaluateCase(expr, known);
    default:
      return assertNever(expr);
  }
}

/** An argument that decides decides, whatever the others are. */
function evaluateLogical({ kind, args }: LogicalExpr, known: (part: Expr) => Known): Known {
  const values = args.map(known);
  const only = (...allowed: readonly Known[]) => values.every((value) => allowed.includes(value));
  if (kind === 'and') {
    if (values.includes('false')) return 'false';
    if (only('true')) return 'true';
    if (only('true', 'null')) return 'null';
    return values.includes('null') || values.includes('notTrue') ? 'notTrue' : 'unknown';
  }
  if (values.includes('true')) return 'true';
  if (only('false')) return 'false';
  if (only('false', 'null')) return 'null';
  return only('false', 'null', 'notTrue') ? 'notTrue' : 'unknown';
}

function negated(known: Known): Known {
  if (known === 'true') return 'false';
  if (known === 'false') return 'true';
  return known === 'null' ? 'null' : 'unknown';
}

/** As in COALESCE: arms that are known not to be taken do not count. */
function evaluateCase({ branches, otherwise }: CaseExpr, known: (part: Expr) => Known): Known {
  for (const branch of branches) {
    const taken = known(branch.when);
    if (taken === 'true') return known(branch.then);
    if (taken === 'unknown') return 'unknown';
  }
  return otherwise ? known(otherwise) : 'null';
}
