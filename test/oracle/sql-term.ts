import type { SqlType, Value } from '../../src/common/types.ts';
import { BOOLEAN, INTEGER, NULL, sameType, typeName, VARCHAR } from '../../src/common/types.ts';
import { commonType } from '../../src/operators/expr/coerce.ts';
import type { CaseExpr, ColumnId, Expr } from '../../src/operators/expr/expr.ts';
import { resolveFunction } from '../../src/operators/expr/functions.ts';
import { decimalText } from '../../src/operators/expr/ranges.ts';
import { valueText } from '../../src/operators/expr/value-text.ts';
import { castTo, literal } from './expr-builder.ts';

/** What a column of a query is written as: its name, or the aggregate it stands for. */
export type ColumnText = (name: string) => string;

/**
 * An expression twice: as a user writes it, and as it is meant, typed and cast by the rules of the documentation. The second
 * is what DuckDB is asked.
 */
export interface Term {
  readonly expr: Expr;
  readonly sql: (column: ColumnText) => string;
  readonly args: readonly Term[];
  /** The same with other arguments. Throws when there is no such expression. */
  readonly rebuild: (args: readonly Term[]) => Term;
  /** No number it computes is larger, or smaller than the negative; 0 for what is no number. */
  readonly bound: number;
  /** DuckDB computes the last digits otherwise. */
  readonly approximate: boolean;
}

type Text = (args: readonly string[]) => string;

interface Made {
  readonly expr: Expr;
  readonly text: Text;
  readonly bound?: number;
  readonly approximate?: boolean;
}

/** A term from its arguments; `make` is run again when they are replaced. */
function term(args: readonly Term[], make: (exprs: readonly Expr[], args: readonly Term[]) => Made): Term {
  const {
    expr,
    text,
    bound = 0,
    approximate = false,
  } = make(
    args.map((arg) => arg.expr),
    args,
  );
  return {
    expr,
    sql: (column) => text(args.map((arg) => arg.sql(column))),
    args,
    rebuild: (others) => term(others, make),
    bound,
    approximate: approximate || args.some((arg) => arg.approximate),
  };
}

const leaf = (expr: Expr, sql: Term['sql'], bound: number, approximate = false): Term => {
  const self: Term = { expr, sql, args: [], rebuild: () => self, bound, approximate };
  return self;
};

export const columnTerm = (name: string, type: SqlType, bound: number, approximate = false): Term =>
  leaf({ kind: 'column', id: 0 as ColumnId, name, type }, (column) => column(name), bound, approximate);

/** `bare`: as a text that the other side of a comparison gives its type. */
export function literalTerm(value: Value, type: SqlType, bare = false): Term {
  const text = bare && value !== null ? quoted(valueText(type)(value)) : literalText(value, type);
  return leaf(literal(value, type), () => text, magnitude(value, type));
}

