import { BindError, type Span, SquallError } from '../../common/errors.ts';
import type { NamedTable } from '../parse/ast.ts';
import type { View } from '../statements/views.ts';
import type { QueryEnvironment } from './query-environment.ts';
import { type Relation, relationOf } from './relation.ts';

/** A view in FROM: its query, which names nothing of the one that reads it. */
export function readView(view: View, node: NamedTable, env: QueryEnvironment): Relation {
  const { name } = view;
  if (env.views.includes(name)) {
    throw new BindError('SQ1101', `view "${name}" reads itself`, {
      span: node.span,
      hint: 'create it again over other tables',
    });
  }
  return inView(name, node.span, () => {
    const context = { ...env.context, sql: view.sql };
    const inner = { ...env, context, known: [], views: [...env.views, name], later: [], outer: null, hidden: null };
    const plan = env.bindQuery(view.query, inner);
    const columns = relationOf(plan, { alias: name, columnAliases: view.columns, span: view.query.span }, name);
    const renamed = plan.columns.map((column, i) => columns.visible[i]?.name ?? column.name);
    const columnAliases = [...node.columnAliases, ...renamed.slice(node.columnAliases.length)];
    return relationOf(plan, { ...node, columnAliases }, node.alias ?? name);
  });
}

/** Points an error inside a view at where the statement names the view. */
function inView<T>(name: string, span: Span, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SquallError)) throw error;
    const { code, hint, message } = error;
    throw new (error.constructor as typeof SquallError)(code, `view "${name}": ${message}`, {
      span,
      cause: error,
      ...(hint !== undefined && { hint }),
    });
  }
}
