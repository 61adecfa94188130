import type { Span } from '../../../common/errors.ts';
import type { Identifier, JoinTable, TableRef } from '../ast.ts';
import { unsupported } from '../convert-context.ts';
import { withNames } from '../convert-table.ts';
import { RESERVED_WORDS } from '../keywords.ts';
import { isPunctuation, isWord, type Token } from '../token.ts';
import { rawNode } from './chain.ts';
import { expressions } from './lists.ts';
import { identifier } from './operand-writer.ts';
import {
  boundExpr,
  commaRanges,
  holdsQuery,
  notRead,
  type ReaderContext,
  rangeSpan,
  unexpectedToken,
} from './reader-context.ts';
import { reduceExpression } from './reduce-expression.ts';
import { isEmpty } from './select-list.ts';
import type { ShownText } from './stand-ins.ts';

const JOIN_WORDS = ['join', 'inner', 'left', 'right', 'full', 'outer', 'cross', 'natural'];
/** Other engines' joins, which would be taken for aliases. */
const FOREIGN_JOINS = ['semi', 'anti', 'asof', 'positional', 'straight_join', 'global'];

/** Writes FROM as the parser is shown it: each table with its alias is one name. */
export function reduceFrom(from: number, to: number, shown: ShownText, context: ReaderContext): void {
  const { list } = context;
  let join: 'cross' | 'natural' | null = null;
  for (let at = from; ; ) {
    at = table(at, to, join, shown, context);
    join = null;
    if (at >= to) return;
    const token = list.at(at) as Token;
    if (isWord(token, 'on')) {
      let end = at + 1;
      while (end < to && !isPunctuation(list.at(end), ',') && !startsJoin(end, context)) {
        end = Math.max(end, list.partner(end) ?? end) + 1;
      }
      shown.add('ON', at);
      reduceExpression(at + 1, end, shown, context);
      at = end;
    } else if (isWord(token, 'using')) {
      at = using(at, shown, context);
    }
    if (at >= to) return;
    if (isPunctuation(list.at(at), ',')) {
      shown.add(',', at++);
      continue;
    }
    const words: string[] = [];
    const start = at;
    while (isWord(list.at(at), ...JOIN_WORDS)) words.push(list.at(at++)?.value ?? '');
    const kind = JOINS[words.join(' ')];
    if (kind === undefined) throw unexpectedToken(list, at === start ? at : start);
    join = words[0] === 'cross' ? 'cross' : words[0] === 'natural' ? 'natural' : null;
    shown.add(kind, start);
  }
}

const JOINS: Readonly<Record<string, string>> = {
  join: 'INNER JOIN',
  'inner join': 'INNER JOIN',
  'cross join': 'INNER JOIN',
  'natural join': 'INNER JOIN',
  'natural inner join': 'INNER JOIN',
  'left join': 'LEFT JOIN',
  'left outer join': 'LEFT JOIN',
  'natural left join': 'LEFT JOIN',
  'natural left outer join': 'LEFT JOIN',
  'right join': 'RIGHT JOIN',
  'right outer join': 'RIGHT JOIN',
  'natural right join': 'RIGHT JOIN',
  'natural right outer join': 'RIGHT JOIN',
  'full join': 'FULL OUTER JOIN',
  'full outer join': 'FULL OUTER JOIN',
};

/** LEFT and RIGHT are functions too. */
function startsJoin(at: number, { list }: ReaderContext): boolean {
  return (
    isWord(list.at(at), ...JOIN_WORDS) && !isPunctuation(list.at(at + 1), '(') && !isPunctuation(list.at(at - 1), '.')
  );
}