function magnitude(value: Value, type: SqlType): number {
  if (typeof value === 'number') return Math.abs(value);
  if (typeof value !== 'bigint') return 0;
  return Math.abs(Number(value)) / (type.kind === 'decimal' ? 10 ** type.scale : 1);
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

function literalText(value: Value, type: SqlType): string {
  if (value === null) return type.kind === 'null' ? 'NULL' : `CAST(NULL AS ${typeName(type)})`;
  switch (type.kind) {
    case 'integer':
    case 'boolean':
      return String(value);
    case 'varchar':
      return quoted(value as string);
    case 'date':
    case 'timestamp':
    case 'timestamptz':
    case 'interval':
      return `${type.kind} ${quoted(valueText(type)(value))}`;
    case 'decimal': {
      const text = decimalText(value as bigint, type.scale);
      return text.replace(/^-?(0\.)?/, '').replace('.', '').length === type.precision && type.scale > 0
        ? text
        : `CAST('${text}' AS ${typeName(type)})`;
    }
    case 'double':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? (value as number).toExponential()
        : `CAST('${Object.is(value, -0) ? '-0' : value}' AS double)`;
    default:
      return `CAST(${quoted(Object.is(value, -0) ? '-0' : valueText(type)(value))} AS ${typeName(type)})`;
  }
}

const INFIX = /^(?:[-+*/%]|\|\||=|<>|<=?|>=?)$/;
const LIKES: Readonly<Record<string, string>> = {
  like: 'LIKE',
  not_like: 'NOT LIKE',
  ilike: 'ILIKE',
  not_ilike: 'NOT ILIKE',
  is_distinct_from: 'IS DISTINCT FROM',
  is_not_distinct_from: 'IS NOT DISTINCT FROM',
};

function callText(name: string, args: readonly string[]): string {
  const [a = '', b = ''] = args;
  if (INFIX.test(name)) return `(${a} ${name} ${b})`;
  if (LIKES[name]) return `(${a} ${LIKES[name]} ${b})`;
  if (name === 'negate') return `(- ${a})`;
  if (name.startsWith('extract_')) return `extract(${name.slice('extract_'.length)} FROM ${a})`;
  return `${name}(${args.join(', ')})`;
}

/** A function or operator. Throws when no overload fits. */
export const callTerm = (name: string, args: readonly Term[], bound = 0, approximate = false): Term =>
  term(args, (exprs) => ({ expr: boundCall(name, exprs), text: (texts) => callText(name, texts), bound, approximate }));

function boundCall(name: string, exprs: readonly Expr[]): Expr {
  const resolved = resolveFunction(
    name,
    exprs.map((expr) => expr.type),
  );
  if (!resolved) throw new Error(`no ${name}(${exprs.map((expr) => typeName(expr.type)).join(', ')})`);
  const cast = exprs.map((expr, i) => typed(expr, resolved.argTypes[i] as SqlType));
  return { kind: 'call', function: name, args: cast, type: resolved.type };
}

const typed = (expr: Expr, type: SqlType): Expr =>
  expr.kind === 'literal' && expr.value === null ? literal(null, type) : castTo(expr, type);

/** All in their common type. */
function common(exprs: readonly Expr[]): { readonly type: SqlType; readonly exprs: readonly Expr[] } {
  const found = commonType(exprs.map((expr) => expr.type));
  if (!found) throw new Error('no common type');
  const type = found.kind === 'null' ? VARCHAR : found;
  return { type, exprs: exprs.map((expr) => typed(expr, type)) };
}

const largest = (args: readonly Term[]) => Math.max(0, ...args.map(({ bound }) => bound));

export const castTerm = (input: Term, type: SqlType): Term =>
  term([input], ([expr], [arg]) => ({
    expr: sameType((expr as Expr).type, type)
      ? (expr as Expr)
      : { kind: 'cast', input: expr as Expr, type, try: false },
    text: ([text]) => `CAST(${text} AS ${typeName(type)})`,
    bound: arg?.bound ?? 0,
  }));

export const logicalTerm = (kind: 'and' | 'or', args: readonly Term[]): Term =>
  term(args, (exprs) => ({
    expr: { kind, args: exprs.map((expr) => typed(expr, BOOLEAN)), type: BOOLEAN },
    text: (texts) => `(${texts.join(` ${kind.toUpperCase()} `)})`,
  }));

export const notTerm = (input: Term): Term =>
  term([input], ([expr]) => ({
    expr: { kind: 'not', input: typed(expr as Expr, BOOLEAN), type: BOOLEAN },
    text: ([text]) => `(NOT ${text})`,
  }));

export const isNullTerm = (input: Term, negated: boolean): Term =>
  term([input], ([expr]) => ({
    expr: { kind: 'isNull', input: expr as Expr, negated, type: BOOLEAN },
    text: ([text]) => `(${text} IS ${negated ? 'NOT ' : ''}NULL)`,
  }));

export const truthTerm = (input: Term, truth: boolean, negated: boolean): Term =>
  term([input], ([expr]) => ({
    expr: boundCall(negated ? 'is_distinct_from' : 'is_not_distinct_from', [expr as Expr, literal(truth, BOOLEAN)]),
    text: ([text]) => `(${text} IS ${negated ? 'NOT ' : ''}${String(truth).toUpperCase()})`,
  }));

export const inTerm = (input: Term, list: readonly Term[], negated: boolean): Term =>
  term([input, ...list], (all) => {
    const { exprs } = common(all);
    const [first, ...rest] = exprs;
    return {
      expr: { kind: 'inList', input: first as Expr, list: rest, negated, type: BOOLEAN },
      text: ([text, ...texts]) => `(${text} ${negated ? 'NOT ' : ''}IN (${texts.join(', ')}))`,
    };
  });

export const betweenTerm = (input: Term, low: Term, high: Term, negated: boolean): Term =>
  term([input, low, high], ([value, from, to]) => {
    const args = [boundCall('>=', [value as Expr, from as Expr]), boundCall('<=', [value as Expr, to as Expr])];
    const between: Expr = { kind: 'and', args, type: BOOLEAN };
    return {
      expr: negated ? { kind: 'not', input: between, type: BOOLEAN } : between,
      text: ([a, b, c]) => `(${a} ${negated ? 'NOT ' : ''}BETWEEN ${b} AND ${c})`,
    };
  });

const arm = (when: Expr, value: Expr) =>
  Object.fromEntries([
    ['when', when],
    ['then', value],
  ]) as unknown as CaseExpr['branches'][number];

/** Conditions and results in turn, then ELSE when there is one. */
export const caseTerm = (args: readonly Term[]): Term =>
  term(args, (exprs, terms) => {
    const isResult = (i: number) => i % 2 === 1 || i === exprs.length - 1;
    const { type, exprs: results } = common(exprs.filter((_, i) => isResult(i)));
    const count = Math.floor(exprs.length / 2);
    const branches = results.slice(0, count).map((value, i) => arm(typed(exprs[2 * i] as Expr, BOOLEAN), value));
    return {
      expr: { kind: 'case', branches, otherwise: results[count] ?? null, type },
      text: (texts) => {
        const arms = branches.map((_, i) => `WHEN ${texts[2 * i]} THEN ${texts[2 * i + 1]}`);
        return `(CASE ${arms.join(' ')}${results.length > count ? ` ELSE ${texts.at(-1)}` : ''} END)`;
      },
      bound: largest(terms.filter((_, i) => isResult(i))),
    };
  });

export const coalesceTerm = (args: readonly Term[]): Term =>
  term(args, (raw, terms) => {
    const { type, exprs } = common(raw);
    const branches = exprs
      .slice(0, -1)
      .map((expr) => arm({ kind: 'isNull', input: expr, negated: true, type: BOOLEAN }, expr));
    return {
      expr: { kind: 'case', branches, otherwise: exprs.at(-1) as Expr, type },
      text: (texts) => `coalesce(${texts.join(', ')})`,
      bound: largest(terms),
    };
  });

export const nullifTerm = (value: Term, other: Term): Term =>
  term([value, other], ([a, b], [first]) => {
    const { type } = a as Expr;
    const branches = [arm(boundCall('=', [a as Expr, b as Expr]), literal(null, type))];
    return {
      expr: { kind: 'case', branches, otherwise: a as Expr, type },
      text: (texts) => `nullif(${texts.join(', ')})`,
      bound: first?.bound ?? 0,
    };
  });

export const NULL_TERM: Term = literalTerm(null, NULL);
export const intTerm = (value: number): Term => literalTerm(value, INTEGER);
