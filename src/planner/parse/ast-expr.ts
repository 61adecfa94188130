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
  | RowValue
  | ListValue
  | Subscript
  | FieldAccess
  | QuantifiedComparison
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
  /** `* EXCLUDE (a, b)`: columns left out. */
  readonly exclude: readonly Identifier[];
  /** `* REPLACE (expr AS a)`: columns with another value, in their place. */
  readonly replace: readonly { readonly expr: AstExpr; readonly name: Identifier }[];
}

/** `$1` has the key 1, as has the first `?`; `:day` and `$day` have the key 'day', spelt as written. */
export interface Parameter extends AstNode {
  readonly kind: 'parameter';
  readonly key: number | string;
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

/** `f(name => value)`, `f(name := value)`; in table functions also `f(name = value)`. */
export interface NamedArgument extends AstNode {
  readonly name: Identifier;
  readonly value: AstExpr;
}

/**
 * A scalar, aggregate or window function. Special forms are calls too:
 *
 * | form | call |
 * | --- | --- |
 * | COALESCE, NULLIF, GREATEST, LEAST, GROUPING | by these names in lower case |
 * | EXTRACT(f FROM x) | extract('f', x) |
 * | SUBSTRING(x FROM a FOR b), OVERLAY(x PLACING y FROM a FOR b) | substring(x, a, b), overlay(x, y, a, b) |
 * | POSITION(x IN y) | position(y, x) |
 * | TRIM([BOTH, LEADING, TRAILING] y FROM x) | btrim, ltrim, rtrim (x, y) |
 * | x AT TIME ZONE z | timezone(z, x) |
 * | x[1:2] | list_slice(x, 1, 2) |
 * | CURRENT_DATE, CURRENT_TIMESTAMP, … | by these names in lower case, without arguments |
 */
export interface FunctionCall extends AstNode {
  readonly kind: 'call';
  /** In lower case unless it was quoted. */
  readonly name: string;
  readonly args: readonly AstExpr[];
  /** They come after those by position. */
  readonly namedArgs: readonly NamedArgument[];
  /** `count(*)`. */
  readonly star: boolean;
  readonly distinct: boolean;
  readonly orderBy: readonly OrderItem[];
  /** `WITHIN GROUP (ORDER BY …)` instead of ORDER BY inside the parentheses. */
  readonly withinGroup: boolean;
  readonly filter: AstExpr | null;
  /** IGNORE NULLS, RESPECT NULLS; null when neither is written. */
  readonly nulls: 'ignore' | 'respect' | null;
  readonly over: WindowSpec | null;
}

export interface CaseExpression extends AstNode {
  readonly kind: 'case';
  /** `CASE operand WHEN …`. */
  readonly operand: AstExpr | null;
  readonly branches: readonly { readonly when: AstExpr; readonly result: AstExpr }[];
  readonly otherwise: AstExpr | null;
}

/** `CAST(x AS t)`, `x::t`, `date '…'`, `TRY_CAST(x AS t)`. */
export interface CastExpression extends AstNode {
  readonly kind: 'cast';
  readonly operand: AstExpr;
  readonly type: SqlType;
  /** TRY_CAST: NULL where the cast fails. */
  readonly try: boolean;
}

/** `(a, b)`, `ROW(a, b)`; `ROW(a)` and `ROW()` too. */
export interface RowValue extends AstNode {
  readonly kind: 'row';
  readonly args: readonly AstExpr[];
}

/** `ARRAY[a, b]`, `[a, b]`. */
export interface ListValue extends AstNode {
  readonly kind: 'list';
  readonly elements: readonly AstExpr[];
}

/** `a[1]`: the first element has the index 1. */
export interface Subscript extends AstNode {
  readonly kind: 'subscript';
  readonly operand: AstExpr;
  readonly index: AstExpr;
}

/** `(s).field`, `f(x).field`, `a[1].field`. A bare `s.field` is a ColumnReference. */
export interface FieldAccess extends AstNode {
  readonly kind: 'field';
  readonly operand: AstExpr;
  readonly field: Identifier;
}

/** `x = ANY (list)`, `x > ALL (list)`: the right side is a value of a list type, no query. */
export interface QuantifiedComparison extends AstNode {
  readonly kind: 'quantified';
  readonly quantifier: 'any' | 'all';
  readonly operator: string;
  readonly operand: AstExpr;
  readonly list: AstExpr;
}

/** A query inside an expression; the operand of ANY and ALL may be a RowValue. `IN (query)` is `= ANY`, NOT IN is its NOT. */
export interface SubqueryExpression extends AstNode {
  readonly kind: 'subquery';
  readonly form: /** `array`: ARRAY(query). */
    | { readonly kind: 'scalar' | 'exists' | 'array' }
    | { readonly kind: 'any' | 'all'; readonly operator: string; readonly operand: AstExpr };
  readonly query: Query;
}
