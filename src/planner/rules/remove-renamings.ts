import { assertNever } from '../../common/errors.ts';
import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { substitute } from '../../operators/expr/rewrite.ts';
import { inputs, type LogicalPlan, type LogicalProject } from '../logical/logical-plan.ts';
import { overInputs } from '../logical/rebuild.ts';
import { mapExprs } from '../logical/rewrite.ts';
import type { Rule } from './rule.ts';

/**
 * A project that only gives columns other names, or passes on some of them, goes: its readers read the columns themselves. So joins of
 * queries in FROM are joins of tables. It stays where columns are taken by position.
 *
 *     Inner join on k = j              Inner join on a = j
 *       Project a AS k, b AS x   ->      Scan t [a, b, c]
 *         Scan t [a, b, c]               Scan u [j]
 *       Scan u [j]
 */
export const removeRenamings: Rule = {
  name: 'remove_renamings',
  apply: (plan) => remove(plan, new Map(), true),
};

/** `byPosition`: the reader takes the columns in their order. */
function remove(plan: LogicalPlan, meaning: Map<ColumnId, Expr>, byPosition: boolean): LogicalPlan {
  const below = inputs(plan).map((input, i) => remove(input, meaning, takesByPosition(plan, i, byPosition)));
  const node = overInputs(plan, below);
  const read = meaning.size === 0 ? node : mapExprs(node, (expr) => substitute(expr, meaning));
  if (byPosition || !isRenaming(read)) return read;
  for (const [i, { id }] of read.columns.entries()) meaning.set(id, read.exprs[i] as Expr);
  return read.input;
}

function takesByPosition(reader: LogicalPlan, index: number, byPosition: boolean): boolean {
  switch (reader.kind) {
    case 'setOperation':
    case 'recursive':
      return true;
    case 'with':
      return index === 0 || byPosition;
    case 'project':
    case 'aggregate':
      return false;
    case 'scan':
    case 'values':
    case 'filter':
    case 'join':
    case 'apply':
    case 'window':
    case 'unnest':
    case 'sample':
    case 'sort':
    case 'limit':
    case 'commonTable':
    case 'workingTable':
      return byPosition;
    default:
      return assertNever(reader);
  }
}

function isRenaming(node: LogicalPlan): node is LogicalProject {
  return node.kind === 'project' && node.exprs.every(({ kind }) => kind === 'column');
}
