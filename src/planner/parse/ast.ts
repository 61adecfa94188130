import type { Span } from '../../common/errors.ts';
import type { AstExpr } from './ast-expr.ts';

/** What the user wrote, statement by statement; spans are UTF-16 offsets into the text given to `parse`. */
export type Statement = SelectStatement | ExplainStatement;

export interface AstNode {
  readonly span: Span;
}

/** A name as written, without its quotes. A quoted name matches exactly, an unquoted one without regard to case. */
export interface Identifier extends AstNode {
  readonly name: string;
  readonly quoted: boolean;
}

export interface SelectStatement extends AstNode {
  readonly kind: 'select';
  readonly query: Query;
}

export interface ExplainStatement extends AstNode {
  readonly kind: 'explain';
  readonly analyze: boolean;
  /** `(FORMAT json)`: names in lower case; a bare option has the value `true`. */
  readonly options: readonly { readonly name: string; readonly value: string }[];
  readonly statement: SelectStatement;
}

/** A query with what surrounds its body: WITH, ORDER BY, LIMIT, OFFSET. */
export interface Query extends AstNode {
  readonly with: readonly CommonTable[];
  readonly recursive: boolean;
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  /** null: no limit. */
  readonly limit: AstExpr | null;
  /** FETCH FIRST n ROWS WITH TIES. */
  readonly withTies: boolean;
  readonly offset: AstExpr | null;
}

/** `name(columns) AS (query)`. */
export interface CommonTable extends AstNode {
  readonly name: string;
  readonly columns: readonly string[];
  readonly query: Query;
}

export type QueryBody = SelectBody | SetOperation | ValuesBody;

export interface SelectBody extends AstNode {
  readonly kind: 'select';
  /** SELECT DISTINCT; `on` holds the expressions of DISTINCT ON. */
  readonly distinct: { readonly on: readonly AstExpr[] } | null;
  readonly items: readonly SelectItem[];
  /** Comma-separated. */
  readonly from: readonly TableRef[];
  readonly where: AstExpr | null;
  readonly groupBy: readonly GroupItem[];
  readonly having: AstExpr | null;
  readonly windows: readonly NamedWindow[];
}

export interface SetOperation extends AstNode {
  readonly kind: 'setOperation';
  readonly operator: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  readonly left: Query;
  readonly right: Query;
}

export interface ValuesBody extends AstNode {
  readonly kind: 'values';
  readonly rows: readonly (readonly AstExpr[])[];
}

export interface SelectItem extends AstNode {
  readonly expr: AstExpr;
  /** Name after AS. */
  readonly alias: string | null;
}

export type GroupItem =
  | { readonly kind: 'expr'; readonly expr: AstExpr; readonly span: Span }
  | { readonly kind: 'rollup' | 'cube' | 'sets' | 'empty'; readonly items: readonly GroupItem[]; readonly span: Span };

export interface OrderItem extends AstNode {
  readonly expr: AstExpr;
  readonly descending: boolean;
  /** null: the default, last for ascending and first for descending. */
  readonly nullsFirst: boolean | null;
}

export interface WindowSpec extends AstNode {
  /** `OVER name` or `OVER (name …)`. */
  readonly name: string | null;
  readonly partitionBy: readonly AstExpr[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: WindowFrame | null;
}

export interface NamedWindow extends AstNode {
  readonly name: string;
  readonly window: WindowSpec;
}

export interface WindowFrame {
  readonly unit: 'rows' | 'range' | 'groups';
  readonly start: FrameBound;
  readonly end: FrameBound;
  readonly exclude: 'currentRow' | 'group' | 'ties' | null;
}

export type FrameBound =
  | { readonly kind: 'unboundedPreceding' | 'currentRow' | 'unboundedFollowing' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: AstExpr };

export type TableRef = NamedTable | FileTable | FunctionTable | SubqueryTable | JoinTable;

interface Aliased extends AstNode {
  readonly alias: string | null;
  /** `AS t(a, b)`. */
  readonly columnAliases: readonly string[];
}

/** `schema.table`; parts from left to right. */
export interface NamedTable extends Aliased {
  readonly kind: 'table';
  readonly path: readonly Identifier[];
}

/** A string in table position: `FROM 's3://bucket/x/*.parquet'`. */
export interface FileTable extends Aliased {
  readonly kind: 'file';
  readonly uri: string;
}

/** `read_parquet('…')`; the name in lower case. */
export interface FunctionTable extends Aliased {
  readonly kind: 'function';
  readonly name: string;
  readonly args: readonly AstExpr[];
}

export interface SubqueryTable extends Aliased {
  readonly kind: 'subquery';
  readonly query: Query;
  readonly lateral: boolean;
}

export interface JoinTable extends AstNode {
  readonly kind: 'join';
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross';
  readonly left: TableRef;
  readonly right: TableRef;
  readonly condition:
    | { readonly kind: 'on'; readonly expr: AstExpr }
    | { readonly kind: 'using'; readonly columns: readonly string[] }
    | { readonly kind: 'natural' }
    | null;
}
