import type { SqlType } from '../../../common/types.ts';
import type { AstExpr } from '../ast-expr.ts';
import { isPunctuation, isWord } from '../token.ts';
import { notRead, type ReaderContext, rangeSpan, unexpectedToken } from './reader-context.ts';

const UNIT = /^(?:year|quarter|month|week|day|hour|minute|second)s?$/;
const LITERAL_TYPES = ['date', 'time', 'timestamp', 'timestamptz', 'datetime'];

/** `date '…'`, `interval '…' day`: the expression, and the index of the token behind it; null for everything else. */
export function typedLiteral(
  at: number,
  context: ReaderContext,
): { readonly expr: AstExpr; readonly next: number } | null {
  const { list } = context;
  if (isWord(list.at(at), 'interval')) return interval(at, context);
  const text = list.at(at + 1);
  if (!isWord(list.at(at), ...LITERAL_TYPES) || text?.kind !== 'string') return null;
  const { type } = castType(at, context);
  const operand: AstExpr = { kind: 'string', value: text.value, span: rangeSpan(list, at + 1, at + 2) };
  return { expr: { kind: 'cast', operand, type, try: false, span: rangeSpan(list, at, at + 2) }, next: at + 2 };
}

function interval(at: number, context: ReaderContext): { readonly expr: AstExpr; readonly next: number } {
  const { list } = context;
  const amount = list.at(at + 1);
  if (amount?.kind !== 'string' && amount?.kind !== 'number') {
    throw notRead('an interval of an expression', rangeSpan(list, at, at + 2), context, "write interval '1' day * x");
  }
  let next = at + 2;
  while (list.at(next)?.kind === 'word' && UNIT.test(list.at(next)?.value ?? '')) {
    next++;
    if (isPunctuation(list.at(next), '(')) next = (list.partner(next) ?? next) + 1;
    if (!isWord(list.at(next), 'to')) break;
    next++;
  }
  const pieces = list.tokens.slice(at, next).map(({ text }) => text);
  const span = rangeSpan(list, at, next);
  return { expr: { ...context.plain(pieces.join(' '), at), span }, next };
}

/** The type that starts at a token, and the index of the token behind it. */
export function castType(at: number, context: ReaderContext): { readonly type: SqlType; readonly next: number } {
  const { list, rules } = context;
  const first = list.at(at);
  if (first?.kind !== 'word') throw unexpectedToken(list, at);
  let next = at + 1;
  if (isWord(first, 'double') && isWord(list.at(next), 'precision')) next++;
  if (isWord(first, 'character', 'char') && isWord(list.at(next), 'varying')) next++;
  if (isPunctuation(list.at(next), '(')) next = (list.partner(next) as number) + 1;
  if (isWord(first, 'time', 'timestamp') && isWord(list.at(next), 'with', 'without')) next += 3;
  const rest = list.tokens.slice(at + 1, next).map(({ text }) => text);
  const isZoned = isWord(list.at(next - 1), 'zone');
  const name = isZoned ? first.value : (rules.types[first.value] ?? first.value);
  const cast = context.plain(`CAST(NULL AS ${[name, ...rest].join(' ')})`, at);
  if (cast.kind !== 'cast') throw notRead(`the type ${first.text}`, rangeSpan(list, at, next), context);
  return { type: cast.type, next };
}
