import type { OrderItem, WindowSpec } from '../ast.ts';
import type { AstExpr, FunctionCall } from '../ast-expr.ts';
import { plainCall } from '../convert-call.ts';
import { isPunctuation, isWord, type Token } from '../token.ts';
import { expressions, orderItems } from './lists.ts';
import {
  commaRanges,
  findWord,
  holdsQuery,
  notRead,
  type ReaderContext,
  rangeSpan,
  unexpectedToken,
} from './reader-context.ts';
import { reduceExpression } from './reduce-expression.ts';
import { castType } from './special-forms.ts';
import type { ShownText } from './stand-ins.ts';
import { windowSpec } from './windows.ts';

type Range = readonly [number, number];

/** A call and what follows it (FILTER, OVER), shown as a call of a stand-in; index of the token behind it. */
export function reduceCall(at: number, to: number, shown: ShownText, context: ReaderContext): number {
  const { list } = context;
  const token = list.at(at) as Token;
  const open = at + 1;
  const close = list.partner(open) as number;
  const name = token.value;
  const special = token.kind === 'word' ? specialForm(name, open, close, context) : null;
  const suffix = suffixes(close, to, context);
  const span = rangeSpan(list, at, suffix.next);
  if (special) {
    if (suffix.next !== close + 1) throw notRead(`${name}() with FILTER or OVER`, span, context);
    const build = (args: readonly AstExpr[]) => ({ ...special.build(args), span });
    return show(at, special.ranges, suffix.next, build);
  }
  const isStar = list.at(open + 1)?.text === '*' && open + 2 === close;
  const isDistinct = isWord(list.at(open + 1), 'distinct');
  const first = isStar ? close : isDistinct || isWord(list.at(open + 1), 'all') ? open + 2 : open + 1;
  const order = findWord(list, first, close, 'order');
  if (order < close && !isWord(list.at(order + 1), 'by')) throw unexpectedToken(list, order + 1);
  const orderBy: readonly OrderItem[] = order < close ? orderItems(order + 2, close, context) : [];
  const { filter, nulls, over } = suffix;
  return show(at, commaRanges(list, first, order), suffix.next, (args): FunctionCall => {
    const call = plainCall(name === 'trim' && token.kind === 'word' ? 'btrim' : name, args, span);
    return { ...call, star: isStar, distinct: isDistinct, orderBy, filter, nulls, over };
  });

  function show(
    first: number,
    ranges: readonly Range[],
    next: number,
    build: (args: readonly AstExpr[]) => AstExpr,
  ): number {
    shown.add(context.standIns.add({ kind: 'call', build }, span), first);
    shown.add('(', open);
    for (const [i, [from, until]] of ranges.entries()) {
      if (i > 0) shown.add(',', from);
      reduceExpression(from, until, shown, context);
    }
    shown.add(')', close);
    return next;
  }
}

interface Suffixes {
  readonly filter: AstExpr | null;
  readonly nulls: FunctionCall['nulls'];
  readonly over: WindowSpec | null;
  readonly next: number;
}

/** FILTER (WHERE …), IGNORE NULLS, OVER …. */
function suffixes(close: number, to: number, context: ReaderContext): Suffixes {
  const { list } = context;
  let next = close + 1;
  let filter: AstExpr | null = null;
  let nulls: FunctionCall['nulls'] = null;
  if (isWord(list.at(next), 'within')) throw notRead('WITHIN GROUP', rangeSpan(list, next, next + 2), context);
  if (isWord(list.at(next), 'filter') && isPunctuation(list.at(next + 1), '(') && isWord(list.at(next + 2), 'where')) {
    const end = list.partner(next + 1) as number;
    [filter = null] = expressions([[next + 3, end]], context);
    next = end + 1;
  }
  if (isWord(list.at(next), 'ignore', 'respect') && isWord(list.at(next + 1), 'nulls')) {
    nulls = list.at(next)?.value as 'ignore' | 'respect';
    next += 2;
  }
  if (next >= to || !isWord(list.at(next), 'over')) return { filter, nulls, over: null, next };
  const window = windowSpec(next + 1, context);
  return { filter, nulls, over: window.spec, next: window.next };
}

