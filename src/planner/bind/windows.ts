import { BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { type SqlType, typeName } from '../../common/types.ts';
import { aggregateNames } from '../../operators/aggregate/functions.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import type { SortKey, WindowCall } from '../../operators/plan.ts';
import {
  type ResolvedWindowFunction,
  resolveWindowFunction,
  windowFunctionNames,
} from '../../operators/window/functions.ts';
import { castTo, columnExpr } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { didYouMean } from '../near-names.ts';
import type { NamedWindow, OrderItem, WindowSpec } from '../parse/ast.ts';
import type { FunctionCall } from '../parse/ast-expr.ts';
import { aggregateCall, isAggregate } from './aggregates.ts';
import { nullsText } from './bind-call.ts';
import { type BindContext, textOf } from './bind-context.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { direction, requireOrder } from './ordering.ts';
import { condition } from './resolve-call.ts';
import { bindFrame, type ResolvedWindow, resolveWindow } from './window-frames.ts';

/** Functions over one partitioning and order. */
interface WindowGroup {
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly SortKey[];
  readonly calls: { readonly call: WindowCall; readonly column: Column }[];
}

/** Gathers the window functions of one SELECT; equal ones are computed once, those of one partitioning and order together. */
export class WindowCollector {
  readonly #named: readonly NamedWindow[];
  readonly #context: BindContext;
  readonly #groups = new Map<string, WindowGroup>();
  readonly #columns = new Map<string, Column>();

  /** The windows of the WINDOW clause. Throws BindError SQ1114 for a name that is there twice or has no window. */
  constructor(named: readonly NamedWindow[], context: BindContext) {
    this.#named = named;
    this.#context = context;
    for (const [i, { window, name, span }] of named.entries()) {
      if (named.slice(0, i).some((other) => sameName(other.name, name))) {
        throw new BindError('SQ1114', `WINDOW names "${name}" twice`, { span, hint: 'give each window its own name' });
      }
      resolveWindow(window, named.slice(0, i));
    }
  }

  /** The columns of the results. */
  get columns(): readonly Column[] {
    return [...this.#columns.values()];
  }

  get used(): boolean {
    return this.#columns.size > 0;
  }

  has(id: ColumnId): boolean {
    return this.columns.some((column) => column.id === id);
  }

  window(spec: WindowSpec): ResolvedWindow {
    return resolveWindow(spec, this.#named);
  }

  /** The column that will hold the result. */
  add(call: WindowCall, partitionBy: readonly Expr[], orderBy: readonly SortKey[], span: Span): Expr {
    const sort = orderBy.map(({ expr, descending, nullsFirst }) => `${exprKey(expr)} ${descending} ${nullsFirst}`);
    const groupKey = [...partitionBy.map(exprKey), '|', ...sort].join('\u0001');
    let group = this.#groups.get(groupKey);
    if (!group) {
      group = { partitionBy, orderBy, calls: [] };
      this.#groups.set(groupKey, group);
    }
    const key = `${groupKey}\u0002${callKey(call)}`;
    let column = this.#columns.get(key);
    if (!column) {
      column = this.#context.ids.column(textOf(this.#context.sql, span), call.type, !NEVER_NULL.has(call.function));
      this.#columns.set(key, column);
      group.calls.push({ call, column });
    }
    return columnExpr(column, span);
  }

  /** The plan with the windows on top of it; `lift` says what their expressions are over it. */
  place(input: LogicalPlan, lift: (expr: Expr) => Expr): LogicalPlan {
    let plan = input;
    for (const { partitionBy, orderBy, calls } of this.#groups.values()) {
      plan = {
        kind: 'window',
        input: plan,
        partitionBy: partitionBy.map(lift),
        orderBy: orderBy.map((key) => ({ ...key, expr: lift(key.expr) })),
        functions: calls.map(({ call }) => ({
          ...call,
          args: call.args.map(lift),
          filter: call.filter && lift(call.filter),
        })),
        columns: [...plan.columns, ...calls.map(({ column }) => column)],
      };
    }
    return plan;
  }
}

const NEVER_NULL: ReadonlySet<string> = new Set([
  'row_number',
  'rank',
  'dense_rank',
  'percent_rank',
  'cume_dist',
  'count',
  'count_if',
]);

const sameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

function callKey({ args, filter, frame, ...call }: WindowCall): string {
  const bound = (side: WindowCall['frame']['start']) =>
    'offset' in side ? `${side.kind} ${exprKey(side.offset)}` : side.kind;
  return [
    JSON.stringify([call.function, call.distinct, call.ignoreNulls, frame.unit, frame.exclude]),
    bound(frame.start),
    bound(frame.end),
    ...args.map(exprKey),
    '|',
    ...(filter ? [exprKey(filter)] : []),
  ].join('\u0001');
}

/** `f(…) OVER window`. */
export function bindWindowCall(node: FunctionCall, over: WindowSpec, env: ExprEnvironment): Expr {
  const { name, span } = node;
  const windows = env.windows ?? ('forbiddenIn' in env.aggregates ? env.aggregates : { forbiddenIn: 'this clause' });
  if ('forbiddenIn' in windows) {
    throw new BindError('SQ1106', `the window function ${name}() cannot stand in ${windows.forbiddenIn}`, {
      span,
      hint:
        windows.forbiddenIn === 'a window'
          ? 'compute it in a query in FROM'
          : 'compute it in a query in FROM, or use QUALIFY',
    });
  }
  const inner: ExprEnvironment = { ...env, windows: { forbiddenIn: 'a window' } };
  const window = windows.window(over);
  const partitionBy = window.partitionBy.map((part) => {
    const expr = bindExpr(part, inner);
    requireOrder(expr, 'PARTITION BY', part.span);
    return expr;
  });
  const orderBy = window.orderBy.map((item) => sortKey(item, inner));
  const frame = bindFrame(window, orderBy, inner);
  const { called, args, argTypes, filter, distinct, resolved } = isAggregate(name)
    ? aggregateParts(node, inner)
    : functionParts(node, inner);
  const call: WindowCall = {
    function: called,
    args,
    argTypes,
    distinct,
    filter,
    ignoreNulls: node.nulls === 'ignore' && resolved.kind !== 'aggregate',
    frame,
    type: resolved.type,
  };
  return windows.add(call, partitionBy, orderBy, span);
}

function sortKey(item: OrderItem, env: ExprEnvironment): SortKey {
  const expr = bindExpr(item.expr, env);
  requireOrder(expr, 'ORDER BY', item.span);
  return { expr, ...direction(item, env.context) };
}

interface CallParts extends Pick<WindowCall, 'args' | 'argTypes' | 'filter' | 'distinct'> {
  readonly called: string;
  readonly resolved: Pick<ResolvedWindowFunction, 'kind' | 'type'>;
}

function aggregateParts(node: FunctionCall, env: ExprEnvironment): CallParts {
  const { call, type } = aggregateCall(node, env);
  if (call.orderBy.length > 0) {
    throw new UnsupportedError('SQ2001', `ORDER BY inside ${node.name}() OVER is not supported yet`, {
      span: node.span,
      hint: 'the ORDER BY of the window says the order',
    });
  }
  return { ...call, called: call.function, resolved: { kind: 'aggregate', type } };
}

function functionParts(node: FunctionCall, env: ExprEnvironment): CallParts {
  const { name, span } = node;
  const known = windowFunctionNames();
  if (!known.includes(name)) {
    const near = didYouMean(name, [...known, ...aggregateNames()]);
    throw new BindError('SQ1104', `"${name}" is neither a window function nor an aggregate`, {
      span,
      ...(near !== null && { hint: near }),
    });
  }
  for (const [present, clause] of [
    [node.star, '*'],
    [node.distinct, 'DISTINCT'],
    [node.filter !== null, 'FILTER'],
    [node.withinGroup, 'WITHIN GROUP'],
    [node.orderBy.length > 0, 'ORDER BY inside its parentheses'],
  ] as const) {
    if (present) throw new BindError('SQ1106', `the window function ${name}() does not take ${clause}`, { span });
  }
  const args = node.args.map((arg) => bindExpr(arg, env));
  const types = args.map((arg) => arg.type);
  const resolved = resolveWindowFunction(name, types);
  if (!resolved) {
    throw new BindError('SQ1105', `${name}(${types.map(typeName).join(', ')}) OVER does not exist`, {
      span,
      hint: `write ${SIGNATURES[name] ?? `${name}()`}`,
    });
  }
  if (node.nulls && resolved.kind === 'ranking') {
    throw new BindError('SQ1106', `${name}() does not take ${nullsText(node.nulls)}`, { span });
  }
  return {
    called: name,
    args: args.map((arg, i) => castTo(arg, resolved.argTypes[i] as SqlType)),
    argTypes: resolved.argTypes,
    filter: node.filter && condition(bindExpr(node.filter, env), 'FILTER'),
    distinct: false,
    resolved,
  };
}

const SIGNATURES: Readonly<Record<string, string>> = {
  ntile: 'ntile(parts)',
  lag: 'lag(value [, rows [, default]])',
  lead: 'lead(value [, rows [, default]])',
  first_value: 'first_value(value)',
  last_value: 'last_value(value)',
  nth_value: 'nth_value(value, n)',
};
