import { BindError, type Span } from '../../common/errors.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import { didYouMean, listed } from '../near-names.ts';
import type { Identifier } from '../parse/ast.ts';
import type { Star } from '../parse/ast-expr.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { typedResult } from './ordering.ts';
import { namesMatch, readable, type ScopeColumn } from './scope.ts';

/** A column of the select list. */
export interface Output {
  readonly name: string;
  readonly expr: Expr;
  readonly span: Span;
}

/** The columns that `*` or `table.*` stands for, without those of EXCLUDE, with other values for those of REPLACE. */
export function bindStar(node: Star, env: ExprEnvironment): readonly Output[] {
  const { qualifier, span } = node;
  const { scope } = env;
  if (qualifier.length === 0 && scope.tables.length === 0) {
    throw new BindError('SQ1102', '* needs a table in FROM', { span });
  }
  const columns: readonly ScopeColumn[] =
    qualifier.length === 0 ? scope.visible : scope.qualified(qualifier).flatMap((table) => table.columns);
  const excluded = matching(node.exclude, columns, 'EXCLUDE');
  const replaced = matching(
    node.replace.map(({ name }) => name),
    columns,
    'REPLACE',
  );
  const outputs = columns.flatMap((column): readonly Output[] => {
    if (excluded.some((matches) => matches.has(column))) return [];
    const index = replaced.findIndex((matches) => matches.has(column));
    const replacement = node.replace[index];
    const expr = replacement ? typedResult(bindExpr(replacement.expr, env)) : readable(column, span);
    return [{ name: column.name, expr, span }];
  });
  if (outputs.length > 0 || columns.length === 0) return outputs;
  throw new BindError('SQ1105', 'EXCLUDE leaves no column', { span, hint: 'leave one column at least' });
}

function matching(
  names: readonly Identifier[],
  columns: readonly ScopeColumn[],
  clause: string,
): readonly ReadonlySet<ScopeColumn>[] {
  return names.map((name) => {
    const found = columns.filter((column) => namesMatch(name, column.name));
    if (found.length > 0) return new Set(found);
    const known = columns.map((column) => column.name);
    throw new BindError('SQ1102', `${clause} names "${name.name}", which * does not stand for`, {
      span: name.span,
      hint: didYouMean(name.name, known) ?? `it stands for ${listed(known)}`,
    });
  });
}