interface SpecialForm {
  readonly ranges: readonly Range[];
  readonly build: (args: readonly AstExpr[]) => AstExpr;
}

/** Calls with words between their arguments. */
function specialForm(name: string, open: number, close: number, context: ReaderContext): SpecialForm | null {
  const { list } = context;
  const first = open + 1;
  const span = rangeSpan(list, open, close + 1);
  const call = (called: string, ...ranges: Range[]): SpecialForm => ({
    ranges,
    build: (args) => plainCall(called, args, span),
  });
  switch (name) {
    case 'cast':
    case 'try_cast':
    case 'safe_cast': {
      const as = findWord(list, first, close, 'as');
      if (as === close) throw unexpectedToken(list, close);
      const { type, next } = castType(as + 1, context);
      if (next !== close) throw unexpectedToken(list, next);
      const build = ([operand]: readonly AstExpr[]): AstExpr => cast(operand as AstExpr, type, name !== 'cast', span);
      return { ranges: [[first, as]], build };
    }
    case 'extract': {
      const from = findWord(list, first, close, 'from');
      const field = list.at(first);
      if (from !== first + 1 || (field?.kind !== 'word' && field?.kind !== 'string'))
        throw unexpectedToken(list, first);
      const literal: AstExpr = { kind: 'string', value: field.value, span: rangeSpan(list, first, from) };
      return { ranges: [[from + 1, close]], build: (args) => plainCall('extract', [literal, ...args], span) };
    }
    case 'substring': {
      const from = findWord(list, first, close, 'from', 'for', 'similar');
      if (from === close) return null;
      if (!isWord(list.at(from), 'from'))
        throw notRead('this form of SUBSTRING', span, context, 'write substring(x FROM a FOR b)');
      const until = findWord(list, from + 1, close, 'for');
      const ranges: Range[] = [
        [first, from],
        [from + 1, until],
      ];
      if (until < close) ranges.push([until + 1, close]);
      return call('substring', ...ranges);
    }
    case 'position': {
      const at = findWord(list, first, close, 'in');
      if (at === close) return null;
      return call('position', [at + 1, close], [first, at]);
    }
    case 'trim':
      return trim(first, close, context);
    case 'overlay':
      if (findWord(list, first, close, 'placing') < close) throw notRead('OVERLAY', span, context);
      return null;
    case 'row':
      return { ranges: commaRanges(list, first, close), build: (args) => ({ kind: 'row', args, span }) };
    case 'array':
    case 'unnest':
    case 'xmlelement':
    case 'json_object':
    case 'struct':
      throw notRead(name.toUpperCase(), span, context);
    default:
      if (holdsQuery(list, open))
        throw notRead('a query as the only argument of a function', span, context, 'put it into two parentheses');
      return null;
  }
}

function cast(
  operand: AstExpr,
  type: Extract<AstExpr, { kind: 'cast' }>['type'],
  isTry: boolean,
  span: AstExpr['span'],
): AstExpr {
  if (type.kind === 'interval' && !isTry && operand.kind === 'string') {
    return { kind: 'interval', text: operand.value, fields: [], span };
  }
  return { kind: 'cast', operand, type, try: isTry, span };
}

/** TRIM([BOTH, LEADING, TRAILING] [y] FROM x). */
function trim(first: number, close: number, context: ReaderContext): SpecialForm | null {
  const { list } = context;
  const side = list.at(first);
  const isSided = isWord(side, 'both', 'leading', 'trailing');
  const from = findWord(list, first, close, 'from');
  if (!isSided && from === close) return null;
  const name = isWord(side, 'leading') ? 'ltrim' : isWord(side, 'trailing') ? 'rtrim' : 'btrim';
  const start = isSided ? first + 1 : first;
  const span = rangeSpan(list, first, close);
  if (from === close) throw notRead('TRIM without FROM', span, context);
  const ranges: Range[] = [[from + 1, close]];
  if (from > start) ranges.push([start, from]);
  return { ranges, build: (args) => plainCall(name, args, span) };
}
