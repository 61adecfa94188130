import type { GroupItem, NamedWindow, SelectBody, SelectItem } from '../ast.ts';
import type { AstExpr } from '../ast-expr.ts';
import { isPunctuation, isWord } from '../token.ts';
import { expressions } from './lists.ts';
import { identifier } from './operand-writer.ts';
import { fromOf, reduceFrom } from './read-from.ts';
import {
  boundExpr,
  commaRanges,
  findWord,
  notRead,
  parsed,
  type ReaderContext,
  rangeSpan,
  unexpectedToken,
} from './reader-context.ts';
import { reduceExpression } from './reduce-expression.ts';
import { columnsOf, isEmpty } from './select-list.ts';
import { ShownText } from './stand-ins.ts';
import { windowSpec } from './windows.ts';

const CLAUSES = ['from', 'where', 'group', 'having', 'window', 'qualify'] as const;
type Clause = (typeof CLAUSES)[number];

/** SELECT without what follows its body. The parser reads its list, FROM, WHERE and HAVING. */
export function readSelect(from: number, to: number, context: ReaderContext): SelectBody {
  const { list, rules } = context;
  const span = rangeSpan(list, from, to);
  const clauses = clauseRanges(from, to, context);
  const isDistinct = isWord(list.at(from + 1), 'distinct');
  const first = isDistinct || isWord(list.at(from + 1), 'all') ? from + 2 : from + 1;
  if (isDistinct && isWord(list.at(first), 'on'))
    throw notRead('DISTINCT ON', rangeSpan(list, first, first + 1), context);
  const end = Math.min(to, ...[...clauses].map(([clause, [start]]) => (clause === 'group' ? start - 2 : start - 1)));
  const shown = new ShownText();
  shown.add(isDistinct ? 'SELECT DISTINCT' : 'SELECT', from);
  const ranges = commaRanges(list, first, end);
  if (ranges.length === 0) throw unexpectedToken(list, end);
  reduceExpression(first, end, shown, context, true);
  const tables = clauses.get('from');
  if (tables) {
    shown.add('FROM', tables[0] - 1);
    reduceFrom(tables[0], tables[1], shown, context);
  }
  for (const clause of ['where', 'having'] as const) {
    const range = clauses.get(clause);
    if (!range) continue;
    shown.add(clause.toUpperCase(), range[0] - 1);
    reduceExpression(range[0], range[1], shown, context);
  }
  const node = parsed(shown, context);
  const columns = columnsOf(node, span);
  if (columns.length !== ranges.length || isEmpty(node.distinct) === isDistinct) {
    throw notRead('this select list', rangeSpan(list, first, end), context);
  }
  const items = columns.map(({ expr, alias }, i): SelectItem => {
    const [itemFrom, itemTo] = ranges[i] as readonly [number, number];
    const bound = boundExpr(expr, rangeSpan(list, itemFrom, itemTo), context);
    return {
      expr: bound,
      alias: alias === null ? null : context.standIns.take(alias, span, 'alias').name,
      span: bound.span,
    };
  });
  const condition = (value: unknown, clause: Clause): AstExpr | null => {
    const range = clauses.get(clause);
    if (isEmpty(value) || !range) {
      if (isEmpty(value) && !range) return null;
      throw notRead(clause.toUpperCase(), span, context);
    }
    return boundExpr(value, rangeSpan(list, range[0], range[1]), context);
  };
  const group = clauses.get('group');
  const isAll = group !== undefined && group[1] === group[0] + 1 && isWord(list.at(group[0]), 'all');
  if (isAll && !rules.groupByAll) throw notRead('GROUP BY ALL', rangeSpan(list, group[0], group[1]), context);
  const qualify = clauses.get('qualify');
  return {
    kind: 'select',
    distinct: isDistinct ? { on: [] } : null,
    items,
    from: fromOf(node.from, span, context),
    where: condition(node.where, 'where'),
    groupBy: group && !isAll ? groupItems(group[0], group[1], context) : [],
    groupByAll: isAll,
    having: condition(node.having, 'having'),
    qualify: qualify ? (expressions([qualify], context)[0] as AstExpr) : null,
    windows: namedWindows(clauses.get('window'), context),
    span,
  };
}

