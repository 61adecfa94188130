import { isPunctuation, isWord, type Token } from './token.ts';
import type { TokenList } from './token-list.ts';

/** Functions whose parentheses hold a FROM that names no table. */
export const FROM_INSIDE: readonly string[] = ['extract', 'substring', 'trim', 'overlay', 'position'];

const ENDS_FROM = [
  'where',
  'group',
  'having',
  'qualify',
  'order',
  'limit',
  'offset',
  'fetch',
  'window',
  'union',
  'intersect',
  'except',
  'for',
  'select',
  'values',
  'with',
];

/** Indexes of the string tokens that stand where a table is named. */
export function tablePositions(list: TokenList): ReadonlySet<number> {
  const found = new Set<number>();
  const stack: { inFrom: boolean; special: boolean }[] = [];
  let level = { inFrom: false, special: false };
  let expecting = false;
  const isCopy = isWord(list.at(0), 'copy');
  for (const [index, token] of list.tokens.entries()) {
    const before = list.at(index - 1);
    if (expecting && isText(token)) {
      found.add(index);
      expecting = false;
    } else if (isPunctuation(token, '(')) {
      stack.push(level);
      level = { inFrom: expecting, special: isWord(before, ...FROM_INSIDE) };
    } else if (isPunctuation(token, ')')) {
      level = stack.pop() ?? { inFrom: false, special: false };
      expecting = false;
    } else if (isWord(token, 'from') && isCopy && stack.length === 0) {
      expecting = false;
    } else if (isWord(token, 'from') && !level.special && !isPunctuation(before, '.')) {
      // `SELECT DISTINCT FROM 'x'` selects nothing and is refused by the grammar: DISTINCT FROM is always the comparison.
      expecting = !isWord(before, 'distinct');
      if (expecting) level.inFrom = true;
    } else if (level.inFrom && (isWord(token, 'join') || isPunctuation(token, ','))) {
      expecting = true;
    } else if (index === 0 && isWord(token, 'describe', 'desc', 'copy')) {
      expecting = true;
    } else {
      if (isWord(token, ...ENDS_FROM)) level.inFrom = false;
      expecting = expecting && isWord(token, 'lateral');
    }
  }
  return found;
}

/** `'…'` or `$$…$$`. */
const isText = (token: Token) => token.kind === 'string' && /^['$]/.test(token.text);
