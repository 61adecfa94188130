import type { Span } from '../../common/errors.ts';
import { isPunctuation, type Token } from './token.ts';

/** One statement of a text of several: its tokens and its region, both in offsets of the whole text. */
export interface StatementText extends Span {
  readonly tokens: readonly Token[];
}

/** Cuts at `;`. Empty statements are left out; a `;` in a string, a name or a comment is no cut. */
export function splitStatements(tokens: readonly Token[]): readonly StatementText[] {
  const statements: StatementText[] = [];
  let from = 0;
  for (let i = 0; i <= tokens.length; i++) {
    if (i < tokens.length && !isPunctuation(tokens[i], ';')) continue;
    const part = tokens.slice(from, i);
    const first = part[0];
    const last = part.at(-1);
    if (first && last) statements.push({ tokens: part, start: first.start, end: last.end });
    from = i + 1;
  }
  return statements;
}
