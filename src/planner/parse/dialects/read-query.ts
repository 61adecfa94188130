import type { CommonTable, OrderItem, Query, QueryBody, SetOperation } from '../ast.ts';
import type { AstExpr } from '../ast-expr.ts';
import { isPunctuation, isWord } from '../token.ts';
import { nestedTooDeeply } from '../token-list.ts';
import { expressions, orderItems } from './lists.ts';
import { identifier } from './operand-writer.ts';
import { names } from './read-from.ts';
import { readSelect } from './read-select.ts';
import {
  commaRanges,
  findWord,
  holdsQuery,
  notRead,
  type ReaderContext,
  rangeSpan,
  unexpectedToken,
} from './reader-context.ts';

const SET_OPERATIONS = ['union', 'intersect', 'except'] as const;
const TAIL = ['order', 'limit', 'offset', 'fetch'];

/** WITH, set operations, ORDER BY and LIMIT are read from the tokens; what is left is for the parser. */
export function readQuery(from: number, to: number, context: ReaderContext): Query {
  const { list } = context;
  if (from >= to) throw unexpectedToken(list, from);
  if (list.partner(from) === to - 1 && isPunctuation(list.at(from), '(')) return readQuery(from + 1, to - 1, context);
  const common = commonTables(from, to, context);
  const lastOperation = lastSetOperation(common.next, to, context);
  const tail = findWord(list, lastOperation, to, ...TAIL);
  const body = setOperations(common.next, tail, context);
  return {
    with: common.tables,
    recursive: common.recursive,
    body,
    ...readTail(tail, to, context),
    span: rangeSpan(list, from, to),
  };
}

/** Behind the last UNION, INTERSECT or EXCEPT: only there ORDER BY belongs to the whole. */
function lastSetOperation(from: number, to: number, { list }: ReaderContext): number {
  let last = from;
  for (
    let at = findWord(list, from, to, ...SET_OPERATIONS);
    at < to;
    at = findWord(list, at + 1, to, ...SET_OPERATIONS)
  ) {
    // `* EXCEPT (a)` leaves columns out.
    if (list.at(at - 1)?.text !== '*') last = at + 1;
  }
  return last;
}

interface Common {
  readonly tables: readonly CommonTable[];
  readonly recursive: boolean;
  readonly next: number;
}

function commonTables(from: number, to: number, context: ReaderContext): Common {
  const { list } = context;
  if (!isWord(list.at(from), 'with')) return { tables: [], recursive: false, next: from };
  const recursive = isWord(list.at(from + 1), 'recursive');
  const tables: CommonTable[] = [];
  for (let at = recursive ? from + 2 : from + 1; at < to; at++) {
    const start = at;
    const { name } = identifier(list.at(at), at, context);
    at++;
    let columns: readonly string[] = [];
    if (isPunctuation(list.at(at), '(')) {
      const close = list.partner(at) as number;
      columns = names(at, close, context);
      at = close + 1;
    }
    if (!isWord(list.at(at), 'as')) throw unexpectedToken(list, at);
    at++;
    const close = list.partner(at);
    if (!holdsQuery(list, at) || close === undefined) throw unexpectedToken(list, at);
    const query = readQuery(at + 1, close, context);
    tables.push({ name, columns, materialized: null, query, span: rangeSpan(list, start, close + 1) });
    at = close + 1;
    if (!isPunctuation(list.at(at), ',')) return { tables, recursive, next: at };
  }
  throw unexpectedToken(list, to);
}

interface Operation {
  readonly operator: SetOperation['operator'];
  readonly all: boolean;
}

/** INTERSECT binds tighter than UNION and EXCEPT; each from left to right. */
function setOperations(from: number, to: number, context: ReaderContext): QueryBody {
  const { list } = context;
  const operands: Query[] = [];
  const operations: Operation[] = [];
  for (let start = from; ; ) {
    let at = findWord(list, start, to, ...SET_OPERATIONS);
    while (at < to && list.at(at - 1)?.text === '*') at = findWord(list, at + 1, to, ...SET_OPERATIONS);
    operands.push(operand(start, at, context, at < to || start > from));
    if (at >= to) break;
    const all = isWord(list.at(at + 1), 'all');
    operations.push({ operator: list.at(at)?.value as SetOperation['operator'], all });
    start = all || isWord(list.at(at + 1), 'distinct') ? at + 2 : at + 1;
  }
  const sums: Query[] = [operands[0] as Query];
  const outer: Operation[] = [];
  for (const [i, operation] of operations.entries()) {
    const right = operands[i + 1] as Query;
    if (operation.operator === 'intersect') sums.push(combined(sums.pop() as Query, right, operation, context));
    else {
      outer.push(operation);
      sums.push(right);
    }
  }
  const whole = sums
    .slice(1)
    .reduce((left, right, i) => combined(left, right, outer[i] as Operation, context), sums[0] as Query);
  return operations.length === 0 && isBare(whole) ? whole.body : bodyOf(whole, context);
}

const isBare = ({ with: tables, orderBy, limit, offset }: Query) =>
  tables.length === 0 && orderBy.length === 0 && limit === null && offset === null;

