import type { CommonTableExpr, Node, SelectStmt } from 'libpg-query';
import { assertNever, InternalError, type Span, SqlSyntaxError } from '../../common/errors.ts';
import type {
  CommonTable,
  GroupItem,
  NamedWindow,
  Query,
  QueryBody,
  SelectBody,
  SelectItem,
  SetOperation,
} from './ast.ts';
import type { AstExpr } from './ast-expr.ts';
import { convertOrder, convertOrderAll, convertWindow, isAll } from './convert-call.ts';
import { type ConvertContext, unsupported } from './convert-context.ts';
import { convertExpr, convertExprs, convertOptional } from './convert-expr.ts';
import { convertTable } from './convert-table.ts';
import { stringOf } from './convert-type.ts';
import { isPunctuation, isWord } from './token.ts';

const KNOWN = [
  'distinctClause',
  'targetList',
  'fromClause',
  'whereClause',
  'groupClause',
  'havingClause',
  'windowClause',
  'valuesLists',
  'sortClause',
  'limitOffset',
  'limitCount',
  'limitOption',
  'withClause',
  'op',
  'all',
  'larg',
  'rarg',
];

const SET_OPERATIONS = ['union', 'intersect', 'except'];
const AFTER_BODY = [...SET_OPERATIONS, 'order', 'limit', 'offset', 'fetch', 'for', 'with'];

/** The query of a subquery node. */
export function convertSubquery(node: Node | undefined, ctx: ConvertContext): Query {
  if (!node) throw new InternalError('the grammar left a query out');
  if (!('SelectStmt' in node)) throw unsupported('a statement that changes data inside a query', ctx.span(0));
  return convertQuery(node.SelectStmt, ctx);
}

export function convertQuery(node: SelectStmt, ctx: ConvertContext): Query {
  return ctx.nested(ctx.span(0), () => {
    // The grammar nests `a UNION b UNION c` to the left, however long it is: no recursion there.
    const operations: SelectStmt[] = [];
    let first = node;
    while (isSetOperation(first)) {
      if (!first.larg) throw new InternalError('the grammar left an operand of a set operation out');
      operations.push(first);
      first = first.larg;
    }
    return operations.reduceRight<Query>(
      (left, operation) => around(operation, setOperation(operation, left, ctx), ctx),
      around(first, convertBody(first, ctx), ctx),
    );
  });
}

const isSetOperation = ({ op = 'SETOP_NONE' }: SelectStmt) => op !== 'SETOP_NONE';

function setOperation(node: SelectStmt, left: Query, ctx: ConvertContext): SetOperation {
  if (!node.rarg) throw new InternalError('the grammar left an operand of a set operation out');
  const right = convertQuery(node.rarg, ctx);
  const operator = node.op === 'SETOP_UNION' ? 'union' : node.op === 'SETOP_INTERSECT' ? 'intersect' : 'except';
  const span = ctx.cover(left.span, right.span);
  return { kind: 'setOperation', operator, all: node.all ?? false, left, right, span };
}

/** WITH, ORDER BY and LIMIT of a body. */
function around(node: SelectStmt, body: QueryBody, ctx: ConvertContext): Query {
  ctx.only(node, KNOWN, 'a query', body.span);
  const commonTables = (node.withClause?.ctes ?? []).map((cte) => {
    if (!('CommonTableExpr' in cte)) throw new InternalError('the grammar gave no common table expression');
    return commonTable(cte.CommonTableExpr, ctx);
  });
  const orderByAll = convertOrderAll(node.sortClause, ctx);
  const orderBy = orderByAll ? [] : convertOrder(node.sortClause, ctx);
  const limit = node.limitCount && !isNull(node.limitCount) ? convertExpr(node.limitCount, ctx) : null;
  const offset = node.limitOffset && !isNull(node.limitOffset) ? convertExpr(node.limitOffset, ctx) : null;
  const spans: Span[] = [body.span, ...commonTables.map((t) => t.span), ...orderBy.map((item) => item.span)];
  if (orderByAll) spans.push(orderByAll.span);
  if (limit) spans.push(limit.span);
  if (offset) spans.push(offset.span);
  if (node.withClause) spans.push(ctx.span(node.withClause.location));
  const isBare = orderBy.length === 0 && !orderByAll && !limit && !offset;
  const span = ctx.coverAll(spans);
  return {
    with: commonTables,
    recursive: node.withClause?.recursive ?? false,
    body,
    orderBy,
    orderByAll,
    limit,
    withTies: node.limitOption === 'LIMIT_OPTION_WITH_TIES',
    offset,
    span: isBare ? span : ctx.extended(span, ...SET_OPERATIONS),
  };
}

