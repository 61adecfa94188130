import { InternalError } from '../../common/errors.ts';
import type { Field } from '../../common/types.ts';
import { type Column, type Expr, fieldOf } from '../expr/expr.ts';
import { positionOf } from '../expr/interpret.ts';
import { collectColumns } from '../expr/rewrite.ts';
import type { JoinKey, JoinPlan, JoinType } from '../plan.ts';

/** Where a column of the result comes from. */
export type JoinOutput = { readonly side: 'left' | 'right'; readonly position: number } | { readonly side: 'mark' };

/**
 * How NULL keys count. `no`: they match nothing, and that is all. `facts`: it is enough to know whether the right side has rows, and one
 * with a NULL key. `pairs`: rows with NULL keys have to be compared one by one.
 */
export type Unknowns = 'no' | 'facts' | 'pairs';

/** A join over its sides' columns as far as anybody reads them. */
export interface JoinSpec {
  readonly type: JoinType;
  readonly keys: readonly JoinKey[];
  readonly residual: Expr | null;
  readonly left: readonly Column[];
  readonly right: readonly Column[];
  readonly leftFields: readonly Field[];
  readonly rightFields: readonly Field[];
  readonly outputs: readonly JoinOutput[];
  readonly unknowns: Unknowns;
  /** Left rows are delivered by whether they match. */
  readonly filters: boolean;
  /** Left rows without a match are delivered too. */
  readonly keepsLeft: boolean;
  /** Right rows are delivered by whether they match, after all left rows. */
  readonly keepsRight: boolean;
  /** Matching pairs are delivered. */
  readonly deliversPairs: boolean;
}

/** A spec, and the positions of its columns in the plan's inputs. */
export interface NarrowJoin {
  readonly spec: JoinSpec;
  readonly leftPositions: readonly number[];
  readonly rightPositions: readonly number[];
}

export function narrowJoin(plan: JoinPlan): NarrowJoin {
  const { type, keys, residual, mark } = plan;
  const exprs = keys.flatMap(({ left, right }) => [left, right]);
  const used = new Set(plan.columns.map(({ id }) => id));
  for (const expr of residual ? [...exprs, residual] : exprs) collectColumns(expr, used);
  const narrow = (columns: readonly Column[]) => {
    const positions = [...columns.keys()].filter((i) => used.has((columns[i] as Column).id));
    return { positions, columns: positions.map((i) => columns[i] as Column) };
  };
  const left = narrow(plan.left.columns);
  const right = narrow(plan.right.columns);
  const outputs = plan.columns.map((column): JoinOutput => {
    if (mark && column.id === mark.id) return { side: 'mark' };
    const inLeft = left.columns.some(({ id }) => id === column.id);
    const side = inLeft ? 'left' : 'right';
    return { side, position: positionOf(column, inLeft ? left.columns : right.columns) };
  });
  const filters = type === 'semi' || type === 'anti' || type === 'nullAwareAnti' || type === 'mark';
  if (filters && outputs.some(({ side }) => side === 'right')) {
    throw new InternalError(`a ${type} join delivers no columns of its right side`);
  }
  const rightOnly = type === 'rightSemi' || type === 'rightAnti';
  if (rightOnly && outputs.some(({ side }) => side === 'left')) {
    throw new InternalError(`a ${type} join delivers no columns of its left side`);
  }
  return {
    spec: {
      type,
      keys,
      residual,
      left: left.columns,
      right: right.columns,
      leftFields: left.columns.map(fieldOf),
      rightFields: right.columns.map(fieldOf),
      outputs,
      unknowns: unknownsOf(plan),
      filters,
      keepsLeft: type === 'left' || type === 'full',
      keepsRight: type === 'right' || type === 'full' || rightOnly,
      deliversPairs: !filters && !rightOnly,
    },
    leftPositions: left.positions,
    rightPositions: right.positions,
  };
}

function unknownsOf({ type, keys, residual }: JoinPlan): Unknowns {
  if (type !== 'mark' && type !== 'nullAwareAnti') return 'no';
  if (keys.every(({ nullsMatch }) => nullsMatch)) return 'no';
  return keys.length === 1 && !residual ? 'facts' : 'pairs';
}
