import { tokenize } from './lexer.ts';
import { splitStatements } from './split-statements.ts';

/**
 * The statements of a text, cut at `;`, without empty ones. A `;` in a string, a quoted name or a comment is no cut.
 * Throws SqlSyntaxError SQ1001 for a string, a quoted name or a comment that never ends.
 */
export function splitSql(sql: string): readonly string[] {
  return splitStatements(tokenize(sql)).map(({ start, end }) => sql.slice(start, end));
}
