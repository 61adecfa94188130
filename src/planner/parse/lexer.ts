import { SqlSyntaxError } from '../../common/errors.ts';
import type { Token, TokenKind } from './token.ts';

const WORD_START = /[A-Za-z_\u0080-\u{10ffff}]/u;
const WORD = /[A-Za-z_\u0080-\u{10ffff}][A-Za-z0-9_$\u0080-\u{10ffff}]*/uy;
const NUMBER =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:[0-9](?:_?[0-9])*(?:\.(?!\.)(?:[0-9](?:_?[0-9])*)?)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\u{10ffff}][A-Za-z0-9_\u0080-\u{10ffff}]*)?\$/uy;
const PARAMETER = /\$[0-9]+/y;
const OPERATOR = /[-+*/<>=~!@#%^&|]+|::|:=|=>/y;
const SPACE = /[ \t\n\r\f\v]+/y;
const LINE_COMMENT = /--[^\r\n]*/y;

/**
 * SQL text as tokens with UTF-16 offsets; spaces and comments (nested ones too) are left out.
 * Throws SqlSyntaxError SQ1001 for a string, a quoted name or a comment that never ends.
 */
export function tokenize(sql: string): readonly Token[] {
  return new Lexer(sql).run();
}

class Lexer {
  readonly #sql: string;
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(sql: string) {
    this.#sql = sql;
  }

  run(): readonly Token[] {
    for (;;) {
      this.#skipBlank();
      if (this.#at >= this.#sql.length) return this.#tokens;
      this.#next();
    }
  }

  #skipBlank(): void {
    for (;;) {
      const blank = this.#match(SPACE) ?? this.#match(LINE_COMMENT);
      if (blank !== null) this.#at += blank.length;
      else if (this.#sql.startsWith('/*', this.#at)) this.#skipComment();
      else return;
    }
  }

  #skipComment(): void {
    const start = this.#at;
    let depth = 0;
    while (this.#at < this.#sql.length) {
      if (this.#sql.startsWith('/*', this.#at)) depth++;
      else if (this.#sql.startsWith('*/', this.#at)) depth--;
      else {
        this.#at++;
        continue;
      }
      this.#at += 2;
      if (depth === 0) return;
    }
    throw unterminated('comment', start, 2, 'end it with */');
  }

  #next(): void {
    const sql = this.#sql;
    const char = String.fromCodePoint(sql.codePointAt(this.#at) as number);
    const prefix = /^(?:[uU]&|[bBxXnNeE])?(?=['"])/.exec(sql.slice(this.#at, this.#at + 3))?.[0];
    const quote = prefix === undefined ? -1 : this.#at + prefix.length;
    if (sql[quote] === "'") this.#string(quote, /e/i.test(prefix as string));
    else if (sql[quote] === '"' && (prefix === '' || /u/i.test(prefix as string))) this.#quotedName(quote);
    else if (char === '$' && this.#match(PARAMETER) !== null) this.#push('parameter', this.#match(PARAMETER) as string);
    else if (char === '$' && this.#match(DOLLAR_TAG) !== null) this.#dollarString(this.#match(DOLLAR_TAG) as string);
    else this.#plain(char);
  }

  #plain(char: string): void {
    const number = this.#match(NUMBER);
    const word = WORD_START.test(char) ? this.#match(WORD) : null;
    const operator = this.#match(OPERATOR);
    if (number !== null) this.#push('number', number);
    else if (word !== null) this.#push('word', word, lowerCase(word));
    else if (operator !== null) this.#push('operator', operator.slice(0, operatorLength(operator)));
    else this.#push('punctuation', char);
  }

  #string(quote: number, escapes: boolean): void {
    const start = this.#at;
    let at = quote + 1;
    let value = '';
    for (;;) {
      const char = this.#sql[at];
      if (char === undefined) throw unterminated('string', start, quote + 1 - start, "end it with '");
      if (escapes && char === '\\') {
        value += this.#sql.slice(at, at + 2);
        at += 2;
      } else if (char !== "'") {
        value += char;
        at++;
      } else if (this.#sql[at + 1] === "'") {
        value += "'";
        at += 2;
      } else break;
    }
    this.#push('string', this.#sql.slice(start, at + 1), value);
  }

  #quotedName(quote: number): void {
    const start = this.#at;
    let at = quote + 1;
    let value = '';
    for (;;) {
      const char = this.#sql[at];
      if (char === undefined) throw unterminated('quoted name', start, 1, 'end it with "');
      if (char !== '"') {
        value += char;
        at++;
      } else if (this.#sql[at + 1] === '"') {
        value += '"';
        at += 2;
      } else break;
    }
    this.#push('quoted', this.#sql.slice(start, at + 1), value);
  }

  #dollarString(tag: string): void {
    const start = this.#at;
    const close = this.#sql.indexOf(tag, start + tag.length);
    if (close < 0) throw unterminated('string', start, tag.length, `end it with ${tag}`);
    this.#push('string', this.#sql.slice(start, close + tag.length), this.#sql.slice(start + tag.length, close));
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#sql)?.[0] ?? null;
  }

  #push(kind: TokenKind, text: string, value: string = text): void {
    const start = this.#at;
    this.#at = start + text.length;
    this.#tokens.push({ kind, text, value, start, end: this.#at });
  }
}

/** Folds A-Z only, as PostgreSQL does. */
export function lowerCase(word: string): string {
  return word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** PostgreSQL's rule: a comment ends an operator, and one that ends in + or - holds a character no plain operator has. */
function operatorLength(text: string): number {
  const comment = text.search(/--|\/\*/);
  let length = comment > 0 ? comment : text.length;
  const special = (candidate: string) => /[~!@#%^&|`?]/.test(candidate);
  while (length > 1 && /[-+]/.test(text[length - 1] as string) && !special(text.slice(0, length))) length--;
  return length;
}

function unterminated(what: string, start: number, length: number, hint: string): SqlSyntaxError {
  return new SqlSyntaxError('SQ1001', `unterminated ${what}`, { span: { start, end: start + length }, hint });
}
