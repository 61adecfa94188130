import stringWidth from 'string-width';
import type { Span, SquallError } from './errors.ts';

/** Longest piece of a line that is shown, characters. */
const MAX_LINE = 120;

/**
 * An error as people read it: code and message, the line of the query with a caret below what is wrong, and a hint.
 *
 *     error[SQ1102] column "l_shpdate" does not exist
 *       line 3, column 7
 *     3 | where l_shpdate <= date '1998-09-02'
 *               ^^^^^^^^^
 *     hint: did you mean "l_shipdate"?
 *
 * Without a span, or without the text that it points into, the part in the middle is left out. Lines and columns count from 1.
 */
export function renderError(error: SquallError, sql?: string): string {
  const lines = [`error[${error.code}] ${error.message}`];
  if (error.span && sql !== undefined && error.span.start <= sql.length) lines.push(...excerpt(sql, error.span));
  if (error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  return lines.join('\n');
}

/** Only the first line of a span over several is shown. */
function excerpt(sql: string, span: Span): readonly string[] {
  const before = sql.slice(0, span.start).split(/\r\n|\r|\n/);
  const line = before.length;
  const column = (before.at(-1) as string).length;
  const lineStart = span.start - column;
  const text = sql.slice(lineStart).split(/\r\n|\r|\n/, 1)[0] as string;
  const end = Math.max(column + 1, Math.min(span.end - lineStart, text.length));
  const shown = cut(text, column, end);
  const gutter = `${line} | `;
  const visible = shown.text.replaceAll('\t', ' ');
  const indent = ' '.repeat(gutter.length + stringWidth(visible.slice(0, shown.start)));
  const caret = '^'.repeat(Math.max(1, stringWidth(visible.slice(shown.start, shown.end))));
  const position = [...text.slice(0, column)].length + 1;
  return [`  line ${line}, column ${position}`, gutter + visible, indent + caret];
}

interface Excerpt {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** At most 120 characters of a line, around what is wrong. */
function cut(text: string, start: number, end: number): Excerpt {
  if (text.length <= MAX_LINE) return { text, start, end };
  const room = Math.max(0, MAX_LINE - (end - start));
  const from = Math.max(0, Math.min(start - Math.floor(room / 2), text.length - MAX_LINE));
  const to = Math.min(text.length, from + MAX_LINE);
  const head = from > 0 ? '…' : '';
  return {
    text: head + text.slice(from, to) + (to < text.length ? '…' : ''),
    start: start - from + head.length,
    end: Math.min(end, to) - from + head.length,
  };
}
