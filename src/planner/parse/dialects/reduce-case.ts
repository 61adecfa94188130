import type { AstExpr } from '../ast-expr.ts';
import { isPunctuation, isWord } from '../token.ts';
import { type ReaderContext, rangeSpan, unexpectedToken } from './reader-context.ts';
import { reduceExpression } from './reduce-expression.ts';
import type { ShownText } from './stand-ins.ts';

type Part = readonly [number, number];

/** CASE … END, shown as a call with its parts as arguments; index of the token behind it. */
export function reduceCase(at: number, to: number, shown: ShownText, context: ReaderContext): number {
  const { list } = context;
  const end = endOfCase(at, to, context);
  const cuts: { readonly word: string; readonly at: number }[] = [{ word: 'case', at }];
  for (let i = at + 1; i < end; i++) {
    i = Math.max(i, list.partner(i) ?? i);
    if (isPunctuation(list.at(i - 1), '.')) continue;
    if (isWord(list.at(i), 'case')) i = endOfCase(i, end, context);
    else if (isWord(list.at(i), 'when', 'then', 'else')) cuts.push({ word: list.at(i)?.value ?? '', at: i });
  }
  cuts.push({ word: 'end', at: end });
  const order = cuts.map(({ word }) => word).join(' ');
  const wrong = cuts.find((cut, i) => cut.word !== 'case' && !FOLLOWS[cuts[i - 1]?.word ?? '']?.includes(cut.word));
  if (wrong || !order.includes('when')) throw unexpectedToken(list, wrong?.at ?? end);
  const part = (i: number): Part => [(cuts[i] as { at: number }).at + 1, (cuts[i + 1] as { at: number }).at];
  const parts = cuts.slice(0, -1).map((cut, i) => ({ word: cut.word, range: part(i) }));
  const [head, ...others] = parts as [(typeof parts)[number], ...typeof parts];
  const hasOperand = head.range[0] < head.range[1];
  const shownParts = hasOperand ? parts : others;
  const empty = shownParts.find(({ range: [from, until] }) => from >= until);
  if (empty) throw unexpectedToken(list, empty.range[1]);
  const words = others.map(({ word }) => word);
  const span = rangeSpan(list, at, end + 1);
  const build = (args: readonly AstExpr[]): AstExpr => {
    const values = hasOperand ? args.slice(1) : args;
    const branches = words.flatMap((word, i) =>
      word === 'when' ? [{ when: values[i] as AstExpr, result: values[i + 1] as AstExpr }] : [],
    );
    const otherwise = words.at(-1) === 'else' ? (values.at(-1) as AstExpr) : null;
    return { kind: 'case', operand: hasOperand ? (args[0] as AstExpr) : null, branches, otherwise, span };
  };
  shown.add(context.standIns.add({ kind: 'call', build }, span), at);
  for (const [i, { range }] of shownParts.entries()) {
    shown.add(i === 0 ? '(' : ',', range[0]);
    reduceExpression(range[0], range[1], shown, context);
  }
  shown.add(')', end);
  return end + 1;
}

const FOLLOWS: Readonly<Record<string, readonly string[]>> = {
  case: ['when'],
  when: ['then'],
  // biome-ignore lint/suspicious/noThenProperty: the word of SQL, in a table that nobody awaits.
  then: ['when', 'else', 'end'],
  else: ['end'],
};

function endOfCase(at: number, to: number, { list }: ReaderContext): number {
  let depth = 0;
  for (let i = at; i < to; i++) {
    i = Math.max(i, list.partner(i) ?? i);
    if (isPunctuation(list.at(i - 1), '.')) continue;
    if (isWord(list.at(i), 'case')) depth++;
    else if (isWord(list.at(i), 'end') && --depth === 0) return i;
  }
  throw unexpectedToken(list, to);
}
