import type { AstExpr } from '../ast-expr.ts';
import { isPunctuation, isWord, type Token } from '../token.ts';
import { numberText, type OperandWriter } from './operand-writer.ts';
import { holdsQuery, notRead, type ReaderContext, rangeSpan, unexpectedToken } from './reader-context.ts';
import { reduceExpression } from './reduce-expression.ts';

/** IN with a query or a list. */
export function reduceIn(at: number, writer: OperandWriter): number {
  const { list } = writer.context;
  const open = at + 1;
  const close = list.partner(open);
  writer.shown.add('IN', at);
  if (!isPunctuation(list.at(open), '(') || close === undefined) {
    throw notRead('IN without a list in parentheses', rangeSpan(list, at, at + 2), writer.context);
  }
  writer.shown.add('(', open);
  if (!holdsQuery(list, open)) {
    const items = literals(open, close, writer.context);
    if (items) writer.stand(open, close + 1, { kind: 'list', items });
    else reduceExpression(open + 1, close, writer.shown, writer.context);
    writer.shown.add(')', close);
    return close + 1;
  }
  const query = writer.context.query(open + 1, close);
  writer.stand(open, close + 1, { kind: 'query', query, span: rangeSpan(list, open, close + 1) });
  writer.shown.add(')', close);
  return close + 1;
}

/** A list of plain numbers and texts, which the parser need not see; null for every other. */
function literals(open: number, close: number, context: ReaderContext): readonly AstExpr[] | null {
  const { list } = context;
  const items: AstExpr[] = [];
  for (let at = open + 1; at < close; at += 2) {
    const token = list.at(at) as Token;
    const span = { start: token.start, end: token.end };
    if (token.kind === 'number') items.push({ kind: 'number', text: numberText(token.text), span });
    else if (token.kind === 'string' && token.text.startsWith("'"))
      items.push({ kind: 'string', value: token.value, span });
    else return null;
    if (at + 1 < close && (!isPunctuation(list.at(at + 1), ',') || at + 2 === close)) return null;
  }
  return items.length > 0 ? items : null;
}

/** IS [NOT] NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM. */
export function reduceIs(at: number, writer: OperandWriter): number {
  const { list } = writer.context;
  const isNegated = isWord(list.at(at + 1), 'not');
  const what = isNegated ? at + 2 : at + 1;
  const { end } = rangeSpan(list, at, what + 1);
  const word = list.at(what)?.value ?? '';
  if (isWord(list.at(what), 'distinct') && isWord(list.at(what + 1), 'from')) {
    const operator = isNegated ? 'is not distinct from' : 'is distinct from';
    return writer.glued(at, what + 2, { kind: 'infix', operator });
  }
  const spanOf = (operand: AstExpr) => ({ start: operand.span.start, end });
  if (isWord(list.at(what), 'null')) {
    const build = (operand: AstExpr): AstExpr => ({
      kind: 'isNull',
      operand,
      negated: isNegated,
      span: spanOf(operand),
    });
    return writer.glued(at, what + 1, { kind: 'postfix', level: 'is', build });
  }
  if (!isWord(list.at(what), 'true', 'false', 'unknown')) throw unexpectedToken(list, what);
  const truth = word as 'true' | 'false' | 'unknown';
  const build = (operand: AstExpr): AstExpr => ({
    kind: 'isTruth',
    operand,
    truth,
    negated: isNegated,
    span: spanOf(operand),
  });
  return writer.glued(at, what + 1, { kind: 'postfix', level: 'is', build });
}

export function reduceExists(at: number, writer: OperandWriter): number {
  const { list } = writer.context;
  const close = list.partner(at + 1);
  if (!holdsQuery(list, at + 1) || close === undefined) throw unexpectedToken(list, at + 1);
  const query = writer.context.query(at + 2, close);
  return writer.operand(at, close + 1, {
    kind: 'subquery',
    form: { kind: 'exists' },
    query,
    span: rangeSpan(list, at, close + 1),
  });
}

/** `= ANY (query)`. */
export function reduceQuantified(at: number, quantifier: 'any' | 'all', writer: OperandWriter): number {
  const { list } = writer.context;
  const close = list.partner(at + 1);
  const span = rangeSpan(list, at, (close ?? at) + 1);
  if (!holdsQuery(list, at + 1) || close === undefined)
    throw notRead(`${quantifier.toUpperCase()} without a query`, span, writer.context);
  return writer.stand(at, close + 1, {
    kind: 'quantified',
    quantifier,
    query: writer.context.query(at + 2, close),
    span,
  });
}
