import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { substitute } from '../../operators/expr/rewrite.ts';
import type { WindowCall, WindowFrame } from '../../operators/plan.ts';
import type { ColumnIds } from '../bind/bind-context.ts';
import { columnExpr } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { type PlanNumbers, reproject } from '../logical/renew-columns.ts';
import { equalSides, type InnerBlock } from './inner-block.ts';
import { joinLeaves } from './join-leaves.ts';

/** All rows of the partition. */
export const WHOLE_PARTITION: WindowFrame = {
  unit: 'rows',
  start: { kind: 'unboundedPreceding' },
  end: { kind: 'unboundedFollowing' },
  exclude: 'noOthers',
};

/** Numbers that no plan has yet. */
export interface Fresh {
  readonly ids: ColumnIds;
  readonly numbers: PlanNumbers;
}

/** A window that takes the place of a leaf of a block. */
export interface WindowInstead {
  readonly input: LogicalPlan;
  readonly partitionBy: readonly Expr[];
  readonly functions: readonly WindowCall[];
  /** One per function. */
  readonly columns: readonly Column[];
  /** The columns that the leaf delivered, by those of the window. */
  readonly meaning: ReadonlyMap<ColumnId, Expr>;
  /** What is joined with the window, and by what; may name columns of the leaf. */
  readonly rest: InnerBlock;
}

/** Delivers `delivered` at least; exactly these where it has to compute one of them. */
export function blockWithWindow(
  { input, partitionBy, functions, columns, meaning, rest }: WindowInstead,
  delivered: readonly Column[],
  fresh: Fresh,
): LogicalPlan {
  const window: LogicalPlan = {
    kind: 'window',
    input,
    partitionBy,
    orderBy: [],
    functions,
    columns: [...input.columns, ...columns],
  };
  const conditions = rest.conditions.flatMap((condition) => withoutReflexive(substitute(condition, meaning)));
  const plan = joinLeaves({ leaves: [window, ...rest.leaves], conditions });
  const isThere = ({ id }: Column) => {
    const expr = meaning.get(id);
    return !expr || (expr.kind === 'column' && expr.id === id);
  };
  if (delivered.every(isThere)) return plan;
  const exprs = delivered.map((column) => meaning.get(column.id) ?? columnExpr(column));
  return reproject(plan, delivered, exprs, fresh);
}

/** `a = a` says that a is not NULL. */
function withoutReflexive(condition: Expr): readonly Expr[] {
  const sides = equalSides(condition);
  if (!sides || exprKey(sides[0]) !== exprKey(sides[1])) return [condition];
  return [{ kind: 'isNull', input: sides[0], negated: true, type: condition.type }];
}
