import { type Span, SqlSyntaxError, UnsupportedError } from '../../common/errors.ts';
import type { Identifier } from './ast.ts';
import type { Rewriting } from './rewriting.ts';
import { isPunctuation, isWord, type Token } from './token.ts';

/** What stands inside expressions and select lists. */
export function rewriteExpressions(rewriting: Rewriting): void {
  const { list } = rewriting;
  const parameters = new ParameterNumbers(rewriting);
  for (const [index, token] of list.tokens.entries()) {
    if (token.kind === 'word') word(rewriting, index, token);
    else if (token.kind === 'operator' && token.text === '*') star(rewriting, index);
    else if (isPunctuation(token, '[')) bracket(rewriting, index);
    else if (isPunctuation(token, ')')) call(rewriting, index);
    else parameters.read(index);
  }
  parameters.finish();
}

/** `[a]` is a list; with a subscript or a field behind it, it needs parentheses. */
function bracket(rewriting: Rewriting, index: number): void {
  const { list } = rewriting;
  const isWritten = isWord(list.at(index - 1), 'array');
  if (!isWritten && (list.endsOperand(index - 1) || isWord(list.at(index - 1), 'in'))) return;
  const close = list.partner(index) as number;
  const isRead = isPunctuation(list.at(close + 1), '[');
  if (isWritten && isRead) rewriting.insertBefore(index - 1, '(');
  if (!isWritten) rewriting.replace(index, index, isRead ? '(ARRAY[' : 'ARRAY[');
  if (isRead) rewriting.insertAfter(close, ')');
}

/** `f(x)[1]`, `f(x).y`: the grammar wants parentheses around the call. */
function call(rewriting: Rewriting, close: number): void {
  const { list } = rewriting;
  const isSubscript = isPunctuation(list.at(close + 1), '[') && !isPunctuation(list.at(close + 2), ']');
  if (!isSubscript && !isPunctuation(list.at(close + 1), '.')) return;
  const name = (list.partner(close) as number) - 1;
  const token = list.at(name);
  const isName = token?.kind === 'quoted' || (token?.kind === 'word' && list.endsOperand(name));
  // A type may have brackets behind its length.
  if (!isName || list.at(name - 1)?.text === '::' || isWord(list.at(name - 1), 'as')) return;
  rewriting.insertBefore(name, '(');
  rewriting.insertAfter(close, ')');
}

function word(rewriting: Rewriting, index: number, token: Token): void {
  const { list } = rewriting;
  switch (token.value) {
    case 'try_cast':
      if (isPunctuation(list.at(index + 1), '(') && !isPunctuation(list.at(index - 1), '.')) {
        rewriting.replace(index, index, 'CAST');
      }
      break;
    case 'ignore':
    case 'respect':
      if (isWord(list.at(index + 1), 'nulls') && list.endsOperand(index - 1)) treatmentOfNulls(rewriting, index);
      break;
    case 'interval':
      interval(rewriting, index);
      break;
    case 'semi':
    case 'anti':
    case 'asof':
    case 'positional':
      // The grammar would take the word for an alias and read an inner join.
      if (isWord(list.at(index + 1), 'join') && list.endsOperand(index - 1) && !isWord(list.at(index - 1), 'as')) {
        throw new UnsupportedError('SQ2001', `${token.text.toUpperCase()} JOIN is not supported yet`, {
          span: rewriting.span(index, index + 1),
          hint: JOIN_HINTS[token.value] ?? 'write WHERE [NOT] EXISTS (…)',
        });
      }
      break;
    default:
  }
}

const JOIN_HINTS: Readonly<Record<string, string>> = {
  asof: 'write JOIN LATERAL (SELECT … ORDER BY … LIMIT 1) ON true',
  positional: 'number the rows of both with row_number(), and join by it',
};

/** `first_value(x IGNORE NULLS)`, `first_value(x) IGNORE NULLS`. */
function treatmentOfNulls(rewriting: Rewriting, index: number): void {
  const { list } = rewriting;
  const isInside = isPunctuation(list.at(index + 2), ')');
  const open = isInside || !isPunctuation(list.at(index - 1), ')') ? list.opener(index) : list.partner(index - 1);
  if (open === undefined || !list.endsOperand(open - 1)) return;
  rewriting.marks.nulls.set(open, list.at(index)?.value as 'ignore' | 'respect');
  rewriting.replace(index, index + 1, '');
}

const UNITS = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond', 'microsecond'];
const UNIT_WORDS: ReadonlySet<string> = new Set(UNITS.flatMap((unit) => [unit, `${unit}s`]));
const GRAMMAR_UNITS = ['year', 'month', 'day', 'hour', 'minute', 'second'];

/** `interval '90' day (3)`: the precision; `interval 5 days`, `interval '5' week`: the grammar would read an alias. */
function interval(rewriting: Rewriting, index: number): void {
  const { list } = rewriting;
  const amount = list.at(index + 1);
  const unit = list.at(index + 2);
  if (unit?.kind !== 'word' || !UNIT_WORDS.has(unit.value)) return;
  if (amount?.kind === 'string' && GRAMMAR_UNITS.includes(unit.value)) {
    const isPrecision = unit.value !== 'second' && list.at(index + 4)?.kind === 'number';
    if (isPrecision && isPunctuation(list.at(index + 3), '(') && list.partner(index + 3) === index + 5) {
      rewriting.replace(index + 3, index + 5, '');
    }
    return;
  }
  const isNumber =
    amount?.kind === 'number' || (amount?.kind === 'string' && /^'\s*[-+]?[\d.]+\s*'$/.test(amount.text));
  if (isNumber) rewriting.replace(index + 1, index + 2, `'${amount.text.replaceAll("'", '').trim()} ${unit.value}'`);
}

