import type { A_Const, A_Expr, CaseExpr, ColumnRef, Node, SubLink, TypeCast } from 'libpg-query';
import { assertNever, InternalError, type Span } from '../../common/errors.ts';
import type { Identifier } from './ast.ts';
import type { AstExpr, StringLiteral } from './ast-expr.ts';
import { convertCall, plainCall } from './convert-call.ts';
import { type ConvertContext, unsupported } from './convert-context.ts';
import { convertSubquery } from './convert-query.ts';
import { convertType, stringOf } from './convert-type.ts';
import { isPunctuation, isWord } from './token.ts';

/** One expression of the grammar as ours; UnsupportedError SQ2001 names what has no counterpart. */
export function convertExpr(node: Node | undefined, ctx: ConvertContext): AstExpr {
  if (node === undefined) throw new InternalError('the grammar left an expression out');
  return ctx.nested(nodeSpan(node, ctx), () => convert(node, ctx));
}

export const convertExprs = (nodes: readonly Node[] | undefined, ctx: ConvertContext): readonly AstExpr[] =>
  (nodes ?? []).map((node) => convertExpr(node, ctx));

export const convertOptional = (node: Node | undefined, ctx: ConvertContext): AstExpr | null =>
  node === undefined ? null : convertExpr(node, ctx);

function convert(node: Node, ctx: ConvertContext): AstExpr {
  if ('A_Const' in node) return constant(node.A_Const, ctx);
  if ('ColumnRef' in node) return columnRef(node.ColumnRef, ctx);
  if ('A_Expr' in node) return operation(node.A_Expr, ctx);
  if ('BoolExpr' in node) {
    const args = convertExprs(node.BoolExpr.args, ctx);
    const first = args[0] as AstExpr;
    if (node.BoolExpr.boolop === 'NOT_EXPR') {
      return { kind: 'not', operand: first, span: ctx.cover(ctx.span(node.BoolExpr.location), first.span) };
    }
    const kind = node.BoolExpr.boolop === 'AND_EXPR' ? 'and' : 'or';
    return { kind, args, span: ctx.cover(...args.map((arg) => arg.span)) };
  }
  if ('FuncCall' in node) return convertCall(node.FuncCall, ctx);
  if ('NullTest' in node) {
    const operand = convertExpr(node.NullTest.arg, ctx);
    const negated = node.NullTest.nulltesttype === 'IS_NOT_NULL';
    return { kind: 'isNull', operand, negated, span: testSpan(operand.span, node.NullTest.location, ctx) };
  }
  if ('BooleanTest' in node) {
    const operand = convertExpr(node.BooleanTest.arg, ctx);
    const test = (node.BooleanTest.booltesttype ?? 'IS_TRUE').toLowerCase().split('_');
    const truth = test.at(-1) as 'true' | 'false' | 'unknown';
    const negated = test.includes('not');
    return { kind: 'isTruth', operand, truth, negated, span: testSpan(operand.span, node.BooleanTest.location, ctx) };
  }
  if ('CaseExpr' in node) return caseExpr(node.CaseExpr, ctx);
  if ('TypeCast' in node) return cast(node.TypeCast, ctx);
  if ('SubLink' in node) return subLink(node.SubLink, ctx);
  if ('ParamRef' in node) {
    return { kind: 'parameter', key: node.ParamRef.number ?? 0, span: ctx.span(node.ParamRef.location) };
  }
  if ('CoalesceExpr' in node) {
    const { args, location } = node.CoalesceExpr;
    return plainCall('coalesce', convertExprs(args, ctx), ctx.callSpan(location));
  }
  if ('MinMaxExpr' in node) {
    const { args, location, op } = node.MinMaxExpr;
    return plainCall(op === 'IS_LEAST' ? 'least' : 'greatest', convertExprs(args, ctx), ctx.callSpan(location));
  }
  if ('SQLValueFunction' in node) {
    const { op, location } = node.SQLValueFunction;
    const name = (op ?? '').replace(/^SVFOP_/, '').toLowerCase();
    if (name.endsWith('_n')) throw unsupported(`${name.slice(0, -2)} with a precision`, ctx.callSpan(location));
    return plainCall(name, [], ctx.span(location));
  }
  const key = Object.keys(node)[0] as string;
  throw unsupported(CONSTRUCTS[key] ?? `the construct ${key}`, nodeSpan(node, ctx));
}

