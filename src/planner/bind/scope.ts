import { BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import { didYouMean, listed } from '../near-names.ts';
import type { Identifier } from '../parse/ast.ts';
import type { ExprEnvironment } from './bind-expr.ts';
import { fieldOf } from './bind-nested.ts';

/** A column that can be named, or one that could be if its type were supported. */
export interface ScopeColumn {
  readonly name: string;
  /** A column; over two of them for the one that USING makes of both. */
  readonly expr: Expr;
  /** Why the column cannot be read. */
  readonly unsupported?: string;
}

/** One table of FROM. */
export interface ScopeTable {
  /** What qualifies its columns; null when nothing does. */
  readonly alias: string | null;
  /** `schema` of `schema.table`, from left to right; empty when there is an alias. */
  readonly qualifiers: readonly string[];
  readonly columns: readonly ScopeColumn[];
}

/** A column that its bare name means, and that `*` stands for. */
export interface VisibleColumn extends ScopeColumn {
  /** Alias of its table; null when it has none, or is of several. */
  readonly owner: string | null;
}

/** What can be named: tables, and columns without a table. USING makes one visible column of two. */
export interface Names {
  readonly tables: readonly ScopeTable[];
  readonly visible: readonly VisibleColumn[];
}

export interface ScopeOptions {
  /** Where the query stands whose names these are: names that it lacks are looked up there. */
  readonly outer?: ExprEnvironment | null;
  /** Names that could be used if LATERAL were written: for the hint. */
  readonly hidden?: Names | null;
}

/** Tables listed in a hint. */
const LISTED_TABLES = 4;

/** The tables whose columns a clause can name. */
export class Scope {
  readonly tables: readonly ScopeTable[];
  readonly visible: readonly VisibleColumn[];
  readonly outer: ExprEnvironment | null;
  readonly #hidden: Names | null;
  #byName: ReadonlyMap<string, readonly VisibleColumn[]> | null = null;
  #ids: ReadonlySet<ColumnId> | null = null;
  #used = false;

  constructor({ tables, visible }: Names = NOTHING, { outer = null, hidden = null }: ScopeOptions = {}) {
    this.tables = tables;
    this.visible = visible;
    this.outer = outer;
    this.#hidden = hidden;
  }

  /** Whether a name was found here. */
  get used(): boolean {
    return this.#used;
  }

  /** Whether the column is one of this scope, not of a query around it. */
  owns(id: ColumnId): boolean {
    if (!this.#ids) {
      const ids = new Set<ColumnId>();
      for (const { expr } of this.visible) collectColumns(expr, ids);
      for (const { columns } of this.tables) for (const { expr } of columns) collectColumns(expr, ids);
      this.#ids = ids;
    }
    return this.#ids.has(id);
  }

  /**
   * What the name means here, else in the queries around. Throws BindError SQ1102 (no such column), SQ1103 (several), SQ1101
   * (no such table).
   */
  resolve(path: readonly Identifier[], span: Span): Expr {
    for (const scope of this.#chain()) {
      const found = scope.find(path, span);
      if (found) return found;
    }
    this.#refuseWholeRow(path, span);
    throw this.#unknown(path, span);
  }

  /** `SELECT t FROM t`: a struct of the columns in other engines. */
  #refuseWholeRow(path: readonly Identifier[], span: Span): void {
    const [name, another] = path as readonly [Identifier, Identifier?];
    if (another || ![...this.#chain()].some((scope) => scope.#tablesOf(path).length > 0)) return;
    throw new UnsupportedError('SQ2001', `the row of table "${name.name}" as a value is not supported yet`, {
      span,
      hint: `write ${name.name}.*, or ROW(…) with its columns`,
    });
  }

  /** Like `resolve`, but here only; null when there is none. */
  find(path: readonly Identifier[], span: Span): Expr | null {
    const found = this.#findQualified(path, span) ?? this.#findVisible(path, span);
    if (found) this.#used = true;
    return found;
  }

  /** The tables that a qualifier means, here or in the queries around. Throws BindError SQ1101 when there is none. */
  qualified(qualifier: readonly Identifier[]): readonly ScopeTable[] {
    for (const scope of this.#chain()) {
      const found = scope.#tablesOf(qualifier);
      if (found.length > 0) {
        scope.#used = true;
        return found;
      }
    }
    throw this.#unknownTable(qualifier);
  }

  *#chain(): Generator<Scope> {
    for (let scope: Scope | undefined = this; scope; scope = scope.outer?.scope) yield scope;
  }

  #tablesOf(qualifier: readonly Identifier[]): readonly ScopeTable[] {
    const last = qualifier.at(-1) as Identifier;
    const before = qualifier.slice(0, -1);
    const named = preferExact(last, this.tables, (table) => table.alias);
    if (before.length === 0) return named;
    return named.filter(({ qualifiers }) => {
      const ends = qualifiers.slice(-before.length);
      return ends.length === before.length && before.every((part, i) => namesMatch(part, ends[i] as string));
    });
  }

  /** `table.column`, `schema.table.column`, and fields of such. */
  #findQualified(path: readonly Identifier[], span: Span): Expr | null {
    for (let parts = 1; parts < path.length; parts++) {
      const tables = this.#tablesOf(path.slice(0, parts));
      if (tables.length === 0) continue;
      const name = path[parts] as Identifier;
      const found = tables.flatMap(({ alias, columns }) =>
        preferExact(name, columns, (column) => column.name).map((column) => ({ ...column, owner: alias })),
      );
      if (found.length > 0) return access(only(found, name, span), path.slice(parts + 1), span);
      // A table hides those of its name further out, even if it lacks the column.
      if (parts === path.length - 1 && !this.#hasVisible(path[0] as Identifier)) throw this.#unknown(path, span);
    }
    return null;
  }

  /** `column`, and fields of it. */
  #findVisible(path: readonly Identifier[], span: Span): Expr | null {
    const [name, ...fields] = path as [Identifier, ...Identifier[]];
    const found = this.#named(name);
    if (found.length === 0) return null;
    const structs = fields.length > 0 ? found.filter(({ expr }) => expr.type.kind === 'struct') : found;
    if (structs.length === 0) return null;
    return access(only(structs, name, span), fields, span);
  }

  #hasVisible(name: Identifier): boolean {
    return this.#named(name).some(({ expr }) => expr.type.kind === 'struct');
  }

  #named(name: Identifier): readonly VisibleColumn[] {
    if (!this.#byName) {
      const byName = new Map<string, VisibleColumn[]>();
      for (const column of this.visible) {
        const key = column.name.toLowerCase();
        const known = byName.get(key);
        if (known) known.push(column);
        else byName.set(key, [column]);
      }
      this.#byName = byName;
    }
    return preferExact(name, this.#byName.get(name.name.toLowerCase()) ?? [], (column) => column.name);
  }

  #unknownTable(qualifier: readonly Identifier[]): BindError {
    const name = qualifier.map((part) => part.name).join('.');
    const last = qualifier.at(-1) as Identifier;
    const span = { start: (qualifier[0] as Identifier).span.start, end: last.span.end };
    const message = `there is no table "${name}" in FROM`;
    if (
      this.#hiddenNames().some(({ tables }) => tables.some(({ alias }) => alias !== null && namesMatch(last, alias)))
    ) {
      return new BindError('SQ1101', message, { span, hint: LATERAL_HINT });
    }
    const aliases = [...this.#chain()].flatMap(({ tables }) => tables.flatMap(({ alias }) => alias ?? []));
    const near = didYouMean(last.name, aliases);
    const hint = near ?? (aliases.length > 0 ? `FROM has ${listed(aliases)}` : 'the query has no FROM');
    return new BindError('SQ1101', message, { span, hint });
  }

  #unknown(path: readonly Identifier[], span: Span): BindError {
    const scopes = [...this.#chain()];
    if (path.length === 1)
      return this.#unknownColumn(
        path,
        span,
        scopes.flatMap(({ tables }) => tables),
      );
    const qualifier = path.slice(0, -1);
    const tables = scopes.map((scope) => scope.#tablesOf(qualifier)).find((found) => found.length > 0);
    return tables ? this.#unknownColumn(path, span, tables) : this.#unknownTable(qualifier);
  }

  #unknownColumn(path: readonly Identifier[], span: Span, tables: readonly ScopeTable[]): BindError {
    const identifier = path.at(-1) as Identifier;
    const message = `column "${identifier.name}" does not exist`;
    const hidden = this.#hiddenNames().some(({ visible }) => visible.some(({ name }) => namesMatch(identifier, name)));
    if (path.length === 1 && hidden) return new BindError('SQ1102', message, { span, hint: LATERAL_HINT });
    const names = new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)));
    const near = didYouMean(identifier.name, [...names]);
    const all = tables.filter(({ columns }) => columns.length > 0);
    const known = all
      .slice(0, LISTED_TABLES)
      .map(({ alias, columns }) => `${alias ?? 'columns'}: ${listed(columns.map(({ name }) => name))}`);
    if (all.length > LISTED_TABLES) known.push('…');
    const hint = near ? (known.length > 0 ? `${near} (${known.join('; ')})` : near) : known.join('; ');
    return new BindError('SQ1102', message, { span, hint: hint === '' ? 'the query has no FROM' : hint });
  }

  #hiddenNames(): readonly Names[] {
    return [...this.#chain()].flatMap((scope) => scope.#hidden ?? []);
  }
}

