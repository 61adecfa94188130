import { assertNever, ResourceError, type Span, SqlSyntaxError } from '../../common/errors.ts';
import { RESERVED_WORDS } from './keywords.ts';
import { isPunctuation, type Token } from './token.ts';

/** Deepest nesting of parentheses, expressions and queries that is read. */
export const MAX_NESTING = 500;

/** Reserved words that are values. */
const VALUE_WORDS: ReadonlySet<string> = new Set([
  'null',
  'true',
  'false',
  'end',
  'current_catalog',
  'current_date',
  'current_role',
  'current_time',
  'current_timestamp',
  'current_user',
  'localtime',
  'localtimestamp',
  'session_user',
  'system_user',
  'user',
]);
/** Words that are not reserved and that an operand follows. */
const OPENING_WORDS: ReadonlySet<string> = new Set([
  'between',
  'by',
  'escape',
  'ilike',
  'is',
  'join',
  'like',
  'values',
]);

const CLOSES: Readonly<Record<string, string>> = { '(': ')', '[': ']' };

/** The tokens of one statement, with the ways to move among them that finding source spans takes. */
export class TokenList {
  readonly tokens: readonly Token[];
  readonly #partner = new Map<number, number>();
  /** Per token: the innermost bracket that is open before it, or -1. */
  readonly #opener: Int32Array;

  /** Throws SqlSyntaxError SQ1001 for brackets that do not match, ResourceError SQ4005 for too many of them. */
  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
    this.#opener = new Int32Array(tokens.length + 1).fill(-1);
    const open: number[] = [];
    for (const [index, token] of tokens.entries()) {
      this.#opener[index] = open.at(-1) ?? -1;
      if (token.kind !== 'punctuation') continue;
      if (token.text in CLOSES) {
        open.push(index);
        if (open.length > MAX_NESTING) throw nestedTooDeeply(token);
      } else if (token.text === ')' || token.text === ']') {
        const opener = open.pop();
        const openerText = opener === undefined ? undefined : (tokens[opener] as Token).text;
        if (opener === undefined || openerText === undefined || CLOSES[openerText] !== token.text) {
          throw new SqlSyntaxError('SQ1001', `unexpected "${token.text}"`, {
            span: token,
            hint:
              openerText === undefined
                ? `there is no "${token.text === ')' ? '(' : '['}" before it that is still open`
                : `expected "${CLOSES[openerText]}" first`,
          });
        }
        this.#partner.set(opener, index);
        this.#partner.set(index, opener);
      }
    }
    const last = open.at(-1);
    if (last !== undefined) {
      const token = tokens[last] as Token;
      throw new SqlSyntaxError('SQ1001', `"${token.text}" is never closed`, {
        span: token,
        hint: `expected "${CLOSES[token.text]}"`,
      });
    }
  }

  /** Index of the first token that starts at or after the offset. */
  indexAt(offset: number): number {
    let low = 0;
    let high = this.tokens.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.tokens[middle] as Token).start < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  at(index: number): Token | undefined {
    return this.tokens[index];
  }

  /** The other bracket of the pair. */
  partner(index: number): number | undefined {
    return this.#partner.get(index);
  }

  /** Index of the innermost bracket that is open before the token. */
  opener(index: number): number | undefined {
    const opener = this.#opener[index] ?? -1;
    return opener < 0 ? undefined : opener;
  }

  /** The region made larger until every bracket in it has its partner in it. */
  balanced(span: Span): Span {
    let { start, end } = span;
    for (let i = this.indexAt(start); i < this.tokens.length && (this.tokens[i] as Token).end <= end; i++) {
      const partner = this.#partner.get(i);
      if (partner === undefined) continue;
      const { start: partnerStart, end: partnerEnd } = this.tokens[partner] as Token;
      start = Math.min(start, partnerStart);
      end = Math.max(end, partnerEnd);
    }
    return { start, end };
  }

  /** The token at the offset. */
  tokenSpan(offset: number): Span {
    const token = this.tokens[this.indexAt(offset)];
    return token === undefined ? { start: offset, end: offset } : { start: token.start, end: token.end };
  }

  /** `a.b.c` or `a.*` from its first word: index of the last token of the path. */
  pathEnd(index: number): number {
    let end = index;
    while (isPunctuation(this.tokens[end + 1], '.') && this.tokens[end + 2] !== undefined) end += 2;
    return end;
  }

  /** True when the tokens stand side by side, with nothing between them. */
  adjacent(index: number, next: number): boolean {
    return this.tokens[index]?.end === this.tokens[next]?.start && this.tokens[next] !== undefined;
  }

  /** True when an operand can end with the token: what follows is an operator, an alias, a subscript or the next clause. */
  endsOperand(index: number): boolean {
    const token = this.tokens[index];
    if (token === undefined) return false;
    switch (token.kind) {
      case 'operator':
        return false;
      case 'string':
      case 'number':
      case 'parameter':
      case 'quoted':
        return true;
      case 'punctuation':
        return token.text === ')' || token.text === ']' || token.text === '?';
      case 'word':
        if (isPunctuation(this.tokens[index - 1], '.')) return true;
        return VALUE_WORDS.has(token.value) || !(RESERVED_WORDS.has(token.value) || OPENING_WORDS.has(token.value));
      default:
        return assertNever(token.kind);
    }
  }

  /** When a bracket opens right after the token: the index of the one that closes it; else the token itself. */
  callEnd(index: number): number {
    return isPunctuation(this.tokens[index + 1], '(') ? (this.partner(index + 1) ?? index) : index;
  }
}

export function nestedTooDeeply(span: Span): ResourceError {
  return new ResourceError('SQ4005', `the query is nested more than ${MAX_NESTING} levels deep`, {
    span: { start: span.start, end: span.end },
    hint: 'split it, or write a chain of OR as IN (…)',
  });
}
