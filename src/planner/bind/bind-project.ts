import { BindError, type Span } from '../../common/errors.ts';
import { BIGINT } from '../../common/types.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import type { SortKey } from '../../operators/plan.ts';
import { columnExpr } from '../expr/build.ts';
import { isNullable } from '../expr/nullable.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { BindContext } from './bind-context.ts';
import { atMost, firstColumns, type Limits, numbered, sortedAndLimited } from './bind-limit.ts';
import { distinctOf } from './grouping.ts';
import { requireOrder } from './ordering.ts';
import type { BoundBy, BoundKey } from './select-list.ts';
import type { Output } from './star.ts';

export interface Select {
  readonly outputs: readonly Output[];
  readonly keys: readonly BoundKey[];
  readonly distinctOn: readonly BoundBy[];
  readonly isDistinct: boolean;
  readonly limits: Limits;
  readonly lift: (expr: Expr) => Expr;
  readonly context: BindContext;
}

/** The select list with the sort keys that it lacks, DISTINCT, sort and limit over it, and the select list alone. */
export function project(input: LogicalPlan, select: Select): LogicalPlan {
  const { outputs, keys, distinctOn, isDistinct, limits, lift, context } = select;
  const exprs = outputs.map(({ expr }) => lift(expr));
  const positions = new Map(exprs.map((expr, i) => [exprKey(expr), i]));
  const plainDistinct = isDistinct && distinctOn.length === 0;
  const positionOf = ({ by, span }: BoundBy): number => {
    if (typeof by === 'number') return by;
    const expr = lift(by);
    const key = exprKey(expr);
    const known = positions.get(key);
    if (known !== undefined) return known;
    if (plainDistinct) {
      throw new BindError('SQ1106', 'ORDER BY of SELECT DISTINCT names what is not selected', {
        span,
        hint: 'add it to the select list',
      });
    }
    positions.set(key, exprs.length);
    return exprs.push(expr) - 1;
  };
  const onPositions = distinctOn.map(positionOf);
  const keyPositions = keys.map(positionOf);
  const columns = exprs.map((expr, i): Column => {
    const name = outputs[i]?.name ?? 'sort key';
    return context.ids.column(name, expr.type, isNullable(expr, input.columns));
  });
  let plan: LogicalPlan = { kind: 'project', input, exprs, columns };
  if (plainDistinct) {
    for (const [i, expr] of exprs.entries()) requireOrder(expr, 'DISTINCT', (outputs[i] as Output).span);
    plan = distinctOf(plan, context.ids);
  }
  const projected = plan.columns;
  const at = (position: number, span: Span) => columnExpr(projected[position] as Column, span);
  const sortKeys = keys.map(({ descending, nullsFirst, span }, i): SortKey => {
    const expr = at(keyPositions[i] as number, span);
    requireOrder(expr, 'ORDER BY', span);
    return { expr, descending, nullsFirst };
  });
  if (distinctOn.length > 0) {
    requireLeading(keys, keyPositions, new Set(onPositions));
    const partition = distinctOn.map(({ span }, i) => at(onPositions[i] as number, span));
    for (const expr of partition) requireOrder(expr, 'DISTINCT ON', expr.span as Span);
    const number = context.ids.column('row', BIGINT, false);
    plan = atMost(numbered('row_number', plan, partition, sortKeys, number), 1);
  }
  return firstColumns(sortedAndLimited(plan, sortKeys, limits, context), outputs.length, context);
}

/** ORDER BY has to begin with the expressions of DISTINCT ON: it says which row of each is kept. */
function requireLeading(keys: readonly BoundKey[], keyPositions: readonly number[], wanted: ReadonlySet<number>): void {
  const seen = new Set<number>();
  for (const [i, position] of keyPositions.entries()) {
    if (seen.size === wanted.size) return;
    if (!wanted.has(position)) {
      throw new BindError('SQ1106', 'ORDER BY has to begin with the expressions of DISTINCT ON', {
        span: (keys[i] as BoundKey).span,
        hint: 'order by them first, in any order',
      });
    }
    seen.add(position);
  }
}