/** LIMIT ALL, and what the grammar writes for a part that is absent. */
const isNull = (node: Node) => 'A_Const' in node && node.A_Const.isnull === true;

function commonTable(node: CommonTableExpr, ctx: ConvertContext): CommonTable {
  const span = ctx.span(node.location);
  const known = ['ctename', 'aliascolnames', 'ctematerialized', 'ctequery', 'location'];
  ctx.only(node, known, 'a common table expression', span);
  const query = convertSubquery(node.ctequery, ctx);
  return {
    name: ctx.name(node.ctename),
    columns: (node.aliascolnames ?? []).map((name) => ctx.name(stringOf(name))),
    materialized:
      node.ctematerialized === 'CTEMaterializeAlways'
        ? true
        : node.ctematerialized === 'CTEMaterializeNever'
          ? false
          : null,
    query,
    span: ctx.cover(span, query.span),
  };
}

function convertBody(node: SelectStmt, ctx: ConvertContext): QueryBody {
  if (node.valuesLists) {
    const rows = node.valuesLists.map((row) => convertExprs('List' in row ? row.List.items : undefined, ctx));
    const spans = rows.flat().map((expr) => expr.span);
    const all = ctx.coverAll(spans);
    const first = ctx.list.indexAt(all.start);
    const keyword = backTo(ctx.list.opener(first) ?? first, ctx, 'values');
    return { kind: 'values', rows, span: ctx.cover(ctx.range(keyword, keyword), all) };
  }
  return selectBody(node, ctx);
}

function selectBody(node: SelectStmt, ctx: ConvertContext): SelectBody {
  const items = selectItems(node.targetList ?? [], ctx);
  const from = (node.fromClause ?? []).map((table) => convertTable(table, ctx));
  const where = convertOptional(node.whereClause, ctx);
  const groupByAll = node.groupClause?.length === 1 && isAll(node.groupClause[0], ctx);
  const groupBy = groupByAll ? [] : (node.groupClause ?? []).map((item) => groupItem(item, ctx));
  const having = convertOptional(node.havingClause, ctx);
  const { windows, qualify } = convertWindows(node.windowClause ?? [], ctx);
  const pieces: Span[] = [...items, ...from, ...groupBy, ...windows].map((piece) => piece.span);
  if (where) pieces.push(where.span);
  if (having) pieces.push(having.span);
  if (qualify) pieces.push(qualify.span);
  if (pieces.length === 0 || items.length === 0) {
    throw new SqlSyntaxError('SQ1001', 'SELECT without anything to select', {
      span: pieces[0] ?? ctx.span(0),
      hint: 'write at least one expression, or *, after SELECT',
    });
  }
  const start = backTo(ctx.list.indexAt(ctx.coverAll(pieces).start), ctx, 'select', 'from', 'table');
  return {
    kind: 'select',
    distinct: node.distinctClause ? { on: convertExprs(node.distinctClause.filter(isGiven), ctx) } : null,
    items,
    from,
    where,
    groupBy,
    groupByAll,
    having,
    qualify,
    windows,
    span: ctx.extended(ctx.coverAll([ctx.range(start, start), ...pieces]), ...AFTER_BODY),
  };
}

/** Plain DISTINCT is a list of one empty node. */
const isGiven = (node: Node) => Object.keys(node).length > 0;

