import { type Span, SqlSyntaxError } from '../../../common/errors.ts';
import type { Query } from '../ast.ts';
import type { AstExpr } from '../ast-expr.ts';
import { unsupported } from '../convert-context.ts';
import { syntaxError } from '../syntax-error.ts';
import { isPunctuation, isWord, type Token } from '../token.ts';
import type { TokenList } from '../token-list.ts';
import { bindChain } from './bind-chain.ts';
import { chain } from './chain.ts';
import type { DialectRules } from './dialect.ts';
import type { BlockResult, ParseBlock, RawNode } from './parser-build.ts';
import type { ShownText, StandIns } from './stand-ins.ts';

/** What reading one statement of a dialect shares; token ranges are from the first to before the last. */
export interface ReaderContext {
  readonly rules: DialectRules;
  readonly list: TokenList;
  readonly standIns: StandIns;
  readonly parseBlock: ParseBlock;
  /** Number of each `?` by the index of its token. */
  readonly questions: ReadonlyMap<number, number>;
  /** An expression in the default dialect: literals with a type, and types. */
  readonly plain: (text: string, at: number) => AstExpr;
  readonly query: (from: number, to: number) => Query;
}

const QUERY_WORDS = ['select', 'with', 'values'];
const AFTER_QUERY = ['union', 'intersect', 'except', 'order', 'limit', 'offset', 'fetch'];

/** Whether the parentheses that open at the token hold a query. */
export function holdsQuery(list: TokenList, open: number): boolean {
  if (!isPunctuation(list.at(open), '(')) return false;
  if (isWord(list.at(open + 1), ...QUERY_WORDS)) return true;
  const inner = list.partner(open + 1);
  if (inner === undefined || !holdsQuery(list, open + 1)) return false;
  return inner + 1 === list.partner(open) || isWord(list.at(inner + 1), ...AFTER_QUERY);
}

/** Span of a token range. */
export function rangeSpan(list: TokenList, from: number, to: number): Span {
  const first = list.at(from) ?? list.at(list.tokens.length - 1);
  const last = list.at(Math.max(from, to - 1)) ?? first;
  return { start: first?.start ?? 0, end: last?.end ?? 0 };
}

/** The ranges between commas outside brackets; none for an empty range. */
export function commaRanges(list: TokenList, from: number, to: number): readonly (readonly [number, number])[] {
  const ranges: (readonly [number, number])[] = [];
  let start = from;
  for (let at = from; at < to; at++) {
    at = Math.max(at, list.partner(at) ?? at);
    if (isPunctuation(list.at(at), ',')) {
      ranges.push([start, at]);
      start = at + 1;
    }
  }
  if (to > from) ranges.push([start, to]);
  const empty = ranges.find(([first, end]) => first >= end);
  if (empty) throw unexpectedToken(list, empty[1]);
  return ranges;
}

/** Index of the first token in the range that is one of the words, outside brackets; `to` when there is none. */
export function findWord(list: TokenList, from: number, to: number, ...words: readonly string[]): number {
  for (let at = from; at < to; at++) {
    at = Math.max(at, list.partner(at) ?? at);
    if (at < to && isWord(list.at(at), ...words) && !isPunctuation(list.at(at - 1), '.')) return at;
  }
  return to;
}

export function unexpectedToken(list: TokenList, index: number): SqlSyntaxError {
  const token: Token | undefined = list.at(index);
  const end = list.at(list.tokens.length - 1)?.end ?? 0;
  const span = token ? { start: token.start, end: token.end } : { start: end, end };
  return new SqlSyntaxError('SQ1001', `unexpected ${token ? `"${token.text}"` : 'end of the query'}`, { span });
}

/** Shows the parser a text and gives its tree, or our error for its refusal. */
export function parsed(shown: ShownText, context: ReaderContext): RawNode {
  const result: BlockResult = context.parseBlock(shown.text);
  if (result.ok) return result.node;
  const { list } = context;
  const token = list.at(result.offset === null ? 0 : shown.tokenAt(result.offset));
  const message = result.message === 'memory exhausted' ? result.message : 'syntax error';
  throw syntaxError(message, token?.start ?? list.tokens.at(-1)?.end ?? 0, list);
}

/** An expression of the parser's tree. */
export function boundExpr(node: unknown, span: Span, context: ReaderContext): AstExpr {
  const bind: Parameters<typeof chain>[1]['bind'] = (links) => bindChain(links, context.list, span);
  return bind(chain(node, { standIns: context.standIns, span, bind }));
}

/** The error for what the dialect's list of constructs does not hold. */
export function notRead(what: string, span: Span, { rules }: Pick<ReaderContext, 'rules'>, hint?: string): Error {
  return unsupported(`${what} in the dialect ${rules.name}`, span, hint ?? 'write the query in the default dialect');
}
