import { INTEGER } from '../../../common/types.ts';
import { accumulatorFactory } from '../../../operators/aggregate/accumulator.ts';
import type { Column, ColumnId, Expr } from '../../../operators/expr/expr.ts';
import { columnExpr, literal } from '../../expr/build.ts';
import { isNullable } from '../../expr/nullable.ts';
import type { LogicalAggregate, LogicalAggregateCall } from '../../logical/logical-plan.ts';
import { withDefaults, withOuterValues } from './domain-join.ts';
import type { Unnester } from './unnest.ts';
import type { Unnested } from './unnested.ts';

/**
 * Groups by what the outer rows are told apart by, too. Without groups of its own it had one row over nothing; this one has none:
 * that is the default.
 */
export function unnestAggregate(aggregate: LogicalAggregate, unnester: Unnester): Unnested {
  const { context } = unnester;
  const input = withOuterValues(unnester.unnest(aggregate.input), new Set(), context);
  const { rows, node } = unnester.resolved(aggregate, input);
  const keys = rows.equalities.map(({ inner }): Column => {
    const name = inner.kind === 'column' ? inner.name : 'key';
    return context.ids.column(name, inner.type, isNullable(inner, rows.plan.columns));
  });
  const plan: LogicalAggregate = {
    ...node,
    input: rows.plan,
    // In front, where they leave the value of `grouping` as it is.
    groups: [...rows.equalities.map(({ inner }) => inner), ...node.groups],
    groupingSets:
      node.groupingSets?.map((set) => [...keys.map((_, i) => i), ...set.map((position) => position + keys.length)]) ??
      null,
    columns: [...keys, ...node.columns],
  };
  const equalities = rows.equalities.map((each, i) => ({ ...each, inner: columnExpr(keys[i] as Column) }));
  const grouped: Unnested = { plan, equalities, others: [], known: new Map(), defaults: null };
  const totals = node.groupingSets ? node.groupingSets.filter((set) => set.length === 0).length : 0;
  if (node.groups.length === 0 && !node.groupingSets) return { ...grouped, defaults: emptyResult(node) };
  return totals > 0 ? withDefaults({ ...grouped, defaults: emptyResult(node) }, context) : grouped;
}

/** What an aggregation without keys delivers over nothing. */
function emptyResult({ columns, groups, groupingSets, aggregates }: LogicalAggregate): ReadonlyMap<ColumnId, Expr> {
  const values: Expr[] = [
    ...groups.map(({ type }) => literal(null, type)),
    ...(groupingSets ? [literal(2 ** groups.length - 1, INTEGER)] : []),
    ...aggregates.map((call, i) =>
      literal(emptyValue(call), (columns[columns.length - aggregates.length + i] as Column).type),
    ),
  ];
  return new Map(columns.map(({ id }, i) => [id, values[i] as Expr]));
}

const emptyValue = (call: LogicalAggregateCall) => accumulatorFactory(call.function, call.argTypes)().result();
