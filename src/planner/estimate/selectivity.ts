import { assertNever } from '../../common/errors.ts';
import type { Value } from '../../common/types.ts';
import type { CallExpr, Column, ColumnId, Expr, LiteralExpr } from '../../operators/expr/expr.ts';
import { compareValues } from '../../parquet/compare-values.ts';
import { conjuncts } from '../expr/build.ts';
import { type ColumnFacts, UNKNOWN_EQUALITY, UNKNOWN_RANGE } from './column-facts.ts';
import { distinctOf } from './distinct.ts';
import { belowShare, rangeShare } from './range-share.ts';

/** The rows that a predicate is asked of. */
export interface FactsOf {
  readonly rows: number;
  facts(column: Pick<Column, 'id' | 'type'>): ColumnFacts;
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);

/** Share of texts that have a given part somewhere, or begin with it. */
const CONTAINS = 0.1;
const BEGINS = 0.05;

/**
 * Share of the rows for which a predicate is true, from 0 to 1. Conditions on different columns count as independent: those
 * that hang together for certain, the two ends of a range, are taken together first, and a guess at the rest of them would be
 * wrong as often in the other direction. Never quite 0: a plan must not rest on there being no row.
 */
export function selectivity(predicate: Expr, input: FactsOf): number {
  const least = 1 / Math.max(2, 2 * input.rows);
  return Math.min(1, Math.max(least, share(predicate, input)));
}

function share(predicate: Expr, input: FactsOf): number {
  switch (predicate.kind) {
    case 'and':
      return conjunctionShare(conjuncts(predicate), input);
    case 'or':
      return 1 - predicate.args.reduce((none, arg) => none * (1 - share(arg, input)), 1);
    case 'not':
      return Math.max(0, 1 - share(predicate.input, input) - nullShare(predicate.input, input));
    case 'literal':
      return predicate.value === true ? 1 : 0;
    case 'column':
      return 0.5;
    case 'isNull': {
      const nulls = nullShare(predicate.input, input);
      return predicate.negated ? 1 - nulls : nulls;
    }
    case 'inList': {
      const items = new Set(predicate.list.map((item) => (item.kind === 'literal' ? String(item.value) : item))).size;
      const inside = Math.min(1, items * equalityShare(predicate.input, input));
      return predicate.negated ? Math.max(0, 1 - inside - nullShare(predicate.input, input)) : inside;
    }
    case 'call':
      return COMPARISONS.has(predicate.function) ? comparisonShare(predicate, input) : callShare(predicate, input);
    case 'case':
    case 'cast':
      return UNKNOWN_RANGE;
    default:
      return assertNever(predicate);
  }
}

/** One end of a range that a column has to lie in. */
interface End {
  readonly column: Expr & { readonly kind: 'column' };
  readonly side: 'low' | 'high';
  readonly value: Value;
  readonly inclusive: boolean;
}

function conjunctionShare(all: readonly Expr[], input: FactsOf): number {
  const ends = new Map<ColumnId, End[]>();
  let product = 1;
  for (const conjunct of all) {
    const end = endOf(conjunct);
    if (end) ends.set(end.column.id, [...(ends.get(end.column.id) ?? []), end]);
    else product *= share(conjunct, input);
  }
  for (const list of ends.values()) product *= endsShare(list, input);
  return product;
}

function endsShare(ends: readonly End[], input: FactsOf): number {
  const [{ column }] = ends as [End];
  const facts = input.facts(column);
  return rangeShare(facts, column.type, {
    ...tightest(ends, 'low'),
    ...tightest(ends, 'high'),
  });
}

function tightest(ends: readonly End[], side: End['side']): { readonly [side: string]: End } {
  const [first, ...others] = ends.filter((end) => end.side === side);
  if (!first) return {};
  const sign = side === 'low' ? 1 : -1;
  const best = others.reduce((best, end) => (sign * compareValues(end.value, best.value) > 0 ? end : best), first);
  return { [side]: best };
}

const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** The end of a range that `column < literal` and the like name. */
function endOf(expr: Expr): End | null {
  if (expr.kind !== 'call' || !Object.hasOwn(MIRRORED, expr.function)) return null;
  const [left, right] = expr.args as [Expr, Expr];
  const [column, literal, operator] =
    left.kind === 'column' ? [left, right, expr.function] : [right, left, MIRRORED[expr.function] as string];
  if (column.kind !== 'column' || literal.kind !== 'literal' || !hasPlace(literal)) return null;
  const side = operator.startsWith('>') ? 'low' : 'high';
  return { column, side, value: literal.value, inclusive: operator.endsWith('=') };
}

