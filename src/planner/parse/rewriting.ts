import type { Span } from '../../common/errors.ts';
import type { Identifier } from './ast.ts';
import type { Edit, Move } from './offset-map.ts';
import type { Token } from './token.ts';
import type { TokenList } from './token-list.ts';

/** What a name that we put into the text stands for. */
export type StandIn =
  | { readonly kind: 'file'; readonly uri: string }
  | { readonly kind: 'name'; readonly name: string }
  /** ALL of GROUP BY ALL and ORDER BY ALL. */
  | { readonly kind: 'all' }
  /** The window whose PARTITION BY is the condition of QUALIFY. */
  | { readonly kind: 'qualify' }
  /** The alias of an item of `* REPLACE (…)`. */
  | { readonly kind: 'replace'; readonly name: Identifier };

/** What the pre-pass took out of the text, by the index of the token that it belongs to. */
export interface Marks {
  /** Opening parenthesis of a call. */
  readonly nulls: Map<number, 'ignore' | 'respect'>;
  /** The star. */
  readonly exclude: Map<number, readonly Identifier[]>;
  /** Per number of a parameter of the grammar: what the user called it. */
  readonly parameters: Map<number, number | string>;
}

/** The changes that the pre-pass makes to one statement. */
export class Rewriting {
  readonly list: TokenList;
  readonly edits: Edit[] = [];
  readonly moves: Move[] = [];
  readonly standIns = new Map<string, StandIn>();
  readonly marks: Marks = { nulls: new Map(), exclude: new Map(), parameters: new Map() };
  readonly #prefix: string;
  readonly #replaced = new Set<number>();

  /** `text` holds the statement. */
  constructor(text: string, list: TokenList) {
    this.list = list;
    this.#prefix = freePrefix(text);
  }

  /** A name for the text, in quotes. */
  standIn(meaning: StandIn): string {
    const name = `${this.#prefix}${this.standIns.size}_`;
    this.standIns.set(name, meaning);
    return `"${name}"`;
  }

  /** Whether a replacement covers the token. */
  isReplaced(index: number): boolean {
    return this.#replaced.has(index);
  }

  /** From one token to another, both included. */
  replace(first: number, last: number, replacement: string): void {
    for (let index = first; index <= last; index++) this.#replaced.add(index);
    this.edits.push({ start: this.#token(first).start, end: this.#token(last).end, replacement });
  }

  insertBefore(index: number, replacement: string): void {
    const { start } = this.#token(index);
    this.edits.push({ start, end: start, replacement });
  }

  insertAfter(index: number, replacement: string): void {
    const { end } = this.#token(index);
    this.edits.push({ start: end, end, replacement });
  }

  /** The tokens from `first` to `last` are shown before the token `to`. */
  move(first: number, last: number, to: number): void {
    this.moves.push({ start: this.#token(first).start, end: this.#token(last).end, to: this.#token(to).start });
  }

  identifier(index: number): Identifier {
    const { kind, text, value, start, end } = this.#token(index);
    const isQuoted = kind === 'quoted';
    return { name: isQuoted ? value : text, quoted: isQuoted, span: { start, end } };
  }

  span(first: number, last: number): Span {
    return { start: this.#token(first).start, end: this.#token(last).end };
  }

  #token(index: number): Token {
    return this.list.at(index) as Token;
  }
}

function freePrefix(statement: string): string {
  const text = statement.toLowerCase();
  for (let i = 0; ; i++) {
    const prefix = `squall_${i}_`;
    if (!text.includes(prefix)) return prefix;
  }
}
