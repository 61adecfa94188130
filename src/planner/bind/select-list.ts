import { BindError, type Span } from '../../common/errors.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import type { SortKey } from '../../operators/plan.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { SelectItem } from '../parse/ast.ts';
import type { AstExpr } from '../parse/ast-expr.ts';
import { textOf } from './bind-context.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { ordinalPosition, typedResult } from './ordering.ts';
import { namesMatch, type Scope } from './scope.ts';
import { bindStar, type Output } from './star.ts';

/** The columns of an item of the select list: one, or those of a star. */
export function bindItem(item: SelectItem, environment: ExprEnvironment): readonly Output[] {
  const { expr: node, alias } = item;
  if (node.kind === 'star') return bindStar(node, environment);
  const expr = typedResult(bindExpr(node, environment));
  return [{ name: alias ?? nameOf(node, expr, environment.context.sql), expr, span: node.span }];
}

/** A column's own name, spelt as its table does; of anything else its text. */
function nameOf(node: AstExpr, expr: Expr, sql: string): string {
  if (node.kind !== 'column') return textOf(sql, node.span);
  return expr.kind === 'column' ? expr.name : (node.path.at(-1)?.name ?? '');
}

/** Aliases of the select list, for names that the tables do not have. */
export function aliasOf(outputs: readonly Output[], scope: Scope): (node: AstExpr) => Expr | null {
  return (node) => {
    if (node.kind !== 'column' || node.path.length !== 1 || scope.find(node.path, node.span)) return null;
    const position = outputPosition(node, outputs);
    return position === null ? null : (outputs[position] as Output).expr;
  };
}

/** The output that a bare name means. Throws BindError SQ1103 when it could be several. */
function outputPosition(node: AstExpr, outputs: readonly Output[]): number | null {
  if (node.kind !== 'column' || node.path.length !== 1) return null;
  const [name] = node.path;
  const found = outputs.flatMap((output, i) => (name && namesMatch(name, output.name) ? [i] : []));
  const [first] = found;
  if (first === undefined) return null;
  const key = exprKey((outputs[first] as Output).expr);
  if (found.every((i) => exprKey((outputs[i] as Output).expr) === key)) return first;
  throw new BindError('SQ1103', `column "${name?.name}" is ambiguous`, {
    span: node.span,
    hint: 'the select list has several of that name: give them different aliases',
  });
}

/** Position in the select list, or an expression that it may lack. */
export interface BoundBy {
  readonly by: number | Expr;
  readonly span: Span;
}

export type BoundKey = BoundBy & Omit<SortKey, 'expr'>;

/** A position, an alias, or any expression over the tables; an alias wins over a column. */
export function bindOrder(
  node: AstExpr,
  clause: string,
  outputs: readonly Output[],
  environment: ExprEnvironment,
): BoundBy {
  const { span } = node;
  const position = ordinalPosition(node, outputs.length, clause) ?? outputPosition(node, outputs);
  return { by: position ?? bindExpr(node, environment), span };
}
