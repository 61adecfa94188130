import { isKeyword } from './keywords.ts';
import type { Edit } from './offset-map.ts';
import { isPunctuation, isWord, type Token } from './token.ts';
import type { TokenList } from './token-list.ts';

/** PostgreSQL cuts longer names silently, bytes. */
const MAX_NAME_BYTES = 63;
/** Functions whose parentheses hold a FROM that names no table. */
const FROM_INSIDE = ['extract', 'substring', 'trim', 'overlay', 'position'];
const ENDS_FROM = [
  'where',
  'group',
  'having',
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
const INTERVAL_UNITS = ['year', 'month', 'day', 'hour', 'minute'];

/** What a name that we put into the text stands for. */
export type StandIn =
  | { readonly kind: 'file'; readonly uri: string }
  | { readonly kind: 'name'; readonly name: string };

export interface PrePass {
  readonly edits: readonly Edit[];
  readonly standIns: ReadonlyMap<string, StandIn>;
}

/**
 * Rewrites what PostgreSQL's grammar cannot carry, keeping offsets:
 *
 * - a string in table position (`FROM 's3://…'`) becomes a stand-in name;
 * - a name of more than 63 bytes, which the grammar would cut, becomes a stand-in name;
 * - an unquoted name with capitals is quoted, so that its spelling survives the grammar's folding;
 * - the precision of an interval's field (`interval '90' day (3)`) is cut.
 */
export function prePass(sql: string, list: TokenList): PrePass {
  const prefix = freePrefix(sql);
  const edits: Edit[] = [];
  const standIns = new Map<string, StandIn>();
  const standIn = (meaning: StandIn): string => {
    const name = `${prefix}${standIns.size}_`;
    standIns.set(name, meaning);
    return `"${name}"`;
  };
  const tables = tablePositions(list);
  for (const [index, token] of list.tokens.entries()) {
    if (tables.has(index)) {
      edits.push({ ...region(token), replacement: standIn({ kind: 'file', uri: token.value }) });
    } else if (token.kind === 'word' || token.kind === 'quoted') {
      if (token.kind === 'quoted' && !token.text.startsWith('"')) continue;
      const name = token.kind === 'word' ? token.text : token.value;
      if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
        edits.push({ ...region(token), replacement: standIn({ kind: 'name', name }) });
      } else if (token.kind === 'word' && token.text !== token.value && isPlainName(list, index)) {
        edits.push({ ...region(token), replacement: `"${token.text}"` });
      }
    } else if (isPrecisionOfInterval(list, index)) {
      const close = list.at(list.partner(index) as number) as Token;
      edits.push({ start: token.start, end: close.end, replacement: '' });
    }
  }
  return { edits, standIns };
}

const region = (token: Token) => ({ start: token.start, end: token.end });

function freePrefix(sql: string): string {
  for (let i = 0; ; i++) {
    const prefix = `squall_${i}_`;
    if (!sql.toLowerCase().includes(prefix)) return prefix;
  }
}

/** A word that the grammar takes for a name: no keyword, or a keyword right after AS that is no type. */
function isPlainName(list: TokenList, index: number): boolean {
  const token = list.at(index) as Token;
  if (!isKeyword(token.value)) return true;
  const before = list.at(index - 1);
  if (isPunctuation(before, '.')) return true;
  if (!isWord(before, 'as') || isWord(token, 'materialized', 'not')) return false;
  return !insideCast(list, index);
}

function insideCast(list: TokenList, index: number): boolean {
  for (let i = index - 1; i >= 0; i--) {
    if (isPunctuation(list.at(i), ')') || isPunctuation(list.at(i), ']')) i = list.partner(i) as number;
    else if (isPunctuation(list.at(i), '(')) return isWord(list.at(i - 1), 'cast', 'try_cast', 'treat', 'xmlserialize');
  }
  return false;
}

/** `(` of `interval '90' day (3)`. */
function isPrecisionOfInterval(list: TokenList, index: number): boolean {
  return (
    isPunctuation(list.at(index), '(') &&
    isWord(list.at(index - 1), ...INTERVAL_UNITS) &&
    list.at(index - 2)?.kind === 'string' &&
    isWord(list.at(index - 3), 'interval') &&
    list.at(index + 1)?.kind === 'number' &&
    list.partner(index) === index + 2
  );
}

/** Indexes of the string tokens that stand where a table is named. */
function tablePositions(list: TokenList): ReadonlySet<number> {
  const found = new Set<number>();
  const stack: { inFrom: boolean; special: boolean }[] = [];
  let level = { inFrom: false, special: false };
  let expecting = false;
  for (const [index, token] of list.tokens.entries()) {
    const before = list.at(index - 1);
    if (expecting && token.kind === 'string' && /^['$]/.test(token.text)) {
      found.add(index);
      expecting = false;
    } else if (isPunctuation(token, '(')) {
      stack.push(level);
      level = { inFrom: expecting, special: isWord(before, ...FROM_INSIDE) };
    } else if (isPunctuation(token, ')')) {
      level = stack.pop() ?? { inFrom: false, special: false };
      expecting = false;
    } else if (isWord(token, 'from') && !level.special && !isWord(before, 'distinct')) {
      level.inFrom = true;
      expecting = true;
    } else if (isWord(token, 'from') && !level.special && isWord(before, 'distinct')) {
      // `SELECT DISTINCT FROM 'x'` selects nothing and is refused by the grammar: DISTINCT FROM is always the comparison.
      expecting = false;
    } else if (level.inFrom && (isWord(token, 'join') || isPunctuation(token, ','))) {
      expecting = true;
    } else {
      if (isWord(token, ...ENDS_FROM)) level.inFrom = false;
      expecting = false;
    }
  }
  return found;
}
