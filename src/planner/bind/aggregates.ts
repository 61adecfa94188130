import { BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { typeName } from '../../common/types.ts';
import { aggregateNames, resolveAggregate } from '../../operators/aggregate/functions.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import { castTo, columnExpr } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalAggregateCall } from '../logical/logical-plan.ts';
import type { FunctionCall } from '../parse/ast-expr.ts';
import { type BindContext, type ColumnIds, textOf } from './bind-context.ts';

const AGGREGATES: ReadonlySet<string> = new Set(aggregateNames());
/** Duplicates change nothing for them. */
export const IGNORES_DUPLICATES: ReadonlySet<string> = new Set(['min', 'max']);

export const isAggregate = (name: string) => AGGREGATES.has(name);

export interface CollectedAggregate {
  readonly call: LogicalAggregateCall;
  readonly distinct: boolean;
  readonly column: Column;
  readonly span: Span;
}

/** Gathers the aggregate calls of one SELECT; equal calls are computed once. */
export class AggregateCollector {
  readonly #ids: ColumnIds;
  readonly #sql: string;
  readonly #calls = new Map<string, CollectedAggregate>();

  /** Results are called as the text of their call. */
  constructor({ ids, sql }: Pick<BindContext, 'ids' | 'sql'>) {
    this.#ids = ids;
    this.#sql = sql;
  }

  get calls(): readonly CollectedAggregate[] {
    return [...this.#calls.values()];
  }

  /** The column that will hold the call's result. */
  add(node: FunctionCall, args: readonly Expr[], filter: Expr | null): Expr {
    const { name, span } = node;
    if (node.orderBy.length > 0 && !node.withinGroup) {
      throw new UnsupportedError('SQ2001', `ORDER BY inside ${name}() is not supported yet`, { span });
    }
    if (node.withinGroup) throw new UnsupportedError('SQ2001', 'WITHIN GROUP is not supported yet', { span });
    if (node.star && name !== 'count') {
      throw new BindError('SQ1105', `${name}(*) does not exist`, { span, hint: 'only count takes *' });
    }
    const types = args.map((arg) => arg.type);
    const resolved = resolveAggregate(name, types);
    if (!resolved || (args.length === 0 && !node.star)) {
      throw new BindError('SQ1105', `${name}(${types.map(typeName).join(', ')}) does not exist`, {
        span,
        hint: name === 'count' ? 'write count(*) or count(x)' : `${name} takes one argument of a fitting type`,
      });
    }
    const call: LogicalAggregateCall = {
      function: name,
      args: args.map((arg, i) => castTo(arg, resolved.argTypes[i] as Expr['type'])),
      argTypes: resolved.argTypes,
      distinct: false,
      orderBy: [],
      filter,
    };
    const distinct = node.distinct && !IGNORES_DUPLICATES.has(name);
    const key = [name, distinct, ...call.args.map(exprKey), '|', ...(filter ? [exprKey(filter)] : [])].join('\u0001');
    let collected = this.#calls.get(key);
    if (!collected) {
      const column = this.#ids.column(textOf(this.#sql, span), resolved.type, name !== 'count');
      collected = { call, distinct, column, span };
      this.#calls.set(key, collected);
    }
    return columnExpr(collected.column, span);
  }
}
