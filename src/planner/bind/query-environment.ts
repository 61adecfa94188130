import type { Column } from '../../operators/expr/expr.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { Query } from '../parse/ast.ts';
import type { BindContext } from './bind-context.ts';
import type { ExprEnvironment } from './bind-expr.ts';
import type { ResolvedTables } from './resolve-tables.ts';
import type { Names } from './scope.ts';

/** A name that WITH gives a query. */
export interface KnownTable {
  readonly kind: 'common' | 'working';
  readonly name: string;
  /** Number of its LogicalWith or LogicalRecursive. */
  readonly table: number;
  /** What a reading of it delivers. */
  readonly columns: readonly Column[];
  /** For a working table: readings so far. */
  readonly readings: { count: number };
  /** For a working table: what it stands in that it may not stand in; null where it may be read. */
  readonly forbiddenIn: string | null;
}

/** Where a query stands: what it can name besides its own FROM. */
export interface QueryEnvironment {
  readonly context: BindContext;
  readonly tables: ResolvedTables;
  /** The innermost last. */
  readonly known: readonly KnownTable[];
  /** Views whose queries this one stands in. */
  readonly views: readonly string[];
  /** Names that WITH gives later than here: for the hint. */
  readonly later: readonly string[];
  /** The expression, or the LATERAL, that the query stands in; null for a query that names nothing outside. */
  readonly outer: ExprEnvironment | null;
  /** What LATERAL would let it name: for the hint. */
  readonly hidden: Names | null;
  /** Binds a query inside: here to keep the modules free of cycles. */
  readonly bindQuery: (query: Query, env: QueryEnvironment) => LogicalPlan;
}

/** The environment of a part in which the working table of WITH RECURSIVE may not be read. */
export function forbidding(env: QueryEnvironment, forbiddenIn: string): QueryEnvironment {
  if (!env.known.some(({ kind }) => kind === 'working')) return env;
  const known = env.known.map((entry) =>
    entry.kind === 'working' && entry.forbiddenIn === null ? { ...entry, forbiddenIn } : entry,
  );
  return { ...env, known };
}
