import type { ExplainStmt, Node } from 'libpg-query';
import { InternalError, SqlSyntaxError } from '../../common/errors.ts';
import type { ExplainStatement, SelectStatement, Statement } from './ast.ts';
import { ConvertContext, unsupported } from './convert-context.ts';
import { convertQuery } from './convert-query.ts';
import { tokenize } from './lexer.ts';
import { type Grammar, loadGrammar } from './libpg.ts';
import { EditedText } from './offset-map.ts';
import { prePass } from './pre-pass.ts';
import { type StatementText, splitStatements } from './split-statements.ts';
import { syntaxError } from './syntax-error.ts';
import { TokenList } from './token-list.ts';

/**
 * SQL text to our own AST, statement by statement; spans are UTF-16 offsets into `sql`. An empty text has no statement.
 *
 * @throws SqlSyntaxError SQ1001 for what is not SQL, UnsupportedError SQ2001 for SQL that Squall does not read, ResourceError
 * SQ4005 for nesting past 1,000 levels.
 */
export async function parse(sql: string): Promise<readonly Statement[]> {
  const nul = sql.indexOf('\0');
  if (nul >= 0) {
    throw new SqlSyntaxError('SQ1001', 'the query contains a NUL character', { span: { start: nul, end: nul + 1 } });
  }
  const grammar = await loadGrammar();
  return splitStatements(tokenize(sql)).map((text) => parseOne(sql, text, grammar));
}

/** The only statement of a text. Throws SqlSyntaxError SQ1001 when there is none, UnsupportedError SQ2001 for several. */
export async function parseStatement(sql: string): Promise<Statement> {
  const [first, second] = await parse(sql);
  if (!first) {
    throw new SqlSyntaxError('SQ1001', 'the query is empty', { span: { start: 0, end: 0 }, hint: 'write SELECT …' });
  }
  if (second) throw unsupported('more than one statement at once', second.span, 'run them one by one');
  return first;
}

function parseOne(sql: string, text: StatementText, grammar: Grammar): Statement {
  const list = new TokenList(text.tokens);
  const { edits, standIns } = prePass(sql, list);
  const edited = new EditedText(sql, edits, text);
  const parsed = grammar(edited.text);
  if (!parsed.ok) {
    const offset = parsed.position === null ? null : edited.fromCodePoints(parsed.position);
    throw syntaxError(parsed.message, offset, list);
  }
  const node = parsed.result.stmts?.[0]?.stmt;
  if (!node || parsed.result.stmts?.length !== 1) throw new InternalError('the grammar gave no statement, or several');
  return convertStatement(node, new ConvertContext(list, edited, standIns));
}

function convertStatement(node: Node, ctx: ConvertContext): Statement {
  if ('ExplainStmt' in node) return explain(node.ExplainStmt, ctx);
  return select(node, ctx);
}

function select(node: Node, ctx: ConvertContext): SelectStatement {
  if ('SelectStmt' in node) {
    const query = convertQuery(node.SelectStmt, ctx);
    return { kind: 'select', query, span: query.span };
  }
  const first = ctx.list.at(0);
  const name = first?.kind === 'word' ? first.value.toUpperCase() : 'this statement';
  throw unsupported(name, first ?? ctx.span(0), 'Squall reads data: SELECT, WITH, VALUES, EXPLAIN');
}

function explain(node: ExplainStmt, ctx: ConvertContext): ExplainStatement {
  if (!node.query) throw new InternalError('the grammar gave EXPLAIN without a query');
  const statement = select(node.query, ctx);
  const all = (node.options ?? []).map((option) => {
    if (!('DefElem' in option)) throw new InternalError('the grammar gave no option of EXPLAIN');
    const { defname = '', arg } = option.DefElem;
    const value = arg && 'String' in arg ? (arg.String.sval ?? '') : arg ? null : 'true';
    if (value === null) throw unsupported(`this value of the option ${defname}`, ctx.span(option.DefElem.location));
    return { name: defname.toLowerCase(), value: value.toLowerCase() };
  });
  const analyze = all.some(({ name, value }) => name === 'analyze' && (value === 'true' || value === 'on'));
  const options = all.filter(({ name }) => name !== 'analyze');
  const first = ctx.list.at(0);
  return {
    kind: 'explain',
    analyze,
    options,
    statement,
    span: { start: first?.start ?? statement.span.start, end: statement.span.end },
  };
}
