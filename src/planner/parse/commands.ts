import { SqlSyntaxError } from '../../common/errors.ts';
import type { Identifier, ResetStatement, SetStatement, ShowStatement } from './ast.ts';
import type { StringLiteral } from './ast-expr.ts';
import { unsupported } from './convert-context.ts';
import { isPunctuation, isWord, type Token } from './token.ts';
import type { TokenList } from './token-list.ts';

/** SHOW, SET and RESET, which need no grammar; null for every other statement. Throws SqlSyntaxError SQ1001. */
export function command(list: TokenList): ShowStatement | SetStatement | ResetStatement | null {
  const [first] = list.tokens;
  if (isWord(first, 'show')) return show(list);
  if (isWord(first, 'set')) return set(list);
  if (isWord(first, 'reset')) return reset(list);
  return null;
}

const LISTS = { tables: 'tables', functions: 'functions', settings: 'settings', all: 'settings' } as const;

function show(list: TokenList): ShowStatement {
  const name = settingName(list, 1, 'TABLES, FUNCTIONS, SETTINGS or the name of a setting');
  const what = isWord(list.at(1), ...Object.keys(LISTS)) ? LISTS[list.at(1)?.value as keyof typeof LISTS] : undefined;
  const next = list.at(name.next);
  if (what !== undefined && isWord(next, 'like', 'from', 'in', 'where')) {
    throw unsupported(`SHOW ${what.toUpperCase()} with ${next?.value.toUpperCase()}`, next as Token);
  }
  if (isWord(list.at(1), 'columns', 'create') && list.tokens.length > 2) {
    throw unsupported(`SHOW ${list.at(1)?.text.toUpperCase()}`, list.at(1) as Token, 'write DESCRIBE table');
  }
  if (isWord(list.at(1), 'databases', 'schemas', 'catalogs')) {
    throw unsupported(`SHOW ${list.at(1)?.text.toUpperCase()}`, list.at(1) as Token, 'write SHOW TABLES');
  }
  end(list, name.next);
  const span = wholeSpan(list);
  return what === undefined
    ? { kind: 'show', what: 'setting', name: name.identifier, span }
    : { kind: 'show', what, span };
}

function set(list: TokenList): SetStatement | ResetStatement {
  const scope = list.at(1);
  if (isWord(scope, 'local', 'global', 'transaction', 'role', 'constraints') && list.at(2)?.kind === 'word') {
    throw unsupported(`SET ${scope?.text.toUpperCase()}`, scope as Token, 'write SET name = value');
  }
  const from = isWord(scope, 'session') && list.at(2)?.kind === 'word' && !isWord(list.at(2), 'to') ? 2 : 1;
  if (isWord(list.at(from), 'time') && isWord(list.at(from + 1), 'zone')) {
    throw unsupported(
      'SET TIME ZONE',
      list.at(from) as Token,
      "times are in UTC: write x AT TIME ZONE 'Europe/Berlin'",
    );
  }
  const { identifier: name, next } = settingName(list, from, 'the name of a setting');
  const equals = list.at(next);
  if (!isWord(equals, 'to') && equals?.text !== '=') throw unexpected(list, next, '= or TO after the name');
  const value = settingValue(list, next + 1);
  const span = wholeSpan(list);
  return value === null ? { kind: 'reset', name, span } : { kind: 'set', name, value, span };
}

/** The only value that is left; null for DEFAULT. */
function settingValue(list: TokenList, first: number): StringLiteral | null {
  const token = list.at(first);
  const isSigned = token?.kind === 'operator' && (token.text === '-' || token.text === '+');
  const last = isSigned ? first + 1 : first;
  const value = list.at(last);
  if (!value || (isSigned && value.kind !== 'number')) throw unexpected(list, last, 'a value');
  if (isPunctuation(list.at(last + 1), ',')) {
    throw unsupported('a list as the value of a setting', list.at(last + 1) as Token);
  }
  end(list, last + 1);
  const span = { start: (token as Token).start, end: value.end };
  switch (value.kind) {
    case 'string':
      if (!/^['$]/.test(value.text)) throw unsupported('this form of a text in SET', span, "write '…'");
      return { kind: 'string', value: value.value, span };
    case 'word':
      return value.value === 'default' ? null : { kind: 'string', value: value.text, span };
    case 'number':
      return { kind: 'string', value: `${token?.text === '-' ? '-' : ''}${value.text}`, span };
    case 'quoted':
      return { kind: 'string', value: value.value, span };
    case 'parameter':
    case 'operator':
    case 'punctuation':
      throw unexpected(list, last, 'a value');
  }
}

function reset(list: TokenList): ResetStatement {
  const { identifier, next } = settingName(list, 1, 'the name of a setting, or ALL');
  end(list, next);
  return { kind: 'reset', name: isWord(list.at(1), 'all') && next === 2 ? null : identifier, span: wholeSpan(list) };
}

/** `a` or `a.b` as one name, and the index behind it. */
function settingName(
  list: TokenList,
  first: number,
  expected: string,
): { readonly identifier: Identifier; readonly next: number } {
  const isName = (index: number) => list.at(index)?.kind === 'word' || list.at(index)?.kind === 'quoted';
  const parts: string[] = [];
  let at = first;
  for (; ; at += 2) {
    const token = list.at(at);
    if (!token || !isName(at)) throw unexpected(list, at, expected);
    parts.push(token.kind === 'quoted' ? token.value : token.text);
    if (!isPunctuation(list.at(at + 1), '.')) break;
  }
  const span = { start: (list.at(first) as Token).start, end: (list.at(at) as Token).end };
  return { identifier: { name: parts.join('.'), quoted: list.at(first)?.kind === 'quoted', span }, next: at + 1 };
}

function end(list: TokenList, index: number): void {
  if (list.at(index)) throw unexpected(list, index, 'the end of the statement');
}

function unexpected(list: TokenList, index: number, expected: string): SqlSyntaxError {
  const token = list.at(index);
  const last = list.tokens.at(-1) as Token;
  return new SqlSyntaxError('SQ1001', `unexpected ${token ? `"${token.text}"` : 'end of the statement'}`, {
    span: token ? { start: token.start, end: token.end } : { start: last.end, end: last.end },
    hint: `expected ${expected}`,
  });
}

function wholeSpan(list: TokenList) {
  return { start: (list.at(0) as Token).start, end: (list.tokens.at(-1) as Token).end };
}