const CONSTRUCTS: Readonly<Record<string, string>> = {
  A_Indirection: 'a subscript, a slice or the field of a value',
  A_ArrayExpr: 'an array',
  RowExpr: 'a row value',
  CollateClause: 'COLLATE',
  GroupingFunc: 'GROUPING()',
  NamedArgExpr: 'an argument by name',
  SetToDefault: 'DEFAULT',
  XmlExpr: 'an XML function',
  XmlSerialize: 'an XML function',
  JsonFuncExpr: 'an SQL/JSON function',
  JsonObjectConstructor: 'an SQL/JSON function',
  JsonArrayConstructor: 'an SQL/JSON function',
  JsonIsPredicate: 'IS JSON',
};

/** Where an expression starts, as far as its node says. */
function nodeSpan(node: Node, ctx: ConvertContext): Span {
  let at: unknown = Object.values(node)[0];
  while (typeof at === 'object' && at !== null) {
    if ('location' in at && typeof at.location === 'number' && at.location >= 0) return ctx.span(at.location);
    const arg: unknown = 'arg' in at ? at.arg : 'lexpr' in at ? at.lexpr : undefined;
    at = typeof arg === 'object' && arg !== null ? Object.values(arg)[0] : undefined;
  }
  return ctx.span(0);
}

function testSpan(operand: Span, location: number | undefined, ctx: ConvertContext): Span {
  let last = ctx.index(location);
  while (isWord(ctx.list.at(last + 1), 'not', 'null', 'true', 'false', 'unknown')) last++;
  return ctx.cover(operand, ctx.range(ctx.index(location), last));
}

function constant(node: A_Const, ctx: ConvertContext): AstExpr {
  if (node.bsval) throw unsupported('a bit string', ctx.span(node.location));
  if (node.sval) return { kind: 'string', value: node.sval.sval ?? '', span: ctx.span(node.location) };
  if (node.boolval) return { kind: 'boolean', value: node.boolval.boolval ?? false, span: ctx.span(node.location) };
  if (node.isnull) return { kind: 'null', span: ctx.span(node.location) };
  const span = numberSpan(node.location, ctx);
  if (node.ival) return { kind: 'number', text: String(node.ival.ival ?? 0), span };
  if (node.fval) return { kind: 'number', text: node.fval.fval ?? '0', span };
  throw new InternalError('the grammar gave a constant without a value');
}

/** A number with the sign that the grammar made part of it. */
function numberSpan(location: number | undefined, ctx: ConvertContext): Span {
  const first = ctx.index(location);
  let last = first;
  while (ctx.list.at(last)?.kind === 'operator') last++;
  return ctx.list.at(last)?.kind === 'number' ? ctx.range(first, last) : ctx.span(location);
}

function columnRef(node: ColumnRef, ctx: ConvertContext): AstExpr {
  const fields = node.fields ?? [];
  const first = ctx.index(node.location);
  const span = ctx.range(first, ctx.list.pathEnd(first));
  const names = fields.filter((field) => !('A_Star' in field)).map(stringOf);
  const path = names.map((name, i): Identifier => {
    const token = ctx.list.at(first + 2 * i);
    return {
      name: ctx.name(name),
      quoted: token?.kind === 'quoted',
      span: token === undefined ? span : { start: token.start, end: token.end },
    };
  });
  return names.length < fields.length
    ? { kind: 'star', qualifier: path, exclude: [], replace: [], span }
    : { kind: 'column', path, span };
}

