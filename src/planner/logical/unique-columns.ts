import { assertNever } from '../../common/errors.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import type { LogicalPlan } from './logical-plan.ts';
import { isSingleRow } from './single-row.ts';

type Key = readonly ColumnId[];

/** Sets of columns in which no two rows of the plan are equal, NULLs being equal, as far as the plan itself tells. */
export function uniqueColumns(plan: LogicalPlan): readonly Key[] {
  if (isSingleRow(plan)) return [[]];
  const ids = plan.columns.map(({ id }) => id);
  switch (plan.kind) {
    case 'aggregate':
      // With grouping sets the column that tells them apart is part of the key.
      return [ids.slice(0, plan.groups.length + (plan.groupingSets ? 1 : 0))];
    case 'setOperation':
      return plan.all ? [] : [ids];
    case 'recursive':
      return plan.all ? [] : [ids];
    case 'project':
      return renamed(uniqueColumns(plan.input), plan.columns, plan.exprs);
    case 'filter':
    case 'sort':
    case 'limit':
    case 'sample':
    case 'window':
      return uniqueColumns(plan.input);
    case 'with':
      return uniqueColumns(plan.body);
    case 'join':
      return plan.type === 'semi' || plan.type === 'anti' || plan.type === 'mark' ? uniqueColumns(plan.left) : [];
    case 'scan':
    case 'values':
    case 'apply':
    case 'unnest':
    case 'commonTable':
    case 'workingTable':
      return [];
    default:
      return assertNever(plan);
  }
}

function renamed(keys: readonly Key[], columns: readonly Column[], exprs: readonly Expr[]): readonly Key[] {
  const names = new Map<ColumnId, ColumnId>();
  for (const [i, expr] of exprs.entries()) if (expr.kind === 'column') names.set(expr.id, (columns[i] as Column).id);
  return keys.flatMap((key) => {
    const passed = key.map((id) => names.get(id));
    return passed.every((id) => id !== undefined) ? [passed] : [];
  });
}
