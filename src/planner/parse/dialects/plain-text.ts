import { SqlSyntaxError } from '../../../common/errors.ts';
import { unsupported } from '../convert-context.ts';
import type { DialectRules } from './dialect.ts';

/**
 * The text with quotes and comments as the default dialect writes them, every character at its place: `name` becomes "name",
 * "text" becomes 'text', a # comment becomes spaces. What would need another length is refused.
 */
export function plainText(sql: string, rules: DialectRules): string {
  const parts: string[] = [];
  let at = 0;
  while (at < sql.length) {
    const end = pieceEnd(sql, at, rules);
    parts.push(plainPiece(sql, at, end, rules));
    at = end;
  }
  return parts.join('');
}

/** End of the comment, text or name at `at`; else of a run of other characters. */
function pieceEnd(sql: string, at: number, rules: DialectRules): number {
  const char = sql[at] as string;
  if (sql.startsWith('--', at) || (char === '#' && rules.hashComments)) return lineEnd(sql, at);
  if (sql.startsWith('/*', at)) {
    const close = sql.indexOf('*/', at + 2);
    return close < 0 ? sql.length : close + 2;
  }
  if (char === "'" || char === '"' || (char === '`' && rules.backticks)) return quoteEnd(sql, at, rules);
  let end = at + 1;
  while (end < sql.length && !/['"`#/-]/.test(sql[end] as string)) end++;
  return end;
}

function lineEnd(sql: string, at: number): number {
  const end = sql.slice(at).search(/[\r\n]/);
  return end < 0 ? sql.length : at + end;
}

function quoteEnd(sql: string, at: number, rules: DialectRules): number {
  const quote = sql[at] as string;
  const isText = quote === "'" || (quote === '"' && rules.doubleQuotedTexts);
  for (let end = at + 1; end < sql.length; end++) {
    if (isText && rules.escapes && sql[end] === '\\') {
      throw unsupported(
        `a backslash in a text of ${rules.name}`,
        { start: end, end: end + 1 },
        'write the character itself',
      );
    }
    if (sql[end] !== quote) continue;
    if (sql[end + 1] !== quote) return end + 1;
    end++;
  }
  const what = isText ? 'string' : 'quoted name';
  throw new SqlSyntaxError('SQ1001', `unterminated ${what}`, {
    span: { start: at, end: at + 1 },
    hint: `end it with ${quote}`,
  });
}

function plainPiece(sql: string, start: number, end: number, rules: DialectRules): string {
  const piece = sql.slice(start, end);
  const span = { start, end };
  const char = piece[0];
  if (char === '#' && rules.hashComments) return ' '.repeat(piece.length);
  if (piece.startsWith('--')) {
    if (rules.spacedComments && piece.length > 2 && !/[ \t]/.test(piece[2] as string)) {
      throw unsupported(
        `-- without a space behind it in ${rules.name}`,
        { start, end: start + 2 },
        'write -- comment, or - -x',
      );
    }
    return piece;
  }
  if (piece.startsWith('/*!'))
    throw unsupported('a comment that is executed', span, 'write what it says without /*! */');
  if (char === '`' && rules.backticks) return requoted(piece, '"', span, rules);
  if (char === '"' && rules.doubleQuotedTexts) return requoted(piece, "'", span, rules);
  return piece;
}

function requoted(piece: string, quote: string, span: { start: number; end: number }, { name }: DialectRules): string {
  const content = piece.slice(1, -1);
  const old = piece[0] as string;
  if (content === '' && old !== '`' && /^(?:""|'')/.test(piece)) return quote + quote;
  if (content.includes(quote) || content.includes(old)) {
    throw unsupported(
      `a quote inside ${old}…${old} of ${name}`,
      span,
      quote === "'" ? "write '…' with '' inside" : 'use another name',
    );
  }
  return quote + content + quote;
}