/** `* EXCLUDE (a, b) REPLACE (x AS c)`. */
function star(rewriting: Rewriting, index: number): void {
  const { list } = rewriting;
  const before = list.at(index - 1);
  const isStar =
    isPunctuation(before, '.') ||
    isPunctuation(before, ',') ||
    isWord(before, 'select', 'distinct', 'all') ||
    (isPunctuation(before, ')') && isWord(list.at((list.partner(index - 1) ?? 0) - 1), 'on'));
  if (!isStar) return;
  let at = index + 1;
  if (isWord(list.at(at), 'exclude')) {
    const names: Identifier[] = [];
    const last = excluded(rewriting, at + 1, names);
    if (last === null) return;
    rewriting.marks.exclude.set(index, names);
    rewriting.replace(at, last, '');
    at = last + 1;
  }
  if (isWord(list.at(at), 'replace') && isPunctuation(list.at(at + 1), '(')) replaced(rewriting, at);
}

/** The names of `(a, b)` or of a bare `a`: index of the last token; null when it is something else. */
function excluded(rewriting: Rewriting, first: number, names: Identifier[]): number | null {
  const { list } = rewriting;
  const isName = (index: number) => list.at(index)?.kind === 'word' || list.at(index)?.kind === 'quoted';
  if (isName(first)) {
    names.push(rewriting.identifier(first));
    return first;
  }
  const close = isPunctuation(list.at(first), '(') ? list.partner(first) : undefined;
  if (close === undefined) return null;
  for (let at = first + 1; ; at += 2) {
    if (!isName(at)) throw expectedName(list.at(at), first, rewriting);
    names.push(rewriting.identifier(at));
    if (at + 1 === close) return close;
    if (!isPunctuation(list.at(at + 1), ',')) throw expectedName(list.at(at + 1), first, rewriting);
  }
}

function expectedName(token: Token | undefined, open: number, { list }: Rewriting): SqlSyntaxError {
  const found = token ?? (list.at(open) as Token);
  return new SqlSyntaxError('SQ1001', `unexpected "${found.text}"`, {
    span: { start: found.start, end: found.end },
    hint: 'EXCLUDE takes names of columns: (a, b)',
  });
}

/** `* REPLACE (x AS a, y AS b)` becomes `*, x AS "stand-in", y AS "stand-in"`. */
function replaced(rewriting: Rewriting, index: number): void {
  const { list } = rewriting;
  const open = index + 1;
  const close = list.partner(open) as number;
  let itemEnds = true;
  for (let at = close - 1; at > open; at--) {
    if (itemEnds) {
      const kind = list.at(at)?.kind;
      if ((kind !== 'word' && kind !== 'quoted') || !isWord(list.at(at - 1), 'as')) {
        throw new SqlSyntaxError('SQ1001', 'REPLACE without AS', {
          span: spanOf(list.at(at) as Token),
          hint: 'write * REPLACE (expression AS column, …)',
        });
      }
      rewriting.replace(at, at, rewriting.standIn({ kind: 'replace', name: rewriting.identifier(at) }));
      itemEnds = false;
    } else if (isPunctuation(list.at(at), ',')) itemEnds = true;
    else if (list.partner(at) !== undefined) at = list.partner(at) as number;
  }
  rewriting.replace(index, open, ',');
  rewriting.replace(close, close, '');
}

/** Numbers `?` from 1 on, and gives names numbers of their own. */
class ParameterNumbers {
  readonly #rewriting: Rewriting;
  readonly #named: { readonly first: number; readonly last: number; readonly name: string }[] = [];
  #questions = 0;
  #question: Token | null = null;
  #numbered: Token | null = null;
  #largest = 0;

  constructor(rewriting: Rewriting) {
    this.#rewriting = rewriting;
  }

  read(index: number): void {
    const { list } = this.#rewriting;
    const token = list.at(index) as Token;
    if (token.kind === 'parameter') {
      this.#numbered = token;
      this.#largest = Math.max(this.#largest, Number(token.text.slice(1)));
    } else if (isPunctuation(token, '?')) {
      this.#question = token;
      this.#rewriting.replace(index, index, `$${++this.#questions} `);
    } else if (this.#isPrefix(index, token)) {
      this.#named.push({ first: index, last: index + 1, name: (list.at(index + 1) as Token).text });
    }
  }

  /** Throws SqlSyntaxError SQ1001 when `?` and `$1` stand in one statement. */
  finish(): void {
    if (this.#question && this.#numbered) {
      throw new SqlSyntaxError('SQ1001', `? and ${this.#numbered.text} in one statement`, {
        span: spanOf(this.#question),
        hint: 'number the parameters, or write ? for all of them',
      });
    }
    const { parameters } = this.#rewriting.marks;
    const first = Math.max(this.#largest, this.#questions) + 1;
    const numbers = new Map<string, number>();
    for (const { first: from, last, name } of this.#named) {
      const number = numbers.get(name) ?? first + numbers.size;
      numbers.set(name, number);
      parameters.set(number, name);
      this.#rewriting.replace(from, last, `$${number} `);
    }
  }

  /** `:` and `$` with a word right behind; a `:` in a subscript separates the bounds of a slice. */
  #isPrefix(index: number, token: Token): boolean {
    const { list } = this.#rewriting;
    if (list.at(index + 1)?.kind !== 'word' || !list.adjacent(index, index + 1)) return false;
    if (isPunctuation(token, '$')) return true;
    if (!isPunctuation(token, ':')) return false;
    const opener = list.opener(index);
    return opener === undefined || !isPunctuation(list.at(opener), '[') || !list.endsOperand(opener - 1);
  }
}

const spanOf = ({ start, end }: Token): Span => ({ start, end });
