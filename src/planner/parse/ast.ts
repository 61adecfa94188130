import type { Span } from '../../common/errors.ts';
import type { AstExpr, NamedArgument, StringLiteral } from './ast-expr.ts';

/** What the user wrote, statement by statement; spans are UTF-16 offsets into the text given to `parse`. */
export type Statement =
  | SelectStatement
  | ExplainStatement
  | DescribeStatement
  | ShowStatement
  | SetStatement
  | ResetStatement
  | CreateViewStatement
  | DropViewStatement
  | CopyStatement
  | CreateTableStatement;

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

/** `DESCRIBE table` is the one of `SELECT * FROM table`. */
export interface DescribeStatement extends AstNode {
  readonly kind: 'describe';
  readonly query: Query;
}

/** SHOW TABLES, FUNCTIONS, SETTINGS (or ALL); SHOW name has the name of one setting. */
export type ShowStatement = AstNode & { readonly kind: 'show' } & (
    | { readonly what: 'tables' | 'functions' | 'settings' }
    | { readonly what: 'setting'; readonly name: Identifier }
  );

/** `SET name = value`, `SET name TO value`. */
export interface SetStatement extends AstNode {
  readonly kind: 'set';
  /** `a.b` is one name. */
  readonly name: Identifier;
  /** Text without quotes; a number with its sign and a word (true, on, …) as written. */
  readonly value: StringLiteral;
}

/** `RESET name`, `SET name = DEFAULT`. */
export interface ResetStatement extends AstNode {
  readonly kind: 'reset';
  /** null: RESET ALL. */
  readonly name: Identifier | null;
}

/** CREATE [OR REPLACE] [TEMP] VIEW name [(columns)] AS query; the span of the query is the text to keep. */
export interface CreateViewStatement extends AstNode {
  readonly kind: 'createView';
  readonly path: readonly Identifier[];
  readonly columns: readonly string[];
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly query: Query;
}

export interface DropViewStatement extends AstNode {
  readonly kind: 'dropView';
  readonly paths: readonly (readonly Identifier[])[];
  readonly ifExists: boolean;
}

/** COPY query TO 'uri' (options). `COPY table (a, b)` is `COPY (SELECT a, b FROM table)`. */
export interface CopyStatement extends AstNode {
  readonly kind: 'copy';
  readonly query: Query;
  readonly uri: StringLiteral;
  readonly options: readonly StatementOption[];
}

/** CREATE [OR REPLACE] [TEMP] TABLE [IF NOT EXISTS] name [(columns)] [WITH (options)] AS query. */
export interface CreateTableStatement extends AstNode {
  readonly kind: 'createTable';
  readonly path: readonly Identifier[];
  readonly columns: readonly string[];
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly temporary: boolean;
  readonly options: readonly StatementOption[];
  readonly query: Query;
}

/** `FORMAT parquet`, `PARTITION_BY (a, b)`: the name in lower case; a bare option has the value ['true']. */
export interface StatementOption extends AstNode {
  readonly name: string;
  readonly values: readonly string[];
}

/** A query with what surrounds its body: WITH, ORDER BY, LIMIT, OFFSET. */
export interface Query extends AstNode {
  readonly with: readonly CommonTable[];
  readonly recursive: boolean;
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  /** ORDER BY ALL [DESC] [NULLS FIRST]: by every column from left to right; `orderBy` is empty then. */
  readonly orderByAll: Omit<OrderItem, 'expr'> | null;
  /** null: no limit. */
  readonly limit: AstExpr | null;
  /** FETCH FIRST n ROWS WITH TIES. */
  readonly withTies: boolean;
  readonly offset: AstExpr | null;
}

/** `name(columns) AS [[NOT] MATERIALIZED] (query)`. */
export interface CommonTable extends AstNode {
  readonly name: string;
  readonly columns: readonly string[];
  /** null when the query does not say. */
  readonly materialized: boolean | null;
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
  /** GROUP BY ALL: by every item without an aggregate; `groupBy` is empty then. */
  readonly groupByAll: boolean;
  readonly having: AstExpr | null;
  /** A condition over window functions. */
  readonly qualify: AstExpr | null;
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
  /** `list`: (a, b), which ROLLUP, CUBE and GROUPING SETS take as one; `empty`: (). */
  | {
      readonly kind: 'rollup' | 'cube' | 'sets' | 'list' | 'empty';
      readonly items: readonly GroupItem[];
      readonly span: Span;
    };

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

export type TableRef = NamedTable | FileTable | FunctionTable | SubqueryTable | JoinTable | SampleTable;

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

/** `read_parquet('…', option = value)`; the name in lower case. */
export interface FunctionTable extends Aliased {
  readonly kind: 'function';
  readonly name: string;
  readonly args: readonly AstExpr[];
  readonly namedArgs: readonly NamedArgument[];
  /** WITH ORDINALITY: a last column that counts the rows from 1. */
  readonly ordinality: boolean;
  /** LATERAL is written; a function may name earlier tables of FROM without it. */
  readonly lateral: boolean;
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
  /** `(a JOIN b ON …) AS j (x, y)`: then its tables cannot be named. */
  readonly alias?: string;
  readonly columnAliases?: readonly string[];
}

/** `table TABLESAMPLE method (percent) [REPEATABLE (seed)]`; the table carries the alias. */
export interface SampleTable extends AstNode {
  readonly kind: 'sample';
  readonly table: NamedTable | FileTable | FunctionTable | SubqueryTable;
  readonly method: 'bernoulli' | 'system';
  readonly percent: AstExpr;
  readonly seed: AstExpr | null;
}
