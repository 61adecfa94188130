import type { OrderItem } from '../ast.ts';
import type { AstExpr } from '../ast-expr.ts';
import { isWord } from '../token.ts';
import { boundExpr, commaRanges, notRead, parsed, type ReaderContext, rangeSpan } from './reader-context.ts';
import { reduceExpression } from './reduce-expression.ts';
import { columnsOf } from './select-list.ts';
import { ShownText } from './stand-ins.ts';

/** Expressions of token ranges, read by the parser as one select list. */
export function expressions(
  ranges: readonly (readonly [number, number])[],
  context: ReaderContext,
): readonly AstExpr[] {
  if (ranges.length === 0) return [];
  const shown = new ShownText();
  for (const [i, [from, to]] of ranges.entries()) {
    shown.add(i === 0 ? 'SELECT' : ',', from);
    reduceExpression(from, to, shown, context);
  }
  const last = ranges.at(-1) as readonly [number, number];
  const whole = rangeSpan(context.list, (ranges[0] as readonly [number, number])[0], last[1]);
  const columns = columnsOf(parsed(shown, context), whole);
  if (columns.length !== ranges.length || columns.some(({ alias }) => alias !== null)) {
    throw notRead('what stands here', whole, context);
  }
  return columns.map(({ expr }, i) => {
    const [from, to] = ranges[i] as readonly [number, number];
    return boundExpr(expr, rangeSpan(context.list, from, to), context);
  });
}

/** The items of ORDER BY. */
export function orderItems(from: number, to: number, context: ReaderContext): readonly OrderItem[] {
  const { list } = context;
  const items = commaRanges(list, from, to).map(([first, end]) => {
    let until = end;
    let nullsFirst: boolean | null = null;
    if (isWord(list.at(until - 2), 'nulls') && isWord(list.at(until - 1), 'first', 'last')) {
      nullsFirst = isWord(list.at(until - 1), 'first');
      until -= 2;
    }
    const isDescending = isWord(list.at(until - 1), 'desc');
    if (isDescending || isWord(list.at(until - 1), 'asc')) until--;
    return { range: [first, until] as const, descending: isDescending, nullsFirst, span: rangeSpan(list, first, end) };
  });
  const exprs = expressions(
    items.map(({ range }) => range),
    context,
  );
  return items.map(({ descending, nullsFirst, span }, i) => ({
    expr: exprs[i] as AstExpr,
    descending,
    nullsFirst,
    span,
  }));
}