/** A table and its alias, shown as one name; index of the token behind them. */
function table(
  at: number,
  to: number,
  join: 'cross' | 'natural' | null,
  shown: ShownText,
  context: ReaderContext,
): number {
  const { list } = context;
  const token = list.at(at);
  const close = list.partner(at);
  let next = at + 1;
  let make: MakeTable;
  if (isPunctuation(token, '(') && close !== undefined) {
    if (!holdsQuery(list, at)) throw notRead('a join in parentheses', rangeSpan(list, at, close + 1), context);
    const query = context.query(at + 1, close);
    next = close + 1;
    make = (alias, span) => ({ kind: 'subquery', query, lateral: false, ...alias, span });
  } else if (token?.kind === 'string') {
    make = (alias, span) => ({ kind: 'file', uri: token.value, ...alias, span });
  } else if (isWord(token, 'lateral', 'table')) {
    throw notRead(`${token?.text.toUpperCase()} in FROM`, rangeSpan(list, at, at + 1), context);
  } else if (isPunctuation(list.at(at + 1), '(')) {
    ({ next, make } = tableFunction(at, context));
  } else {
    if (token?.kind === 'word' && RESERVED_WORDS.has(token.value)) throw unexpectedToken(list, at);
    const path = tablePath(at, context);
    next = list.pathEnd(at) + 1;
    make = (alias, span) => ({ kind: 'table', path, ...alias, span });
  }
  const span = rangeSpan(list, at, next);
  const aliased = next < to ? alias(next, context) : { alias: null, columnAliases: [], next };
  if (aliased.next > to) throw unexpectedToken(list, to);
  if (aliased.next < to && isWord(list.at(aliased.next), 'tablesample')) {
    throw notRead('TABLESAMPLE', rangeSpan(list, aliased.next, aliased.next + 1), context);
  }
  const { columnAliases } = aliased;
  const meaning = { kind: 'table' as const, table: make({ alias: aliased.alias, columnAliases }, span), join };
  shown.add(context.standIns.add(meaning, span), at);
  return aliased.next;
}

/** `UNNEST(…) [WITH ORDINALITY]`. */
function tableFunction(at: number, context: ReaderContext): { readonly next: number; readonly make: MakeTable } {
  const { list } = context;
  const { name, quoted } = identifier(list.at(at), at, context);
  const close = list.partner(at + 1) as number;
  if (holdsQuery(list, at + 1))
    throw notRead('a query as the argument of a table function', rangeSpan(list, at, close + 1), context);
  const written = expressions(commaRanges(list, at + 2, close), context);
  const { args, namedArgs } = withNames({ args: written, namedArgs: [] });
  const ordinality = isWord(list.at(close + 1), 'with') && isWord(list.at(close + 2), 'ordinality');
  const called = quoted ? name : name.toLowerCase();
  const make: MakeTable = (alias, span) => ({
    kind: 'function',
    name: called,
    args,
    namedArgs,
    ordinality,
    lateral: false,
    ...alias,
    span,
  });
  return { next: ordinality ? close + 3 : close + 1, make };
}

type MakeTable = (alias: Aliased, span: Span) => TableRef;

interface Aliased {
  readonly alias: string | null;
  readonly columnAliases: readonly string[];
}

function tablePath(at: number, context: ReaderContext): readonly Identifier[] {
  const { list, rules } = context;
  const path: Identifier[] = [];
  for (let part = at; part <= list.pathEnd(at); part += 2) {
    const name = identifier(list.at(part), part, context);
    const pieces = rules.dotsInQuotes && name.quoted ? name.name.split('.') : [name.name];
    path.push(...pieces.map((piece) => ({ ...name, name: piece })));
  }
  return path;
}

/** `[AS] name [(columns)]`. */
function alias(at: number, context: ReaderContext): Aliased & { readonly next: number } {
  const { list } = context;
  const nameAt = isWord(list.at(at), 'as') ? at + 1 : at;
  const token = list.at(nameAt);
  const isName =
    token?.kind === 'quoted' ||
    (token?.kind === 'word' && !RESERVED_WORDS.has(token.value) && !isWord(token, ...JOIN_WORDS, 'tablesample'));
  if (!isName) {
    if (nameAt > at) throw unexpectedToken(list, nameAt);
    return { alias: null, columnAliases: [], next: at };
  }
  if (isWord(token, ...FOREIGN_JOINS) && isWord(list.at(nameAt + 1), 'join') && nameAt === at) {
    throw notRead(
      `${token.text.toUpperCase()} JOIN`,
      rangeSpan(list, nameAt, nameAt + 2),
      context,
      'write WHERE [NOT] EXISTS (…)',
    );
  }
  const { name } = identifier(token, nameAt, context);
  const close = list.partner(nameAt + 1);
  if (!isPunctuation(list.at(nameAt + 1), '(') || close === undefined) {
    return { alias: name, columnAliases: [], next: nameAt + 1 };
  }
  return { alias: name, columnAliases: names(nameAt + 1, close, context), next: close + 1 };
}

