import { assertNever } from '../../common/errors.ts';
import { type ColumnId, caseBranch, type Expr } from './expr.ts';

/** The direct parts of an expression: the one table that every traversal uses. */
export function parts(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'column':
    case 'literal':
      return [];
    case 'call':
    case 'and':
    case 'or':
      return expr.args;
    case 'cast':
    case 'not':
    case 'isNull':
      return [expr.input];
    case 'case': {
      const arms = expr.branches.flatMap((branch) => [branch.when, branch.then]);
      return expr.otherwise ? [...arms, expr.otherwise] : arms;
    }
    case 'inList':
      return [expr.input, ...expr.list];
    default:
      return assertNever(expr);
  }
}

/** The expression with every direct part replaced; the same object when no part changed. */
export function mapParts(expr: Expr, replace: (part: Expr) => Expr): Expr {
  const before = parts(expr);
  const after = before.map(replace);
  if (after.every((part, i) => part === before[i])) return expr;
  const [first] = after as [Expr, ...Expr[]];
  switch (expr.kind) {
    case 'column':
    case 'literal':
      return expr;
    case 'call':
    case 'and':
    case 'or':
      return { ...expr, args: after };
    case 'cast':
    case 'not':
    case 'isNull':
      return { ...expr, input: first };
    case 'case': {
      const branches = expr.branches.map((_, i) => caseBranch(after[2 * i] as Expr, after[2 * i + 1] as Expr));
      return { ...expr, branches, otherwise: expr.otherwise ? (after.at(-1) as Expr) : null };
    }
    case 'inList':
      return { ...expr, input: first, list: after.slice(1) };
    default:
      return assertNever(expr);
  }
}

/** Bottom-up: every node is offered after its parts. The same object when nothing changed. */
export function rewriteExpr(expr: Expr, replace: (node: Expr) => Expr): Expr {
  return replace(mapParts(expr, (part) => rewriteExpr(part, replace)));
}

/** Adds the columns that an expression reads. */
export function collectColumns(expr: Expr, into: Set<ColumnId>): void {
  if (expr.kind === 'column') into.add(expr.id);
  for (const part of parts(expr)) collectColumns(part, into);
}

export function isConstant(expr: Expr): boolean {
  return expr.kind !== 'column' && parts(expr).every(isConstant);
}

/** Column references replaced by what they stand for. */
export function substitute(expr: Expr, meaning: ReadonlyMap<ColumnId, Expr>): Expr {
  return rewriteExpr(expr, (node) => (node.kind === 'column' ? (meaning.get(node.id) ?? node) : node));
}
