import { BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { BOOLEAN, INTEGER, isNumeric, type SqlType, typeName } from '../../common/types.ts';
import { AGGREGATE_FUNCTIONS, aggregateNames, resolveAggregate } from '../../operators/aggregate/functions.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { isConstant } from '../../operators/expr/rewrite.ts';
import type { SortKey } from '../../operators/plan.ts';
import { castTo, columnExpr, conjunction } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalAggregateCall } from '../logical/logical-plan.ts';
import type { FunctionCall } from '../parse/ast-expr.ts';
import { type BindContext, type ColumnIds, textOf } from './bind-context.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { direction, requireOrder } from './ordering.ts';
import { homeOf } from './outer-aggregate.ts';
import { callOf, candidatesHint, condition } from './resolve-call.ts';

const AGGREGATES: ReadonlySet<string> = new Set(aggregateNames());

/** Duplicates change nothing for them. */
const IGNORES_DUPLICATES: ReadonlySet<string> = new Set([
  'min',
  'max',
  'bool_and',
  'bool_or',
  'every',
  'bit_and',
  'bit_or',
  'any_value',
  'approx_count_distinct',
]);

/** Their result depends on the order of their input. */
const OF_ORDER: ReadonlySet<string> = new Set(['string_agg', 'group_concat', 'listagg', 'array_agg', 'list']);

/** The value at a place of the values in order: `percentile_cont(0.5) WITHIN GROUP (ORDER BY x)`. */
const OF_FRACTION: ReadonlySet<string> = new Set([
  'percentile_cont',
  'percentile_disc',
  'quantile_cont',
  'quantile_disc',
  'quantile',
]);

export const isAggregate = (name: string) => AGGREGATES.has(name);

/** A call of GROUPING, whose value follows from the set of a row. */
export interface GroupingCall {
  readonly column: Column;
  readonly args: readonly Expr[];
  readonly span: Span;
}

export interface CollectedAggregate {
  readonly call: LogicalAggregateCall;
  readonly column: Column;
  readonly span: Span;
}

/** Gathers the aggregate calls of one SELECT; equal calls are computed once. */
export class AggregateCollector {
  readonly #ids: ColumnIds;
  readonly #sql: string;
  readonly #calls = new Map<string, CollectedAggregate>();
  readonly #groupings: GroupingCall[] = [];

  /** Results are called as the text of their call. */
  constructor({ ids, sql }: Pick<BindContext, 'ids' | 'sql'>) {
    this.#ids = ids;
    this.#sql = sql;
  }