const hasPlace = ({ value }: LiteralExpr) =>
  (typeof value === 'number' && !Number.isNaN(value)) || typeof value === 'bigint' || typeof value === 'string';

function comparisonShare(call: CallExpr, input: FactsOf): number {
  const [left, right] = call.args as [Expr, Expr];
  const isNull = (expr: Expr) => expr.kind === 'literal' && expr.value === null;
  if (isNull(left) || isNull(right)) return 0;
  if (call.function === '=' || call.function === '<>') {
    const equal = outsideBounds(left, right, input)
      ? 0
      : Math.min(equalityShare(left, input), equalityShare(right, input));
    return call.function === '=' ? equal : Math.max(0, 1 - equal - nullShare(left, input));
  }
  const end = endOf(call);
  if (end) return endsShare([end], input);
  if (left.kind !== 'column' || right.kind !== 'column') return UNKNOWN_RANGE;
  const below = belowShare(input.facts(left), input.facts(right)) ?? UNKNOWN_RANGE;
  return call.function.startsWith('<') ? below : 1 - below;
}

function outsideBounds(left: Expr, right: Expr, input: FactsOf): boolean {
  const [column, literal] = left.kind === 'column' ? [left, right] : [right, left];
  if (column.kind !== 'column' || literal.kind !== 'literal' || !hasPlace(literal)) return false;
  const { min, max } = input.facts(column);
  if (min === undefined || max === undefined) return false;
  return compareValues(literal.value, min) < 0 || compareValues(literal.value, max) > 0;
}

/** Share of the rows in which an expression has one given value. */
function equalityShare(expr: Expr, input: FactsOf): number {
  if (expr.kind === 'literal') return 1;
  const distinct = Math.max(1, Math.min(input.rows, distinctOf(expr, input)));
  return (1 - nullShare(expr, input)) / distinct;
}

function nullShare(expr: Expr, input: FactsOf): number {
  if (expr.kind === 'column') return input.facts(expr).nulls;
  if (expr.kind === 'cast') return nullShare(expr.input, input);
  return 0;
}

function callShare(call: CallExpr, input: FactsOf): number {
  const [subject, pattern] = call.args;
  switch (call.function) {
    case 'like':
    case 'ilike':
      return subject && pattern ? likeShare(subject, pattern, input) : UNKNOWN_EQUALITY;
    case 'not_like':
    case 'not_ilike':
      return subject && pattern
        ? Math.max(0, 1 - likeShare(subject, pattern, input) - nullShare(subject, input))
        : 1 - UNKNOWN_EQUALITY;
    case 'is_not_distinct_from':
      return Math.min(...call.args.map((arg) => equalityShare(arg, input)));
    case 'is_distinct_from':
      return 1 - Math.min(...call.args.map((arg) => equalityShare(arg, input)));
    case 'starts_with':
      return BEGINS;
    case 'contains':
    case 'ends_with':
      return CONTAINS;
    default:
      return UNKNOWN_RANGE;
  }
}

function likeShare(subject: Expr, pattern: Expr, input: FactsOf): number {
  if (pattern.kind !== 'literal' || typeof pattern.value !== 'string') return CONTAINS;
  const parts = pattern.value.split(/[%_]+/);
  if (parts.length === 1) return equalityShare(subject, input);
  const [first, ...others] = parts;
  const begins = first === '' ? 1 : BEGINS;
  return Math.max(equalityShare(subject, input), begins * CONTAINS ** others.filter((part) => part !== '').length);
}

/** The bounds of a column's values where conditions on it alone hold. */
export function boundsWithin(
  { min, max }: Pick<ColumnFacts, 'min' | 'max'>,
  own: readonly Expr[],
  column: ColumnId,
): Pick<ColumnFacts, 'min' | 'max'> {
  let [low, high] = [min, max];
  for (const conjunct of own) {
    const equal = equalLiteral(conjunct, column);
    if (equal) return { min: equal.value, max: equal.value };
    const end = endOf(conjunct);
    if (end?.column.id !== column) continue;
    if (end.side === 'low' && (low === undefined || compareValues(end.value, low) > 0)) low = end.value;
    if (end.side === 'high' && (high === undefined || compareValues(end.value, high) < 0)) high = end.value;
  }
  return { ...(low !== undefined && { min: low }), ...(high !== undefined && { max: high }) };
}

function equalLiteral(expr: Expr, column: ColumnId): LiteralExpr | null {
  if (expr.kind !== 'call' || expr.function !== '=') return null;
  const [left, right] = expr.args as [Expr, Expr];
  const [side, literal] = left.kind === 'column' ? [left, right] : [right, left];
  const fits = side.kind === 'column' && side.id === column && literal.kind === 'literal' && hasPlace(literal);
  return fits ? literal : null;
}
