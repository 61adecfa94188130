import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { substitute } from '../../operators/expr/rewrite.ts';
import { columnExpr } from '../expr/build.ts';
import type { LogicalAggregate, LogicalPlan } from '../logical/logical-plan.ts';
import { mapExprs } from '../logical/rewrite.ts';

/** An aggregation, perhaps below projects. */
export interface AggregateLeaf {
  readonly aggregate: LogicalAggregate;
  /** What the leaf delivers, by the aggregation's columns. */
  readonly meaning: ReadonlyMap<ColumnId, Expr>;
}

/** Null for other plans, and for grouping sets. */
export function aggregateLeaf(plan: LogicalPlan): AggregateLeaf | null {
  if (plan.kind === 'aggregate') {
    const itself = plan.columns.map((column): [ColumnId, Expr] => [column.id, columnExpr(column)]);
    return plan.groupingSets ? null : { aggregate: plan, meaning: new Map(itself) };
  }
  if (plan.kind !== 'project') return null;
  const below = aggregateLeaf(plan.input);
  if (!below) return null;
  const computed = plan.exprs.map((expr, i): [ColumnId, Expr] => [
    (plan.columns[i] as Column).id,
    substitute(expr, below.meaning),
  ]);
  return { aggregate: below.aggregate, meaning: new Map(computed) };
}

/** The aggregation over what lies below the projects under it. */
export function overBlock(aggregate: LogicalAggregate): LogicalAggregate {
  const { input } = aggregate;
  if (input.kind !== 'project') return aggregate;
  const meaning = new Map(input.columns.map(({ id }, i): [ColumnId, Expr] => [id, input.exprs[i] as Expr]));
  const inlined = mapExprs(aggregate, (expr) => substitute(expr, meaning)) as LogicalAggregate;
  return overBlock({ ...inlined, input: input.input });
}
