import type { A_Indices, A_Indirection, BoolExpr, CaseExpr, ColumnRef, Node, RowExpr } from 'libpg-query';
import { InternalError, type Span } from '../../common/errors.ts';
import type { AstExpr } from './ast-expr.ts';
import { convertCall, plainCall } from './convert-call.ts';
import { type ConvertContext, firstLocation, unsupported } from './convert-context.ts';
import { convertCast, convertConstant } from './convert-literal.ts';
import { convertOperation, convertSubLink } from './convert-operation.ts';
import { stringOf } from './convert-type.ts';
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
  if ('A_Const' in node) return convertConstant(node.A_Const, ctx);
  if ('ColumnRef' in node) return columnRef(node.ColumnRef, ctx);
  if ('A_Expr' in node) return convertOperation(node.A_Expr, ctx);
  if ('BoolExpr' in node) return logical(node.BoolExpr, ctx);
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
  if ('TypeCast' in node) return convertCast(node.TypeCast, ctx);
  if ('SubLink' in node) return convertSubLink(node.SubLink, ctx);
  if ('ParamRef' in node) {
    return parameter(node.ParamRef.number ?? 0, node.ParamRef.location, ctx);
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
  if ('A_ArrayExpr' in node) {
    const { elements, location } = node.A_ArrayExpr;
    return { kind: 'list', elements: convertExprs(elements, ctx), span: bracketSpan(ctx.index(location), ctx) };
  }
  if ('RowExpr' in node) return row(node.RowExpr, ctx);
  if ('A_Indirection' in node) return indirection(node.A_Indirection, ctx);
  if ('GroupingFunc' in node) {
    return plainCall('grouping', convertExprs(node.GroupingFunc.args, ctx), ctx.callSpan(node.GroupingFunc.location));
  }
  const key = Object.keys(node)[0] as string;
  throw unsupported(CONSTRUCTS[key] ?? `the construct ${key}`, nodeSpan(node, ctx));
}

const CONSTRUCTS: Readonly<Record<string, string>> = {
  CollateClause: 'COLLATE',
  NamedArgExpr: 'an argument by name here',
  SetToDefault: 'DEFAULT',
  XmlExpr: 'an XML function',
  XmlSerialize: 'an XML function',
  JsonFuncExpr: 'an SQL/JSON function',
  JsonObjectConstructor: 'an SQL/JSON function',
  JsonArrayConstructor: 'an SQL/JSON function',
  JsonArrayQueryConstructor: 'an SQL/JSON function',
  JsonObjectAgg: 'an SQL/JSON function',
  JsonArrayAgg: 'an SQL/JSON function',
  JsonParseExpr: 'an SQL/JSON function',
  JsonScalarExpr: 'an SQL/JSON function',
  JsonSerializeExpr: 'an SQL/JSON function',
  JsonIsPredicate: 'IS JSON',
  MergeSupportFunc: 'MERGE_ACTION()',
  CurrentOfExpr: 'CURRENT OF',
};

/** Where an expression starts, as far as its node says. */
const nodeSpan = (node: Node, ctx: ConvertContext): Span => ctx.span(firstLocation(node));

function testSpan(operand: Span, location: number | undefined, ctx: ConvertContext): Span {
  let last = ctx.index(location);
  while (isWord(ctx.list.at(last + 1), 'not', 'null', 'true', 'false', 'unknown')) last++;
  return ctx.cover(operand, ctx.range(ctx.index(location), last));
}

function logical(node: BoolExpr, ctx: ConvertContext): AstExpr {
  const args = convertExprs(node.args, ctx);
  const first = args[0] as AstExpr;
  if (node.boolop === 'NOT_EXPR') {
    return { kind: 'not', operand: first, span: ctx.cover(ctx.span(node.location), first.span) };
  }
  const kind = node.boolop === 'AND_EXPR' ? 'and' : 'or';
  return { kind, args, span: ctx.coverAll(args.map((arg) => arg.span)) };
}

function parameter(number: number, location: number | undefined, ctx: ConvertContext): AstExpr {
  const key = ctx.parameter(number);
  const first = ctx.index(location);
  return { kind: 'parameter', key, span: ctx.range(first, typeof key === 'string' ? first + 1 : first) };
}

function columnRef(node: ColumnRef, ctx: ConvertContext): AstExpr {
  const fields = node.fields ?? [];
  const first = ctx.index(node.location);
  const last = ctx.list.pathEnd(first);
  const span = ctx.range(first, last);
  const names = fields.filter((field) => !('A_Star' in field)).map(stringOf);
  if (names.length === fields.length) return { kind: 'column', path: ctx.path(names, first), span };
  return { kind: 'star', qualifier: ctx.path(names, first), exclude: ctx.takeExcluded(last), replace: [], span };
}

/** `(a, b)` and `ROW(a, b)`. */
function row(node: RowExpr, ctx: ConvertContext): AstExpr {
  return { kind: 'row', args: convertExprs(node.args, ctx), span: ctx.callSpan(node.location) };
}

/** `ARRAY[…]` or `[…]` from its first token. */
function bracketSpan(first: number, ctx: ConvertContext): Span {
  const open = isPunctuation(ctx.list.at(first), '[') ? first : first + 1;
  return ctx.range(first, ctx.list.partner(open) ?? first);
}

/** `a[1:2]`, both included; a bound that is left out is the first element, or the last. */
function slice(operand: AstExpr, { lidx, uidx }: A_Indices, span: Span, ctx: ConvertContext): AstExpr {
  const bound = (node: Node | undefined, text: string): AstExpr =>
    node === undefined ? { kind: 'number', text, span } : convertExpr(node, ctx);
  return plainCall('list_slice', [operand, bound(lidx, '1'), bound(uidx, '-1')], span);
}

/** `a[1].b`: step by step. */
function indirection(node: A_Indirection, ctx: ConvertContext): AstExpr {
  let operand = convertExpr(node.arg, ctx);
  for (const step of node.indirection ?? []) {
    // The operand may stand in parentheses that its span leaves out.
    let at = ctx.list.indexAt(operand.span.end);
    while (isPunctuation(ctx.list.at(at), ')')) at++;
    if ('A_Indices' in step) {
      const { is_slice, uidx } = step.A_Indices;
      const span = ctx.cover(operand.span, ctx.range(at, ctx.list.partner(at) ?? at));
      if (is_slice) {
        operand = slice(operand, step.A_Indices, span, ctx);
        continue;
      }
      operand = { kind: 'subscript', operand, index: convertExpr(uidx, ctx), span };
    } else if ('A_Star' in step) {
      throw unsupported('the star of a value', ctx.cover(operand.span, ctx.range(at, at + 1)), 'name its fields');
    } else {
      const span = ctx.cover(operand.span, ctx.range(at, at + 1));
      operand = { kind: 'field', operand, field: ctx.identifier(stringOf(step), ctx.list.at(at + 1), span), span };
    }
  }
  return operand;
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