  get calls(): readonly CollectedAggregate[] {
    return [...this.#calls.values()];
  }

  get groupings(): readonly GroupingCall[] {
    return this.#groupings;
  }

  /** Whether the SELECT is an aggregation even without GROUP BY. */
  get used(): boolean {
    return this.#calls.size > 0 || this.#groupings.length > 0;
  }

  /** The aggregate or GROUPING whose result the column is. */
  find(id: ColumnId): CollectedAggregate | GroupingCall | null {
    const found = [...this.#calls.values(), ...this.#groupings].find(({ column }) => column.id === id);
    return found ?? null;
  }

  /** The column that will hold the call's result. */
  add(call: LogicalAggregateCall, type: SqlType, span: Span): Expr {
    const parts = [
      call.function,
      String(call.distinct),
      ...call.args.map(exprKey),
      '|',
      ...call.orderBy.map((key) => `${exprKey(key.expr)} ${key.descending} ${key.nullsFirst}`),
      '|',
      ...(call.filter ? [exprKey(call.filter)] : []),
    ];
    const key = parts.join('\u0001');
    let collected = this.#calls.get(key);
    if (!collected) {
      const column = this.#ids.column(textOf(this.#sql, span), type, !call.function.startsWith('count'));
      collected = { call, column, span };
      this.#calls.set(key, collected);
    }
    return columnExpr(collected.column, span);
  }

  /** The column that stands for GROUPING of these expressions until the sets are known. */
  grouping(args: readonly Expr[], span: Span): Expr {
    const column = this.#ids.column(textOf(this.#sql, span), INTEGER, false);
    this.#groupings.push({ column, args, span });
    return columnExpr(column, span);
  }
}

/** An aggregate function over the rows of a group. */
export function bindAggregate(node: FunctionCall, around: ExprEnvironment): Expr {
  const { aggregates, inner } = aggregateHome(node, around);
  const { call, type } = aggregateCall(node, inner);
  return aggregates.add(call, type, node.span);
}

/** What takes the call, and where its arguments stand. Throws BindError SQ1106 where there can be no aggregate. */
export function aggregateHome(
  node: FunctionCall,
  around: ExprEnvironment,
): { readonly aggregates: AggregateCollector; readonly inner: ExprEnvironment } {
  const env = homeOf(node, around);
  const { aggregates } = env;
  if ('forbiddenIn' in aggregates) {
    throw new BindError('SQ1106', `${node.name}() cannot stand in ${aggregates.forbiddenIn}`, {
      span: node.span,
      hint: aggregates.forbiddenIn === 'WHERE' ? 'aggregates are filtered by HAVING' : 'aggregate in a query in FROM',
    });
  }
  const inner: ExprEnvironment = {
    ...env,
    aggregates: { forbiddenIn: 'another aggregate' },
    windows: { forbiddenIn: 'an aggregate' },
  };
  return { aggregates, inner };
}

/** The call with its arguments, order and filter bound in the environment. */
export function aggregateCall(
  node: FunctionCall,
  env: ExprEnvironment,
): { readonly call: LogicalAggregateCall; readonly type: SqlType } {
  const { name, span } = node;
  const { args, orderBy } = node.withinGroup ? withinGroup(node, env) : inParentheses(node, env);
  const types = args.map((arg) => arg.type);
  const descends = node.withinGroup && name.endsWith('_disc') && node.orderBy[0]?.descending === true;
  const resolved = resolveAggregate(descends ? 'percentile_disc_desc' : name, types);
  if (!resolved || (args.length === 0 && !node.star)) throw noSuchAggregate(node, types);
  const call: LogicalAggregateCall = {
    function: resolved.name,
    args: args.map((arg, i) => castTo(arg, resolved.argTypes[i] as SqlType)),
    argTypes: resolved.argTypes,
    distinct: node.distinct && !IGNORES_DUPLICATES.has(name),
    orderBy: OF_ORDER.has(name) || !resolved.combinable || orderMatters(name) ? orderBy : [],
    filter: aggregateFilter(node, env, args),
  };
  if (call.distinct) {
    if (node.star) throw new BindError('SQ1105', `${name}(DISTINCT *) does not exist`, { span });
    for (const arg of call.args) requireOrder(arg, 'DISTINCT', span);
    refuseOtherOrder(call, span);
  }
  return { call, type: resolved.type };
}

/** Of rows with the same values the first or last one decides. */
const orderMatters = (name: string) => /^(first|last|any_value|arg_m|max_by|min_by|mode)/.test(name);

function inParentheses(
  node: FunctionCall,
  env: ExprEnvironment,
): { readonly args: readonly Expr[]; readonly orderBy: readonly SortKey[] } {
  const { name, span } = node;
  if (node.star && name !== 'count') {
    throw new BindError('SQ1105', `${name}(*) does not exist`, { span, hint: 'only count takes *' });
  }
  return { args: node.args.map((arg) => bindExpr(arg, env)), orderBy: sortKeys(node, env) };
}

export function sortKeys(node: FunctionCall, env: ExprEnvironment): readonly SortKey[] {
  return node.orderBy.map((item): SortKey => {
    const expr = bindExpr(item.expr, env);
    requireOrder(expr, 'ORDER BY', item.span);
    return { expr, ...direction(item, env.context) };
  });
}

/** `f(direct) WITHIN GROUP (ORDER BY x)` as the call over x. */
function withinGroup(
  node: FunctionCall,
  env: ExprEnvironment,
): { readonly args: readonly Expr[]; readonly orderBy: readonly SortKey[] } {
  const { name, span } = node;
  const direct = node.args.map((arg) => bindExpr(arg, env));
  const orderBy = sortKeys(node, env);
  const [key, another] = orderBy;
  if (!key || another) {
    throw new BindError('SQ1105', `${name}() WITHIN GROUP takes one ORDER BY expression`, { span });
  }
  if (name === 'mode' && direct.length === 0) return { args: [key.expr], orderBy };
  if (OF_ORDER.has(name) && direct.length > 0) return { args: direct, orderBy };
  const [fraction] = direct;
  if (!OF_FRACTION.has(name) || !fraction || direct.length > 1) {
    throw new BindError('SQ1105', `${name}() WITHIN GROUP does not exist for ${direct.length} arguments`, {
      span,
      hint: 'percentile_cont(0.5), percentile_disc(0.5), mode() and string_agg(x) are such functions',
    });
  }
  return { args: [key.expr, fractionOf(node, fraction, key, env)], orderBy: [] };
}

/** Interpolated values are counted from the other end when the order descends. */
function fractionOf({ name, span }: FunctionCall, fraction: Expr, key: SortKey, env: ExprEnvironment): Expr {
  if (fraction.type.kind === 'list') {
    throw new UnsupportedError('SQ2001', `${name}() of a list of fractions is not supported yet`, {
      span: fraction.span ?? span,
      hint: `write ${name}() for each of them`,
    });
  }
  if (!isConstant(fraction) || !(isNumeric(fraction.type) || fraction.type.kind === 'null')) {
    throw new BindError('SQ1105', `${name}() needs a constant number between 0 and 1`, {
      span: fraction.span ?? span,
      hint: `write ${name}(0.5) WITHIN GROUP (ORDER BY …)`,
    });
  }
  if (!key.descending || !name.endsWith('_cont')) return fraction;
  const one = bindExpr({ kind: 'number', text: '1', span }, env);
  return callOf('-', [one, fraction], span);
}

/** FILTER, and with IGNORE NULLS that the first argument is not NULL. */
export function aggregateFilter(node: FunctionCall, env: ExprEnvironment, args: readonly Expr[] = []): Expr | null {
  const filter = node.filter ? condition(bindExpr(node.filter, env), 'FILTER') : null;
  const [input] = args;
  if (node.nulls !== 'ignore' || !input) return filter;
  const present: Expr = { kind: 'isNull', input, negated: true, type: BOOLEAN, span: node.span };
  return filter ? conjunction([filter, present], node.span) : present;
}

/** With DISTINCT only the arguments are left to order by. */
function refuseOtherOrder({ function: name, args, orderBy }: LogicalAggregateCall, span: Span): void {
  const keys = new Set(args.map(exprKey));
  const other = orderBy.find(({ expr }) => !keys.has(exprKey(expr)));
  if (!other) return;
  throw new BindError('SQ1106', `ORDER BY of ${name}(DISTINCT …) names what is not an argument`, {
    span: other.expr.span ?? span,
    hint: 'order by an argument',
  });
}

function noSuchAggregate({ name, span }: FunctionCall, types: readonly SqlType[]): BindError {
  const entry = AGGREGATE_FUNCTIONS.find((known) => known.name === name);
  const hint =
    name === 'count' ? 'write count(*) or count(x)' : entry && candidatesHint(entry, Math.max(1, types.length));
  return new BindError('SQ1105', `${name}(${types.map(typeName).join(', ')}) does not exist`, {
    span,
    ...(hint !== undefined && { hint }),
  });
}
