import { distance } from 'fastest-levenshtein';
import { type Span, SqlSyntaxError, type SquallError } from '../../common/errors.ts';
import { unsupported } from './convert-context.ts';
import { foreignSyntax } from './foreign-syntax.ts';
import { isPunctuation, isWord, type Token } from './token.ts';
import { nestedTooDeeply, type TokenList } from './token-list.ts';

/** Words that open a clause; what a misspelt word is compared with. */
const CLAUSE_WORDS = [
  'select',
  'distinct',
  'from',
  'join',
  'where',
  'group',
  'having',
  'order',
  'limit',
  'offset',
  'union',
  'between',
  'values',
  'with',
];

/** What may follow inside a clause, in the words of SQL; at most five. */
const CLAUSE_FOLLOWERS: ReadonlyMap<string, string> = new Map([
  ['select', 'a comma, an alias, FROM or an operator'],
  ['from', 'a comma, JOIN, WHERE, GROUP BY or ORDER BY'],
  ['join', 'ON, USING, another JOIN or WHERE'],
  ['on', 'AND, OR, JOIN, WHERE or GROUP BY'],
  ['where', 'AND, OR, GROUP BY, ORDER BY or LIMIT'],
  ['group', 'a comma, HAVING, ORDER BY or LIMIT'],
  ['having', 'AND, OR, ORDER BY or LIMIT'],
  ['order', 'a comma, ASC, DESC, NULLS or LIMIT'],
  ['limit', 'OFFSET or the end of the query'],
  ['offset', 'LIMIT or the end of the query'],
  ['values', 'a comma or the end of the query'],
  ['case', 'WHEN, THEN, ELSE or END'],
]);

/** A word after which the grammar wants something definite. */
const AFTER_WORD: ReadonlyMap<string, string> = new Map([
  ['select', 'an expression or *'],
  ['distinct', 'an expression or *'],
  ['from', "a table, a file such as 's3://bucket/data/*.parquet' or a query in parentheses"],
  ['join', 'a table'],
  ['where', 'a condition'],
  ['on', 'a condition'],
  ['having', 'a condition'],
  ['group', 'BY'],
  ['order', 'BY'],
  ['by', 'an expression'],
  ['limit', 'a number'],
  ['offset', 'a number'],
  ['as', 'a name'],
  ['between', 'an expression'],
  ['and', 'an expression'],
  ['or', 'an expression'],
  ['not', 'an expression'],
  ['in', 'a list or a query in parentheses'],
  ['like', 'a pattern'],
  ['is', 'NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM'],
  ['case', 'WHEN or an expression'],
  ['when', 'a condition'],
  ['then', 'an expression'],
  ['else', 'an expression'],
  ['union', 'ALL or SELECT'],
  ['explain', 'a query'],
]);

/** The error for a text that the grammar refuses, in our words. `offset` is where, null when it does not say. */
export function syntaxError(message: string, offset: number | null, list: TokenList): SquallError {
  const index = offset === null ? list.tokens.length : list.indexAt(offset);
  const token = list.at(index);
  const last = list.at(list.tokens.length - 1) as Token;
  const span: Span = token ? { start: token.start, end: token.end } : { start: last.end, end: last.end };
  if (message.startsWith('memory exhausted')) return nestedTooDeeply(span);
  const foreign = foreignSyntax(list, index);
  if (foreign) return foreign;
  if (message.startsWith('LIMIT #,# syntax'))
    return unsupported('LIMIT with two numbers', span, 'write LIMIT 10 OFFSET 5');
  if (!message.startsWith('syntax error')) {
    return new SqlSyntaxError('SQ1001', message.replace(/ at or near .*$/s, ''), { span });
  }
  const misspelt = misspeltWord(list, index);
  if (misspelt) {
    return new SqlSyntaxError('SQ1001', `unexpected ${described(misspelt.token)}`, {
      span: { start: misspelt.token.start, end: misspelt.token.end },
      hint: `did you mean ${misspelt.meant.toUpperCase()}?`,
    });
  }
  const hint = expected(list, index);
  return new SqlSyntaxError('SQ1001', `unexpected ${described(token)}`, { span, ...(hint !== null && { hint }) });
}

function described(token: Token | undefined): string {
  if (!token) return 'end of the query';
  const text = token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text;
  return token.kind === 'quoted' || token.kind === 'string' ? text : `"${text}"`;
}

/** The refused word, or the one before it (which the grammar took for an alias), when it is nearly a clause's. */
function misspeltWord(list: TokenList, index: number): { readonly token: Token; readonly meant: string } | null {
  for (const at of [index, index - 1]) {
    const token = list.at(at);
    if (token?.kind !== 'word' || token.value.length < 4 || CLAUSE_WORDS.includes(token.value)) continue;
    if (AFTER_WORD.has(token.value) || CLAUSE_FOLLOWERS.has(token.value)) continue;
    const meant = CLAUSE_WORDS.find((word) => nearlySame(token.value, word));
    if (meant) return { token, meant };
  }
  return null;
}

function nearlySame(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  const sorted = (word: string) => [...word].sort().join('');
  return distance(a, b) === 1 || (sorted(a) === sorted(b) && distance(a, b) === 2);
}

function expected(list: TokenList, index: number): string | null {
  const before = list.at(index - 1);
  if (!before) return 'expected SELECT, WITH, VALUES or EXPLAIN';
  const after = before.kind === 'word' ? AFTER_WORD.get(before.value) : undefined;
  if (after !== undefined) return `expected ${after} after ${before.value.toUpperCase()}`;
  if (before.kind === 'operator') return `expected an expression after "${before.text}"`;
  if (isPunctuation(before, ',')) return trailingComma(list, index);
  if (isPunctuation(before, '(')) return 'expected an expression or a query after "("';
  if (isPunctuation(before, '.')) return 'expected a name or * after "."';
  const clause = clauseAround(list, index);
  return clause === null ? null : `expected ${clause}`;
}

function trailingComma(list: TokenList, index: number): string {
  const token = list.at(index);
  const closes = token === undefined || isPunctuation(token, ')') || isWord(token, ...CLAUSE_WORDS);
  return `expected another item after the comma${closes ? ', or no comma' : ''}`;
}

/** What may follow in the clause that holds the token. */
function clauseAround(list: TokenList, index: number): string | null {
  for (let i = index - 1; i >= 0; i--) {
    const token = list.at(i) as Token;
    if (isPunctuation(token, ')') || isPunctuation(token, ']')) i = list.partner(i) ?? i;
    else if (isPunctuation(token, '(')) return 'a comma, an operator or ")"';
    else if (token.kind === 'word' && CLAUSE_FOLLOWERS.has(token.value))
      return CLAUSE_FOLLOWERS.get(token.value) ?? null;
  }
  return null;
}
