import { InternalError, SqlSyntaxError } from '../../common/errors.ts';
import type { Statement } from './ast.ts';
import { command } from './commands.ts';
import { ConvertContext, unsupported } from './convert-context.ts';
import { convertStatement } from './convert-statement.ts';
import type { Dialect } from './dialects/dialect.ts';
import { tokenize } from './lexer.ts';
import { type Grammar, loadGrammar } from './libpg.ts';
import { EditedText } from './offset-map.ts';
import { prePass } from './pre-pass.ts';
import { type StatementText, splitStatements } from './split-statements.ts';
import { syntaxError } from './syntax-error.ts';
import { TokenList } from './token-list.ts';

export interface ParseOptions {
  /** Another dialect than the default one, which is PostgreSQL's with what users of DuckDB and Trino write. */
  readonly dialect?: Dialect;
}

/**
 * SQL text to our own AST, statement by statement; spans are UTF-16 offsets into `sql`. An empty text has no statement.
 *
 * @throws SqlSyntaxError SQ1001 for what is not SQL, UnsupportedError SQ2001 for SQL that Squall does not read, ResourceError
 * SQ4005 for nesting past 500 levels.
 */
export async function parse(sql: string, options: ParseOptions = {}): Promise<readonly Statement[]> {
  refuseCharacters(sql);
  const grammar = await loadGrammar();
  if (options.dialect !== undefined) {
    const { parseDialect } = await import('./dialects/parse-dialect.ts');
    return parseDialect(sql, options.dialect, (text) => only(parsePlain(text, grammar)));
  }
  return parsePlain(sql, grammar);
}

function parsePlain(sql: string, grammar: Grammar): readonly Statement[] {
  return splitStatements(tokenize(sql)).map((text) => parseOne(sql, text, grammar));
}

/** The only statement of a text. Throws SqlSyntaxError SQ1001 when there is none, UnsupportedError SQ2001 for several. */
export async function parseStatement(sql: string, options: ParseOptions = {}): Promise<Statement> {
  return only(await parse(sql, options));
}

function only([first, second]: readonly Statement[]): Statement {
  if (!first) {
    throw new SqlSyntaxError('SQ1001', 'the query is empty', { span: { start: 0, end: 0 }, hint: 'write SELECT …' });
  }
  if (second) throw unsupported('more than one statement at once', second.span, 'run them one by one');
  return first;
}

function parseOne(sql: string, text: StatementText, grammar: Grammar): Statement {
  const list = new TokenList(text.tokens);
  const done = command(list);
  if (done) return done;
  const rewriting = prePass(sql.slice(text.start, text.end), list);
  const edited = new EditedText(sql, rewriting.edits, text, rewriting.moves);
  const parsed = grammar(edited.text);
  if (!parsed.ok) {
    const offset = parsed.position === null ? null : edited.fromCodePoints(parsed.position);
    throw syntaxError(parsed.message, offset, list);
  }
  const node = parsed.result.stmts?.[0]?.stmt;
  if (!node || parsed.result.stmts?.length !== 1) throw new InternalError('the grammar gave no statement, or several');
  const context = new ConvertContext(rewriting, edited);
  const statement = convertStatement(node, context);
  context.finish();
  return statement;
}

/** UTF-8, in which the grammar reads, has no place for the one, and C none for the other. */
function refuseCharacters(sql: string): void {
  const at = sql.search(/\0|\p{Surrogate}/u);
  if (at < 0) return;
  const what = sql[at] === '\0' ? 'a NUL character' : 'half of a character (a lone surrogate)';
  throw new SqlSyntaxError('SQ1001', `the query contains ${what}`, { span: { start: at, end: at + 1 } });
}