function operation(node: A_Expr, ctx: ConvertContext): AstExpr {
  const at = ctx.span(node.location);
  const operator = (node.name ?? []).map(stringOf).at(-1) ?? '';
  const kind = node.kind ?? 'AEXPR_OP';
  switch (kind) {
    case 'AEXPR_OP': {
      if ((node.name ?? []).length > 1) throw unsupported('OPERATOR()', at);
      if (!node.lexpr) {
        const operand = convertExpr(node.rexpr, ctx);
        return { kind: 'unary', operator, operand, span: ctx.cover(at, operand.span) };
      }
      const left = convertExpr(node.lexpr, ctx);
      const right = convertExpr(node.rexpr, ctx);
      return { kind: 'binary', operator, left, right, span: ctx.cover(left.span, right.span) };
    }
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT': {
      const left = convertExpr(node.lexpr, ctx);
      const right = convertExpr(node.rexpr, ctx);
      const negated = kind === 'AEXPR_NOT_DISTINCT';
      return { kind: 'isDistinct', negated, left, right, span: ctx.cover(left.span, right.span) };
    }
    case 'AEXPR_NULLIF':
      return plainCall(
        'nullif',
        [convertExpr(node.lexpr, ctx), convertExpr(node.rexpr, ctx)],
        ctx.callSpan(node.location),
      );
    case 'AEXPR_IN': {
      const input = convertExpr(node.lexpr, ctx);
      const list = convertExprs(listItems(node.rexpr), ctx);
      let open = ctx.index(node.location);
      while (isWord(ctx.list.at(open), 'not', 'in')) open++;
      const close = ctx.list.partner(open);
      const span = close === undefined ? ctx.cover(input.span, at) : ctx.cover(input.span, ctx.range(open, close));
      return { kind: 'inList', negated: operator === '<>', input, list, span };
    }
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return like(node, kind, operator, ctx);
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM': {
      const input = convertExpr(node.lexpr, ctx);
      const [low, high] = convertExprs(listItems(node.rexpr), ctx) as [AstExpr, AstExpr];
      return {
        kind: 'between',
        negated: kind.includes('_NOT_'),
        symmetric: kind.endsWith('_SYM'),
        input,
        low,
        high,
        span: ctx.cover(input.span, high.span),
      };
    }
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
      throw unsupported(`${operator} ${kind === 'AEXPR_OP_ANY' ? 'ANY' : 'ALL'} of an array`, at);
    default:
      return assertNever(kind);
  }
}

function listItems(node: Node | undefined): readonly Node[] {
  if (node && 'List' in node) return node.List.items ?? [];
  throw new InternalError('the grammar gave no list');
}

function like(
  node: A_Expr,
  kind: 'AEXPR_LIKE' | 'AEXPR_ILIKE' | 'AEXPR_SIMILAR',
  operator: string,
  ctx: ConvertContext,
): AstExpr {
  const input = convertExpr(node.lexpr, ctx);
  let pattern: AstExpr;
  let escapeExpr: AstExpr | null = null;
  const right = node.rexpr;
  const call = right && 'FuncCall' in right ? right.FuncCall : null;
  const wrapper = (call?.funcname ?? []).map(stringOf).join('.');
  // The grammar wraps a pattern with ESCAPE, and every SIMILAR TO, into one of its own functions.
  if (call && (wrapper === 'pg_catalog.like_escape' || wrapper === 'pg_catalog.similar_to_escape')) {
    pattern = convertExpr(call.args?.[0], ctx);
    escapeExpr = convertOptional(call.args?.[1], ctx);
  } else {
    pattern = convertExpr(right, ctx);
  }
  return {
    kind: 'like',
    operator: kind === 'AEXPR_LIKE' ? 'like' : kind === 'AEXPR_ILIKE' ? 'ilike' : 'similar to',
    negated: operator.startsWith('!'),
    input,
    pattern,
    escape: escapeExpr,
    span: ctx.cover(input.span, pattern.span, escapeExpr?.span ?? pattern.span),
  };
}

