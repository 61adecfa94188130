import { assertNever } from '../../../common/errors.ts';
import type { ColumnId, Expr } from '../../../operators/expr/expr.ts';
import { substitute } from '../../../operators/expr/rewrite.ts';
import type { LogicalPlan, LogicalUnnest } from '../../logical/logical-plan.ts';

export interface Grafted {
  readonly plan: LogicalPlan;
  /** What the right side's projects computed. */
  readonly meaning: ReadonlyMap<ColumnId, Expr>;
}

/**
 * A lateral side that reads no table, only values of the outer row (`unnest(t.list)`), works on the outer rows themselves; null when it
 * reads one, or would lose an outer row that a left join keeps.
 */
export function grafted(right: LogicalPlan, left: LogicalPlan, type: 'inner' | 'left' | 'mark'): Grafted | null {
  const meaning = new Map<ColumnId, Expr>();
  const over = (node: LogicalPlan): LogicalPlan | null => {
    switch (node.kind) {
      case 'values':
        return node.columns.length === 0 && node.rows.length === 1 ? left : null;
      case 'project': {
        const input = over(node.input);
        if (!input || (type === 'left' && !node.exprs.every(({ kind }) => kind === 'column'))) return null;
        for (const [i, { id }] of node.columns.entries()) meaning.set(id, substitute(node.exprs[i] as Expr, meaning));
        return input;
      }
      case 'filter': {
        const input = type === 'left' ? null : over(node.input);
        if (!input) return null;
        return { ...node, input, predicate: substitute(node.predicate, meaning), columns: input.columns };
      }
      case 'unnest': {
        const input = over(node.input);
        // The rows of a second one would be filled up where the first has none.
        if (!input || (type === 'left' && input !== left)) return null;
        return entriesOf(node, input, { meaning, keepsAll: type === 'left' });
      }
      case 'scan':
      case 'aggregate':
      case 'join':
      case 'apply':
      case 'window':
      case 'setOperation':
      case 'sample':
      case 'sort':
      case 'limit':
      case 'with':
      case 'commonTable':
      case 'recursive':
      case 'workingTable':
        return null;
      default:
        return assertNever(node);
    }
  };
  const plan = over(right);
  return plan && { plan, meaning };
}

function entriesOf(
  node: LogicalUnnest,
  input: LogicalPlan,
  { meaning, keepsAll }: { meaning: ReadonlyMap<ColumnId, Expr>; keepsAll: boolean },
): LogicalPlan {
  const entries = node.columns.slice(node.input.columns.length);
  return {
    ...node,
    input,
    lists: node.lists.map((list) => substitute(list, meaning)),
    outer: node.outer || keepsAll,
    columns: [...input.columns, ...entries.map((column) => (keepsAll ? { ...column, nullable: true } : column))],
  };
}
