import type { SqlType } from '../../src/common/types.ts';
import { BIGINT, isNumeric, typeName } from '../../src/common/types.ts';
import { resolveAggregate } from '../../src/operators/aggregate/functions.ts';
import { duckdbSql, duckdbType } from './duckdb-sql.ts';
import { castTo } from './expr-builder.ts';
import type { ColumnText, Term } from './sql-term.ts';

/** An aggregate call; count(*) has no argument. */
export interface Aggregate {
  readonly name: string;
  readonly arg: Term | null;
  readonly distinct: boolean;
  readonly filter: Term | null;
}

/** The keys are named k0, k1 …, the aggregates a0, a1 … in what stands above them. */
export interface Grouped {
  readonly keys: readonly Term[];
  readonly aggregates: readonly Aggregate[];
  readonly having: Term | null;
  /** Keys that stand alone in the select list are written as their position. */
  readonly byPosition: boolean;
}

export interface OrderKey {
  /** Position in the select list from 0, or an expression. */
  readonly by: number | Term;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** A query twice, as `Term` is an expression twice. */
export interface SqlQuery {
  readonly from: { readonly query: SqlQuery; readonly style: 'subquery' | 'with' } | null;
  readonly where: Term | null;
  readonly grouped: Grouped | null;
  /** Called c0, c1 … */
  readonly items: readonly Term[];
  readonly distinct: boolean;
  readonly order: readonly OrderKey[];
  readonly limit: number | null;
  readonly offset: number;
}

export function aggregateType({ name, arg }: Aggregate): SqlType {
  if (!arg) return BIGINT;
  const resolved = resolveAggregate(name, [arg.expr.type]);
  if (!resolved) throw new Error(`no ${name}(${typeName(arg.expr.type)})`);
  return resolved.type;
}

const direction = ({ descending, nullsFirst }: OrderKey) =>
  `${descending ? ' DESC' : ''} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;

/** A bare number would be a position. */
function keyText({ expr, sql }: Term, column: ColumnText): string {
  const text = sql(column);
  return /^[-( ]*[\d.]/.test(text) && isNumeric(expr.type) ? `CAST(${text} AS ${typeName(expr.type)})` : text;
}

function tail(query: SqlQuery, orderText: (key: Term) => string): string {
  const keys = query.order.map((key) => (typeof key.by === 'number' ? key.by + 1 : orderText(key.by)) + direction(key));
  return [
    keys.length > 0 ? ` ORDER BY ${keys.join(', ')}` : '',
    query.limit === null ? '' : ` LIMIT ${query.limit}`,
    query.offset === 0 ? '' : ` OFFSET ${query.offset}`,
  ].join('');
}

/** The text that Squall gets. */
export function squallText(query: SqlQuery): string {
  const { from, where, grouped, items, distinct } = query;
  const plain: ColumnText = (name) => name;
  const above: ColumnText = grouped ? (name) => groupedColumn(name, grouped, plain) : plain;
  const source = from === null ? 't' : from.style === 'with' ? 'q' : `(${squallText(from.query)}) AS q`;
  return [
    from?.style === 'with' ? `WITH q AS (${squallText(from.query)}) ` : '',
    `SELECT ${distinct ? 'DISTINCT ' : ''}${items.map((item, i) => `${item.sql(above)} AS c${i}`).join(', ')} FROM ${source}`,
    where ? ` WHERE ${where.sql(plain)}` : '',
    grouped && grouped.keys.length > 0 ? ` GROUP BY ${groupKeys(grouped, items, plain).join(', ')}` : '',
    grouped?.having ? ` HAVING ${grouped.having.sql(above)}` : '',
    tail(query, (key) => keyText(key, above)),
  ].join('');
}

function groupedColumn(name: string, { keys, aggregates }: Grouped, column: ColumnText): string {
  const index = Number(name.slice(1));
  const key = name.startsWith('k') ? keys[index] : undefined;
  if (key) return key.sql(column);
  const { name: call, arg, distinct, filter } = aggregates[index] as Aggregate;
  const argument = arg ? `${distinct ? 'DISTINCT ' : ''}${arg.sql(column)}` : '*';
  return `${call}(${argument})${filter ? ` FILTER (WHERE ${filter.sql(column)})` : ''}`;
}

function groupKeys({ keys, byPosition }: Grouped, items: readonly Term[], column: ColumnText): readonly string[] {
  return keys.map((key, i) => {
    const position = items.findIndex(({ expr }) => expr.kind === 'column' && expr.name === `k${i}`);
    return byPosition && position >= 0 ? String(position + 1) : keyText(key, column);
  });
}

/** The text that DuckDB gets: what is grouped, below; HAVING and the select list above it. */
export function duckdbText(query: SqlQuery): string {
  const { from, where, grouped, items, distinct } = query;
  const filter = where ? ` WHERE ${duckdbSql(where.expr)}` : '';
  const source = from === null ? 't' : `(${duckdbText(from.query)}) AS q`;
  const selected = items.map((item, i) => `${duckdbSql(item.expr)} AS c${i}`).join(', ');
  const having = grouped?.having ? ` WHERE ${duckdbSql(grouped.having.expr)}` : '';
  const rows = grouped ? `(${groupedText(grouped, source + filter)}) AS g${having}` : source + filter;
  const order = tail(query, (key) => duckdbSql(key.expr));
  return `SELECT ${distinct ? 'DISTINCT ' : ''}${selected} FROM ${rows}${order}`;
}

function groupedText({ keys, aggregates }: Grouped, rows: string): string {
  const columns = [
    ...keys.map((key, i) => `${duckdbSql(key.expr)} AS k${i}`),
    ...aggregates.map((aggregate, i) => `${duckdbAggregate(aggregate)} AS a${i}`),
  ];
  const positions = keys.map((_, i) => i + 1);
  return `SELECT ${columns.join(', ')} FROM ${rows}${keys.length > 0 ? ` GROUP BY ${positions.join(', ')}` : ''}`;
}

function duckdbAggregate(aggregate: Aggregate): string {
  const { name, arg, distinct, filter } = aggregate;
  const argType = arg ? resolveAggregate(name, [arg.expr.type])?.argTypes[0] : undefined;
  const argument = arg ? `${distinct ? 'DISTINCT ' : ''}${duckdbSql(castTo(arg.expr, argType as SqlType))}` : '*';
  const where = filter ? ` FILTER (WHERE ${duckdbSql(filter.expr)})` : '';
  return `CAST(${name}(${argument})${where} AS ${duckdbType(aggregateType(aggregate))})`;
}