/** The windows of a WINDOW clause; QUALIFY is carried by one of them. */
function convertWindows(
  nodes: readonly Node[],
  ctx: ConvertContext,
): { readonly windows: readonly NamedWindow[]; readonly qualify: AstExpr | null } {
  const windows: NamedWindow[] = [];
  let qualify: AstExpr | null = null;
  for (const node of nodes) {
    if (!('WindowDef' in node)) throw new InternalError('the grammar gave no window');
    const { name, ...definition } = node.WindowDef;
    if (ctx.standIn(name)?.kind === 'qualify') {
      qualify = convertExpr(definition.partitionClause?.[0], ctx);
    } else {
      const window = convertWindow(definition, ctx);
      windows.push({ name: ctx.name(name, window.span), window, span: window.span });
    }
  }
  return { windows, qualify };
}

/** Index of the keyword before a token, inside the same brackets; the token itself when there is none. */
function backTo(index: number, ctx: ConvertContext, ...keywords: readonly string[]): number {
  if (isWord(ctx.list.at(index), ...keywords)) return index;
  for (let i = index - 1; i >= 0; i--) {
    const token = ctx.list.at(i);
    if (isWord(token, ...keywords) && !isPunctuation(ctx.list.at(i - 1), '.')) return i;
    if (isPunctuation(token, '(') || isPunctuation(token, '[')) return index;
    i = Math.min(i, ctx.list.partner(i) ?? i);
  }
  return index;
}

/** The items of a select list; those of `* REPLACE (…)` go into their star. */
function selectItems(nodes: readonly Node[], ctx: ConvertContext): readonly SelectItem[] {
  const items: SelectItem[] = [];
  for (const node of nodes) {
    const meaning = 'ResTarget' in node ? ctx.standIn(node.ResTarget.name) : undefined;
    const star = items.at(-1)?.expr;
    if (meaning?.kind === 'replace' && star?.kind === 'star' && 'ResTarget' in node) {
      const expr = convertExpr(node.ResTarget.val, ctx);
      const { name } = meaning;
      const replace = [...star.replace, { expr, name }];
      const span = ctx.cover(star.span, expr.span, name.span);
      items[items.length - 1] = { expr: { ...star, replace, span }, alias: null, span };
    } else items.push(selectItem(node, ctx));
  }
  return items;
}

function selectItem(node: Node, ctx: ConvertContext): SelectItem {
  if (!('ResTarget' in node)) throw new InternalError('the grammar gave no select item');
  const target = node.ResTarget;
  const expr: AstExpr = convertExpr(target.val, ctx);
  ctx.only(target, ['name', 'val', 'location'], 'a select item', expr.span);
  const alias = target.name === undefined ? null : ctx.aliasAfter(expr.span, ctx.name(target.name, expr.span));
  return { expr, alias, span: ctx.cover(ctx.span(target.location), expr.span) };
}

function groupItem(node: Node, ctx: ConvertContext): GroupItem {
  if (!('GroupingSet' in node)) {
    if ('RowExpr' in node && node.RowExpr.row_format === 'COERCE_IMPLICIT_CAST') {
      const items = (node.RowExpr.args ?? []).map((item) => groupItem(item, ctx));
      return { kind: 'list', items, span: ctx.callSpan(node.RowExpr.location) };
    }
    const expr = convertExpr(node, ctx);
    return { kind: 'expr', expr, span: expr.span };
  }
  const { kind, content, location } = node.GroupingSet;
  const items = (content ?? []).map((item) => groupItem(item, ctx));
  const span = ctx.callSpan(location);
  switch (kind) {
    case 'GROUPING_SET_ROLLUP':
      return { kind: 'rollup', items, span };
    case 'GROUPING_SET_CUBE':
      return { kind: 'cube', items, span };
    case 'GROUPING_SET_SETS':
      return { kind: 'sets', items, span };
    case 'GROUPING_SET_EMPTY':
    case undefined:
      return { kind: 'empty', items, span };
    case 'GROUPING_SET_SIMPLE':
      throw new InternalError('the grammar gave a simple grouping set');
    default:
      return assertNever(kind);
  }
}
