import type { Span } from '../../common/errors.ts';

export type TokenKind =
  /** An unquoted word: name or keyword. */
  | 'word'
  /** `"Name"`. */
  | 'quoted'
  /** `'text'`, `E'…'`, `$$…$$`, `U&'…'`, `B'…'`, `X'…'`, `N'…'`. */
  | 'string'
  | 'number'
  /** `$1`. */
  | 'parameter'
  /** `+`, `<=`, `||`, `::`. */
  | 'operator'
  /** `( ) [ ] , ; .` and what is no operator of SQL: `?`, `:`, `{`, a backtick. */
  | 'punctuation';

export interface Token extends Span {
  readonly kind: TokenKind;
  /** As written, quotes included. */
  readonly text: string;
  /** Words: in lower case. Quoted names and plain strings: the content. Everything else: the text. */
  readonly value: string;
}

export const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token?.kind === 'word' && words.includes(token.value);

export const isPunctuation = (token: Token | undefined, text: string): boolean =>
  token?.kind === 'punctuation' && token.text === text;
