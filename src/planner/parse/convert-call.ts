import type { FuncCall, NamedArgExpr, Node, SortBy, WindowDef } from 'libpg-query';
import { InternalError, type Span, SqlSyntaxError } from '../../common/errors.ts';
import type { FrameBound, OrderItem, Query, WindowFrame, WindowSpec } from './ast.ts';
import type { AstExpr, FunctionCall, NamedArgument } from './ast-expr.ts';
import { type ConvertContext, firstLocation, unsupported } from './convert-context.ts';
import { convertExpr, convertExprs, convertOptional } from './convert-expr.ts';
import { stringOf } from './convert-type.ts';
import { isWord } from './token.ts';

export function plainCall(name: string, args: readonly AstExpr[], span: Span): FunctionCall {
  return {
    kind: 'call',
    name,
    args,
    namedArgs: [],
    star: false,
    distinct: false,
    orderBy: [],
    withinGroup: false,
    filter: null,
    nulls: null,
    over: null,
    span,
  };
}

const KNOWN = [
  'funcname',
  'args',
  'agg_order',
  'agg_filter',
  'agg_within_group',
  'agg_star',
  'agg_distinct',
  'over',
  'funcformat',
  'location',
];

export function convertCall(node: FuncCall, ctx: ConvertContext): FunctionCall {
  const callSpan = ctx.callSpan((node.location ?? 0) < 0 ? firstLocation(node.args) : node.location);
  const path = (node.funcname ?? []).map(stringOf);
  const written = path.at(-1) ?? '';
  ctx.only(node, KNOWN, `${written}()`, callSpan);
  const isSpecialForm = path.length === 2 && path[0] === 'pg_catalog';
  if (path.length > 1 && !isSpecialForm) throw unsupported('a function of a schema', callSpan);
  const token = ctx.list.at(ctx.index(node.location));
  const name = token?.kind === 'quoted' ? ctx.name(written) : ctx.name(written).toLowerCase();
  const nodes = node.args ?? [];
  const args = convertExprs(
    nodes.filter((arg) => !('NamedArgExpr' in arg)),
    ctx,
  );
  const namedArgs = nodes.flatMap((arg) => ('NamedArgExpr' in arg ? [namedArgument(arg.NamedArgExpr, ctx)] : []));
  const late = nodes.findIndex((arg) => 'NamedArgExpr' in arg);
  if (late >= 0 && late < args.length) throw positionAfterName(args[late] as AstExpr);
  const open = ctx.list.pathEnd(ctx.index(node.location)) + 1;
  if (isSpecialForm) refuseSpecialForm(name, node, callSpan, ctx);
  return {
    kind: 'call',
    name,
    args,
    namedArgs,
    star: node.agg_star ?? false,
    distinct: node.agg_distinct ?? false,
    orderBy: convertOrder(node.agg_order, ctx),
    withinGroup: node.agg_within_group ?? false,
    filter: convertOptional(node.agg_filter, ctx),
    nulls: ctx.takeNulls(open),
    over: node.over ? convertWindow(node.over, ctx) : null,
    // `x AT TIME ZONE 'utc'` starts before its operator.
    span: ctx.cover(callSpan, ...(node.funcformat === 'COERCE_SQL_SYNTAX' ? args.map((arg) => arg.span) : [])),
  };
}

function namedArgument(node: NamedArgExpr, ctx: ConvertContext): NamedArgument {
  const value = convertExpr(node.arg, ctx);
  const first = ctx.index(node.location);
  const name = ctx.identifier(node.name ?? '', ctx.list.at(first), ctx.span(node.location));
  return { name, value, span: ctx.cover(name.span, value.span) };
}

/** The error for `f(a => 1, 2)`. */
export function positionAfterName({ span }: AstExpr): SqlSyntaxError {
  return new SqlSyntaxError('SQ1001', 'an argument without a name after one with a name', {
    span: { start: span.start, end: span.end },
    hint: 'name it too, or write it first',
  });
}

/** Forms with a syntax of their own that we do not carry. */
function refuseSpecialForm(name: string, node: FuncCall, span: Span, ctx: ConvertContext): void {
  if (isWord(ctx.list.at(ctx.list.indexAt(span.start)), 'treat')) {
    throw unsupported('TREAT', span, 'write CAST(x AS type)');
  }
  if (name === 'is_normalized') throw unsupported('IS NORMALIZED', span);
  if (name === 'timezone' && node.args?.length === 1) {
    throw unsupported('AT LOCAL', span, "name the zone: AT TIME ZONE 'UTC'");
  }
  if (name !== 'substring') return;
  const first = ctx.list.indexAt(span.start);
  for (let at = first + 2; at < (ctx.list.partner(first + 1) ?? first); at++) {
    if (isWord(ctx.list.at(at), 'similar')) {
      throw unsupported('SUBSTRING with SIMILAR', span, 'write regexp_extract(x, pattern)');
    }
    at = Math.max(at, ctx.list.partner(at) ?? at);
  }
}

