import { BindError, UnsupportedError } from '../../common/errors.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { isConstant, mapParts } from '../../operators/expr/rewrite.ts';
import { columnExpr } from '../expr/build.ts';
import { isNullable } from '../expr/nullable.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalAggregate, LogicalPlan } from '../logical/logical-plan.ts';
import { type CollectedAggregate, IGNORES_DUPLICATES } from './aggregates.ts';
import { type BindContext, type ColumnIds, textOf } from './bind-context.ts';

/** What a grouped query can name above its aggregation: the group keys and the aggregates. */
export class Grouping {
  readonly plan: LogicalPlan;
  readonly #keys: ReadonlyMap<string, Column>;
  readonly #delivered: ReadonlySet<ColumnId>;

  constructor(
    input: LogicalPlan,
    groups: readonly Expr[],
    aggregates: readonly CollectedAggregate[],
    { ids, sql }: Pick<BindContext, 'ids' | 'sql'>,
  ) {
    const keys = new Map<string, Column>();
    const distinctGroups: Expr[] = [];
    for (const group of groups) {
      const key = exprKey(group);
      if (keys.has(key)) continue;
      const name = group.kind === 'column' || !group.span ? nameOf(group) : textOf(sql, group.span);
      keys.set(key, ids.column(name, group.type, isNullable(group, input.columns)));
      distinctGroups.push(group);
    }
    this.#keys = keys;
    const aggregateColumns = aggregates.map(({ column }) => column);
    this.#delivered = new Set([...keys.values(), ...aggregateColumns].map(({ id }) => id));
    this.plan = aggregation(input, distinctGroups, [...keys.values()], aggregates, ids);
  }

  /** The expression over what the aggregation delivers. Throws BindError SQ1106 for a column that is neither. */
  lift(expr: Expr): Expr {
    const key = isConstant(expr) ? undefined : this.#keys.get(exprKey(expr));
    if (key) return columnExpr(key, expr.span);
    if (expr.kind === 'column' && !this.#delivered.has(expr.id)) {
      throw new BindError('SQ1106', `column "${expr.name}" is neither grouped nor aggregated`, {
        ...(expr.span && { span: expr.span }),
        hint: `add it to GROUP BY, or aggregate it: min(${expr.name})`,
      });
    }
    return mapParts(expr, (part) => this.lift(part));
  }
}

const nameOf = (expr: Expr) => (expr.kind === 'column' ? expr.name : 'value');

function aggregation(
  input: LogicalPlan,
  groups: readonly Expr[],
  keyColumns: readonly Column[],
  aggregates: readonly CollectedAggregate[],
  ids: ColumnIds,
): LogicalAggregate {
  const columns = [...keyColumns, ...aggregates.map(({ column }) => column)];
  const calls = aggregates.map(({ call }) => call);
  const distinct = aggregates.find((aggregate) => aggregate.distinct);
  if (!distinct) return { kind: 'aggregate', input, groups, groupingSets: null, aggregates: calls, columns };

  // All over the same distinct argument: group by it first, then aggregate what is left.
  const argument = distinct.call.args[0] as Expr;
  const odd = aggregates.find(
    ({ call, distinct: isDistinct }) =>
      !(isDistinct || IGNORES_DUPLICATES.has(call.function)) ||
      call.filter !== null ||
      exprKey(call.args[0] as Expr) !== exprKey(argument),
  );
  if (odd) {
    throw new UnsupportedError('SQ2006', 'DISTINCT beside other aggregates is not supported yet', {
      span: distinct.span,
      hint: 'all aggregates of a query must be DISTINCT over the same argument: split the query',
    });
  }
  const inner = [...groups, argument].map((expr, i) =>
    ids.column(keyColumns[i]?.name ?? nameOf(expr), expr.type, isNullable(expr, input.columns)),
  );
  const value = columnExpr(inner.at(-1) as Column);
  return {
    kind: 'aggregate',
    input: {
      kind: 'aggregate',
      input,
      groups: [...groups, argument],
      groupingSets: null,
      aggregates: [],
      columns: inner,
    },
    groups: inner.slice(0, -1).map((column) => columnExpr(column)),
    groupingSets: null,
    aggregates: calls.map((call) => ({ ...call, args: [value] })),
    columns,
  };
}

/** SELECT DISTINCT: groups by every column. */
export function distinctOf(input: LogicalPlan, ids: ColumnIds): LogicalAggregate {
  const columns = input.columns.map(({ name, type, nullable }) => ids.column(name, type, nullable));
  return {
    kind: 'aggregate',
    input,
    groups: input.columns.map((column) => columnExpr(column)),
    groupingSets: null,
    aggregates: [],
    columns,
  };
}