/** The names of `(a, b)`. */
export function names(open: number, close: number, context: ReaderContext): readonly string[] {
  const found: string[] = [];
  for (let at = open + 1; at < close; at += 2) {
    found.push(identifier(context.list.at(at), at, context).name);
    if (at + 1 < close && !isPunctuation(context.list.at(at + 1), ',')) throw unexpectedToken(context.list, at + 1);
  }
  return found;
}

function using(at: number, shown: ShownText, context: ReaderContext): number {
  const { list, standIns } = context;
  const close = list.partner(at + 1);
  if (!isPunctuation(list.at(at + 1), '(') || close === undefined) throw unexpectedToken(list, at + 1);
  shown.add('USING (', at);
  for (const [i, name] of names(at + 1, close, context).entries()) {
    if (i > 0) shown.add(',', at);
    shown.add(standIns.add({ kind: 'column', name }, rangeSpan(list, at, close + 1)), at);
  }
  shown.add(')', close);
  return close + 1;
}

/** The FROM of a SELECT of the parser: a flat list in which what has no join starts anew. */
export function fromOf(value: unknown, span: Span, context: ReaderContext): readonly TableRef[] {
  if (isEmpty(value)) return [];
  if (!Array.isArray(value)) throw unsupported('this FROM', span);
  const tables: TableRef[] = [];
  for (const item of value) {
    const node = rawNode(item, { span });
    const extra = Object.entries(node).find(([key, part]) => !FROM_PARTS.includes(key) && !isEmpty(part));
    if (extra || typeof node.table !== 'string') throw unsupported('this table of the dialect', span);
    const { table: right, join } = context.standIns.take(node.table, span, 'table');
    if (isEmpty(node.join)) {
      if (join || !isEmpty(node.on) || !isEmpty(node.using)) throw unsupported('this join of the dialect', span);
      tables.push(right);
      continue;
    }
    const left = tables.pop();
    if (!left) throw unsupported('this join of the dialect', span);
    tables.push(joined(left, right, join, node, span, context));
  }
  return tables;
}

const FROM_PARTS = ['table', 'join', 'on', 'using', 'surround', 'loc'];
const TYPES: Readonly<Record<string, JoinTable['type']>> = {
  'INNER JOIN': 'inner',
  'LEFT JOIN': 'left',
  'RIGHT JOIN': 'right',
  'FULL JOIN': 'full',
};

function joined(
  left: TableRef,
  right: TableRef,
  join: 'cross' | 'natural' | null,
  node: Readonly<Record<string, unknown>>,
  around: Span,
  context: ReaderContext,
): JoinTable {
  const type = TYPES[String(node.join)];
  const span = context.list.balanced({ start: left.span.start, end: right.span.end });
  const hasCondition = !isEmpty(node.on) || !isEmpty(node.using);
  if (type === undefined || hasCondition === (join !== null)) {
    throw unsupported(
      hasCondition ? 'this join with a condition' : 'a join without a condition',
      span,
      'write CROSS JOIN',
    );
  }
  const condition = joinCondition(join, node, around, context);
  return { kind: 'join', type: join === 'cross' ? 'cross' : type, left, right, condition, span };
}

function joinCondition(
  join: 'cross' | 'natural' | null,
  node: Readonly<Record<string, unknown>>,
  span: Span,
  context: ReaderContext,
): JoinTable['condition'] {
  if (join !== null) return join === 'natural' ? { kind: 'natural' } : null;
  if (!isEmpty(node.on)) return { kind: 'on', expr: boundExpr(node.on, span, context) };
  if (!Array.isArray(node.using)) throw unsupported('this USING', span);
  const columns = node.using.map((item: unknown) => {
    const name = typeof item === 'string' ? item : rawNode(item, { span }).value;
    if (typeof name !== 'string') throw unsupported('this USING', span);
    return context.standIns.take(name, span, 'column').name;
  });
  return { kind: 'using', columns };
}