/** What each clause holds, without its words. */
function clauseRanges(
  from: number,
  to: number,
  context: ReaderContext,
): ReadonlyMap<Clause, readonly [number, number]> {
  const { list, rules } = context;
  const words = CLAUSES.filter((word) => word !== 'qualify' || rules.qualify);
  const found = new Map<Clause, readonly [number, number]>();
  let last = -1;
  // `IS DISTINCT FROM` and `WITHIN GROUP` are no clauses.
  const next = (start: number): number => {
    const at = findWord(list, start, to, ...words);
    const before = list.at(at - 1);
    const isNone = isWord(list.at(at), 'from') ? isWord(before, 'distinct') : isWord(before, 'within');
    return at < to && isNone ? next(at + 1) : at;
  };
  for (let at = next(from + 1); at < to; ) {
    const clause = list.at(at)?.value as Clause;
    // QUALIFY may come before WINDOW, or after it.
    const order = clause === 'qualify' ? 4 : CLAUSES.indexOf(clause);
    if (found.has(clause) || order < last) throw unexpectedToken(list, at);
    last = order;
    const start = clause === 'group' ? at + 2 : at + 1;
    if (clause === 'group' && !isWord(list.at(at + 1), 'by')) throw unexpectedToken(list, at + 1);
    const end = next(start);
    if (start >= end) throw unexpectedToken(list, start);
    found.set(clause, [start, end]);
    at = end;
  }
  return found;
}

function groupItems(from: number, to: number, context: ReaderContext): readonly GroupItem[] {
  const { list } = context;
  const ranges = commaRanges(list, from, to);
  const isPlain = ([first]: readonly [number, number]) =>
    !isPunctuation(list.at(first), '(') && !isWord(list.at(first), 'rollup', 'cube', 'grouping');
  const exprs = expressions(ranges.filter(isPlain), context);
  let next = 0;
  return ranges.map((range): GroupItem => {
    const [first, end] = range;
    if (isPlain(range)) {
      const expr = exprs[next++] as AstExpr;
      return { kind: 'expr', expr, span: expr.span };
    }
    return groupingForm(first, end, context);
  });
}

/** `(a, b)`, `()`, `ROLLUP (…)`, `CUBE (…)`, `GROUPING SETS (…)`. */
function groupingForm(first: number, end: number, context: ReaderContext): GroupItem {
  const { list } = context;
  const span = rangeSpan(list, first, end);
  const isSets = isWord(list.at(first), 'grouping') && isWord(list.at(first + 1), 'sets');
  const isForm = isSets || isWord(list.at(first), 'rollup', 'cube');
  const open = isSets ? first + 2 : isForm ? first + 1 : first;
  const close = list.partner(open);
  if (!isPunctuation(list.at(open), '(') || close !== end - 1) {
    const [expr] = expressions([[first, end]], context);
    return { kind: 'expr', expr: expr as AstExpr, span };
  }
  if (!isForm && close === open + 1) return { kind: 'empty', items: [], span };
  const items = groupItems(open + 1, close, context);
  if (isForm) return { kind: isSets ? 'sets' : isWord(list.at(first), 'cube') ? 'cube' : 'rollup', items, span };
  // `(a)` is a.
  const [only] = items;
  return items.length === 1 && only ? only : { kind: 'list', items, span };
}

function namedWindows(range: readonly [number, number] | undefined, context: ReaderContext): readonly NamedWindow[] {
  if (!range) return [];
  const { list } = context;
  return commaRanges(list, range[0], range[1]).map(([first, end]): NamedWindow => {
    const { name } = identifier(list.at(first), first, context);
    if (!isWord(list.at(first + 1), 'as') || !isPunctuation(list.at(first + 2), '('))
      throw unexpectedToken(list, first + 1);
    const { spec, next } = windowSpec(first + 2, context);
    if (next !== end) throw unexpectedToken(list, next);
    return { name, window: spec, span: spec.span };
  });
}
