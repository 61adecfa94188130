import type { FrameBound, WindowFrame, WindowSpec } from '../ast.ts';
import type { AstExpr } from '../ast-expr.ts';
import { isPunctuation, isWord } from '../token.ts';
import { expressions, orderItems } from './lists.ts';
import { identifier } from './operand-writer.ts';
import { commaRanges, findWord, type ReaderContext, rangeSpan, unexpectedToken } from './reader-context.ts';

/** What follows OVER, or AS in a WINDOW clause: a name, or a specification in parentheses. */
export function windowSpec(at: number, context: ReaderContext): { readonly spec: WindowSpec; readonly next: number } {
  const { list } = context;
  const close = list.partner(at);
  if (!isPunctuation(list.at(at), '(') || close === undefined) {
    const { name, span } = identifier(list.at(at), at, context);
    return { spec: { name, partitionBy: [], orderBy: [], frame: null, span }, next: at + 1 };
  }
  let next = at + 1;
  const starts = (index: number) => isWord(list.at(index), 'partition', 'order', 'rows', 'range', 'groups');
  const name = next < close && !starts(next) ? identifier(list.at(next), next++, context).name : null;
  const frameAt = findWord(list, next, close, 'rows', 'range', 'groups');
  const orderAt = findWord(list, next, frameAt, 'order');
  let partitionBy: readonly AstExpr[] = [];
  if (isWord(list.at(next), 'partition')) {
    requireBy(next, context);
    partitionBy = expressions(commaRanges(list, next + 2, orderAt), context);
    next = orderAt;
  }
  if (next !== orderAt) throw unexpectedToken(list, next);
  if (orderAt < frameAt) requireBy(orderAt, context);
  const orderBy = orderAt < frameAt ? orderItems(orderAt + 2, frameAt, context) : [];
  const frame = frameAt < close ? windowFrame(frameAt, close, context) : null;
  return { spec: { name, partitionBy, orderBy, frame, span: rangeSpan(list, at, close + 1) }, next: close + 1 };
}

function requireBy(at: number, { list }: ReaderContext): void {
  if (!isWord(list.at(at + 1), 'by')) throw unexpectedToken(list, at + 1);
}

function windowFrame(at: number, to: number, context: ReaderContext): WindowFrame {
  const { list } = context;
  const unit = list.at(at)?.value as WindowFrame['unit'];
  const excludeAt = findWord(list, at, to, 'exclude');
  const exclude = excludeAt < to ? exclusion(excludeAt, to, context) : null;
  if (!isWord(list.at(at + 1), 'between')) {
    return { unit, start: frameBound(at + 1, excludeAt, context), end: { kind: 'currentRow' }, exclude };
  }
  const and = findWord(list, at + 2, excludeAt, 'and');
  if (and === excludeAt) throw unexpectedToken(list, and);
  return { unit, start: frameBound(at + 2, and, context), end: frameBound(and + 1, excludeAt, context), exclude };
}

function frameBound(from: number, to: number, context: ReaderContext): FrameBound {
  const { list } = context;
  const direction = list.at(to - 1);
  if (isWord(list.at(from), 'current') && isWord(direction, 'row') && to === from + 2) return { kind: 'currentRow' };
  if (!isWord(direction, 'preceding', 'following') || to < from + 2) throw unexpectedToken(list, from);
  const isPreceding = isWord(direction, 'preceding');
  if (isWord(list.at(from), 'unbounded')) return { kind: isPreceding ? 'unboundedPreceding' : 'unboundedFollowing' };
  const [offset] = expressions([[from, to - 1]], context);
  return { kind: isPreceding ? 'preceding' : 'following', offset: offset as AstExpr };
}

function exclusion(at: number, to: number, { list }: ReaderContext): WindowFrame['exclude'] {
  const words = list.tokens.slice(at + 1, to).map(({ value }) => value);
  const found = EXCLUSIONS[words.join(' ')];
  if (found === undefined) throw unexpectedToken(list, at + 1);
  return found;
}

const EXCLUSIONS: Readonly<Record<string, WindowFrame['exclude']>> = {
  'current row': 'currentRow',
  group: 'group',
  ties: 'ties',
  'no others': null,
};
