import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { substitute } from '../../operators/expr/rewrite.ts';
import type { WindowCall } from '../../operators/plan.ts';
import type { Estimator } from '../estimate/estimate.ts';
import { columnExpr } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalAggregate, LogicalAggregateCall, LogicalPlan } from '../logical/logical-plan.ts';
import { aggregateLeaf, overBlock } from './aggregate-leaf.ts';
import { Held, type InnerBlock, innerBlock, withScanPredicates } from './inner-block.ts';
import { matchBlocks } from './match-block.ts';
import { wholePartitionCall } from './window-call.ts';
import { blockWithWindow, type Fresh } from './window-over.ts';
import { isWindowWorth } from './window-worth.ts';

/** Functions whose value is that of their values for parts of the rows. */
const OF_PARTS: ReadonlySet<string> = new Set(['sum', 'min', 'max']);

/** A block where an aggregation of everything is one over the groups of another leaf. Null where there is none, or it does not pay. */
export function windowOfGroups(root: LogicalPlan, estimator: Estimator, fresh: Fresh): LogicalPlan | null {
  const { leaves, conditions } = innerBlock(root);
  for (const leaf of leaves) {
    const total = aggregateLeaf(leaf);
    if (!total || total.aggregate.groups.length > 0) continue;
    for (const groups of leaves) {
      if (groups === leaf || groups.kind !== 'aggregate' || groups.groupingSets) continue;
      const functions = totalsOf(total.aggregate, groups);
      const spared = innerBlock(overBlock(total.aggregate).input).leaves;
      if (!functions || !isWindowWorth(groups, false, spared, estimator)) continue;
      const rest = leaves.filter((other) => other !== leaf && other !== groups);
      const instead = { input: groups, partitionBy: [], functions, columns: total.aggregate.columns };
      return blockWithWindow(
        { ...instead, meaning: total.meaning, rest: { leaves: rest, conditions } },
        root.columns,
        fresh,
      );
    }
  }
  return null;
}

function totalsOf(totals: LogicalAggregate, groups: LogicalAggregate): readonly WindowCall[] | null {
  const [total, grouped] = [overBlock(totals), overBlock(groups)];
  const [all, parts] = [total, grouped].map(({ input }) => withScanPredicates(innerBlock(input))) as [
    InnerBlock,
    InnerBlock,
  ];
  if (all.leaves.length !== parts.leaves.length) return null;
  for (const { meaning } of matchBlocks(all.leaves, parts.leaves)) {
    const conditions = all.conditions.map((condition) => substitute(condition, meaning));
    if (!conditions.every((condition) => new Held(parts.conditions).implies(condition))) continue;
    if (!parts.conditions.every((condition) => new Held(conditions).implies(condition))) continue;
    const calls = total.aggregates.map((call, i) => ofGroups(call, totals.columns[i] as Column, meaning, grouped));
    if (calls.every((call) => call !== null)) return calls;
  }
  return null;
}

function ofGroups(
  call: LogicalAggregateCall,
  column: Column,
  meaning: ReadonlyMap<ColumnId, Expr>,
  groups: LogicalAggregate,
): WindowCall | null {
  if (!OF_PARTS.has(call.function) || call.distinct || call.orderBy.length > 0) return null;
  const key = callKey(call, meaning);
  const at = groups.aggregates.findIndex((other) => callKey(other, new Map()) === key);
  const part = groups.columns[groups.groups.length + at];
  return at < 0 || !part ? null : wholePartitionCall(call.function, [columnExpr(part)], null, column.type);
}

function callKey(call: LogicalAggregateCall, meaning: ReadonlyMap<ColumnId, Expr>): string {
  const { function: name, args, distinct, orderBy, filter } = call;
  const key = (expr: Expr) => exprKey(substitute(expr, meaning));
  return JSON.stringify([name, distinct, orderBy.length, args.map(key), filter && key(filter)]);
}
