import { type Span, UnsupportedError } from '../../common/errors.ts';
import type { Identifier } from './ast.ts';
import { lowerCase } from './lexer.ts';
import type { EditedText } from './offset-map.ts';
import type { Marks, Rewriting, StandIn } from './rewriting.ts';
import { isPunctuation, isWord, type Token } from './token.ts';
import { MAX_NESTING, nestedTooDeeply, type TokenList } from './token-list.ts';

/** What the conversion of one statement knows: the user's tokens, and the way from the grammar's offsets to theirs. */
export class ConvertContext {
  readonly list: TokenList;
  readonly #text: EditedText;
  readonly #standIns: ReadonlyMap<string, StandIn>;
  readonly #marks: Marks;
  #depth = 0;

  constructor({ list, standIns, marks }: Rewriting, text: EditedText) {
    this.list = list;
    this.#text = text;
    this.#standIns = standIns;
    this.#marks = marks;
  }

  /** Index of the token at a location of the grammar, which leaves 0 out. */
  index(location: number | undefined): number {
    return this.list.indexAt(this.#text.fromBytes(location ?? 0));
  }

  /** The token at a location. */
  span(location: number | undefined): Span {
    return this.list.tokenSpan(this.#text.fromBytes(location ?? 0));
  }

  /** Smallest region that holds all of them, with both brackets of every pair. */
  cover(...spans: readonly Span[]): Span {
    return this.coverAll(spans);
  }

  /** As `cover`, for many. */
  coverAll(spans: readonly Span[]): Span {
    return this.list.balanced(hull(spans));
  }

  /**
   * The region with what follows in the same brackets up to one of the words: aliases, and the words of a clause that no node
   * of the grammar tells about.
   */
  extended(span: Span, ...stops: readonly string[]): Span {
    const first = this.list.indexAt(span.start);
    let { end } = span;
    for (let at = this.list.indexAt(end); ; at++) {
      const token = this.list.at(at);
      const partner = this.list.partner(at);
      if (!token || isWord(token, ...stops) || (partner !== undefined && partner < first))
        return { start: span.start, end };
      at = Math.max(at, partner ?? at);
      end = (this.list.at(at) as Token).end;
    }
  }

  /** From one token to another, both included. */
  range(from: number, to: number): Span {
    const first = this.list.at(from) as Token;
    const last = this.list.at(Math.max(from, to)) as Token;
    return { start: first.start, end: last.end };
  }

  /** What a name of the grammar stands for, when we put it into the text. */
  standIn(name: string | undefined): StandIn | undefined {
    return name === undefined ? undefined : this.#standIns.get(name);
  }

  /** A name of the grammar as the user wrote it. Throws UnsupportedError SQ2001 for what stands in the place of no name. */
  name(name: string | undefined, span: Span = this.span(0)): string {
    const meaning = this.standIn(name);
    if (meaning === undefined) return name ?? '';
    if (meaning.kind === 'name') return meaning.name;
    const what = { file: 'a text', all: 'ALL', qualify: 'QUALIFY', replace: 'REPLACE' }[meaning.kind];
    throw unsupported(`${what} here`, span);
  }

  /** A name with the token that it was written as, whose spelling it keeps. */
  identifier(name: string, token: Token | undefined, whole: Span): Identifier {
    const span = token === undefined ? whole : { start: token.start, end: token.end };
    const quoted = token?.kind === 'quoted';
    const meant = this.name(name, span);
    return { name: token?.kind === 'word' && lowerCase(token.text) === meant ? token.text : meant, quoted, span };
  }

  /** The alias behind a region as it was written: a keyword as an alias is folded by the grammar. */
  aliasAfter(region: Span, alias: string): string {
    let at = this.list.indexAt(region.end);
    while (isPunctuation(this.list.at(at), ')')) at++;
    if (isWord(this.list.at(at), 'with') && isWord(this.list.at(at + 1), 'ordinality')) at += 2;
    if (isWord(this.list.at(at), 'as')) at++;
    const token = this.list.at(at);
    return token?.kind === 'word' && token.value === alias ? token.text : alias;
  }

  /** A path of names that starts at the token. */
  path(names: readonly string[], first: number): readonly Identifier[] {
    const span = this.range(first, this.list.pathEnd(first));
    return names.map((name, i) => this.identifier(name, this.list.at(first + 2 * i), span));
  }

  /** IGNORE NULLS and RESPECT NULLS of the call whose parentheses open at the token; each is asked for once. */
  takeNulls(open: number): 'ignore' | 'respect' | null {
    const nulls = this.#marks.nulls.get(open) ?? null;
    this.#marks.nulls.delete(open);
    return nulls;
  }

  /** The columns that EXCLUDE takes from the star at the token; asked for once. */
  takeExcluded(star: number): readonly Identifier[] {
    const excluded = this.#marks.exclude.get(star) ?? [];
    this.#marks.exclude.delete(star);
    return excluded;
  }

  /** What the user called the parameter that has the number in the text. */
  parameter(number: number): number | string {
    return this.#marks.parameters.get(number) ?? number;
  }

  /** Throws UnsupportedError SQ2001 when the pre-pass took something out that nobody asked for. */
  finish(): void {
    for (const [open, nulls] of this.#marks.nulls) {
      throw unsupported(`${nulls.toUpperCase()} NULLS here`, this.range(open, open), 'write it in a window function');
    }
    for (const star of this.#marks.exclude.keys()) throw unsupported('EXCLUDE here', this.range(star, star));
  }

  /** A path and the brackets that follow it, with FILTER, OVER and WITHIN GROUP. */
  callSpan(location: number | undefined): Span {
    const first = this.index(location);
    if (isPunctuation(this.list.at(first), '(')) return this.range(first, this.list.partner(first) ?? first);
    let last = this.list.callEnd(this.list.pathEnd(first));
    for (;;) {
      const next = this.list.at(last + 1);
      if (isWord(next, 'filter')) last = this.list.callEnd(last + 1);
      else if (isWord(next, 'ignore', 'respect') && isWord(this.list.at(last + 2), 'nulls')) last += 2;
      else if (isWord(next, 'within')) last = this.list.callEnd(last + 2);
      else if (isWord(next, 'over')) last = Math.max(this.list.callEnd(last + 1), last + 2);
      else return this.range(first, last);
    }
  }

  /** Guards the recursion of the conversion. */
  nested<T>(span: Span, convert: () => T): T {
    if (this.#depth >= MAX_NESTING) throw nestedTooDeeply(span);
    this.#depth++;
    try {
      return convert();
    } finally {
      this.#depth--;
    }
  }

  /**
   * Refuses a node of the grammar that says more than we read: a part that is silently left out would change the meaning.
   */
  only(node: object, known: readonly string[], what: string, span: Span): void {
    for (const [key, value] of Object.entries(node)) {
      if (!known.includes(key) && value !== false) throw unsupported(`${what} with ${NAMES[key] ?? key}`, span);
    }
  }
}

function hull(spans: readonly Span[]): Span {
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const span of spans) {
    start = Math.min(start, span.start);
    end = Math.max(end, span.end);
  }
  return { start, end };
}

const NAMES: Readonly<Record<string, string>> = {
  intoClause: 'INTO',
  lockingClause: 'a locking clause (FOR UPDATE, FOR SHARE)',
  groupDistinct: 'GROUP BY DISTINCT',
  func_variadic: 'VARIADIC',
  ordinality: 'WITH ORDINALITY',
  is_rowsfrom: 'ROWS FROM',
  coldeflist: 'a column definition list',
  useOp: 'USING',
  join_using_alias: 'an alias of USING',
  alias: 'an alias',
  arrayBounds: 'array bounds',
  search_clause: 'SEARCH',
  cycle_clause: 'CYCLE',
};

/** The first place that a node or one of its children names. */
export function firstLocation(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  if ('location' in node && typeof node.location === 'number' && node.location >= 0) return node.location;
  for (const child of Object.values(node)) {
    const found = firstLocation(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The error for a construct that is SQL and that Squall does not read. */
export function unsupported(what: string, span: Span, hint?: string): UnsupportedError {
  return new UnsupportedError('SQ2001', `${what} is not supported yet`, {
    span: { start: span.start, end: span.end },
    ...(hint !== undefined && { hint }),
  });
}
