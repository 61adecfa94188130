import { BindError, type Span } from '../../common/errors.ts';
import { BIGINT, INTEGER } from '../../common/types.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { isConstant, mapParts } from '../../operators/expr/rewrite.ts';
import { castTo, columnExpr, literal } from '../expr/build.ts';
import { isNullable } from '../expr/nullable.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalAggregate, LogicalPlan } from '../logical/logical-plan.ts';
import type { AggregateCollector, GroupingCall } from './aggregates.ts';
import { type BindContext, type ColumnIds, textOf } from './bind-context.ts';
import type { BoundGroups } from './grouping-sets.ts';
import { callOf } from './resolve-call.ts';

/** What a grouped query can name above its aggregation: the group keys, the aggregates, and what its input does not deliver. */
export class Grouping {
  readonly plan: LogicalAggregate;
  readonly #keys: ReadonlyMap<string, Column>;
  readonly #input: ReadonlySet<ColumnId>;
  readonly #groupings: ReadonlyMap<ColumnId, Expr>;

  constructor(
    input: LogicalPlan,
    groups: BoundGroups | null,
    collector: AggregateCollector,
    { ids, sql }: Pick<BindContext, 'ids' | 'sql'>,
  ) {
    const { keys, sets } = groups ?? { keys: [], sets: null };
    const keyColumns = keys.map((key, i) => {
      const name = key.kind === 'column' || !key.span ? nameOf(key) : textOf(sql, key.span);
      const isEverywhere = sets === null || sets.every((set) => set.includes(i));
      return ids.column(name, key.type, !isEverywhere || isNullable(key, input.columns));
    });
    this.#keys = new Map(keys.map((key, i) => [exprKey(key), keyColumns[i] as Column]));
    this.#input = new Set(input.columns.map(({ id }) => id));
    const setColumn = sets ? ids.column('grouping', INTEGER, false) : null;
    const positions = new Map(keys.map((key, i) => [exprKey(key), i]));
    this.#groupings = new Map(
      collector.groupings.map((call) => [call.column.id, groupingValue(call, positions, setColumn)]),
    );
    const aggregates = collector.calls;
    this.plan = {
      kind: 'aggregate',
      input,
      groups: keys,
      groupingSets: sets,
      aggregates: aggregates.map(({ call }) => call),
      columns: [...keyColumns, ...(setColumn ? [setColumn] : []), ...aggregates.map(({ column }) => column)],
    };
  }

  /** The expression over what the aggregation delivers. Throws BindError SQ1106 for a column that is neither. */
  lift(expr: Expr): Expr {
    const key = isConstant(expr) ? undefined : this.#keys.get(exprKey(expr));
    if (key) return columnExpr(key, expr.span);
    if (expr.kind === 'column') {
      const grouping = this.#groupings.get(expr.id);
      if (grouping) return grouping;
      if (this.#input.has(expr.id)) {
        throw new BindError('SQ1106', `column "${expr.name}" is neither grouped nor aggregated`, {
          ...(expr.span && { span: expr.span }),
          hint: `add it to GROUP BY, or aggregate it: min(${expr.name})`,
        });
      }
    }
    return mapParts(expr, (part) => this.lift(part));
  }
}

const nameOf = (expr: Expr) => (expr.kind === 'column' ? expr.name : 'value');

/**
 * `GROUPING(a, b)`: a bit for each argument, the last one the lowest, set where it is not in the set of the row. The column that
 * tells the sets apart has such a bit for each key, the last one the lowest.
 */
function groupingValue(
  { args, span }: GroupingCall,
  positions: ReadonlyMap<string, number>,
  setColumn: Column | null,
): Expr {
  const keys = args.map((arg) => {
    const position = positions.get(exprKey(arg));
    if (position !== undefined) return position;
    throw new BindError('SQ1106', 'GROUPING names what the query does not group by', {
      span: arg.span ?? span,
      hint: 'its arguments are expressions of GROUP BY',
    });
  });
  if (!setColumn) return literal(0, INTEGER, span);
  const sets = castTo(columnExpr(setColumn, span), BIGINT);
  const bits = keys.map((key, i) => bit(sets, positions.size - 1 - key, keys.length - 1 - i, span));
  const [first, ...more] = bits as [Expr, ...Expr[]];
  return castTo(
    more.reduce((sum, one) => callOf('|', [sum, one], span), first),
    INTEGER,
  );
}

/** The bit at one place of a number, at another place. */
function bit(value: Expr, from: number, to: number, span: Span): Expr {
  const number = (n: number) => literal(BigInt(n), BIGINT, span);
  return callOf('<<', [callOf('&', [callOf('>>', [value, number(from)], span), number(1)], span), number(to)], span);
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
