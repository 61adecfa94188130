import type { SqlType } from '../../common/types.ts';
import type { AstNode, Identifier, OrderItem, Query, WindowSpec } from './ast.ts';

/** An expression as written: names unresolved, types unknown. */
export type AstExpr =
  | NumberLiteral
  | StringLiteral
  | BooleanLiteral
  | NullLiteral
  | IntervalLiteral
  | ColumnReference
  | Star
  | Parameter
  | UnaryOperation
  | BinaryOperation
  | LogicalOperation
  | NotOperation
  | LikeOperation
  | BetweenOperation
  | InListOperation
  | NullTest
  | TruthTest
  | DistinctTest
  | FunctionCall
  | CaseExpression
  | CastExpression
  | SubqueryExpression;

/** The text keeps every digit; the sign of a negative literal is part of it. */
export interface NumberLiteral extends AstNode {
  readonly kind: 'number';
  readonly text: string;
}

export interface StringLiteral extends AstNode {
  readonly kind: 'string';
  readonly value: string;
}

export interface BooleanLiteral extends AstNode {
  readonly kind: 'boolean';
  readonly value: boolean;
}

export interface NullLiteral extends AstNode {
  readonly kind: 'null';
}

/** `INTERVAL '90' DAY`: the fields say how a bare number is read and what is cut off; none: all. */
export interface IntervalLiteral extends AstNode {
  readonly kind: 'interval';
  readonly text: string;
  readonly fields: readonly IntervalField[];
}

export type IntervalField = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

/** `column`, `table.column`, `schema.table.column`. */
export interface ColumnReference extends AstNode {
  readonly kind: 'column';
  readonly path: readonly Identifier[];
}

/** `*` or `table.*`. */
export interface Star extends AstNode {
  readonly kind: 'star';
  readonly qualifier: readonly Identifier[];
}

/** `$1` has index 1. */
export interface Parameter extends AstNode {
  readonly kind: 'parameter';
  readonly index: number;
}

export interface UnaryOperation extends AstNode {
  readonly kind: 'unary';
  readonly operator: string;
  readonly operand: AstExpr;
}

/** Arithmetic, comparison, `||` and every other infix operator. */
export interface BinaryOperation extends AstNode {
  readonly kind: 'binary';
  readonly operator: string;
  readonly left: AstExpr;
  readonly right: AstExpr;
}

/** A chain of AND or of OR: two arguments or more. */
export interface LogicalOperation extends AstNode {
  readonly kind: 'and' | 'or';
  readonly args: readonly AstExpr[];
}

export interface NotOperation extends AstNode {
  readonly kind: 'not';
  readonly operand: AstExpr;
}

export interface LikeOperation extends AstNode {
  readonly kind: 'like';
  readonly operator: 'like' | 'ilike' | 'similar to';
  readonly negated: boolean;
  readonly input: AstExpr;
  readonly pattern: AstExpr;
  readonly escape: AstExpr | null;
}

export interface BetweenOperation extends AstNode {
  readonly kind: 'between';
  readonly negated: boolean;
  readonly symmetric: boolean;
  readonly input: AstExpr;
  readonly low: AstExpr;
  readonly high: AstExpr;
}

export interface InListOperation extends AstNode {
  readonly kind: 'inList';
  readonly negated: boolean;
  readonly input: AstExpr;
  readonly list: readonly AstExpr[];
}

/** IS [NOT] NULL. */
export interface NullTest extends AstNode {
  readonly kind: 'isNull';
  readonly negated: boolean;
  readonly operand: AstExpr;
}

/** IS [NOT] TRUE, FALSE, UNKNOWN. */
export interface TruthTest extends AstNode {
  readonly kind: 'isTruth';
  readonly truth: 'true' | 'false' | 'unknown';
  readonly negated: boolean;
  readonly operand: AstExpr;
}

/** IS [NOT] DISTINCT FROM; `negated` is the form with NOT. */
export interface DistinctTest extends AstNode {
  readonly kind: 'isDistinct';
  readonly negated: boolean;
  readonly left: AstExpr;
  readonly right: AstExpr;
}

/** A scalar, aggregate or window function. Special forms (COALESCE, EXTRACT, SUBSTRING … FROM) are calls too. */
export interface FunctionCall extends AstNode {
  readonly kind: 'call';
  /** In lower case unless it was quoted. */
  readonly name: string;
  readonly args: readonly AstExpr[];
  /** `count(*)`. */
  readonly star: boolean;
  readonly distinct: boolean;
  readonly orderBy: readonly OrderItem[];
  /** `WITHIN GROUP (ORDER BY …)` instead of ORDER BY inside the parentheses. */
  readonly withinGroup: boolean;
  readonly filter: AstExpr | null;
  readonly over: WindowSpec | null;
}

export interface CaseExpression extends AstNode {
  readonly kind: 'case';
  /** `CASE operand WHEN …`. */
  readonly operand: AstExpr | null;
  readonly branches: readonly { readonly when: AstExpr; readonly result: AstExpr }[];
  readonly otherwise: AstExpr | null;
}

/** `CAST(x AS t)`, `x::t`, `date '…'`. */
export interface CastExpression extends AstNode {
  readonly kind: 'cast';
  readonly operand: AstExpr;
  readonly type: SqlType;
}

/** A query inside an expression. */
export interface SubqueryExpression extends AstNode {
  readonly kind: 'subquery';
  readonly form:
    | { readonly kind: 'scalar' | 'exists' }
    | { readonly kind: 'any' | 'all'; readonly operator: string; readonly operand: AstExpr };
  readonly query: Query;
}
