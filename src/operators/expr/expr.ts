import type { Span } from '../../common/errors.ts';
import type { Field, SqlType, Value } from '../../common/types.ts';

declare const columnId: unique symbol;
/** Identifies a column within one query; never reused, never a position. */
export type ColumnId = number & { readonly [columnId]: true };

/** A column that an operator delivers: what it is called, what it holds. */
export interface Column {
  readonly id: ColumnId;
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
}

/** What a column holds, without its identity. */
export const fieldOf = ({ name, type, nullable }: Column): Field => ({ name, type, nullable });

/**
 * A typed expression: names are resolved, casts explicit, functions are names of the registry (`functions.ts`). Plain data.
 * NULL logic is three-valued throughout. The arguments of a call have exactly the types its overload declares.
 */
export type Expr =
  | ColumnExpr
  | LiteralExpr
  | CallExpr
  | CastExpr
  | CaseExpr
  | LogicalExpr
  | NotExpr
  | IsNullExpr
  | InListExpr;

interface ExprBase {
  readonly type: SqlType;
  /** Where in the query text it stands, for errors at run time. */
  readonly span?: Span;
}

export interface ColumnExpr extends ExprBase {
  readonly kind: 'column';
  readonly id: ColumnId;
  readonly name: string;
}

export interface LiteralExpr extends ExprBase {
  readonly kind: 'literal';
  readonly value: Value;
}

/** A scalar function or operator of the registry, comparisons and arithmetic included: `=`, `+`, `lower`. */
export interface CallExpr extends ExprBase {
  readonly kind: 'call';
  readonly function: string;
  readonly args: readonly Expr[];
}

export interface CastExpr extends ExprBase {
  readonly kind: 'cast';
  readonly input: Expr;
  /** TRY_CAST: NULL where CAST would raise. */
  readonly try: boolean;
}

/** CASE WHEN; arms are tried in order and an arm not taken is never evaluated. COALESCE and NULLIF become this. */
export interface CaseExpr extends ExprBase {
  readonly kind: 'case';
  readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
  readonly otherwise: Expr | null;
}

export function caseBranch(when: Expr, value: Expr): CaseExpr['branches'][number] {
  // biome-ignore lint/suspicious/noThenProperty: the name is SQL's, and a plan is never awaited
  return { when, then: value };
}

/** AND and OR of two or more; evaluation stops at the first argument that decides. */
export interface LogicalExpr extends ExprBase {
  readonly kind: 'and' | 'or';
  readonly args: readonly Expr[];
}

export interface NotExpr extends ExprBase {
  readonly kind: 'not';
  readonly input: Expr;
}

/** `IS NULL`, or `IS NOT NULL` when negated. */
export interface IsNullExpr extends ExprBase {
  readonly kind: 'isNull';
  readonly input: Expr;
  readonly negated: boolean;
}

/** `input IN (list)`; all of one type. */
export interface InListExpr extends ExprBase {
  readonly kind: 'inList';
  readonly input: Expr;
  readonly list: readonly Expr[];
  readonly negated: boolean;
}
