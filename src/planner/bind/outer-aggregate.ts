import type { ColumnReference, FunctionCall } from '../parse/ast-expr.ts';
import type { ExprEnvironment } from './bind-expr.ts';

/**
 * Where an aggregate is computed: `sum(t.x)` in a query inside an expression belongs to the query whose FROM has t, when it names no
 * column of a query further in.
 */
export function homeOf(node: FunctionCall, env: ExprEnvironment): ExprEnvironment {
  if (!env.scope.outer) return env;
  const references = referencesOf(node);
  if (references.length === 0) return env;
  for (let home: ExprEnvironment | null = env; home; home = home.scope.outer) {
    const { scope } = home;
    if (references.some(({ path, span }) => scope.find(path, span) !== null)) return home;
  }
  return env;
}

/** The columns that the call names itself, not in queries inside it. */
function referencesOf({ args, filter, orderBy }: FunctionCall): readonly ColumnReference[] {
  const found: ColumnReference[] = [];
  const pending: unknown[] = [args, filter, orderBy];
  while (pending.length > 0) {
    const node = pending.pop();
    if (typeof node !== 'object' || node === null) continue;
    const kind = 'kind' in node ? node.kind : null;
    if (kind === 'column') found.push(node as ColumnReference);
    else if (kind !== 'subquery') pending.push(...Object.values(node));
  }
  return found;
}
