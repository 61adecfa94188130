import type { Alias, JoinExpr, Node, RangeFunction, RangeSubselect, RangeTableSample, RangeVar } from 'libpg-query';
import { assertNever, InternalError, type Span, SqlSyntaxError } from '../../common/errors.ts';
import type { FileTable, JoinTable, NamedTable, SampleTable, TableRef } from './ast.ts';
import type { AstExpr, FunctionCall, NamedArgument } from './ast-expr.ts';
import { convertCall, positionAfterName } from './convert-call.ts';
import { type ConvertContext, firstLocation, unsupported } from './convert-context.ts';
import { convertExpr } from './convert-expr.ts';
import { convertSubquery } from './convert-query.ts';
import { stringOf } from './convert-type.ts';
import { isPunctuation } from './token.ts';

/** One item of FROM. */
export function convertTable(node: Node | undefined, ctx: ConvertContext): TableRef {
  if (!node) throw new InternalError('the grammar left a table out');
  if ('RangeVar' in node) return namedTable(node.RangeVar, ctx);
  if ('RangeSubselect' in node) return subqueryTable(node.RangeSubselect, ctx);
  if ('RangeFunction' in node) return functionTable(node.RangeFunction, ctx);
  if ('JoinExpr' in node) return ctx.nested(ctx.span(0), () => join(node.JoinExpr, ctx));
  if ('RangeTableSample' in node) return sampleTable(node.RangeTableSample, ctx);
  const key = Object.keys(node)[0] as string;
  const named: Readonly<Record<string, string>> = { RangeTableFunc: 'XMLTABLE', JsonTable: 'JSON_TABLE' };
  throw unsupported(named[key] ?? `${key} in FROM`, ctx.span(firstLocation(node)));
}

function aliasOf(alias: Alias | undefined, table: Span, ctx: ConvertContext) {
  return {
    alias: alias?.aliasname === undefined ? null : ctx.aliasAfter(table, ctx.name(alias.aliasname)),
    columnAliases: (alias?.colnames ?? []).map((name) => ctx.name(stringOf(name))),
  };
}

/** A table named in a query, or in another statement. */
export function namedTable(node: RangeVar, ctx: ConvertContext): NamedTable | FileTable {
  const first = ctx.index(node.location);
  const names = [node.catalogname, node.schemaname, node.relname].filter((name) => name !== undefined);
  const span = ctx.range(first, ctx.list.pathEnd(first));
  ctx.only(
    node,
    ['catalogname', 'schemaname', 'relname', 'inh', 'relpersistence', 'alias', 'location'],
    'a table',
    span,
  );
  if (node.inh !== true) throw unsupported('FROM ONLY', span);
  const meaning = names.length === 1 ? ctx.standIn(names[0]) : undefined;
  if (meaning?.kind === 'file') return { kind: 'file', uri: meaning.uri, ...aliasOf(node.alias, span, ctx), span };
  return { kind: 'table', path: ctx.path(names, first), ...aliasOf(node.alias, span, ctx), span };
}

const SAMPLE_METHODS = ['bernoulli', 'system'] as const;

function sampleTable(node: RangeTableSample, ctx: ConvertContext): SampleTable {
  const table = convertTable(node.relation, ctx);
  const at = ctx.span(node.location);
  if (table.kind !== 'table' && table.kind !== 'file') throw unsupported('TABLESAMPLE of this', at);
  const name = (node.method ?? []).map(stringOf).join('.').toLowerCase();
  const method = SAMPLE_METHODS.find((known) => known === name);
  if (!method)
    throw unsupported(`TABLESAMPLE ${name.toUpperCase()}`, at, 'write BERNOULLI (percent) or SYSTEM (percent)');
  const [percent, ...more] = (node.args ?? []).map((arg) => convertExpr(arg, ctx));
  if (!percent || more.length > 0) {
    throw new SqlSyntaxError('SQ1001', `TABLESAMPLE ${name.toUpperCase()} takes one number`, {
      span: at,
      hint: `write ${name.toUpperCase()} (10) for 10 per cent`,
    });
  }
  const seed = node.repeatable ? convertExpr(node.repeatable, ctx) : null;
  const last = seed ?? percent;
  const close = ctx.list.opener(ctx.list.indexAt(last.span.start));
  const end = close === undefined ? last.span : ctx.range(close, ctx.list.partner(close) ?? close);
  return { kind: 'sample', table, method, percent, seed, span: ctx.cover(table.span, end) };
}

function subqueryTable(node: RangeSubselect, ctx: ConvertContext): TableRef {
  const query = convertSubquery(node.subquery, ctx);
  const lateral = node.lateral ?? false;
  const span = enclosing(query.span, ctx);
  return { kind: 'subquery', query, lateral, ...aliasOf(node.alias, span, ctx), span };
}

