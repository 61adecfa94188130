import { assertNever } from '../../common/errors.ts';
import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { conjunction, conjuncts } from '../expr/build.ts';
import { type LogicalApply, type LogicalJoin, type LogicalPlan, withInputs } from '../logical/logical-plan.ts';
import { sameOr } from '../logical/rewrite.ts';
import { columnsOf, filtered, parted, push } from './push-filters.ts';

type Pairs = LogicalJoin | LogicalApply;

/** Where the predicates on a join's output and the parts of its condition go. */
interface Placed {
  readonly left: readonly Expr[];
  readonly right: readonly Expr[];
  readonly condition: readonly Expr[];
  readonly above: readonly Expr[];
}

/** To the sides as far as they read one side, and that side's rows are what decides. */
export function pushThroughPairs(plan: Pairs, predicates: readonly Expr[]): LogicalPlan {
  const before = plan.condition ? conjuncts(plan.condition) : [];
  const { left, right, condition, above } = placed(plan, before, predicates);
  const node = withInputs(plan, [push(plan.left, left), push(plan.right, right)]) as Pairs;
  const same = sameOr(before, condition) === before;
  const joined = same ? node : { ...node, condition: condition.length === 0 ? null : conjunction(condition) };
  return filtered(joined, above);
}

function placed(plan: Pairs, condition: readonly Expr[], predicates: readonly Expr[]): Placed {
  const sides = sidesOf(plan);
  const isLeft = (predicate: Expr) => sides(predicate) === 'left';
  const isRight = (predicate: Expr) => sides(predicate) === 'right';
  switch (plan.type) {
    case 'inner': {
      if (plan.kind === 'apply')
        return outerPlaced(predicates, condition, { isKept: isLeft, kept: 'left', keepsRows: false });
      const all = [...condition, ...predicates];
      const left = parted(all, (predicate) => isLeft(predicate) || sides(predicate) === 'none', NEW_ROWS);
      const right = parted(left.staying, isRight, NEW_ROWS);
      return { left: left.moving, right: right.moving, condition: right.staying, above: [] };
    }
    case 'left':
    case 'mark': {
      const kept = outerPlaced(predicates, condition, { isKept: isLeft, kept: 'left', keepsRows: true });
      if (plan.kind === 'apply') return kept;
      const other = parted(condition, isRight, NEW_ROWS);
      return { ...kept, right: other.moving, condition: other.staying };
    }
    case 'right': {
      const kept = outerPlaced(predicates, condition, { isKept: isRight, kept: 'right', keepsRows: true });
      const other = parted(condition, isLeft, NEW_ROWS);
      return { ...kept, left: other.moving, condition: other.staying };
    }
    case 'full':
      return { left: [], right: [], condition, above: predicates };
    case 'semi': {
      const kept = outerPlaced(predicates, condition, { isKept: isLeft, kept: 'left', keepsRows: false });
      const right = parted(condition, isRight, NEW_ROWS);
      const left = parted(right.staying, isLeft, NEW_ROWS);
      return { ...kept, left: [...left.moving, ...kept.left], right: right.moving, condition: left.staying };
    }
    case 'anti': {
      const kept = outerPlaced(predicates, condition, { isKept: isLeft, kept: 'left', keepsRows: false });
      const right = parted(condition, isRight, NEW_ROWS);
      return { ...kept, right: right.moving, condition: right.staying };
    }
    default:
      return assertNever(plan);
  }
}

/** A side's rows are more than those that stand in a pair. */
const NEW_ROWS = { keepsRows: false };

interface KeptSide {
  readonly isKept: (predicate: Expr) => boolean;
  readonly kept: 'left' | 'right';
  readonly keepsRows: boolean;
}

function outerPlaced(
  predicates: readonly Expr[],
  condition: readonly Expr[],
  { isKept, kept, keepsRows }: KeptSide,
): Placed {
  const { moving, staying } = parted(predicates, isKept, { keepsRows });
  const sides = kept === 'left' ? { left: moving, right: [] } : { left: [], right: moving };
  return { ...sides, condition, above: staying };
}

type Side = 'left' | 'right' | 'both' | 'none';

/** Columns of neither are outer ones of an apply above. */
function sidesOf({ left, right, mark }: Pairs): (predicate: Expr) => Side {
  const lefts = new Set<ColumnId>(left.columns.map(({ id }) => id));
  const rights = new Set<ColumnId>(right.columns.map(({ id }) => id));
  return (predicate) => {
    const used = [...columnsOf(predicate)];
    if (mark && used.includes(mark.id)) return 'both';
    const ofLeft = used.some((id) => lefts.has(id));
    const ofRight = used.some((id) => rights.has(id));
    if (ofLeft) return ofRight ? 'both' : 'left';
    return ofRight ? 'right' : 'none';
  };
}
