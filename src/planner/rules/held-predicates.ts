import { assertNever } from '../../common/errors.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { substitute } from '../../operators/expr/rewrite.ts';
import { columnExpr, conjuncts } from '../expr/build.ts';
import type { LogicalJoin, LogicalPlan } from '../logical/logical-plan.ts';
import { mayRaise } from './may-raise.ts';
import { columnsOf } from './push-filters.ts';

const HELD = new WeakMap<LogicalPlan, readonly Expr[]>();

/** Predicates that are true for every row that the plan delivers, over its columns: those that its filters tell. */
export function heldPredicates(plan: LogicalPlan): readonly Expr[] {
  const known = HELD.get(plan);
  if (known) return known;
  const delivered = new Set(plan.columns.map(({ id }) => id));
  const held = heldBy(plan).filter((predicate) => {
    const columns = columnsOf(predicate);
    return !mayRaise(predicate) && columns.size > 0 && [...columns].every((id) => delivered.has(id));
  });
  HELD.set(plan, held);
  return held;
}

function heldBy(plan: LogicalPlan): readonly Expr[] {
  switch (plan.kind) {
    case 'scan':
      return plan.predicate ? conjuncts(plan.predicate) : [];
    case 'filter':
      return [...heldPredicates(plan.input), ...conjuncts(plan.predicate)];
    case 'project':
      return renamed(heldPredicates(plan.input), plan.columns, plan.exprs);
    case 'aggregate':
      return plan.groupingSets ? [] : renamed(heldPredicates(plan.input), plan.columns, plan.groups);
    case 'join':
      return heldByJoin(plan);
    case 'sort':
    case 'limit':
    case 'sample':
    case 'window':
    case 'unnest':
      return heldPredicates(plan.input);
    case 'with':
      return heldPredicates(plan.body);
    case 'values':
    case 'apply':
    case 'setOperation':
    case 'commonTable':
    case 'recursive':
    case 'workingTable':
      return [];
    default:
      return assertNever(plan);
  }
}

function heldByJoin({ type, left, right, condition }: LogicalJoin): readonly Expr[] {
  switch (type) {
    case 'inner':
      return [...heldPredicates(left), ...heldPredicates(right), ...(condition ? conjuncts(condition) : [])];
    case 'semi':
      return [...heldPredicates(left), ...(condition ? conjuncts(condition) : [])];
    case 'left':
    case 'anti':
    case 'mark':
      return heldPredicates(left);
    case 'right':
      return heldPredicates(right);
    case 'full':
      return [];
    default:
      return assertNever(type);
  }
}

/** By the new names of columns that are passed on. */
function renamed(held: readonly Expr[], columns: readonly Column[], exprs: readonly Expr[]): readonly Expr[] {
  const names = new Map<ColumnId, Expr>();
  for (const [i, expr] of exprs.entries()) {
    if (expr.kind === 'column' && !names.has(expr.id)) names.set(expr.id, columnExpr(columns[i] as Column));
  }
  return held
    .filter((predicate) => [...columnsOf(predicate)].every((id) => names.has(id)))
    .map((predicate) => substitute(predicate, names));
}
