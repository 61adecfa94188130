import { assertNever } from '../../common/errors.ts';
import type { ColumnId } from '../../operators/expr/expr.ts';
import { splitCondition } from '../estimate/join-estimate.ts';
import type { LogicalJoin, LogicalPlan } from '../logical/logical-plan.ts';

/** Columns of which no two rows have the same values; none at all where there is one row at most. */
export type UniqueKey = ReadonlySet<ColumnId>;

/** Keys that a plan's operators guarantee, whatever its tables hold: statistics prove nothing. */
export function uniqueKeys(plan: LogicalPlan): readonly UniqueKey[] {
  const delivered = new Set(plan.columns.map(({ id }) => id));
  return madeKeys(plan).filter((key) => [...key].every((id) => delivered.has(id)));
}

function madeKeys(plan: LogicalPlan): readonly UniqueKey[] {
  switch (plan.kind) {
    case 'scan':
    case 'commonTable':
    case 'workingTable':
    case 'recursive':
    case 'unnest':
    case 'apply':
      return [];
    case 'values':
      return plan.rows.length <= 1 ? [new Set()] : [];
    case 'aggregate':
      return plan.groupingSets ? [] : [new Set(plan.groups.map((_, i) => plan.columns[i]?.id as ColumnId))];
    case 'limit':
      return plan.limit !== null && plan.limit <= 1 ? [new Set()] : uniqueKeys(plan.input);
    case 'filter':
    case 'sample':
    case 'sort':
    case 'window':
      return uniqueKeys(plan.input);
    case 'with':
      return uniqueKeys(plan.body);
    case 'project': {
      const passed = new Map<ColumnId, ColumnId>();
      for (const [i, expr] of plan.exprs.entries()) {
        const column = plan.columns[i];
        if (expr.kind === 'column' && column) passed.set(expr.id, column.id);
      }
      return uniqueKeys(plan.input)
        .filter((key) => [...key].every((id) => passed.has(id)))
        .map((key) => new Set([...key].map((id) => passed.get(id) as ColumnId)));
    }
    case 'setOperation':
      return plan.all ? [] : [new Set(plan.columns.map(({ id }) => id))];
    case 'join':
      return joinKeys(plan);
    default:
      return assertNever(plan);
  }
}

function joinKeys(plan: LogicalJoin): readonly UniqueKey[] {
  switch (plan.type) {
    case 'semi':
    case 'anti':
    case 'mark':
      return uniqueKeys(plan.left);
    case 'inner':
      return [
        ...(meetsOneRow(plan, 'right') ? uniqueKeys(plan.left) : []),
        ...(meetsOneRow(plan, 'left') ? uniqueKeys(plan.right) : []),
      ];
    case 'left':
      return meetsOneRow(plan, 'right') ? uniqueKeys(plan.left) : [];
    case 'right':
      return meetsOneRow(plan, 'left') ? uniqueKeys(plan.right) : [];
    case 'full':
      return [];
    default:
      return assertNever(plan.type);
  }
}

/** Whether a row of the other side is joined with one row of this side at most. */
export function meetsOneRow({ condition, left, right }: LogicalJoin, side: 'left' | 'right'): boolean {
  const equal = new Set<ColumnId>();
  for (const pair of splitCondition(condition, left, right).pairs) {
    const expr = pair[side];
    if (expr.kind === 'column') equal.add(expr.id);
  }
  return uniqueKeys(side === 'left' ? left : right).some((key) => [...key].every((id) => equal.has(id)));
}