/** A query in parentheses that is followed by ORDER BY keeps what is its own. */
function bodyOf(query: Query, context: ReaderContext): QueryBody {
  if (isBare(query)) return query.body;
  throw notRead('a query in parentheses with a clause behind it', query.span, context);
}

function combined(left: Query, right: Query, { operator, all }: Operation, { list }: ReaderContext): Query {
  const span = list.balanced({ start: left.span.start, end: right.span.end });
  return plain({ kind: 'setOperation', operator, all, left, right, span });
}

const plain = (body: QueryBody): Query => ({
  with: [],
  recursive: false,
  body,
  orderBy: [],
  orderByAll: null,
  limit: null,
  withTies: false,
  offset: null,
  span: body.span,
});

function operand(from: number, to: number, context: ReaderContext, isOneOfSeveral: boolean): Query {
  const { list } = context;
  if (isPunctuation(list.at(from), '(')) {
    if (list.partner(from) !== to - 1) throw unexpectedToken(list, (list.partner(from) ?? from) + 1);
    return readQuery(from + 1, to - 1, context);
  }
  if (isOneOfSeveral) {
    const late = findWord(list, from, to, ...TAIL);
    if (late < to) throw unexpectedToken(list, late);
  }
  if (isWord(list.at(from), 'values')) {
    const rows = commaRanges(list, from + 1, to).map(([first, end]) => {
      if (!isPunctuation(list.at(first), '(') || list.partner(first) !== end - 1) throw unexpectedToken(list, first);
      return expressions(commaRanges(list, first + 1, end - 1), context);
    });
    return plain({ kind: 'values', rows, span: rangeSpan(list, from, to) });
  }
  if (!isWord(list.at(from), 'select')) throw unexpectedToken(list, from);
  return plain(readSelect(from, to, context));
}

type Tail = Pick<Query, 'orderBy' | 'orderByAll' | 'limit' | 'offset' | 'withTies'>;

function readTail(from: number, to: number, context: ReaderContext): Tail {
  const { list, rules } = context;
  let at = from;
  let orderBy: readonly OrderItem[] = [];
  if (isWord(list.at(at), 'order') && at < to) {
    if (!isWord(list.at(at + 1), 'by')) throw unexpectedToken(list, at + 1);
    const end = findWord(list, at + 2, to, 'limit', 'offset', 'fetch');
    if (isWord(list.at(at + 2), 'all')) throw notRead('ORDER BY ALL', rangeSpan(list, at, at + 3), context);
    orderBy = orderItems(at + 2, end, context);
    if (orderBy.length === 0) throw unexpectedToken(list, at + 2);
    at = end;
  }
  let limit: AstExpr | null = null;
  let offset: AstExpr | null = null;
  let withTies = false;
  while (at < to) {
    const end = findWord(list, at + 1, to, 'limit', 'offset', 'fetch');
    const word = list.at(at)?.value;
    if (word === 'limit' && limit === null) {
      const parts = commaRanges(list, at + 1, end);
      if (parts.length === 2 && rules.limitWithComma && offset === null)
        [offset = null, limit = null] = expressions(parts, context);
      else if (parts.length === 1) limit = isWord(list.at(at + 1), 'all') ? null : only(at + 1, end, context);
      else throw unexpectedToken(list, at + 1);
    } else if (word === 'offset' && offset === null) {
      offset = only(at + 1, isWord(list.at(end - 1), 'row', 'rows') ? end - 1 : end, context);
    } else if (word === 'fetch' && limit === null) {
      ({ limit, withTies } = fetchFirst(at, end, context));
    } else throw unexpectedToken(list, at);
    at = end;
  }
  return { orderBy, orderByAll: null, limit, offset, withTies };
}

function only(from: number, to: number, context: ReaderContext): AstExpr {
  const [expr] = expressions([[from, to]], context);
  if (!expr || from >= to) throw unexpectedToken(context.list, from);
  return expr;
}

/** FETCH FIRST n ROWS ONLY. */
function fetchFirst(
  at: number,
  to: number,
  context: ReaderContext,
): { readonly limit: AstExpr; readonly withTies: boolean } {
  const { list } = context;
  const withTies = isWord(list.at(to - 2), 'with') && isWord(list.at(to - 1), 'ties');
  const end = withTies ? to - 2 : to - 1;
  if (!withTies && !isWord(list.at(end), 'only')) throw unexpectedToken(list, end);
  if (!isWord(list.at(at + 1), 'first', 'next') || !isWord(list.at(end - 1), 'row', 'rows'))
    throw unexpectedToken(list, at + 1);
  if (end - 1 === at + 2) return { limit: { kind: 'number', text: '1', span: rangeSpan(list, at, to) }, withTies };
  return { limit: only(at + 2, end - 1, context), withTies };
}

/** Guards the recursion into queries. */
export function guarded(
  limit: number,
  context: { readonly list: ReaderContext['list'] },
): <T>(from: number, read: () => T) => T {
  let depth = 0;
  return (from, read) => {
    if (depth >= limit) throw nestedTooDeeply(rangeSpan(context.list, from, from + 1));
    depth++;
    try {
      return read();
    } finally {
      depth--;
    }
  };
}