/** `f(x, option = value)`: what looks like a comparison names an argument. */
export function withNames(call: Pick<FunctionCall, 'args' | 'namedArgs'>): Pick<FunctionCall, 'args' | 'namedArgs'> {
  const isNamed = (arg: AstExpr) =>
    arg.kind === 'binary' && arg.operator === '=' && arg.left.kind === 'column' && arg.left.path.length === 1;
  const first = call.args.findIndex(isNamed);
  if (first < 0) return call;
  const named = call.args.slice(first).map((arg): NamedArgument => {
    if (!isNamed(arg) || arg.kind !== 'binary' || arg.left.kind !== 'column') throw positionAfterName(arg);
    return { name: arg.left.path[0] as NamedArgument['name'], value: arg.right, span: arg.span };
  });
  return { args: call.args.slice(0, first), namedArgs: [...named, ...call.namedArgs] };
}

/** The query with its parentheses. */
function enclosing(span: Span, ctx: ConvertContext): Span {
  const open = ctx.list.indexAt(span.start) - 1;
  const close = ctx.list.partner(open);
  return isPunctuation(ctx.list.at(open), '(') && close !== undefined ? ctx.range(open, close) : span;
}

function functionTable(node: RangeFunction, ctx: ConvertContext): TableRef {
  const item = node.functions?.[0];
  const call = item && 'List' in item ? item.List.items?.[0] : undefined;
  if (!call || !('FuncCall' in call)) throw unsupported('this function in FROM', ctx.span(firstLocation(node)));
  const { name, span, ...rest } = convertCall(call.FuncCall, ctx);
  ctx.only(
    node,
    ['lateral', 'functions', 'alias', 'ordinality', 'is_rowsfrom', 'coldeflist'],
    `${name}() in FROM`,
    span,
  );
  if (node.functions?.length !== 1 || node.is_rowsfrom) throw unsupported('ROWS FROM', span);
  if (node.coldeflist || (item && 'List' in item && Object.keys(item.List.items?.[1] ?? {}).length > 0)) {
    throw unsupported('a column definition list', span);
  }
  if (rest.nulls) throw unsupported('IGNORE NULLS or RESPECT NULLS in FROM', span);
  if (rest.star || rest.distinct || rest.filter || rest.over || rest.orderBy.length > 0) {
    throw unsupported('an aggregate in FROM', span);
  }
  const lateral = node.lateral ?? false;
  const { args, namedArgs } = withNames(rest);
  return {
    kind: 'function',
    name,
    args,
    namedArgs,
    ordinality: node.ordinality ?? false,
    lateral,
    ...aliasOf(node.alias, span, ctx),
    span,
  };
}

function join(node: JoinExpr, ctx: ConvertContext): JoinTable {
  // The grammar nests `a JOIN b JOIN c` to the left, however long it is: no recursion there.
  const joins = [node];
  let first = node.larg;
  while (first && 'JoinExpr' in first) {
    joins.push(first.JoinExpr);
    first = first.JoinExpr.larg;
  }
  return joins.reduceRight<TableRef>((left, one) => joinOf(one, left, ctx), convertTable(first, ctx)) as JoinTable;
}

function joinOf(node: JoinExpr, left: TableRef, ctx: ConvertContext): JoinTable {
  const right = convertTable(node.rarg, ctx);
  const span = ctx.cover(left.span, right.span);
  const known = ['jointype', 'isNatural', 'larg', 'rarg', 'usingClause', 'quals', 'rtindex', 'alias'];
  ctx.only(node, known, 'a join', span);
  const condition = joinCondition(node, ctx);
  const { alias } = node;
  return {
    kind: 'join',
    type: joinType(node, condition, span),
    left,
    right,
    condition,
    ...(alias && { alias: ctx.aliasAfter(span, ctx.name(alias.aliasname)) }),
    ...(alias?.colnames && { columnAliases: alias.colnames.map((name) => ctx.name(stringOf(name))) }),
    span: condition?.kind === 'on' ? ctx.cover(span, condition.expr.span) : span,
  };
}

function joinCondition(node: JoinExpr, ctx: ConvertContext): JoinTable['condition'] {
  if (node.isNatural) return { kind: 'natural' };
  if (node.usingClause) {
    return { kind: 'using', columns: node.usingClause.map((name) => ctx.name(stringOf(name))) };
  }
  return node.quals ? { kind: 'on', expr: convertExpr(node.quals, ctx) } : null;
}

function joinType(node: JoinExpr, condition: JoinTable['condition'], span: Span): JoinTable['type'] {
  switch (node.jointype) {
    case 'JOIN_INNER':
    case undefined:
      return condition === null ? 'cross' : 'inner';
    case 'JOIN_LEFT':
      return 'left';
    case 'JOIN_RIGHT':
      return 'right';
    case 'JOIN_FULL':
      return 'full';
    case 'JOIN_SEMI':
    case 'JOIN_ANTI':
    case 'JOIN_RIGHT_SEMI':
    case 'JOIN_RIGHT_ANTI':
    case 'JOIN_UNIQUE_OUTER':
    case 'JOIN_UNIQUE_INNER':
      throw unsupported('this kind of join', span);
    default:
      return assertNever(node.jointype);
  }
}
