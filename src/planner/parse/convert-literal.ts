import type { A_Const, TypeCast } from 'libpg-query';
import { InternalError, type Span } from '../../common/errors.ts';
import type { AstExpr, StringLiteral } from './ast-expr.ts';
import { type ConvertContext, unsupported } from './convert-context.ts';
import { convertExpr } from './convert-expr.ts';
import { convertType } from './convert-type.ts';
import { isWord } from './token.ts';

export function convertConstant(node: A_Const, ctx: ConvertContext): AstExpr {
  if (node.bsval) throw unsupported('a bit string', ctx.span(node.location));
  if (node.sval) return { kind: 'string', value: node.sval.sval ?? '', span: stringSpan(node.location, ctx) };
  if (node.boolval) return { kind: 'boolean', value: node.boolval.boolval ?? false, span: ctx.span(node.location) };
  if (node.isnull) return { kind: 'null', span: ctx.span(node.location) };
  const span = numberSpan(node.location, ctx);
  if (node.ival) return { kind: 'number', text: String(node.ival.ival ?? 0), span };
  if (node.fval) return { kind: 'number', text: node.fval.fval ?? '0', span };
  throw new InternalError('the grammar gave a constant without a value');
}

/** A text goes on after a line break: `'a'` and on the next line `'b'`. */
function stringSpan(location: number | undefined, ctx: ConvertContext): Span {
  const first = ctx.index(location);
  let last = first;
  while (ctx.list.at(last + 1)?.kind === 'string') last++;
  return ctx.list.at(first)?.kind === 'string' ? ctx.range(first, last) : ctx.span(location);
}

/** A number with the sign that the grammar made part of it. */
function numberSpan(location: number | undefined, ctx: ConvertContext): Span {
  const first = ctx.index(location);
  let last = first;
  while (ctx.list.at(last)?.kind === 'operator') last++;
  return ctx.list.at(last)?.kind === 'number' ? ctx.range(first, last) : ctx.span(location);
}

/** CAST, TRY_CAST, `::` and typed literals. */
export function convertCast(node: TypeCast, ctx: ConvertContext): AstExpr {
  const operand = convertExpr(node.arg, ctx);
  if (!node.typeName) throw new InternalError('the grammar gave a cast without a type');
  const { type, fields, span: typeSpan } = convertType(node.typeName, ctx);
  const explicit = (node.location ?? 0) >= 0;
  const keyword = ctx.list.at(ctx.index(node.location));
  const isTry = explicit && isWord(keyword, 'try_cast');
  const isFunctionForm = isTry || (explicit && isWord(keyword, 'cast'));
  let span = isFunctionForm ? ctx.callSpan(node.location) : ctx.cover(operand.span, typeSpan);
  if (type.kind !== 'interval') {
    if (fields.length > 0) throw new InternalError('fields of a type that is no interval');
    return { kind: 'cast', operand, type, try: isTry, span };
  }
  if (isTry || !isConstantText(operand)) {
    if (fields.length > 0) throw unsupported('a cast to an interval of some fields', span);
    return { kind: 'cast', operand, type, try: isTry, span };
  }
  if (!explicit) span = withIntervalFields(span, ctx);
  return { kind: 'interval', text: operand.value, fields, span };
}

const isConstantText = (expr: AstExpr): expr is StringLiteral => expr.kind === 'string';

const FIELD_WORD = /^(?:(?:year|quarter|month|week|day|hour|minute|second|millisecond|microsecond)s?|to)$/;

/** `interval '90' day (3)`, `interval '1' year to month`: the fields stand after the text. */
function withIntervalFields(span: Span, ctx: ConvertContext): Span {
  const first = ctx.list.indexAt(span.start);
  let last = ctx.list.indexAt(span.end) - 1;
  while (ctx.list.at(last + 1)?.kind === 'word' && FIELD_WORD.test(ctx.list.at(last + 1)?.value ?? '')) {
    last = ctx.list.callEnd(last + 1);
  }
  return ctx.range(first, last);
}