const LATERAL_HINT = 'write LATERAL before the query in FROM that names tables before it';

const NOTHING: Names = { tables: [], visible: [] };

/** The one column of that name. */
function only(found: readonly VisibleColumn[], name: Identifier, span: Span): VisibleColumn {
  const [first, second] = found as [VisibleColumn, VisibleColumn?];
  if (second) throw ambiguous(name.name, found, span);
  return first;
}

export function ambiguous(name: string, found: readonly VisibleColumn[], span: Span): BindError {
  const owners = [...new Set(found.map((column) => (column.owner === null ? '' : `${column.owner}.${column.name}`)))];
  const hint =
    owners.length > 1 && !owners.includes('')
      ? `it could be ${owners.join(' or ')}`
      : `${found[0]?.owner ?? 'FROM'} has several columns of that name: give them different aliases`;
  return new BindError('SQ1103', `column "${name}" is ambiguous`, { span, hint });
}

function access(column: ScopeColumn, fields: readonly Identifier[], span: Span): Expr {
  return fields.reduce((expr, field) => fieldOf(expr, field, span), readable(column, span));
}

/** The column where `span` names it. Throws UnsupportedError SQ2303 when it cannot be read. */
export function readable({ name, expr, unsupported }: ScopeColumn, span: Span): Expr {
  if (unsupported !== undefined) {
    throw new UnsupportedError('SQ2303', `column "${name}" cannot be read yet: ${unsupported}`, { span });
  }
  return expr.kind === 'column' ? { ...expr, name, span } : { ...expr, span };
}

/** Entries of that name: without regard to case unless it is quoted; the exact spelling wins over the others. */
export function preferExact<T>(
  name: Identifier,
  entries: readonly T[],
  nameOf: (entry: T) => string | null,
): readonly T[] {
  const exact = entries.filter((entry) => nameOf(entry) === name.name);
  if (exact.length > 0 || name.quoted) return exact;
  const wanted = name.name.toLowerCase();
  return entries.filter((entry) => nameOf(entry)?.toLowerCase() === wanted);
}

/** Whether a name means another one. */
export function namesMatch(name: Identifier, other: string): boolean {
  return name.name === other || (!name.quoted && name.name.toLowerCase() === other.toLowerCase());
}
