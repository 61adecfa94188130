import { type Span, SquallError } from '../../../common/errors.ts';
import type { ExplainStatement, SelectStatement, Statement } from '../ast.ts';
import type { AstExpr } from '../ast-expr.ts';
import { command } from '../commands.ts';
import { unsupported } from '../convert-context.ts';
import { tokenize } from '../lexer.ts';
import { splitStatements } from '../split-statements.ts';
import { isPunctuation, isWord } from '../token.ts';
import { TokenList } from '../token-list.ts';
import { DIALECT_RULES, type Dialect, type DialectRules } from './dialect.ts';
import { loadBuild, type ParseBlock } from './parser-build.ts';
import { plainText } from './plain-text.ts';
import { guarded, readQuery } from './read-query.ts';
import { type ReaderContext, rangeSpan } from './reader-context.ts';
import { StandIns } from './stand-ins.ts';

/** Reads statements in the default dialect: literals with a type, and types. */
export type ParsePlain = (sql: string) => Statement;

const MAX_QUERIES = 100;

/**
 * The statements of a text in another dialect. Queries are cut into blocks over our own tokens; node-sql-parser reads the
 * blocks, in which names, literals, calls and what it misreads are stand-ins; operators are nested again by our own rules, and
 * each stand-in has to turn up once. What is outside the constructs known to be read rightly is refused by name.
 *
 * @throws SqlSyntaxError SQ1001, UnsupportedError SQ2001, ResourceError SQ4005
 */
export async function parseDialect(
  sql: string,
  dialect: Dialect,
  parsePlain: ParsePlain,
): Promise<readonly Statement[]> {
  const rules = DIALECT_RULES[dialect];
  const text = plainText(sql, rules);
  const parseBlock = await loadBuild(dialect);
  return splitStatements(tokenize(text)).map(({ tokens }) =>
    statement(new TokenList(tokens), rules, parseBlock, parsePlain),
  );
}

function statement(list: TokenList, rules: DialectRules, parseBlock: ParseBlock, parsePlain: ParsePlain): Statement {
  const done = command(list);
  if (done) return done;
  if (!isWord(list.at(0), 'explain')) return select(0, list, rules, parseBlock, parsePlain);
  const isAnalyze = isWord(list.at(1), 'analyze');
  const inner = select(isAnalyze ? 2 : 1, list, rules, parseBlock, parsePlain);
  const span = rangeSpan(list, 0, list.tokens.length);
  const explain: ExplainStatement = { kind: 'explain', analyze: isAnalyze, options: [], statement: inner, span };
  return explain;
}

function select(
  from: number,
  list: TokenList,
  rules: DialectRules,
  parseBlock: ParseBlock,
  parsePlain: ParsePlain,
): SelectStatement {
  const first = list.at(from);
  if (!isWord(first, 'select', 'with', 'values') && !isPunctuation(first, '(')) {
    const what = first?.kind === 'word' ? first.value.toUpperCase() : 'this statement';
    throw unsupported(
      `${what} in the dialect ${rules.name}`,
      rangeSpan(list, from, from + 1),
      'write it in the default dialect',
    );
  }
  const standIns = new StandIns();
  const guard = guarded(MAX_QUERIES, { list });
  const context: ReaderContext = {
    rules,
    list,
    standIns,
    parseBlock,
    questions: numberedQuestions(list),
    plain: (text, at) => plainExpression(text, rangeSpan(list, at, at + 1), parsePlain),
    query: (start, to) => guard(start, () => readQuery(start, to, context)),
  };
  const query = context.query(from, list.tokens.length);
  standIns.finish();
  return { kind: 'select', query, span: query.span };
}

function numberedQuestions(list: TokenList): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>();
  for (const [index, token] of list.tokens.entries()) {
    if (isPunctuation(token, '?')) numbers.set(index, numbers.size + 1);
  }
  return numbers;
}

/** An expression in the words of the default dialect; errors point at where it comes from. */
function plainExpression(text: string, span: Span, parsePlain: ParsePlain): AstExpr {
  try {
    const read = parsePlain(`SELECT ${text}`);
    const body = read.kind === 'select' && read.query.body.kind === 'select' ? read.query.body : null;
    if (body?.items.length === 1 && body.items[0]?.alias === null) return body.items[0].expr;
  } catch (error) {
    if (error instanceof SquallError) Object.assign(error, { span });
    throw error;
  }
  throw unsupported(`what is written as ${text}`, span);
}
