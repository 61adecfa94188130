import { type Span, UnsupportedError } from '../../common/errors.ts';
import type { EditedText } from './offset-map.ts';
import type { StandIn } from './pre-pass.ts';
import { isPunctuation, isWord, type Token } from './token.ts';
import { MAX_NESTING, nestedTooDeeply, type TokenList } from './token-list.ts';

/** What the conversion of one statement knows: the user's tokens, and the way from the grammar's offsets to theirs. */
export class ConvertContext {
  readonly list: TokenList;
  readonly #text: EditedText;
  readonly #standIns: ReadonlyMap<string, StandIn>;
  #depth = 0;

  constructor(list: TokenList, text: EditedText, standIns: ReadonlyMap<string, StandIn>) {
    this.list = list;
    this.#text = text;
    this.#standIns = standIns;
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
    const start = Math.min(...spans.map((span) => span.start));
    const end = Math.max(...spans.map((span) => span.end));
    return this.list.balanced({ start, end });
  }

  /** From one token to another, both included. */
  range(from: number, to: number): Span {
    const first = this.list.at(from) as Token;
    const last = this.list.at(Math.max(from, to)) as Token;
    return { start: first.start, end: last.end };
  }

  /** The file that a table name of the grammar stands for, if it does. */
  file(name: string): string | null {
    const meaning = this.#standIns.get(name);
    return meaning?.kind === 'file' ? meaning.uri : null;
  }

  /** A name of the grammar as the user wrote it. */
  name(name: string | undefined): string {
    const meaning = this.#standIns.get(name ?? '');
    return meaning?.kind === 'name' ? meaning.name : (name ?? '');
  }

  /** A path and the brackets that follow it, with FILTER, OVER and WITHIN GROUP. */
  callSpan(location: number | undefined): Span {
    const first = this.index(location);
    if (isPunctuation(this.list.at(first), '(')) return this.range(first, this.list.partner(first) ?? first);
    let last = this.list.callEnd(this.list.pathEnd(first));
    for (;;) {
      const next = this.list.at(last + 1);
      if (isWord(next, 'filter')) last = this.list.callEnd(last + 1);
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

const NAMES: Readonly<Record<string, string>> = {
  intoClause: 'INTO',
  lockingClause: 'a locking clause (FOR UPDATE, FOR SHARE)',
  groupDistinct: 'GROUP BY DISTINCT',
  func_variadic: 'VARIADIC',
  ordinality: 'WITH ORDINALITY',
  is_rowsfrom: 'ROWS FROM',
  coldeflist: 'a column definition list',
  useOp: 'ORDER BY … USING',
  join_using_alias: 'an alias of USING',
  arrayBounds: 'array bounds',
  search_clause: 'SEARCH',
  cycle_clause: 'CYCLE',
};

/** The error for a construct that is SQL and that Squall does not read. */
export function unsupported(what: string, span: Span, hint?: string): UnsupportedError {
  return new UnsupportedError('SQ2001', `${what} is not supported yet`, {
    span: { start: span.start, end: span.end },
    ...(hint !== undefined && { hint }),
  });
}