function caseExpr(node: CaseExpr, ctx: ConvertContext): AstExpr {
  const branches = (node.args ?? []).map((arm) => {
    if (!('CaseWhen' in arm)) throw new InternalError('the grammar gave no WHEN');
    return { when: convertExpr(arm.CaseWhen.expr, ctx), result: convertExpr(arm.CaseWhen.result, ctx) };
  });
  const first = ctx.index(node.location);
  let last = first;
  for (let depth = 0; last < ctx.list.tokens.length; last++) {
    const token = ctx.list.at(last);
    // A column may be called `case` or `end` after a dot.
    if (isPunctuation(ctx.list.at(last - 1), '.')) continue;
    if (isWord(token, 'case')) depth++;
    else if (isWord(token, 'end') && --depth === 0) break;
  }
  return {
    kind: 'case',
    operand: convertOptional(node.arg, ctx),
    branches,
    otherwise: convertOptional(node.defresult, ctx),
    span: ctx.range(first, last),
  };
}

function cast(node: TypeCast, ctx: ConvertContext): AstExpr {
  const operand = convertExpr(node.arg, ctx);
  if (!node.typeName) throw new InternalError('the grammar gave a cast without a type');
  const { type, fields, span: typeSpan } = convertType(node.typeName, ctx);
  const explicit = (node.location ?? 0) >= 0;
  const isFunctionForm = explicit && isWord(ctx.list.at(ctx.index(node.location)), 'cast');
  let span = isFunctionForm ? ctx.callSpan(node.location) : ctx.cover(operand.span, typeSpan);
  if (type.kind !== 'interval') {
    if (fields.length > 0) throw new InternalError('fields of a type that is no interval');
    return { kind: 'cast', operand, type, try: false, span };
  }
  if (!isConstantText(operand)) {
    if (fields.length > 0) throw unsupported('a cast to an interval of some fields', span);
    return { kind: 'cast', operand, type, try: false, span };
  }
  if (!explicit) span = withIntervalFields(span, ctx);
  return { kind: 'interval', text: operand.value, fields, span };
}

const isConstantText = (expr: AstExpr): expr is StringLiteral => expr.kind === 'string';

/** `interval '90' day (3)`, `interval '1' year to month`: the fields stand after the text. */
function withIntervalFields(span: Span, ctx: ConvertContext): Span {
  const first = ctx.list.indexAt(span.start);
  let last = ctx.list.indexAt(span.end) - 1;
  while (isWord(ctx.list.at(last + 1), 'year', 'month', 'day', 'hour', 'minute', 'second', 'to')) {
    last = ctx.list.callEnd(last + 1);
  }
  return ctx.range(first, last);
}

function subLink(node: SubLink, ctx: ConvertContext): AstExpr {
  const kind = node.subLinkType ?? 'EXISTS_SUBLINK';
  const query = convertSubquery(node.subselect, ctx);
  const at = ctx.span(node.location);
  switch (kind) {
    case 'EXPR_SUBLINK':
      return { kind: 'subquery', form: { kind: 'scalar' }, query, span: ctx.callSpan(node.location) };
    case 'EXISTS_SUBLINK':
      return { kind: 'subquery', form: { kind: 'exists' }, query, span: ctx.callSpan(node.location) };
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK': {
      const operand = convertExpr(node.testexpr, ctx);
      const operator = (node.operName ?? []).map(stringOf).at(-1) ?? '=';
      const form = { kind: kind === 'ANY_SUBLINK' ? ('any' as const) : ('all' as const), operator, operand };
      let open = ctx.index(node.location);
      while (open < ctx.list.tokens.length && !isPunctuation(ctx.list.at(open), '(')) open++;
      const span = ctx.cover(operand.span, ctx.range(open, ctx.list.partner(open) ?? open));
      return { kind: 'subquery', form, query, span };
    }
    case 'ARRAY_SUBLINK':
      throw unsupported('ARRAY of a query', at);
    case 'ROWCOMPARE_SUBLINK':
    case 'MULTIEXPR_SUBLINK':
    case 'CTE_SUBLINK':
      throw unsupported('a comparison with a row of a query', at);
    default:
      return assertNever(kind);
  }
}