export function convertOrder(nodes: readonly Node[] | undefined, ctx: ConvertContext): readonly OrderItem[] {
  return (nodes ?? []).map((node) => {
    if (!('SortBy' in node)) throw new InternalError('the grammar gave no sort key');
    return orderItem(node.SortBy, ctx);
  });
}

/** Whether the node is the ALL of GROUP BY ALL or ORDER BY ALL. */
export function isAll(node: Node | undefined, ctx: ConvertContext): boolean {
  const [field] = node && 'ColumnRef' in node ? (node.ColumnRef.fields ?? []) : [];
  return field !== undefined && 'String' in field && ctx.standIn(field.String.sval)?.kind === 'all';
}

/** ORDER BY ALL; null for every other list. */
export function convertOrderAll(nodes: readonly Node[] | undefined, ctx: ConvertContext): Query['orderByAll'] {
  const [node] = nodes ?? [];
  if (nodes?.length !== 1 || !node || !('SortBy' in node) || !isAll(node.SortBy.node, ctx)) return null;
  const all = node.SortBy.node;
  return sortKey(node.SortBy, ctx.span(all && 'ColumnRef' in all ? all.ColumnRef.location : undefined), ctx);
}

function orderItem(node: SortBy, ctx: ConvertContext): OrderItem {
  const expr = convertExpr(node.node, ctx);
  return { expr, ...sortKey(node, expr.span, ctx) };
}

function sortKey(node: SortBy, span: Span, ctx: ConvertContext): Omit<OrderItem, 'expr'> {
  ctx.only(node, ['node', 'sortby_dir', 'sortby_nulls', 'location'], 'ORDER BY', span);
  const nulls = node.sortby_nulls ?? 'SORTBY_NULLS_DEFAULT';
  let last = ctx.list.indexAt(span.end) - 1;
  while (isWord(ctx.list.at(last + 1), 'asc', 'desc', 'nulls', 'first', 'last')) last++;
  return {
    descending: node.sortby_dir === 'SORTBY_DESC',
    nullsFirst: nulls === 'SORTBY_NULLS_DEFAULT' ? null : nulls === 'SORTBY_NULLS_FIRST',
    span: ctx.cover(span, ctx.range(last, last)),
  };
}

export function convertWindow(node: WindowDef, ctx: ConvertContext): WindowSpec {
  const name = node.refname ?? node.name;
  return {
    name: name === undefined ? null : ctx.name(name),
    partitionBy: convertExprs(node.partitionClause, ctx),
    orderBy: convertOrder(node.orderClause, ctx),
    frame: convertFrame(node, ctx),
    span: ctx.callSpan(node.location),
  };
}

/** Bits of the grammar's frameOptions. */
const FRAME = {
  nonDefault: 0x1,
  range: 0x2,
  rows: 0x4,
  groups: 0x8,
  startUnboundedPreceding: 0x20,
  endUnboundedPreceding: 0x40,
  startUnboundedFollowing: 0x80,
  endUnboundedFollowing: 0x100,
  startCurrentRow: 0x200,
  endCurrentRow: 0x400,
  startPreceding: 0x800,
  endPreceding: 0x1000,
  startFollowing: 0x2000,
  endFollowing: 0x4000,
  excludeCurrentRow: 0x8000,
  excludeGroup: 0x10000,
  excludeTies: 0x20000,
} as const;

function convertFrame(node: WindowDef, ctx: ConvertContext): WindowFrame | null {
  const bits = node.frameOptions ?? 0;
  const has = (bit: number) => (bits & bit) !== 0;
  if (!has(FRAME.nonDefault)) return null;
  const bound = (side: 'start' | 'end', offset: Node | undefined): FrameBound => {
    if (has(FRAME[`${side}UnboundedPreceding`])) return { kind: 'unboundedPreceding' };
    if (has(FRAME[`${side}UnboundedFollowing`])) return { kind: 'unboundedFollowing' };
    if (has(FRAME[`${side}CurrentRow`])) return { kind: 'currentRow' };
    const kind = has(FRAME[`${side}Preceding`]) ? 'preceding' : 'following';
    return { kind, offset: convertExpr(offset, ctx) };
  };
  return {
    unit: has(FRAME.rows) ? 'rows' : has(FRAME.groups) ? 'groups' : 'range',
    start: bound('start', node.startOffset),
    end: bound('end', node.endOffset),
    exclude: has(FRAME.excludeCurrentRow)
      ? 'currentRow'
      : has(FRAME.excludeGroup)
        ? 'group'
        : has(FRAME.excludeTies)
          ? 'ties'
          : null,
  };
}
